#include "ir/zoo/conv_blocks.hpp"
#include "ir/zoo/families.hpp"

namespace fusesim::ir::models {

namespace {

/// Convolution and batch norm under one number: conv2/bn2.
ValueId conv_bn(Layers &net, const std::string &block, int number, ValueId x, const Conv &conv) {
  x = net.conv2d(join(block, "conv" + std::to_string(number)), x, conv);
  return net.batch_norm(join(block, "bn" + std::to_string(number)), x);
}

/// The residual branch without its last relu. The stride sits on the 3×3 convolution (torchvision's
/// ResNet "v1.5").
ValueId residual_branch(Layers &net, const std::string &path, ValueId x, const ResNet &spec,
                        std::int64_t planes, std::int64_t out, std::int64_t stride) {
  const auto relu = [&](ValueId value) {
    return net.module(OpKind::relu, join(path, "relu"), {value});
  };
  if (!spec.bottleneck) {
    x = relu(conv_bn(net, path, 1, x,
                     {.out_channels = planes, .kernel = 3, .stride = stride, .padding = 1}));
    return conv_bn(net, path, 2, x, {.out_channels = out, .kernel = 3, .padding = 1});
  }
  const auto width = planes * spec.width_per_group / 64 * spec.groups;
  x = relu(conv_bn(net, path, 1, x, {.out_channels = width}));
  x = relu(conv_bn(
      net, path, 2, x,
      {.out_channels = width, .kernel = 3, .stride = stride, .padding = 1, .groups = spec.groups}));
  return conv_bn(net, path, 3, x, {.out_channels = out});
}

ValueId residual_block(Layers &net, const std::string &path, ValueId x, const ResNet &spec,
                       std::int64_t planes, std::int64_t stride) {
  const auto out = planes * (spec.bottleneck ? 4 : 1);
  const auto branch = residual_branch(net, path, x, spec, planes, out, stride);
  auto shortcut = x;
  if (stride != 1 || net.dim(x, 1) != out) {
    shortcut = net.conv2d(join(path, "downsample.0"), x, {.out_channels = out, .stride = stride});
    shortcut = net.batch_norm(join(path, "downsample.1"), shortcut);
  }
  const auto sum = net.call(OpKind::add, path, {branch, shortcut});
  return net.module(OpKind::relu, join(path, "relu"), {sum});
}

} // namespace

ValueId resnet(Layers &net, ValueId x, const ResNet &spec) {
  x = conv_bn(net, "", 1, x, {.out_channels = 64, .kernel = 7, .stride = 2, .padding = 3});
  x = net.module(OpKind::relu, "relu", {x});
  x = net.max_pool2d("maxpool", x, 3, 2, 1);
  for (int stage = 0; stage < 4; ++stage) {
    const auto planes = std::int64_t{64} << stage;
    const auto layer = "layer" + std::to_string(stage + 1);
    for (std::int64_t block = 0; block < spec.depths[stage]; ++block)
      x = residual_block(net, join(layer, block), x, spec, planes, stage > 0 && block == 0 ? 2 : 1);
  }
  return net.linear("fc", pool_and_flatten(net, "avgpool", x), 1000);
}

} // namespace fusesim::ir::models
