#include "targets/config_fields.hpp"
#include "targets/tile/tile_machine.hpp"

namespace fusesim::targets {

// One key, one line.
// clang-format off
void fields(FieldVisitor &f, TileMachine &m) {
  f.required("tile_count", m.tile_count, {"tiles", 1, 65536}, "tiles, each with one systolic array");
  f.required("array_rows", m.array_rows, {"PEs", 1, 4096}, "rows of one array");
  f.required("array_cols", m.array_cols, {"PEs", 1, 4096}, "columns of one array");
  f.choice("dataflow", m.dataflow, {"output_stationary", "weight_stationary", "input_stationary", "any"}, "operand that stays in the array; any: the mapper picks for each product");
  f.required("clock_ghz", m.clock_ghz, {"GHz", 0.001, 10}, "clock of the arrays");
  f.required("int8_macs_per_pe_per_clk", m.int8_macs_per_pe_per_clk, {"MAC/clk", 0, 64}, "INT8 rate of one PE; 0 = not supported");
  f.required("bf16_macs_per_pe_per_clk", m.bf16_macs_per_pe_per_clk, {"MAC/clk", 0, 64}, "16-bit rate of one PE; 0 = not supported");
  f.required("fp32_macs_per_pe_per_clk", m.fp32_macs_per_pe_per_clk, {"MAC/clk", 0, 64}, "32-bit rate of one PE; 0 = not supported");
  f.required("vector_lanes", m.vector_lanes, {"elements/clk", 0.01, 65536}, "vector engine of one tile");
  f.optional("vector_clock_ghz", m.vector_clock_ghz, {"GHz", 0, 10}, "clock of the vector engine; 0 = clock_ghz");
  f.required("l3_kib_per_tile", m.l3_kib_per_tile, {"KiB", 0.001, 1048576}, "shared scratchpad, divided by the number of tiles");
  f.required("l2_kib_per_tile", m.l2_kib_per_tile, {"KiB", 0.001, 1048576}, "private scratchpad that feeds one array");
  f.required("dram_bandwidth_gbps", m.dram_bandwidth_gbps, {"GB/s", 0.001, 100000}, "peak DRAM bandwidth, 10^9 bytes per second");
  f.optional("dram_efficiency", m.dram_efficiency, {"", 0.01, 1}, "achieved over peak DRAM bandwidth");
  f.optional("dram_latency_ns", m.dram_latency_ns, {"ns", 0, 100000}, "first access");
  f.optional("dma_engines", m.dma_engines, {"engines", 1, 4096}, "DRAM to L3");
  f.optional("dma_clock_ghz", m.dma_clock_ghz, {"GHz", 0.001, 10}, "clock of the DMA engines");
  f.optional("dma_bytes_per_clk", m.dma_bytes_per_clk, {"B/clk", 0.01, 65536}, "bandwidth of one DMA engine");
  f.optional("block_mover_clock_ghz", m.block_mover_clock_ghz, {"GHz", 0.001, 10}, "clock of a tile's block mover, L3 to L2");
  f.optional("block_mover_bytes_per_clk", m.block_mover_bytes_per_clk, {"B/clk", 0.01, 65536}, "bandwidth of one block mover");
  f.optional("streamer_clock_ghz", m.streamer_clock_ghz, {"GHz", 0.001, 10}, "clock of a tile's streamer, L2 to array");
  f.optional("streamer_bytes_per_clk", m.streamer_bytes_per_clk, {"B/clk", 0.01, 65536}, "bandwidth of one streamer");
  f.optional("noc_bisection_gbps", m.noc_bisection_gbps, {"GB/s", 0, 1000000}, "bisection bandwidth of the mesh; 0 = no limit");
  f.optional("noc_hop_ns", m.noc_hop_ns, {"ns", 0, 10000}, "one hop");
  f.optional("noc_rows", m.noc_rows, {"nodes", 1, 1024}, "rows of the mesh");
  f.optional("noc_cols", m.noc_cols, {"nodes", 1, 1024}, "columns of the mesh");
  f.optional("noc_link_gbps", m.noc_link_gbps, {"GB/s", 0, 1000000}, "one link of the mesh, one direction; 0 = no limit");
  using Handover = TileMachine::Handover;
  f.optional_choice<Handover>("handover", m.handover, {{"piece", Handover::piece}, {"tile", Handover::tile}, {"scratchpad", Handover::scratchpad}}, "what engines pass on at once: pieces of the array's size, tiles of a loop nest, halves of the scratchpad");
  f.optional("weights_double_buffered", m.weights_double_buffered, "the array takes in its next stationary operand while it works");
  f.optional("accumulator_kib", m.accumulator_kib, {"KiB", 0, 1048576}, "store of a tile's partial sums; 0 = they lie in L2");
  f.optional("short_pass_clk", m.short_pass_clk, {"clk", 0, 10000}, "handover tile: a pass of fewer rows than the array has takes at least this ...");
  f.optional("short_pass_clk_per_row", m.short_pass_clk_per_row, {"clk", 0, 100}, "handover tile: ... and this for every row");
  f.optional("line_bytes", m.line_bytes, {"B", 1, 4096}, "handover tile: L3 is a cache and DRAM moves whole lines");
  f.optional("page_kib", m.page_kib, {"KiB", 0, 1048576}, "handover tile: addresses are translated by pages of this size; 0 = they are physical");
  f.optional("page_walk_ns", m.page_walk_ns, {"ns", 0, 100000}, "handover tile: a block mover's stop at every new page");
}
// clang-format on

} // namespace fusesim::targets
