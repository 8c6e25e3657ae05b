#pragma once

#include "sim/detail/attribution.hpp"
#include "sim/detail/picoseconds.hpp"
#include "sim/detail/plan.hpp"
#include "sim/detail/timeline.hpp"
#include "sim/run.hpp"

#include <exception>
#include <systemc>

namespace fusesim::sim::detail {

/// What all modules of one run read, and where they leave its results.
struct RunState {
  RunState(const Topology &topology_, const Program &program_, const RunOptions &options_)
      : topology(topology_), program(program_), options(options_), plan(topology_, program_),
        ended(program_.launches.size()), kernels_left(plan.kernels),
        kernels_left_in_stream(plan.kernels_in_stream),
        timeline(options_.timeline, result.timeline), attribution(result, timeline) {
    result.launches.resize(program.launches.size());
    result.link_bytes.resize(topology.links.size());
    result.store_peak_bytes.resize(topology.stores.size());
  }
  RunState(const RunState &) = delete;
  RunState &operator=(const RunState &) = delete;

  const Topology &topology;
  const Program &program;
  const RunOptions options;
  const Plan plan;
  std::vector<char> ended; ///< kernels, by LaunchId
  std::uint64_t kernels_left;
  std::vector<std::uint64_t> kernels_left_in_stream;
  Picoseconds last_end = 0;  ///< of a kernel
  Picoseconds host_done = 0; ///< end of the last submission
  RunResult result;
  Timeline timeline;
  Attribution attribution;

  /// Runs the body of a process. SystemC would turn an exception into a report of its own and lose
  /// the type, so the first one is kept, the simulation stops, and run() throws it on.
  template <typename Body> void process(Body body) {
    if (failure)
      return;
    ++result.events;
    try {
      body();
    } catch (...) {
      failure = std::current_exception();
      sc_core::sc_pause();
    }
  }
  std::exception_ptr failure;
};

inline Picoseconds now() { return static_cast<Picoseconds>(sc_core::sc_time_stamp().value()); }

/// Notifies the event at `time`, or in the next delta cycle if that is now. An earlier notification
/// that is pending stays: whoever is woken looks at what is due, and asks again for the rest.
/// SystemC's cancel costs more than that.
inline void notify_at(sc_core::sc_event &event, Picoseconds time) {
  event.notify(
      sc_core::sc_time::from_value(static_cast<sc_core::sc_time::value_type>(time - now())));
}

/// request_interrupt() was called since run() began. Throws Interrupted.
void throw_if_interrupted();

} // namespace fusesim::sim::detail
