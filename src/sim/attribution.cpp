#include "sim/detail/attribution.hpp"

#include "support/error.hpp"

#include <algorithm>

namespace fusesim::sim::detail {

namespace {

constexpr std::size_t index(Cause cause) { return static_cast<std::size_t>(cause); }

void add_times(Charges &charges, const Charges &from, const Charges &to, std::uint64_t times) {
  for (std::size_t i = 0; i < kCauseCount; ++i)
    charges[i] += (to[i] - from[i]) * static_cast<Picoseconds>(times);
}

} // namespace

Cause Attribution::idle_cause() const {
  if (delays_[static_cast<std::size_t>(Delay::gap)] > 0)
    return Cause::launch_gap;
  switch (host_) {
  case HostState::framework:
  case HostState::synchronising:
    return Cause::host_dispatch;
  case HostState::launch_call:
    return Cause::launch_gap;
  case HostState::waiting:
    break;
  }
  return delays_[static_cast<std::size_t>(Delay::latency)] > 0 ? Cause::launch_gap
                                                               : Cause::host_dispatch;
}

void Attribution::charge(Picoseconds now) {
  const Cause cause = device_ ? *device_ : idle_cause();
  result_.attribution[index(cause)] += now - since_;
  timeline_.cause(cause, since_, now);
  since_ = now;
}

void Attribution::charge(Running &running, Picoseconds now) {
  if (running.cause)
    result_.launches[running.launch].attribution[index(*running.cause)] += now - running.since;
  running.since = now;
}

Attribution::Running &Attribution::running(LaunchId launch) {
  const auto it = std::find_if(running_.begin(), running_.end(),
                               [&](const Running &r) { return r.launch == launch; });
  if (it == running_.end())
    throw InternalError("attribution of a launch that does not run");
  return *it;
}

void Attribution::host(HostState state, Picoseconds now) {
  if (!device_)
    charge(now);
  host_ = state;
}

void Attribution::delay_begins(Delay delay, Picoseconds now) {
  if (!device_)
    charge(now);
  ++delays_[static_cast<std::size_t>(delay)];
}

void Attribution::delay_ends(Delay delay, Picoseconds now) {
  if (!device_)
    charge(now);
  --delays_[static_cast<std::size_t>(delay)];
}

void Attribution::launch_begins(LaunchId launch, Picoseconds now) {
  running_.push_back({launch, std::nullopt, now});
}

void Attribution::launch_bound_by(LaunchId launch, Cause cause, Picoseconds now) {
  Running &r = running(launch);
  if (repeating_ || r.cause == cause)
    return;
  charge(r, now);
  r.cause = cause;
}

void Attribution::launch_ends(LaunchId launch, Picoseconds now) {
  charge(running(launch), now);
  std::erase_if(running_, [&](const Running &r) { return r.launch == launch; });
}

void Attribution::device(std::optional<Cause> cause, Picoseconds now) {
  if (repeating_ || device_ == cause)
    return;
  charge(now);
  device_ = cause;
}

Attribution::Mark Attribution::mark(LaunchId launch, Picoseconds now) {
  charge(now);
  charge(running(launch), now);
  return {result_.attribution, result_.launches[launch].attribution};
}

void Attribution::repeat_begins(Picoseconds now) {
  charge(now);
  repeating_ = true;
}

void Attribution::repeat_ends(LaunchId launch, const Mark &from, const Mark &to,
                              std::uint64_t times, Picoseconds now) {
  repeating_ = false;
  add_times(result_.attribution, from.run, to.run, times);
  add_times(result_.launches[launch].attribution, from.launch, to.launch, times);
  since_ = now;
  running(launch).since = now;
}

} // namespace fusesim::sim::detail
