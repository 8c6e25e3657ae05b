#include "ir/zoo/conv_blocks.hpp"

#include <algorithm>

namespace fusesim::ir::models {

ValueId conv_norm_activation(Layers &net, const std::string &path, ValueId x, Conv conv,
                             std::optional<OpKind> activation) {
  conv.padding = {(conv.kernel.height - 1) / 2, (conv.kernel.width - 1) / 2};
  x = net.conv2d(join(path, 0), x, conv);
  x = net.batch_norm(join(path, 1), x);
  return activation ? net.module(*activation, join(path, 2), {x}) : x;
}

ValueId squeeze_excitation(Layers &net, const std::string &path, ValueId x,
                           std::int64_t squeeze_channels, OpKind activation,
                           OpKind scale_activation) {
  const auto channels = net.dim(x, 1);
  auto scale = net.adaptive_avg_pool2d(join(path, "avgpool"), x, 1);
  scale = net.conv2d(join(path, "fc1"), scale, {.out_channels = squeeze_channels, .bias = true});
  scale = net.module(activation, join(path, "activation"), {scale});
  scale = net.conv2d(join(path, "fc2"), scale, {.out_channels = channels, .bias = true});
  scale = net.module(scale_activation, join(path, "scale_activation"), {scale});
  return net.call(OpKind::mul, path, {scale, x});
}

std::int64_t round_channels(double channels, std::int64_t multiple) {
  const auto half = static_cast<double>(multiple) / 2;
  const auto nearest = static_cast<std::int64_t>(channels + half) / multiple * multiple;
  const auto rounded = std::max(multiple, nearest);
  return static_cast<double>(rounded) < 0.9 * channels ? rounded + multiple : rounded;
}

ValueId pool_and_flatten(Layers &net, const std::string &pool_path, ValueId x) {
  return net.flatten("", net.adaptive_avg_pool2d(pool_path, x, 1));
}

ValueId channel_means(Layers &net, ValueId x) {
  return net.call(OpKind::mean, "", {x}, AxisAttrs{.dims = {2, 3}});
}

} // namespace fusesim::ir::models
