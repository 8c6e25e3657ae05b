#pragma once

#include "partition/flow.hpp"

#include <optional>
#include <span>

namespace fusesim::partition {

/// A dependency that no CTA (or tile) can satisfy by itself: each element of the consumer takes
/// several of the producer's, and those are spread over the grid by something that nobody would
/// compute again.
///
///   conv ─> bn ─> relu ──> conv      every CTA has a tile of 64 channels, the next conv sums over
///   └──── one kernel ───┘            all 512 and reads a halo: it has to wait for the whole grid
///
/// As one kernel both would need a grid-wide barrier, or all of the tensor on chip.
struct GridWide {
  ir::NodeId spread_by;   ///< the operator that nobody would compute again
  std::uint64_t elements; ///< of the producer, that one element of the consumer takes; above 1
};

/// What is grid-wide about producer → consumer, both operators of `flow`, where the producer runs
/// with `members` (ascending). Nothing where the consumer goes element by element or window by
/// window, and nothing behind loops and statistics of rows alone: a reader can compute those where
/// it reads them, so that whether they are fused is up to the vocabulary.
std::optional<GridWide> grid_wide_dependency(const ir::Graph &graph, const Flow &flow,
                                             std::span<const ir::NodeId> members,
                                             ir::NodeId producer, ir::NodeId consumer);

} // namespace fusesim::partition
