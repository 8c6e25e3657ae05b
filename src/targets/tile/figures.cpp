#include "targets/tile/figures.hpp"

#include "support/error.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace fusesim::targets::tile {

namespace {

// Streams between DRAM and the tiles pass through an eighth of L3: on the KPU-T64 that is 32 KiB
// per tile, one L2's worth, so that DMA fills one half while the block mover empties the other.
// Assumed: no published figure.
constexpr Bytes kLandingDivisor = 8;

constexpr double kGiga = 1e9;

Bytes from_kib(double kib) { return static_cast<Bytes>(kib * 1024); }

std::string dtypes_of(const TileMachine &machine) {
  std::string known;
  const auto add = [&](double rate, std::string_view name) {
    if (rate > 0)
      known += fmt::format("{}{}", known.empty() ? "" : "|", name);
  };
  add(machine.fp32_macs_per_pe_per_clk, "f32");
  add(machine.bf16_macs_per_pe_per_clk, "bf16");
  add(machine.int8_macs_per_pe_per_clk, "i8");
  return known;
}

} // namespace

Figures figures_of(const TileMachine &machine) {
  if (machine.tile_count == 0 || machine.array_rows == 0 || machine.array_cols == 0)
    throw Error("tile machine", "no tiles, or arrays without rows or columns");
  Figures f;
  f.tiles = machine.tile_count;
  f.any_dataflow = machine.dataflow == "any";
  f.array = {machine.array_rows, machine.array_cols,
             f.any_dataflow ? Dataflow::output_stationary : dataflow_from_name(machine.dataflow),
             machine.weights_double_buffered};
  f.array_hz = machine.clock_ghz * kGiga;
  const double vector_clock_ghz =
      machine.vector_clock_ghz > 0 ? machine.vector_clock_ghz : machine.clock_ghz;
  f.vector_ops_per_s = machine.vector_lanes * vector_clock_ghz * kGiga;
  f.block_mover_bytes_per_s =
      machine.block_mover_bytes_per_clk * machine.block_mover_clock_ghz * kGiga;
  f.streamer_bytes_per_s = machine.streamer_bytes_per_clk * machine.streamer_clock_ghz * kGiga;
  const double dma_gbps = machine.dma_engines * machine.dma_bytes_per_clk * machine.dma_clock_ghz;
  f.dram_bytes_per_s =
      std::min(machine.dram_bandwidth_gbps * machine.dram_efficiency, dma_gbps) * kGiga;
  f.noc_bytes_per_s = machine.noc_bisection_gbps * kGiga;
  f.noc_link_bytes_per_s = machine.noc_link_gbps * kGiga;
  f.noc_cut_links = std::max<std::uint64_t>(1, std::min(machine.noc_rows, machine.noc_cols));
  f.dram_latency_s = machine.dram_latency_ns * 1e-9;
  f.noc_hop_s = machine.noc_hop_ns * 1e-9;
  f.noc_rows = machine.noc_rows;
  f.noc_cols = machine.noc_cols;
  f.l2_bytes = from_kib(machine.l2_kib_per_tile);
  f.l3_bytes = from_kib(machine.l3_kib_per_tile) * machine.tile_count;
  f.l3_landing_bytes = f.l3_bytes / kLandingDivisor;
  f.handover = machine.handover;
  f.accumulator_bytes = from_kib(machine.accumulator_kib);
  f.short_pass_cycles = machine.short_pass_clk;
  f.short_pass_cycles_per_row = machine.short_pass_clk_per_row;
  f.line_bytes = machine.line_bytes;
  f.page_bytes = from_kib(machine.page_kib);
  f.page_walk_s = machine.page_walk_ns * 1e-9;
  if (f.any_dataflow && f.handover == TileMachine::Handover::tile)
    throw Error("tile machine", "loop nests (handover: tile) do not choose their dataflow",
                "name the one in which the array runs them, such as dataflow: weight_stationary");
  if (f.l2_bytes == 0 || f.l3_bytes == 0)
    throw Error("tile machine", "no scratchpad", "l2_kib_per_tile and l3_kib_per_tile above 0");
  return f;
}

double Figures::noc_latency_s(std::uint64_t used) const {
  const auto rows = std::min(noc_rows, ceil_div(used, noc_cols));
  const auto cols = std::min(noc_cols, used);
  return noc_hop_s * static_cast<double>(rows + cols - 2);
}

double macs_per_pe(const TileMachine &machine, ir::DType dtype, std::string_view where) {
  using ir::DType;
  double rate = 0;
  switch (dtype) {
  case DType::qi8:
  case DType::i8:
  case DType::u8:
    rate = machine.int8_macs_per_pe_per_clk;
    break;
  case DType::f16:
  case DType::bf16:
    rate = machine.bf16_macs_per_pe_per_clk;
    break;
  case DType::f32:
  case DType::tf32:
    rate = machine.fp32_macs_per_pe_per_clk;
    break;
  default:
    break;
  }
  if (rate > 0)
    return rate;
  throw Error(where, fmt::format("the machine has no {} arithmetic", ir::name_of(dtype)),
              fmt::format("use --dtype {}", dtypes_of(machine)));
}

} // namespace fusesim::targets::tile
