#include "ir/zoo/conv_blocks.hpp"
#include "ir/zoo/families.hpp"

#include <cmath>

namespace fusesim::ir::models {

namespace {

/// Inverted residual with linear bottleneck: 1×1 expansion (none for factor 1), 3×3 depthwise, 1×1
/// projection.
ValueId inverted_residual_v2(Layers &net, const std::string &path, ValueId input,
                             std::int64_t expansion, std::int64_t out, std::int64_t stride) {
  const auto conv = join(path, "conv");
  const auto hidden = net.dim(input, 1) * expansion;
  std::int64_t index = 0;
  auto x = input;
  if (expansion != 1)
    x = conv_norm_activation(net, join(conv, index++), x, {.out_channels = hidden}, OpKind::relu6);
  x = conv_norm_activation(
      net, join(conv, index++), x,
      {.out_channels = hidden, .kernel = 3, .stride = stride, .groups = hidden}, OpKind::relu6);
  x = net.conv2d(join(conv, index++), x, {.out_channels = out});
  x = net.batch_norm(join(conv, index), x);
  const bool residual = stride == 1 && net.dim(input, 1) == out;
  return residual ? net.call(OpKind::add, path, {input, x}) : x;
}

struct StageV2 {
  std::int64_t expansion, channels, blocks, stride;
};
// Sandler et al. 2018, table 2.
constexpr StageV2 kStagesV2[] = {{1, 16, 1, 1}, {6, 24, 2, 2},  {6, 32, 3, 2}, {6, 64, 4, 2},
                                 {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1}};

} // namespace

ValueId mobilenet_v2(Layers &net, ValueId x, const MobileNetV2 &) {
  x = conv_norm_activation(net, "features.0", x, {.out_channels = 32, .kernel = 3, .stride = 2},
                           OpKind::relu6);
  std::int64_t index = 1;
  for (const auto &stage : kStagesV2)
    for (std::int64_t block = 0; block < stage.blocks; ++block)
      x = inverted_residual_v2(net, join("features", index++), x, stage.expansion, stage.channels,
                               block == 0 ? stage.stride : 1);
  x = conv_norm_activation(net, join("features", index), x, {.out_channels = 1280}, OpKind::relu6);
  x = pool_and_flatten(net, "adaptive_avg_pool2d", x);
  x = net.module(OpKind::dropout, "classifier.0", {x});
  return net.linear("classifier.1", x, 1000);
}

namespace {

constexpr auto kRelu = OpKind::relu, kSwish = OpKind::hardswish;

// Howard et al. 2019, tables 1 and 2.
constexpr MobileNetV3Block kLarge[] = {
    {3, 16, 16, false, kRelu, 1},   {3, 64, 24, false, kRelu, 2},   {3, 72, 24, false, kRelu, 1},
    {5, 72, 40, true, kRelu, 2},    {5, 120, 40, true, kRelu, 1},   {5, 120, 40, true, kRelu, 1},
    {3, 240, 80, false, kSwish, 2}, {3, 200, 80, false, kSwish, 1}, {3, 184, 80, false, kSwish, 1},
    {3, 184, 80, false, kSwish, 1}, {3, 480, 112, true, kSwish, 1}, {3, 672, 112, true, kSwish, 1},
    {5, 672, 160, true, kSwish, 2}, {5, 960, 160, true, kSwish, 1}, {5, 960, 160, true, kSwish, 1}};
constexpr MobileNetV3Block kSmall[] = {
    {3, 16, 16, true, kRelu, 2},   {3, 72, 24, false, kRelu, 2},  {3, 88, 24, false, kRelu, 1},
    {5, 96, 40, true, kSwish, 2},  {5, 240, 40, true, kSwish, 1}, {5, 240, 40, true, kSwish, 1},
    {5, 120, 48, true, kSwish, 1}, {5, 144, 48, true, kSwish, 1}, {5, 288, 96, true, kSwish, 2},
    {5, 576, 96, true, kSwish, 1}, {5, 576, 96, true, kSwish, 1}};

ValueId inverted_residual_v3(Layers &net, const std::string &path, ValueId input,
                             const MobileNetV3Block &spec) {
  const auto block = join(path, "block");
  std::int64_t index = 0;
  auto x = input;
  if (spec.expanded != net.dim(input, 1))
    x = conv_norm_activation(net, join(block, index++), x, {.out_channels = spec.expanded},
                             spec.activation);
  x = conv_norm_activation(net, join(block, index++), x,
                           {.out_channels = spec.expanded,
                            .kernel = spec.kernel,
                            .stride = spec.stride,
                            .groups = spec.expanded},
                           spec.activation);
  if (spec.squeeze_excitation)
    x = squeeze_excitation(net, join(block, index++), x,
                           round_channels(std::floor(static_cast<double>(spec.expanded) / 4)),
                           OpKind::relu, OpKind::hardsigmoid);
  x = conv_norm_activation(net, join(block, index), x, {.out_channels = spec.out}, std::nullopt);
  const bool residual = spec.stride == 1 && net.dim(input, 1) == spec.out;
  return residual ? net.call(OpKind::add, path, {x, input}) : x;
}

} // namespace

const MobileNetV3 kMobileNetV3Large{kLarge, 1280};
const MobileNetV3 kMobileNetV3Small{kSmall, 1024};

ValueId mobilenet_v3(Layers &net, ValueId x, const MobileNetV3 &spec) {
  x = conv_norm_activation(net, "features.0", x, {.out_channels = 16, .kernel = 3, .stride = 2},
                           OpKind::hardswish);
  std::int64_t index = 1;
  for (const auto &block : spec.blocks)
    x = inverted_residual_v3(net, join("features", index++), x, block);
  x = conv_norm_activation(net, join("features", index), x, {.out_channels = 6 * net.dim(x, 1)},
                           OpKind::hardswish);
  x = net.linear("classifier.0", pool_and_flatten(net, "avgpool", x), spec.last_channels);
  x = net.module(OpKind::hardswish, "classifier.1", {x});
  x = net.module(OpKind::dropout, "classifier.2", {x});
  return net.linear("classifier.3", x, 1000);
}

} // namespace fusesim::ir::models
