#include "ir/zoo/conv_blocks.hpp"
#include "ir/zoo/families.hpp"

namespace fusesim::ir::models {

namespace {

ValueId norm_relu(Layers &net, const std::string &path, const std::string &number, ValueId x) {
  x = net.batch_norm(join(path, "norm" + number), x);
  return net.module(OpKind::relu, join(path, "relu" + number), {x});
}

/// `growth` new channels from all that came before: 1×1 to four times as many, then 3×3.
ValueId dense_layer(Layers &net, const std::string &path, const std::vector<ValueId> &features,
                    std::int64_t growth) {
  auto x = norm_relu(net, path, "1", net.concat(path, features, 1));
  x = net.conv2d(join(path, "conv1"), x, {.out_channels = 4 * growth});
  x = norm_relu(net, path, "2", x);
  return net.conv2d(join(path, "conv2"), x, {.out_channels = growth, .kernel = 3, .padding = 1});
}

ValueId dense_block(Layers &net, const std::string &path, ValueId x, std::int64_t layers,
                    std::int64_t growth) {
  std::vector features{x};
  for (std::int64_t layer = 1; layer <= layers; ++layer)
    features.push_back(
        dense_layer(net, join(path, "denselayer" + std::to_string(layer)), features, growth));
  return net.concat(path, features, 1);
}

/// Halves the channels and the image.
ValueId transition(Layers &net, const std::string &path, ValueId x) {
  x = norm_relu(net, path, "", x);
  x = net.conv2d(join(path, "conv"), x, {.out_channels = net.dim(x, 1) / 2});
  return net.avg_pool2d(join(path, "pool"), x, 2, 2);
}

} // namespace

ValueId densenet(Layers &net, ValueId x, const DenseNet &spec) {
  const std::string features = "features";
  x = net.conv2d(join(features, "conv0"), x,
                 {.out_channels = 2 * spec.growth, .kernel = 7, .stride = 2, .padding = 3});
  x = norm_relu(net, features, "0", x);
  x = net.max_pool2d(join(features, "pool0"), x, 3, 2, 1);
  for (int block = 0; block < 4; ++block) {
    const auto number = std::to_string(block + 1);
    x = dense_block(net, join(features, "denseblock" + number), x, spec.layers[block], spec.growth);
    if (block < 3)
      x = transition(net, join(features, "transition" + number), x);
  }
  x = net.batch_norm(join(features, "norm5"), x);
  x = net.call(OpKind::relu, "", {x});
  return net.linear("classifier", pool_and_flatten(net, "adaptive_avg_pool2d", x), 1000);
}

} // namespace fusesim::ir::models
