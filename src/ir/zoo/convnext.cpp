#include "ir/zoo/conv_blocks.hpp"
#include "ir/zoo/families.hpp"

namespace fusesim::ir::models {

namespace {

/// LayerNorm over the channels of N×C×H×W: a layer norm between two permutes.
ValueId layer_norm_2d(Layers &net, const std::string &path, ValueId x) {
  x = net.permute(path, x, {0, 2, 3, 1});
  x = net.layer_norm(path, x);
  return net.permute(path, x, {0, 3, 1, 2});
}

/// 7×7 depthwise, then an inverted bottleneck on the channels; scaled per channel and added to the
/// input.
ValueId block(Layers &net, const std::string &path, ValueId input) {
  const auto width = net.dim(input, 1);
  const auto inner = join(path, "block");
  const auto scale = net.builder().weight(join(path, "layer_scale"), {DType::f32, {width, 1, 1}});
  auto x =
      net.conv2d(join(inner, 0), input,
                 {.out_channels = width, .kernel = 7, .padding = 3, .groups = width, .bias = true});
  x = net.permute(join(inner, 1), x, {0, 2, 3, 1});
  x = net.layer_norm(join(inner, 2), x);
  x = net.linear(join(inner, 3), x, 4 * width);
  x = net.module(OpKind::gelu, join(inner, 4), {x});
  x = net.linear(join(inner, 5), x, width);
  x = net.permute(join(inner, 6), x, {0, 3, 1, 2});
  x = net.call(OpKind::mul, path, {scale, x});
  return net.call(OpKind::add, path, {x, input});
}

} // namespace

ValueId convnext(Layers &net, ValueId x, const ConvNext &spec) {
  x = net.conv2d("features.0.0", x,
                 {.out_channels = spec.widths[0], .kernel = 4, .stride = 4, .bias = true});
  x = layer_norm_2d(net, "features.0.1", x);
  for (std::int64_t stage = 0; stage < 4; ++stage) {
    const auto path = join("features", 2 * stage + 1);
    if (stage > 0) {
      const auto downsampling = join("features", 2 * stage);
      x = layer_norm_2d(net, join(downsampling, 0), x);
      x = net.conv2d(join(downsampling, 1), x,
                     {.out_channels = spec.widths[stage], .kernel = 2, .stride = 2, .bias = true});
    }
    for (std::int64_t index = 0; index < spec.depths[stage]; ++index)
      x = block(net, join(path, index), x);
  }
  x = net.adaptive_avg_pool2d("avgpool", x, 1);
  x = layer_norm_2d(net, "classifier.0", x);
  return net.linear("classifier.2", net.flatten("classifier.1", x), 1000);
}

} // namespace fusesim::ir::models
