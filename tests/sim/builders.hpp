#pragma once

#include "sim/run.hpp"

#include <cstddef>
#include <numeric>
#include <string>

/// Small machines and programs for the tests. Times in the comments are in µs unless they say
/// otherwise.
namespace fusesim::sim::test {

inline constexpr Picoseconds kNs = 1'000;
inline constexpr Picoseconds kUs = 1'000'000;
inline constexpr double us = 1e-6;
inline constexpr double ns = 1e-9;

/// `count` units with one engine of 1e9 items/s, and one DRAM link of 1e9 bytes/s: 1,000 items or
/// bytes take 1 µs.
inline Topology machine(std::uint32_t count, double dram_bytes_per_s = 1e9) {
  Topology topology;
  topology.unit_classes.push_back({.name = "unit",
                                   .count = count,
                                   .engines = {{.name = "alu", .rate_per_s = 1e9}},
                                   .scratch_bytes = 0});
  topology.links.push_back({.name = "dram", .bytes_per_s = dram_bytes_per_s});
  return topology;
}

/// Tasks of `items` on engine 0 and `bytes` over link 0 each.
inline TaskGroup tasks(std::uint64_t count, double items, Bytes bytes = 0) {
  TaskGroup group;
  group.name = "tasks";
  group.count = count;
  if (items > 0)
    group.work.push_back({0, items});
  if (bytes > 0)
    group.links.push_back({0, bytes});
  return group;
}

inline Launch kernel(std::vector<TaskGroup> groups) {
  Launch launch;
  launch.name = "kernel";
  if (!groups.empty())
    launch.stages.push_back({.groups = std::move(groups)});
  return launch;
}

inline Launch empty_kernel(double dispatch_s, double launch_s, double duration_s) {
  Launch launch;
  launch.name = "empty";
  launch.dispatch_s = dispatch_s;
  launch.launch_s = launch_s;
  launch.min_duration_s = duration_s;
  return launch;
}

inline Picoseconds sum(const std::array<Picoseconds, kCauseCount> &attribution) {
  return std::accumulate(attribution.begin(), attribution.end(), Picoseconds{0});
}

inline Picoseconds charged(const RunResult &result, Cause cause) {
  return result.attribution[static_cast<std::size_t>(cause)];
}
inline Picoseconds charged(const LaunchResult &result, Cause cause) {
  return result.attribution[static_cast<std::size_t>(cause)];
}

} // namespace fusesim::sim::test
