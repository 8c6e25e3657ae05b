#include "sim/detail/host.hpp"

namespace fusesim::sim::detail {

HostThread::HostThread(const sc_core::sc_module_name &name, RunState &run)
    : sc_module(name), streams("streams"), run_(run), config_(run.topology.host) {
  SC_HAS_PROCESS(HostThread);
  SC_METHOD(on_step);
  sensitive << step_; // and once at the start
}

void HostThread::on_step() {
  run_.process([this] {
    throw_if_interrupted();
    while (until_ <= now() && step()) {
    }
    if (until_ > now())
      notify_at(step_, until_);
  });
}

/// One transition; false when there is nothing to do until someone wakes the host.
bool HostThread::step() {
  const auto count = static_cast<LaunchId>(run_.program.launches.size());
  switch (state_) {
  case State::waiting:
    if (config_.mode == Host::Mode::graph_replay && next_ < count) {
      enter(State::launch_call, config_.graph_launch_s, "graph launch");
      return true;
    }
    return next_ < count && begin_launch();
  case State::framework:
    leave();
    enter(State::launch_call, run_.program.launches[next_].launch_s, "launch");
    return true;
  case State::launch_call:
    leave();
    config_.mode == Host::Mode::graph_replay ? submit_graph() : submit();
    return true;
  case State::synchronising:
    break;
  }
  return false;
}

bool HostThread::begin_launch() {
  const Launch &launch = run_.program.launches[next_];
  if (launch.kind == Launch::Kind::kernel && in_flight_ >= config_.queue_depth) {
    blocked_ = true;
    return false;
  }
  run_.result.launches[next_].start = now();
  enter(State::framework, launch.dispatch_s, "dispatch");
  return true;
}

void HostThread::submit() {
  const Launch &launch = run_.program.launches[next_];
  if (launch.kind == Launch::Kind::kernel) {
    ++in_flight_;
    streams[static_cast<int>(launch.stream)]->submit(next_);
  } else {
    run_.result.launches[next_].end = now();
  }
  ++next_;
  run_.host_done = now();
}

void HostThread::submit_graph() {
  for (; next_ < run_.program.launches.size(); ++next_) {
    const Launch &launch = run_.program.launches[next_];
    if (launch.kind == Launch::Kind::kernel)
      streams[static_cast<int>(launch.stream)]->submit(next_);
    else
      run_.result.launches[next_].start = run_.result.launches[next_].end = now();
  }
  run_.host_done = now();
}

void HostThread::launch_ended(LaunchId) {
  if (config_.mode == Host::Mode::graph_replay)
    return;
  --in_flight_;
  if (blocked_) {
    blocked_ = false;
    step_.notify(sc_core::SC_ZERO_TIME);
  }
}

void HostThread::enter(State state, double seconds, std::string_view label) {
  const std::string_view launch = run_.program.launches[next_].name;
  state_ = state;
  label_ = label;
  since_ = now();
  until_ = later(now(), to_ps(seconds, {launch, "", label}));
  run_.attribution.host(state, now());
}

void HostThread::leave() {
  run_.timeline.host(next_, label_, since_, now());
  const bool eager = config_.mode == Host::Mode::eager;
  if (eager && run_.program.launches[next_].kind == Launch::Kind::host_only) {
    const Cause cause = state_ == State::framework ? Cause::host_dispatch : Cause::launch_gap;
    run_.result.launches[next_].attribution[static_cast<std::size_t>(cause)] += now() - since_;
  }
  state_ = State::waiting;
  run_.attribution.host(state_, now());
}

} // namespace fusesim::sim::detail
