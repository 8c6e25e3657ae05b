#pragma once

#include "support/units.hpp"

#include <cstdint>
#include <string>

namespace fusesim::targets {

/// A tile accelerator: DRAM → DMA engines → L3 → block mover / NoC → tile L2 → streamer → systolic
/// array → vector engine on the drain → back. KPU, TPU and Gemmini are configurations of it. Each
/// engine has its own clock.
struct TileMachine {
  std::uint32_t tile_count = 0;
  std::uint32_t array_rows = 0, array_cols = 0;
  std::string dataflow = "output_stationary"; ///< of a Dataflow, or "any": chosen per product
  double clock_ghz = 0;                       ///< of the arrays
  double int8_macs_per_pe_per_clk = 1;        ///< 0 = not supported
  double bf16_macs_per_pe_per_clk = 0.5;
  double fp32_macs_per_pe_per_clk = 0.25;
  double vector_lanes = 8;     ///< vector engine elements per cycle per tile
  double vector_clock_ghz = 0; ///< 0 = clock_ghz
  double l3_kib_per_tile = 0;  ///< shared by all tiles: total = tiles × this
  double l2_kib_per_tile = 0;  ///< private, feeds the array
  double dram_bandwidth_gbps = 0;
  double dram_efficiency = 1;
  double dram_latency_ns = 0;
  std::uint32_t dma_engines = 4;
  double dma_clock_ghz = 0.25;
  double dma_bytes_per_clk = 64;
  double block_mover_clock_ghz = 0.5; ///< one per tile: L3 → L2
  double block_mover_bytes_per_clk = 64;
  double streamer_clock_ghz = 0.5; ///< per tile: L2 → array
  double streamer_bytes_per_clk = 64;
  double noc_bisection_gbps = 0; ///< 0 = no NoC limit
  double noc_hop_ns = 0;
  std::uint32_t noc_rows = 1, noc_cols = 1;
  double noc_link_gbps = 0; ///< one link of the mesh, one direction; 0 = no limit

  /// What one engine passes to the next at once.
  enum class Handover : std::uint8_t {
    piece,      ///< what the array takes in at a time: engines react to credits (KPU)
    tile,       ///< a tile of the loop nest, double-buffered by software (Gemmini)
    scratchpad, ///< as much as half of all L2 holds, double-buffered by the compiler (TPU)
  } handover = Handover::piece;
  /// The array takes in its next stationary operand while it works on this one.
  bool weights_double_buffered = false;
  double accumulator_kib =
      0; ///< partial sums have a store of their own, per tile; 0: they lie in L2
  // What follows is counted for loop nests (handover: tile).
  double short_pass_clk = 0; ///< a pass of fewer rows than the array has takes at least this and …
  double short_pass_clk_per_row = 0; ///< … this for every row
  std::uint32_t line_bytes = 1;      ///< L3 is a cache; DRAM moves whole lines
  double page_kib = 0;               ///< addresses are translated; 0: they are physical
  double page_walk_ns = 0;           ///< block mover's stop at every new page
};

} // namespace fusesim::targets
