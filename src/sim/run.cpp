#include "sim/run.hpp"

#include "sim/detail/platform.hpp"
#include "sim/detail/run_state.hpp"
#include "sim/detail/sim_scope.hpp"
#include "support/error.hpp"

#include <algorithm>
#include <atomic>

namespace fusesim::sim {

namespace {

/// Set from a signal handler, which has no other way in.
std::atomic<bool> interrupt_requested{false};
static_assert(std::atomic<bool>::is_always_lock_free);

/// After the last event: the host returns from its final synchronisation.
void synchronise(detail::RunState &run) {
  using detail::Attribution;
  const Picoseconds done = std::max(run.last_end, run.host_done);
  const Picoseconds sync = detail::to_ps(run.topology.host.sync_s, {"any", "", "synchronisation"});
  run.result.latency = detail::later(done, sync);
  run.attribution.host(Attribution::HostState::synchronising, done);
  run.attribution.finish(run.result.latency);
  const auto launches = static_cast<LaunchId>(run.program.launches.size());
  run.timeline.host(launches > 0 ? launches - 1 : 0, "synchronise", done, run.result.latency);
}

} // namespace

namespace detail {

void throw_if_interrupted() {
  if (interrupt_requested.load(std::memory_order_relaxed))
    throw Interrupted();
}

} // namespace detail

RunResult run(const Topology &topology, const Program &program, const RunOptions &options) {
  interrupt_requested = false;
  verify(topology, program);
  detail::RunState state(topology, program, options);
  {
    detail::SimScope scope;
    detail::Platform platform(state);
    sc_core::sc_start();
  }
  if (state.failure)
    std::rethrow_exception(state.failure);
  if (state.kernels_left > 0)
    throw InternalError("the simulation ended before its launches did");
  synchronise(state);
  return std::move(state.result);
}

void request_interrupt() noexcept { interrupt_requested = true; }

const char *Interrupted::what() const noexcept { return "the simulation was interrupted"; }

} // namespace fusesim::sim
