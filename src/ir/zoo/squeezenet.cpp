#include "ir/zoo/families.hpp"

#include <algorithm>

namespace fusesim::ir::models {

namespace {

/// `squeeze` channels, then four times as many from each of a 1×1 and a 3×3 convolution.
ValueId fire(Layers &net, const std::string &path, ValueId x, std::int64_t squeeze) {
  const auto conv_relu = [&](const std::string &name, ValueId input, Conv conv) {
    conv.bias = true;
    const auto result = net.conv2d(join(path, name), input, conv);
    return net.module(OpKind::relu, join(path, name + "_activation"), {result});
  };
  const auto expanded = 4 * squeeze;
  x = conv_relu("squeeze", x, {.out_channels = squeeze});
  const auto pointwise = conv_relu("expand1x1", x, {.out_channels = expanded});
  const auto spatial =
      conv_relu("expand3x3", x, {.out_channels = expanded, .kernel = 3, .padding = 1});
  return net.concat(path, {pointwise, spatial}, 1);
}

} // namespace

ValueId squeezenet(Layers &net, ValueId x, const SqueezeNet &spec) {
  constexpr std::int64_t kSqueeze[] = {16, 16, 32, 32, 48, 48, 64, 64};
  std::int64_t index = 0;
  const auto next = [&] { return join("features", index++); };
  x = net.conv2d(
      next(), x,
      {.out_channels = spec.stem_channels, .kernel = spec.stem_kernel, .stride = 2, .bias = true});
  x = net.module(OpKind::relu, next(), {x});
  for (std::size_t module = 0; module < std::size(kSqueeze); ++module) {
    if (std::ranges::count(spec.pooled_before, module) > 0)
      x = net.max_pool2d(next(), x, 3, 2, 0, Rounding::up);
    x = fire(net, next(), x, kSqueeze[module]);
  }
  x = net.module(OpKind::dropout, "classifier.0", {x});
  x = net.conv2d("classifier.1", x, {.out_channels = 1000, .bias = true});
  x = net.module(OpKind::relu, "classifier.2", {x});
  return net.flatten("", net.adaptive_avg_pool2d("classifier.3", x, 1));
}

} // namespace fusesim::ir::models
