#include "ir/zoo/families.hpp"

namespace fusesim::ir::models {

ValueId alexnet(Layers &net, ValueId x, const AlexNet &) {
  std::int64_t index = 0;
  const auto next = [&] { return join("features", index++); };
  const auto conv_relu = [&](Conv conv) {
    conv.bias = true;
    x = net.conv2d(next(), x, conv);
    x = net.module(OpKind::relu, next(), {x});
  };
  const auto pool = [&] { x = net.max_pool2d(next(), x, 3, 2); };
  conv_relu({.out_channels = 64, .kernel = 11, .stride = 4, .padding = 2});
  pool();
  conv_relu({.out_channels = 192, .kernel = 5, .padding = 2});
  pool();
  for (const std::int64_t channels : {384, 256, 256})
    conv_relu({.out_channels = channels, .kernel = 3, .padding = 1});
  pool();
  x = net.flatten("", net.adaptive_avg_pool2d("avgpool", x, 6));
  for (std::int64_t layer = 0; layer < 2; ++layer) {
    x = net.module(OpKind::dropout, join("classifier", 3 * layer), {x});
    x = net.linear(join("classifier", 3 * layer + 1), x, 4096);
    x = net.module(OpKind::relu, join("classifier", 3 * layer + 2), {x});
  }
  return net.linear("classifier.6", x, 1000);
}

} // namespace fusesim::ir::models
