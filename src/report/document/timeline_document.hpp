#pragma once

#include "report/formats.hpp"
#include "sim/run.hpp"

#include <cstddef>

namespace fusesim::report {

/// A quantity that holds its value from one time to the next.
struct StepSeries {
  std::vector<double> time_us, value; ///< value[i] from time_us[i] to time_us[i+1]
  /// Above 0: too many steps to keep, so that each value is the mean over so much time.
  double averaged_us = 0;
};

/// Busy units of a class: units with at least one task. `run` must hold a timeline.
StepSeries busy_units(const sim::Topology &topology, const sim::RunResult &run,
                      std::uint32_t unit_class, std::size_t most_steps);
/// Bytes per second over a link.
StepSeries link_use(const sim::RunResult &run, sim::LinkId link, std::size_t most_steps);

struct TimelineLimits {
  std::size_t steps = 4000; ///< of each series
};
/// {"host","streams","units","links"}: spans of the host and of kernels by stream, busy units and
/// bytes per second as step series. Times in microseconds.
Json timeline_document(const sim::Topology &topology, const sim::RunResult &run,
                       const TimelineLimits &limits = {});

} // namespace fusesim::report
