#pragma once

#include "ir/zoo/layers.hpp"

#include <optional>

namespace fusesim::ir::models {

/// torchvision.ops.Conv2dNormActivation: convolution without bias (`.0`), batch norm (`.1`),
/// activation (`.2`); padded so that stride 1 keeps the image size. conv.padding is ignored.
ValueId conv_norm_activation(Layers &net, const std::string &path, ValueId x, Conv conv,
                             std::optional<OpKind> activation);

/// torchvision.ops.SqueezeExcitation: x scaled per channel by what a two-layer network makes of the
/// channel means.
ValueId squeeze_excitation(Layers &net, const std::string &path, ValueId x,
                           std::int64_t squeeze_channels, OpKind activation,
                           OpKind scale_activation);

/// The multiple nearest to `channels`, at least one, and never more than 10 % below (MobileNet's
/// rounding rule).
std::int64_t round_channels(double channels, std::int64_t multiple = 8);

/// adaptive_avg_pool2d to 1×1 (`avgpool`) and flatten, as most classifiers begin.
ValueId pool_and_flatten(Layers &net, const std::string &pool_path, ValueId x);

/// x.mean([2, 3]): what pool_and_flatten makes, in one operator.
ValueId channel_means(Layers &net, ValueId x);

} // namespace fusesim::ir::models
