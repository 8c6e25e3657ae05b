#include "ir/zoo/conv_blocks.hpp"
#include "ir/zoo/families.hpp"

namespace fusesim::ir::models {

namespace {

/// Interleaves the channels of the two branches: 2×C/2 transposed to C/2×2.
ValueId channel_shuffle(Layers &net, const std::string &path, ValueId x) {
  const Dims shape = net.dims(x);
  x = net.view(path, x, {shape[0], 2, shape[1] / 2, shape[2], shape[3]});
  x = net.contiguous(path, net.permute(path, x, {0, 2, 1, 3, 4}));
  return net.view(path, x, shape);
}

ValueId depthwise(Layers &net, const std::string &conv, const std::string &norm, ValueId x,
                  std::int64_t stride) {
  const auto channels = net.dim(x, 1);
  x = net.conv2d(
      conv, x,
      {.out_channels = channels, .kernel = 3, .stride = stride, .padding = 1, .groups = channels});
  return net.batch_norm(norm, x);
}

ValueId pointwise(Layers &net, const std::string &branch, std::int64_t first, ValueId x,
                  std::int64_t channels) {
  x = net.conv2d(join(branch, first), x, {.out_channels = channels});
  x = net.batch_norm(join(branch, first + 1), x);
  return net.module(OpKind::relu, join(branch, first + 2), {x});
}

/// 1×1, 3×3 depthwise, 1×1.
ValueId main_branch(Layers &net, const std::string &branch, ValueId x, std::int64_t channels,
                    std::int64_t stride) {
  x = pointwise(net, branch, 0, x, channels);
  x = depthwise(net, join(branch, 3), join(branch, 4), x, stride);
  return pointwise(net, branch, 5, x, channels);
}

/// Half of the channels pass untouched and half through the main branch; where the image is
/// halved, all channels take both branches, of which the other one is shorter.
ValueId unit(Layers &net, const std::string &path, ValueId x, std::int64_t channels, bool halves) {
  const auto branch1 = join(path, "branch1"), branch2 = join(path, "branch2");
  ValueId first, second;
  if (halves) {
    first = depthwise(net, join(branch1, 0), join(branch1, 1), x, 2);
    first = pointwise(net, branch1, 2, first, channels / 2);
    second = main_branch(net, branch2, x, channels / 2, 2);
  } else {
    const auto parts = net.split(path, x, 1, 2);
    first = parts[0];
    second = main_branch(net, branch2, parts[1], channels / 2, 1);
  }
  return channel_shuffle(net, path, net.concat(path, {first, second}, 1));
}

} // namespace

ValueId shufflenet_v2(Layers &net, ValueId x, const ShuffleNetV2 &spec) {
  constexpr std::int64_t kUnits[] = {4, 8, 4};
  x = conv_norm_activation(net, "conv1", x, {.out_channels = 24, .kernel = 3, .stride = 2},
                           OpKind::relu);
  x = net.max_pool2d("maxpool", x, 3, 2, 1);
  for (int stage = 0; stage < 3; ++stage) {
    const auto path = "stage" + std::to_string(stage + 2);
    for (std::int64_t index = 0; index < kUnits[stage]; ++index)
      x = unit(net, join(path, index), x, spec.channels << stage, index == 0);
  }
  x = conv_norm_activation(net, "conv5", x, {.out_channels = spec.last_channels}, OpKind::relu);
  return net.linear("fc", channel_means(net, x), 1000);
}

} // namespace fusesim::ir::models
