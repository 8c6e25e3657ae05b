#pragma once

#include "targets/tile/mapper.hpp"

namespace fusesim::targets::tile {

/// The fastest way over tiles and through L2 for one L3 blocking; empty when no L2 tile fits.
std::optional<Mapping> best_tiling(const Contraction &contraction, const L3Blocking &blocking,
                                   const Figures &figures);

/// Fills `mapping.work` and `mapping.seconds` from its splits and tile sizes. False when its tiles
/// exceed L2.
bool cost_tiling(const Contraction &contraction, const Figures &figures, Mapping &mapping);

} // namespace fusesim::targets::tile
