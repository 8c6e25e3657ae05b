#include "sim/detail/stream.hpp"

#include <algorithm>

namespace fusesim::sim::detail {

namespace {

double gap_seconds(const Host &host) {
  return host.mode == Host::Mode::graph_replay ? host.graph_node_gap_s : host.gap_s;
}

} // namespace

Stream::Stream(const sc_core::sc_module_name &name, RunState &run)
    : sc_module(name), device("device"), run_(run),
      latency_(to_ps(run.topology.host.launch_latency_s, {"any", "", "launch latency"})),
      gap_(to_ps(gap_seconds(run.topology.host), {"any", "", "gap"})) {
  SC_HAS_PROCESS(Stream);
  SC_METHOD(on_start);
  sensitive << start_;
  dont_initialize();
}

void Stream::submit(LaunchId launch) {
  queue_.push({launch, later(now(), latency_)});
  consider_head();
}

void Stream::launch_ended(LaunchId launch) {
  if (state_ == State::running && queue_.front().launch == launch) {
    queue_.pop();
    state_ = State::idle;
    earliest_ = later(now(), gap_);
  }
  consider_head();
}

void Stream::consider_head() {
  if (state_ != State::idle || queue_.empty())
    return;
  const Submitted &head = queue_.front();
  const auto &after = run_.plan.after[head.launch];
  if (!std::all_of(after.begin(), after.end(), [&](LaunchId id) { return run_.ended[id]; }))
    return; // asked again whenever a kernel ends
  state_ = State::start_pending;
  delay_ = earliest_ > head.arrival ? Attribution::Delay::gap : Attribution::Delay::latency;
  run_.attribution.delay_begins(delay_, now());
  notify_at(start_, std::max({head.arrival, earliest_, now()}));
}

void Stream::on_start() {
  run_.process([this] {
    run_.attribution.delay_ends(delay_, now());
    state_ = State::running;
    device->start(queue_.front().launch);
  });
}

} // namespace fusesim::sim::detail
