#include "ir/zoo/conv_blocks.hpp"
#include "ir/zoo/families.hpp"

#include <algorithm>
#include <cmath>

namespace fusesim::ir::models {

namespace {

/// Blocks of one width, the first of which halves the image.
struct Stage {
  std::int64_t width, blocks;
};

/// Radosavovic et al. 2020, section 3.3: widths grow linearly with the depth, are rounded to powers
/// of the step (eq. 3) and then to multiples of 8; blocks of equal width make a stage. Its width is
/// rounded once more, to whole groups.
std::vector<Stage> stages_of(const RegNet &spec) {
  std::vector<Stage> stages;
  for (std::int64_t block = 0; block < spec.depth; ++block) {
    const auto initial = static_cast<double>(spec.initial_width);
    const auto linear = initial + spec.slope * static_cast<double>(block);
    const auto power = std::nearbyint(std::log(linear / initial) / std::log(spec.step));
    const auto width =
        8 * static_cast<std::int64_t>(std::nearbyint(initial * std::pow(spec.step, power) / 8));
    if (stages.empty() || stages.back().width != width)
      stages.push_back({width, 0});
    ++stages.back().blocks;
  }
  for (auto &stage : stages)
    stage.width =
        round_channels(static_cast<double>(stage.width), std::min(spec.group_width, stage.width));
  return stages;
}

/// 1×1, grouped 3×3, squeeze-and-excitation (RegNetY), 1×1, all of one width.
ValueId residual_branch(Layers &net, const std::string &path, ValueId input, const RegNet &spec,
                        std::int64_t width, std::int64_t stride) {
  auto x = conv_norm_activation(net, join(path, "a"), input, {.out_channels = width}, OpKind::relu);
  x = conv_norm_activation(net, join(path, "b"), x,
                           {.out_channels = width,
                            .kernel = 3,
                            .stride = stride,
                            .groups = width / std::min(spec.group_width, width)},
                           OpKind::relu);
  if (spec.squeeze_excitation)
    x = squeeze_excitation(net, join(path, "se"), x, net.dim(input, 1) / 4, OpKind::relu,
                           OpKind::sigmoid);
  return conv_norm_activation(net, join(path, "c"), x, {.out_channels = width}, std::nullopt);
}

ValueId residual_block(Layers &net, const std::string &path, ValueId x, const RegNet &spec,
                       std::int64_t width, std::int64_t stride) {
  auto shortcut = x;
  if (stride != 1 || net.dim(x, 1) != width)
    shortcut = conv_norm_activation(net, join(path, "proj"), x,
                                    {.out_channels = width, .stride = stride}, std::nullopt);
  const auto branch = residual_branch(net, join(path, "f"), x, spec, width, stride);
  const auto sum = net.call(OpKind::add, path, {shortcut, branch});
  return net.module(OpKind::relu, join(path, "activation"), {sum});
}

} // namespace

ValueId regnet(Layers &net, ValueId x, const RegNet &spec) {
  x = conv_norm_activation(net, "stem", x, {.out_channels = 32, .kernel = 3, .stride = 2},
                           OpKind::relu);
  std::int64_t number = 1;
  for (const auto &stage : stages_of(spec)) {
    const auto name = "block" + std::to_string(number++);
    const auto path = join("trunk_output", name);
    for (std::int64_t block = 0; block < stage.blocks; ++block)
      x = residual_block(net, join(path, name + "-" + std::to_string(block)), x, spec, stage.width,
                         block == 0 ? 2 : 1);
  }
  return net.linear("fc", pool_and_flatten(net, "avgpool", x), 1000);
}

} // namespace fusesim::ir::models
