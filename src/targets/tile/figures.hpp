#pragma once

#include "ir/tensor.hpp"
#include "targets/tile/systolic.hpp"
#include "targets/tile/tile_machine.hpp"

#include <string_view>

namespace fusesim::targets::tile {

/// A TileMachine in the units that mapping works with: rates per second, sizes in bytes. Every
/// engine has its own clock, so everything below is added in time, never in cycles.
struct Figures {
  std::uint64_t tiles = 1;
  Array array;               ///< any_dataflow: in the first of them
  bool any_dataflow = false; ///< the mapper picks for each product
  double array_hz = 0;
  double vector_ops_per_s = 0;        ///< per tile
  double block_mover_bytes_per_s = 0; ///< per tile
  double streamer_bytes_per_s = 0;    ///< per tile
  double dram_bytes_per_s =
      0; ///< what DRAM gives and the DMA engines together can carry, whichever is less
  double noc_bytes_per_s = 0;      ///< across the bisection; 0 = no limit
  double noc_link_bytes_per_s = 0; ///< one link; 0 = no limit
  std::uint64_t noc_cut_links = 1; ///< across the mesh's shorter middle, and at its edge to DRAM
  double dram_latency_s = 0;
  double noc_hop_s = 0;
  std::uint64_t noc_rows = 1, noc_cols = 1;
  /// Corner to corner of the rows of the mesh that hold `tiles`: what they share is placed there.
  double noc_latency_s(std::uint64_t tiles) const;
  Bytes l2_bytes = 0;         ///< per tile
  Bytes l3_bytes = 0;         ///< of all tiles
  Bytes l3_landing_bytes = 0; ///< part of L3 that streams pass through
  TileMachine::Handover handover = TileMachine::Handover::piece;
  Bytes accumulator_bytes = 0; ///< per tile; 0: partial sums lie in L2
  double short_pass_cycles = 0, short_pass_cycles_per_row = 0;
  Bytes line_bytes = 1, page_bytes = 0;
  double page_walk_s = 0;
  Bytes l3_placeable_bytes() const { return l3_bytes - l3_landing_bytes; }
  bool operator==(const Figures &) const = default;
};
/// Throws Error naming what is impossible in the machine (an unknown dataflow, no scratchpad, no
/// array).
Figures figures_of(const TileMachine &machine);

/// Multiply-accumulates of one processing element per cycle in `dtype`; f16 runs as bf16, tf32 as
/// f32. Throws Error (placed at `where`) when the machine has no arithmetic for it, naming the
/// types that it has.
double macs_per_pe(const TileMachine &machine, ir::DType dtype, std::string_view where);

} // namespace fusesim::targets::tile
