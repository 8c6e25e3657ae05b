#pragma once

#include "targets/tile/mapping.hpp"

#include <optional>
#include <span>

namespace fusesim::targets::tile {

/// The fastest way over tiles and through L2 for one L3 blocking, in any of the dataflows in which `figures` has the
/// machine's arrays; empty when no L2 tile fits.
std::optional<Mapping> best_tiling(const Contraction &contraction, const L3Blocking &blocking,
                                   std::span<const Figures> figures);

/// What array and streamer take for the mapping's splits and L2 tiles at least. Tiles of fewer whole folds never take
/// less.
double least_seconds(const Contraction &contraction, const Figures &figures,
                     const Mapping &mapping);

/// Fills `mapping.work` and `mapping.seconds` from its splits and tile sizes. False when its tiles
/// exceed L2.
bool cost_tiling(const Contraction &contraction, const Figures &figures, Mapping &mapping);

} // namespace fusesim::targets::tile
