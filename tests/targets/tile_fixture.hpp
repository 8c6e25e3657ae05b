#pragma once

#include "ir/graph.hpp"
#include "partition/strategy.hpp"
#include "sim/run.hpp"
#include "targets/tile/lowering.hpp"

#include <numeric>
#include <string>
#include <utility>
#include <vector>

namespace fusesim::test {

/// A tile machine of round figures, so that times can be worked out on paper: 1 GHz everywhere, so
/// a cycle is a nanosecond; 8×8 arrays of one MAC in every type; 64 bytes per ns of block mover,
/// 128 of streamer; no NoC limit.
inline targets::TileMachine round_machine(std::uint32_t tiles) {
  targets::TileMachine m;
  m.tile_count = tiles;
  m.array_rows = m.array_cols = 8;
  m.clock_ghz = 1;
  m.int8_macs_per_pe_per_clk = m.bf16_macs_per_pe_per_clk = m.fp32_macs_per_pe_per_clk = 1;
  m.vector_lanes = 8;
  m.l3_kib_per_tile = 1024;
  m.l2_kib_per_tile = 256;
  m.dram_bandwidth_gbps = 64;
  m.dram_latency_ns = 100;
  m.dma_engines = 4;
  m.dma_clock_ghz = 1;
  m.dma_bytes_per_clk = 64;
  m.block_mover_clock_ghz = 1;
  m.block_mover_bytes_per_clk = 64;
  m.streamer_clock_ghz = 1;
  m.streamer_bytes_per_clk = 128;
  return m;
}

/// Starts every subgraph after one microsecond.
inline targets::Runtime sequencer_runtime() {
  targets::Runtime r;
  r.name = "sequencer";
  r.target = "tile";
  r.submission = targets::Runtime::Submission::sequencer;
  r.sequencer_us = 1;
  return r;
}

/// Everything in one subgraph, whatever a strategy would say.
inline partition::Partition one_subgraph(const ir::Graph &graph) {
  partition::Subgraph all;
  all.pattern = "all";
  all.nodes.resize(graph.nodes().size());
  std::iota(all.nodes.begin(), all.nodes.end(), ir::NodeId{0});
  partition::Partition p;
  p.strategy = "one";
  p.subgraphs = {all};
  p.subgraph_of.assign(graph.nodes().size(), 0);
  return p;
}

struct TileRun {
  targets::Lowered lowered;
  sim::RunResult run;
  Bytes dram_bytes() const { return run.link_bytes.at(lowered.dram); }
  double latency_ns() const { return static_cast<double>(run.latency) * 1e-3; }
  std::string notes() const {
    std::string all;
    for (const auto &lines : lowered.notes)
      for (const auto &line : lines)
        all += line + "\n";
    return all;
  }
};

inline TileRun run_tile(const ir::Graph &graph, const partition::Partition &partition,
                        const targets::TileMachine &machine, const sim::RunOptions &options = {},
                        const targets::Runtime &runtime = sequencer_runtime()) {
  TileRun result{targets::lower_tile(graph, partition, machine, runtime), {}};
  result.run = sim::run(result.lowered.topology, result.lowered.program, options);
  return result;
}

inline TileRun run_tile(const ir::Graph &graph, std::string_view strategy,
                        const targets::TileMachine &machine) {
  return run_tile(graph, partition::run_strategy(strategy, graph), machine);
}

/// A linear layer of `m` rows, without bias, in bf16.
inline ir::Graph linear_graph(std::int64_t m, std::int64_t n, std::int64_t k) {
  ir::GraphBuilder b("linear");
  const auto x = b.input("x", {ir::DType::bf16, {m, k}});
  const auto w = b.weight("fc.weight", {ir::DType::bf16, {n, k}});
  b.output(b.add(ir::OpKind::linear, "fc", {x, w}));
  return std::move(b).build();
}

/// conv 3×3 → relu → conv 3×3 on `channels` channels and size×size images, in bf16, padding 1, no
/// bias.
inline ir::Graph conv_chain(std::int64_t batch, std::int64_t channels, std::int64_t size) {
  using ir::DType;
  ir::GraphBuilder b("chain");
  const ir::ConvAttrs conv{{1, 1}, {1, 1}, {1, 1}, {0, 0}, 1};
  const auto x = b.input("x", {DType::bf16, {batch, channels, size, size}});
  const auto w1 = b.weight("c1.weight", {DType::bf16, {channels, channels, 3, 3}});
  const auto w2 = b.weight("c2.weight", {DType::bf16, {channels, channels, 3, 3}});
  const auto y = b.add(ir::OpKind::conv2d, "c1", {x, w1}, conv);
  const auto z = b.add(ir::OpKind::relu, "act", {y});
  b.output(b.add(ir::OpKind::conv2d, "c2", {z, w2}, conv));
  return std::move(b).build();
}

} // namespace fusesim::test
