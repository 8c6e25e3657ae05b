#pragma once

#include "targets/experiment.hpp"

namespace fusesim::report {

/// conv (8 outputs, 3×3, padding 1) → relu on a 1×3×4×4 image, both in one subgraph of two kernels,
/// then flatten in a subgraph of its own that launches nothing. All figures by hand:
///   MACs  1·8·4·4 · 3·3·3 = 3456, so 6912 FLOPs; weights 8·3·3·3·4 B = 864 B; input 3·16·4 B = 192
///   B; output 8·16·4 B = 512 B; inside stays the 512 B between conv and relu, one write and one
///   read: 1024 B. kernel 1 runs from 2 to 5 µs (2 µs DRAM, 1 µs compute), kernel 2 from 6 to 7.5
///   µs (DRAM); the run takes 8 µs: 2 host dispatch, 1 launch gap, 1 compute, 3.5 DRAM, 0.5 tail.
inline targets::Experiment small_experiment() {
  ir::GraphBuilder builder("small");
  const auto x = builder.input("x", {ir::DType::f32, {1, 3, 4, 4}});
  const auto w = builder.weight("conv.weight", {ir::DType::f32, {8, 3, 3, 3}});
  ir::ConvAttrs conv;
  conv.stride = {1, 1};
  conv.padding = {1, 1};
  conv.dilation = {1, 1};
  const auto y = builder.add(ir::OpKind::conv2d, "conv", {x, w}, conv);
  const auto z = builder.add(ir::OpKind::relu, "relu", {y});
  const auto flat =
      builder.add_typed(ir::OpKind::view, "flatten", {z}, {{ir::DType::f32, {1, 128}}});
  builder.output(flat.front());

  targets::Experiment experiment;
  experiment.graph = std::move(builder).build();
  experiment.partition.strategy = "greedy";
  experiment.partition.subgraphs = {{0, "conv2d+relu", {0, 1}}, {1, "unfused", {2}}};
  experiment.partition.subgraph_of = {0, 0, 1};
  experiment.machine = "test-gpu";
  experiment.runtime = "test-runtime";
  experiment.precision = {ir::DType::f32, false};

  constexpr sim::Picoseconds kMicrosecond = 1'000'000;
  using sim::Cause;
  experiment.lowered.topology.links = {{"DRAM", 1e12, Cause::dram}};
  experiment.lowered.program.launches.resize(2);
  experiment.lowered.notes = {{"split in two"}, {}};
  auto &run = experiment.run;
  run.latency = 8 * kMicrosecond;
  run.attribution = {2 * kMicrosecond, kMicrosecond, kMicrosecond, 3'500'000, 0, 0, 500'000};
  run.link_bytes = {1568};
  run.launches.resize(2);
  run.launches[0] = {
      2 * kMicrosecond, 5 * kMicrosecond, {0, 0, kMicrosecond, 2 * kMicrosecond, 0, 0, 0}};
  run.launches[1] = {6 * kMicrosecond, 7'500'000, {0, 0, 0, 1'500'000, 0, 0, 0}};
  return experiment;
}

} // namespace fusesim::report
