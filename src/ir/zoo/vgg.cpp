#include "ir/zoo/families.hpp"

namespace fusesim::ir::models {

ValueId vgg(Layers &net, ValueId x, const Vgg &spec) {
  constexpr std::int64_t kChannels[] = {64, 128, 256, 512, 512};
  std::int64_t index = 0;
  const auto next = [&] { return join("features", index++); };
  for (std::size_t stage = 0; stage < 5; ++stage) {
    for (std::int64_t conv = 0; conv < spec.convs_per_stage[stage]; ++conv) {
      x = net.conv2d(next(), x,
                     {.out_channels = kChannels[stage], .kernel = 3, .padding = 1, .bias = true});
      if (spec.batch_norm)
        x = net.batch_norm(next(), x);
      x = net.module(OpKind::relu, next(), {x});
    }
    x = net.max_pool2d(next(), x, 2, 2);
  }
  x = net.flatten("", net.adaptive_avg_pool2d("avgpool", x, 7));
  for (std::int64_t layer = 0; layer < 2; ++layer) {
    x = net.linear(join("classifier", 3 * layer), x, 4096);
    x = net.module(OpKind::relu, join("classifier", 3 * layer + 1), {x});
    x = net.module(OpKind::dropout, join("classifier", 3 * layer + 2), {x});
  }
  return net.linear("classifier.6", x, 1000);
}

} // namespace fusesim::ir::models
