#pragma once

#include "ir/zoo/layers.hpp"

namespace fusesim::ir::models {

/// torchvision.ops.MLP of a transformer: linear (`.0`), gelu (`.1`), linear back to the input's
/// width (`.3`), dropouts.
ValueId mlp(Layers &net, const std::string &path, ValueId x, std::int64_t hidden);

/// N×L×(heads·d) → N×heads×L×d, a view.
ValueId split_heads(Layers &net, const std::string &scope, ValueId x, std::int64_t heads);
/// N×heads×L×d → N×L×(heads·d), which copies.
ValueId merge_heads(Layers &net, const std::string &scope, ValueId x);

} // namespace fusesim::ir::models
