#include "sim/detail/fluid_links.hpp"

#include <algorithm>

namespace fusesim::sim::detail {

namespace {

std::vector<double> capacities(const Topology &topology) {
  std::vector<double> units;
  for (const Link &link : topology.links)
    units.push_back(link.bytes_per_s * kDemandUnitsPerByte);
  return units;
}

/// A flow on two full links is said to be bound by the one that costs more to widen.
std::vector<bool> drams(const Topology &topology) {
  std::vector<bool> dram;
  for (const Link &link : topology.links)
    dram.push_back(link.cause == Cause::dram);
  return dram;
}

/// Lone-task picoseconds done since the class was last empty.
double progress_at(const FlowClass &flow, Picoseconds time) {
  return flow.progress + flow.speed * static_cast<double>(time - flow.anchor);
}

} // namespace

FluidLinks::FluidLinks(const sc_core::sc_module_name &name, RunState &run)
    : sc_module(name), device("device"), run_(run),
      max_min_(capacities(run.topology), drams(run.topology)), usage_(run.topology.links.size()) {
  SC_HAS_PROCESS(FluidLinks);
  SC_METHOD(on_end);
  sensitive << end_;
  dont_initialize();
}

void FluidLinks::begin_steady(FlowClass &flow, Cohort &cohort) {
  if (flow.n == 0) { // a fresh start, so that equal waves take equal times to the last bit
    flow.progress = 0;
    flow.speed = 0;
    flow.anchor = now();
    active_.push_back(&flow);
  }
  cohort.steady_target = progress_at(flow, now()) + flow.steady_ps;
  flow.cohorts.push(&cohort);
  flow.n += cohort.tasks;
  changed_ = true;
}

Picoseconds FluidLinks::end_of_first(const FlowClass &flow) const {
  const TaskGroup &group = *flow.cohorts.front()->group->group;
  const double left = std::max(0.0, flow.cohorts.front()->steady_target - flow.progress);
  const Picoseconds duration =
      round_ps(left / flow.speed, {run_.program.launches[flow.cohorts.front()->group->launch].name,
                                   group.name, "steady phase"});
  return later(flow.anchor, duration);
}

void FluidLinks::gather() {
  bool emptied = false;
  for (FlowClass *flow : active_) {
    // A class without a speed yet began at this instant and waits for settle().
    while (flow->speed > 0 && flow->n > 0 && end_of_first(*flow) <= now()) {
      Cohort &cohort = *flow->cohorts.pop();
      flow->n -= cohort.tasks;
      changed_ = true;
      emptied |= flow->n == 0;
      flow->sink->steady_done(cohort);
    }
  }
  if (emptied)
    std::erase_if(active_, [](const FlowClass *flow) { return flow->n == 0; });
}

void FluidLinks::settle() {
  if (!changed_)
    return;
  changed_ = false;
  shares_.assign(active_.begin(), active_.end());
  max_min_.share(shares_);
  for (FlowClass *flow : active_) {
    flow->limiter = limiter_of(*flow);
    if (flow->phi == flow->speed)
      continue; // no new anchor: one rounding less
    flow->progress = progress_at(*flow, now());
    flow->anchor = now();
    flow->speed = flow->phi;
  }
  if (run_.timeline.enabled())
    record_usage();
  arm();
}

Cause FluidLinks::limiter_of(const FlowClass &flow) const {
  return flow.limiting_link < 0
             ? flow.cap_cause
             : run_.topology.links[static_cast<std::size_t>(flow.limiting_link)].cause;
}

void FluidLinks::on_end() {
  run_.process([this] {
    const bool before = changed_;
    gather();
    if (changed_ && !before)
      device->request_settle();
    else if (!changed_)
      arm(); // woken by a notification that a later change made stale
  });
}

void FluidLinks::arm() {
  if (active_.empty())
    return;
  Picoseconds next = kMaxTime;
  for (const FlowClass *flow : active_)
    next = std::min(next, end_of_first(*flow));
  notify_at(end_, std::max(next, now()));
}

void FluidLinks::record_usage() {
  std::vector<double> rates(usage_.size());
  for (const FlowClass *flow : active_)
    for (const Demand &demand : flow->demands)
      rates[demand.link] += flow->phi * static_cast<double>(flow->n) *
                            static_cast<double>(demand.units_per_s) / kDemandUnitsPerByte;
  for (LinkId link = 0; link < usage_.size(); ++link) {
    Usage &usage = usage_[link];
    if (usage.bytes_per_s == rates[link])
      continue;
    run_.timeline.link(link, usage.bytes_per_s, usage.since, now());
    usage = {rates[link], now()};
  }
}

} // namespace fusesim::sim::detail
