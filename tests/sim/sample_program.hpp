#pragma once

#include "sim/program.hpp"

#include <string>

namespace fusesim::sim::test {

/// A GPU-like machine: 108 units, DRAM behind a 40 MB L2. Figures of the size of an A100's, for
/// benchmarks of the simulator only.
inline Topology sample_machine() {
  Topology topology;
  topology.unit_classes.push_back(
      {"sm",
       108,
       {{"tensor", 2.9e12}, {"alu", 1.8e11}, {"shared memory", 1.8e11, Cause::on_chip}},
       164 * 1024});
  topology.links = {{"dram", 1.3e12, Cause::dram}, {"l2", 5e12, Cause::on_chip}};
  topology.caches = {{"l2", Bytes{40} << 20, 1, 0}};
  topology.host = {.launch_latency_s = 2e-6, .gap_s = 1e-6, .sync_s = 5e-6};
  return topology;
}

/// A program of the shape of ResNet-50's: 170 kernels in a row, each with `tasks` tiles and a
/// little more, activations that the next kernel reads and weights.
inline Program sample_program(std::uint64_t tasks) {
  constexpr std::uint32_t kLaunches = 170;
  Program program;
  program.tensor_count = 2 * kLaunches + 2;
  for (std::uint32_t i = 0; i < kLaunches; ++i) {
    TaskGroup group;
    group.name = "tiles";
    group.count = tasks + 7 * (i % 13);
    group.tasks_per_unit = 2;
    group.scratch_bytes = 48 * 1024;
    group.fill_s = 1e-6;
    group.drain_s = 0.3e-6;
    group.work = {{0, 3e6}, {1, 1e5}};
    group.accesses = {{2 * i, 0, TensorAccess::Kind::read, 2'000'000, 4'000'000},
                      {2 * i + 1, 0, TensorAccess::Kind::read, 500'000, 4'000'000},
                      {2 * i + 2, 0, TensorAccess::Kind::write, 2'000'000}};
    Launch launch;
    launch.name = "kernel " + std::to_string(i);
    launch.dispatch_s = 5e-6;
    launch.launch_s = 2e-6;
    launch.min_duration_s = 1.5e-6;
    launch.stages.push_back({.groups = {group}});
    launch.dies = {2 * i};
    program.launches.push_back(std::move(launch));
  }
  return program;
}

} // namespace fusesim::sim::test
