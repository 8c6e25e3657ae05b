#pragma once

#include "ir/graph.hpp"
#include "partition/partition.hpp"
#include "targets/experiment.hpp"
#include "targets/gpu/gpu_machine.hpp"

#include <numeric>

/// A GPU with round figures and a runtime that costs nothing, for arithmetic by hand.
namespace fusesim::targets::test {

/// One SM at 1 GHz, 1,024 FLOP/clk on tensor cores: 1.024 TFLOP/s f16. 64 B/clk to L2, 128 B/clk of
/// shared memory. DRAM 100 GB/s, L2 1,000 GB/s; latencies 0.5 and 0.25 us; everything achieves its
/// peak.
inline GpuMachine toy_gpu() {
  GpuMachine m;
  m.generation = "toy";
  m.sm_count = 1;
  m.boost_clock_ghz = 1;
  m.fp32_tflops = 0.128; // 64 lanes
  m.fp16_tensor_tflops = 1.024;
  m.dram_bandwidth_gbps = 100;
  m.l2_mib = 4;
  m.l2_bandwidth_gbps = 1000;
  m.shared_memory_kib_per_sm = 160;
  m.shared_memory_kib_per_cta = 160;
  m.threads_per_sm = 2048;
  m.ctas_per_sm = 32;
  m.dram_efficiency = 1;
  m.tensor_efficiency = 1;
  m.cuda_core_efficiency = 1;
  m.l2_residency_fraction = 1;
  m.dram_latency_us = 0.5;
  m.l2_latency_us = 0.25;
  m.kernel_ramp_us = m.stream_ramp_us = 1;
  m.min_kernel_us = 0;
  return m;
}

/// Submits the whole program at once, for nothing.
inline Runtime free_runtime() {
  Runtime runtime;
  runtime.name = "free";
  runtime.submission = Runtime::Submission::graph_replay;
  return runtime;
}

/// All of a graph as one subgraph.
inline partition::Partition one_subgraph(const ir::Graph &graph) {
  partition::Partition partition;
  partition.strategy = "by hand";
  partition.subgraphs.resize(1);
  auto &nodes = partition.subgraphs[0].nodes;
  nodes.resize(graph.nodes().size());
  std::iota(nodes.begin(), nodes.end(), ir::NodeId{0});
  partition.subgraphs[0].pattern = partition::name_pattern(graph, nodes);
  partition.subgraph_of.assign(nodes.size(), 0);
  return partition;
}

} // namespace fusesim::targets::test
