#include "ir/zoo/conv_blocks.hpp"
#include "ir/zoo/families.hpp"

namespace fusesim::ir::models {

namespace {

/// Modules numbered in one torch.nn.Sequential.
struct Sequence {
  Layers &net;
  std::string path;
  std::int64_t index = 0;

  std::string next() { return join(path, index++); }

  ValueId conv_bn(ValueId x, Conv conv) {
    conv.padding = (conv.kernel.height - 1) / 2;
    x = net.conv2d(next(), x, conv);
    return net.batch_norm(next(), x);
  }
  ValueId conv_bn_relu(ValueId x, const Conv &conv) {
    x = conv_bn(x, conv);
    return net.module(OpKind::relu, next(), {x});
  }
};

struct Stage {
  std::int64_t channels, kernel, stride, expansion, blocks;
};
// Tan et al. 2018, figure 7 (the variant B1 without squeeze-and-excitation).
constexpr Stage kStages[] = {{24, 3, 2, 3, 3}, {40, 5, 2, 3, 3},  {80, 5, 2, 6, 3},
                             {96, 3, 1, 6, 2}, {192, 5, 2, 6, 4}, {320, 3, 1, 6, 1}};

ValueId inverted_residual(Layers &net, const std::string &path, ValueId input, const Stage &stage,
                          std::int64_t out, std::int64_t stride) {
  const auto in = net.dim(input, 1), hidden = in * stage.expansion;
  Sequence layers{net, join(path, "layers")};
  auto x = layers.conv_bn_relu(input, {.out_channels = hidden});
  x = layers.conv_bn_relu(
      x, {.out_channels = hidden, .kernel = stage.kernel, .stride = stride, .groups = hidden});
  x = layers.conv_bn(x, {.out_channels = out});
  return stride == 1 && in == out ? net.call(OpKind::add, path, {x, input}) : x;
}

} // namespace

ValueId mnasnet(Layers &net, ValueId x, const MnasNet &spec) {
  const auto scaled = [&](std::int64_t channels) {
    return round_channels(static_cast<double>(channels) * spec.width);
  };
  Sequence layers{net, "layers"};
  x = layers.conv_bn_relu(x, {.out_channels = scaled(32), .kernel = 3, .stride = 2});
  x = layers.conv_bn_relu(x, {.out_channels = scaled(32), .kernel = 3, .groups = scaled(32)});
  x = layers.conv_bn(x, {.out_channels = scaled(16)});
  for (const auto &stage : kStages) {
    const auto path = layers.next();
    for (std::int64_t block = 0; block < stage.blocks; ++block)
      x = inverted_residual(net, join(path, block), x, stage, scaled(stage.channels),
                            block == 0 ? stage.stride : 1);
  }
  x = layers.conv_bn_relu(x, {.out_channels = 1280});
  x = net.module(OpKind::dropout, "classifier.0", {channel_means(net, x)});
  return net.linear("classifier.1", x, 1000);
}

} // namespace fusesim::ir::models
