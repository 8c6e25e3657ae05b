#pragma once

#include "sim/run.hpp"
#include "targets/machine.hpp"
#include "validate/fields.hpp"

#include <optional>

/// Launch microbenchmarks: empty kernels, one after the other, without a framework.
namespace fusesim::validate {

/// Throws Error when the machine is no GPU.
sim::RunResult run_empty_kernels(const targets::Machine &machine, const targets::Runtime &runtime,
                                 std::uint32_t kernels);

/// From the first kernel's start to the last one's end; of a graph, with the gap before its first node. Microseconds.
double device_us(const sim::RunResult &run, const targets::Runtime &runtime);
/// From one kernel's start to the next one's, on average; 0 of a lone kernel. Microseconds.
double launch_interval_us(const sim::RunResult &run);

enum class LaunchProtocol : std::uint8_t {
  synchronised, ///< one launch, then the host waits for it: latency of the call
  back_to_back, ///< many launches: launch_interval_us
  graph,        ///< one replay of a graph of empty kernels: device_us
};

/// What a row of data/measured/launch_overhead.csv says of empty kernels.
struct LaunchRow {
  LaunchProtocol protocol;
  std::uint32_t
      kernels; ///< back to back: as many as we simulate; the row stands for any large number
  std::string machine, runtime;
  double us = 0;
};
/// Nothing for rows of anything else. Throws Error naming the row when its value is no number.
std::optional<LaunchRow> launch_row(const Fields &fields);

/// What a row of the same file says of one inference of a whole network: the call's time, prose behind it.
struct NetworkTotal {
  std::string model, machine, runtime, dtype;
  std::int64_t batch = 1;
  double us = 0;
};
std::optional<NetworkTotal> network_total(const Fields &fields);

} // namespace fusesim::validate
