#pragma once

#include "targets/tile/stage_work.hpp"

namespace fusesim::targets::tile {

/// Work that never enters the array: pooling, softmax, normalisation, elementwise, copies.
struct VectorProblem {
  std::uint64_t ops = 0; ///< lane-cycles; 0: bytes only move, through the block movers alone
  Bytes dram_read = 0, l3_read = 0, dram_write = 0, l3_write = 0;
  Bytes streamed_bytes =
      0; ///< L2 → vector engine, where it differs from what is read (overlapping windows); 0: same
  Bytes row_bytes =
      0; ///< what must be seen whole before its first result is known (a softmax row); 0: streams
};

/// Splits the work evenly over as many tiles as make it fastest, in bursts. A row too long for L2 passes through it twice,
/// one too long for the free part of L3 comes from DRAM twice.
StageWork vector_stage(const VectorProblem &problem, const Figures &figures, Bytes l3_free);

} // namespace fusesim::targets::tile
