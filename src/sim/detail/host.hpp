#pragma once

#include "sim/detail/interfaces.hpp"
#include "sim/detail/run_state.hpp"

namespace fusesim::sim::detail {

/// The one thread that submits launches, in program order. Eager: framework cost, launch call,
/// submitted; it waits before a kernel while `queue_depth` of them are submitted and unfinished.
/// Graph replay: one submission of all. Host-only steps take host time and no place in the queue.
class HostThread : public sc_core::sc_module, public HostIf {
public:
  HostThread(const sc_core::sc_module_name &name, RunState &run);

  sc_core::sc_port<StreamIf, 0, sc_core::SC_ZERO_OR_MORE_BOUND> streams;

  void launch_ended(LaunchId launch) override;

private:
  using State = Attribution::HostState;

  void on_step();
  bool step();
  bool begin_launch();
  void submit();
  void submit_graph();
  void enter(State state, double seconds, std::string_view label);
  void leave();

  RunState &run_;
  const Host &config_;
  sc_core::sc_event step_;
  LaunchId next_ = 0;
  std::uint32_t in_flight_ = 0;
  bool blocked_ = false;
  State state_ = State::waiting;
  Picoseconds since_ = 0, until_ = 0;
  std::string_view label_;
};

} // namespace fusesim::sim::detail
