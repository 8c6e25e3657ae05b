#pragma once

#include "sim/detail/timeline.hpp"
#include "sim/program.hpp"
#include "sim/run.hpp"

#include <array>
#include <optional>
#include <vector>

namespace fusesim::sim::detail {

using Charges = std::array<Picoseconds, kCauseCount>;

/// Charges every picosecond of the run to one cause. The modules report changes of state; the time
/// since the last change is charged to the state that held.
///
/// While a launch runs on the device, the device decides (see Dispatcher). While it is idle:
///
///   a launch waits for the gap after its predecessor    -> launch_gap
///   else the host is in the framework or synchronises   -> host_dispatch
///   else the host is in the launch call                 -> launch_gap
///   else a submitted launch is on its way to the device -> launch_gap
///   else                                                -> host_dispatch
class Attribution {
public:
  Attribution(RunResult &result, Timeline &timeline) : result_(result), timeline_(timeline) {}

  enum class HostState : std::uint8_t { waiting, framework, launch_call, synchronising };
  void host(HostState state, Picoseconds now);

  /// A launch at the head of its stream waits for a time to come.
  enum class Delay : std::uint8_t { gap, latency };
  void delay_begins(Delay delay, Picoseconds now);
  void delay_ends(Delay delay, Picoseconds now);

  void launch_begins(LaunchId launch, Picoseconds now);
  void launch_bound_by(LaunchId launch, Cause cause, Picoseconds now);
  void launch_ends(LaunchId launch, Picoseconds now);

  /// The cause of the device while at least one launch runs; nullopt: idle.
  void device(std::optional<Cause> cause, Picoseconds now);

  /// A stretch of time to be charged several times over: identical waves of the only launch on the
  /// device.
  struct Mark {
    Charges run{}, launch{};
  };
  Mark mark(LaunchId launch, Picoseconds now);
  /// From now until repeat_ends, state changes of the device are not charged …
  void repeat_begins(Picoseconds now);
  /// … because this charges `times` times what was charged between the two marks.
  void repeat_ends(LaunchId launch, const Mark &from, const Mark &to, std::uint64_t times,
                   Picoseconds now);

  void finish(Picoseconds now) { charge(now); }

private:
  struct Running {
    LaunchId launch = 0;
    std::optional<Cause> cause;
    Picoseconds since = 0;
  };

  void charge(Picoseconds now);
  void charge(Running &running, Picoseconds now);
  Running &running(LaunchId launch);
  Cause idle_cause() const;

  RunResult &result_;
  Timeline &timeline_;
  Picoseconds since_ = 0;
  HostState host_ = HostState::waiting;
  std::array<std::uint32_t, 2> delays_{};
  std::optional<Cause> device_;
  std::vector<Running> running_;
  bool repeating_ = false;
};

} // namespace fusesim::sim::detail
