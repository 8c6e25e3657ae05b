#pragma once

#include "targets/tile/figures.hpp"

namespace fusesim::targets::tile {

/// What one stage of a tile program asks of the machine: `tasks` tiles work side by side, each with
/// the same share, while the DMA engines move `dram_*` bytes for all of them.
///
///   tiles  |- fill -|-- array ∥ vector ∥ mover ∥ streamer ∥ NoC --|- drain -|
///          first piece in                                  last piece out
///   DMA    |- first access -|-- dram_read + dram_write --|- last piece's pass -|
///
/// The stage ends when both have. The first line is a stage bound by the tiles, the second one
/// bound by DRAM; neither counts the first piece's bytes twice.
struct StageWork {
  std::uint64_t tasks = 1;
  // per task
  std::uint64_t array_cycles = 0;
  std::uint64_t vector_ops = 0;
  Bytes block_mover_bytes = 0;
  Bytes streamer_bytes = 0;
  Bytes link_bytes = 0; ///< into a tile from other tiles' slices, over one link of the mesh
  Bytes l2_bytes = 0;   ///< occupied
  // of the whole stage
  Bytes noc_bytes = 0; ///< that tiles exchange across the bisection
  Bytes dram_read_bytes = 0, dram_write_bytes = 0;
  Bytes l3_bytes =
      0; ///< occupied by operands that the stage itself holds in L3, landing buffers not included
  double fill_s = 0, drain_s = 0;
  double dma_fill_s = 0, dma_drain_s = 0;

  Bytes dram_bytes() const { return dram_read_bytes + dram_write_bytes; }
  /// Over the bisection: each DRAM byte crosses it with probability one half, slices lie on both sides.
  Bytes crossing_bytes() const { return noc_bytes + dram_bytes() / 2; }
  /// Over the busiest link: into a tile, from the edge what DRAM gives and takes, across the middle what crosses it.
  Bytes busiest_link_bytes(const Figures &figures) const;
};

/// The time that the stage takes when nothing else runs: the two lines above.
double seconds_of(const StageWork &work, const Figures &figures);

/// The slowest on-chip engine's part of it, operands always there: what DRAM sends over the mesh left out.
double tile_seconds(const StageWork &work, const Figures &figures);

/// The slowest on-chip engine's part of it.
double share_seconds(const StageWork &work, const Figures &figures);

/// The part of it in which everything overlaps: the slowest of the engines and DRAM.
double overlapped_seconds(const StageWork &work, const Figures &figures);

} // namespace fusesim::targets::tile
