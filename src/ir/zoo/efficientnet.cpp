#include "ir/zoo/conv_blocks.hpp"
#include "ir/zoo/families.hpp"

#include <algorithm>
#include <cmath>

namespace fusesim::ir::models {

namespace {

using Block = EfficientNetBlock;
using Stage = EfficientNetStage;

// Tan & Le 2019, table 1.
constexpr Stage kStagesV1[] = {{Block::mbconv, 1, 3, 1, 16, 1},  {Block::mbconv, 6, 3, 2, 24, 2},
                               {Block::mbconv, 6, 5, 2, 40, 2},  {Block::mbconv, 6, 3, 2, 80, 3},
                               {Block::mbconv, 6, 5, 1, 112, 3}, {Block::mbconv, 6, 5, 2, 192, 4},
                               {Block::mbconv, 6, 3, 1, 320, 1}};
// Tan & Le 2021, table 4 and the authors' code.
constexpr Stage kStagesV2S[] = {
    {Block::fused_mbconv, 1, 3, 1, 24, 2}, {Block::fused_mbconv, 4, 3, 2, 48, 4},
    {Block::fused_mbconv, 4, 3, 2, 64, 4}, {Block::mbconv, 4, 3, 2, 128, 6},
    {Block::mbconv, 6, 3, 1, 160, 9},      {Block::mbconv, 6, 3, 2, 256, 15}};
constexpr Stage kStagesV2M[] = {
    {Block::fused_mbconv, 1, 3, 1, 24, 3}, {Block::fused_mbconv, 4, 3, 2, 48, 5},
    {Block::fused_mbconv, 4, 3, 2, 80, 5}, {Block::mbconv, 4, 3, 2, 160, 7},
    {Block::mbconv, 6, 3, 1, 176, 14},     {Block::mbconv, 6, 3, 2, 304, 18},
    {Block::mbconv, 6, 3, 1, 512, 5}};
constexpr Stage kStagesV2L[] = {
    {Block::fused_mbconv, 1, 3, 1, 32, 4}, {Block::fused_mbconv, 4, 3, 2, 64, 7},
    {Block::fused_mbconv, 4, 3, 2, 96, 7}, {Block::mbconv, 4, 3, 2, 192, 10},
    {Block::mbconv, 6, 3, 1, 224, 19},     {Block::mbconv, 6, 3, 2, 384, 25},
    {Block::mbconv, 6, 3, 1, 640, 7}};

/// 1×1 expansion, depthwise, squeeze-and-excitation, 1×1 projection.
ValueId mbconv(Layers &net, const std::string &block, ValueId x, const Stage &stage,
               std::int64_t stride) {
  const auto in = net.dim(x, 1);
  const auto expanded = round_channels(static_cast<double>(in * stage.expansion));
  std::int64_t index = 0;
  if (expanded != in)
    x = conv_norm_activation(net, join(block, index++), x, {.out_channels = expanded},
                             OpKind::silu);
  x = conv_norm_activation(
      net, join(block, index++), x,
      {.out_channels = expanded, .kernel = stage.kernel, .stride = stride, .groups = expanded},
      OpKind::silu);
  x = squeeze_excitation(net, join(block, index++), x, std::max<std::int64_t>(1, in / 4),
                         OpKind::silu, OpKind::sigmoid);
  return conv_norm_activation(net, join(block, index), x, {.out_channels = stage.channels},
                              std::nullopt);
}

/// MBConv with expansion and depthwise convolution merged into one dense convolution.
ValueId fused_mbconv(Layers &net, const std::string &block, ValueId x, const Stage &stage,
                     std::int64_t stride) {
  const auto in = net.dim(x, 1);
  const auto expanded = round_channels(static_cast<double>(in * stage.expansion));
  const bool expands = expanded != in;
  x = conv_norm_activation(net, join(block, 0), x,
                           {.out_channels = expands ? expanded : stage.channels,
                            .kernel = stage.kernel,
                            .stride = stride},
                           OpKind::silu);
  return expands ? conv_norm_activation(net, join(block, 1), x, {.out_channels = stage.channels},
                                        std::nullopt)
                 : x;
}

ValueId stage_block(Layers &net, const std::string &path, ValueId input, const Stage &stage,
                    std::int64_t stride) {
  const auto block = join(path, "block");
  const auto x = stage.block == Block::mbconv ? mbconv(net, block, input, stage, stride)
                                              : fused_mbconv(net, block, input, stage, stride);
  const bool residual = stride == 1 && net.dim(input, 1) == stage.channels;
  return residual ? net.call(OpKind::add, path, {x, input}) : x;
}

std::int64_t scaled_channels(std::int64_t channels, double width) {
  return round_channels(static_cast<double>(channels) * width);
}

} // namespace

// EfficientNet's head is four times as wide as its last stage (320); V2's is as wide in all sizes.
const EfficientNet kEfficientNetB0{.stages = kStagesV1, .stem_channels = 32, .last_channels = 1280};
const EfficientNet kEfficientNetV2S{
    .stages = kStagesV2S, .stem_channels = 24, .last_channels = 1280};
const EfficientNet kEfficientNetV2M{
    .stages = kStagesV2M, .stem_channels = 24, .last_channels = 1280};
const EfficientNet kEfficientNetV2L{
    .stages = kStagesV2L, .stem_channels = 32, .last_channels = 1280};

EfficientNet scaled_efficientnet(double width, double depth) {
  EfficientNet spec = kEfficientNetB0;
  spec.width = width;
  spec.depth = depth;
  spec.last_channels = 4 * scaled_channels(kStagesV1[6].channels, width);
  return spec;
}

ValueId efficientnet(Layers &net, ValueId x, const EfficientNet &spec) {
  const Conv stem{
      .out_channels = scaled_channels(spec.stem_channels, spec.width), .kernel = 3, .stride = 2};
  x = conv_norm_activation(net, "features.0", x, stem, OpKind::silu);
  std::int64_t index = 1;
  for (auto stage : spec.stages) {
    stage.channels = scaled_channels(stage.channels, spec.width);
    const auto blocks = std::ceil(static_cast<double>(stage.blocks) * spec.depth);
    const auto path = join("features", index++);
    for (std::int64_t block = 0; block < static_cast<std::int64_t>(blocks); ++block)
      x = stage_block(net, join(path, block), x, stage, block == 0 ? stage.stride : 1);
  }
  x = conv_norm_activation(net, join("features", index), x, {.out_channels = spec.last_channels},
                           OpKind::silu);
  x = pool_and_flatten(net, "avgpool", x);
  x = net.module(OpKind::dropout, "classifier.0", {x});
  return net.linear("classifier.1", x, 1000);
}

} // namespace fusesim::ir::models
