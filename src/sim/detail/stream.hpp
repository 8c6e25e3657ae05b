#pragma once

#include "sim/detail/interfaces.hpp"
#include "sim/detail/run_state.hpp"

namespace fusesim::sim::detail {

/// Front end of one stream: kernels start in the order in which they were submitted, one at a time,
/// at
///   max(submission + launch latency, end of the previous one + gap, ends of what they come after).
class Stream : public sc_core::sc_module, public StreamIf {
public:
  Stream(const sc_core::sc_module_name &name, RunState &run);

  sc_core::sc_port<DeviceIf> device;

  void submit(LaunchId launch) override;
  void launch_ended(LaunchId launch) override;

private:
  struct Submitted {
    LaunchId launch = 0;
    Picoseconds arrival = 0; ///< at the device
  };

  void consider_head();
  void on_start();

  RunState &run_;
  const Picoseconds latency_, gap_;
  sc_core::sc_event start_;
  Fifo<Submitted> queue_;
  enum class State : std::uint8_t { idle, start_pending, running } state_ = State::idle;
  Attribution::Delay delay_ = Attribution::Delay::latency; ///< while start_pending
  Picoseconds earliest_ = 0;                               ///< by the previous launch
};

} // namespace fusesim::sim::detail
