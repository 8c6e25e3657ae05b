#pragma once

#include "targets/tile/nest_work.hpp"

#include <optional>

namespace fusesim::targets::tile {

/// What one tile of a nest may occupy at a time.
struct NestRoom {
  Bytes operands = 0;     ///< half of the scratchpad: the next tile's come in meanwhile
  Bytes partial_sums = 0; ///< half of the accumulators
};
NestRoom room_of(const Figures &figures);

struct FoundNest {
  NestTiling tiling;
  StageWork work;
  double seconds = 0;
};

/// The fastest nest by nest_work among even cuts of every dim that fit, with reductions innermost
/// and outputs in one of three orders; deterministic. Empty when not even one pass fits.
std::optional<FoundNest> best_nest(const NestProblem &problem, const Figures &figures,
                                   const NestRoom &room, Bytes l3_bytes);

} // namespace fusesim::targets::tile
