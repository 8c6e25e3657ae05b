#include "sim/detail/group_run.hpp"

#include "sim/detail/picoseconds.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace fusesim::sim::detail {

namespace {

/// What a lone task's steady phase takes, and why. Ties go to the later and slower-to-fix cause:
/// links over engines over the minimum.
struct Solo {
  double seconds = 0;
  Cause cause = Cause::compute;
  double busiest_engine_s = 0;
  Cause busiest_cause = Cause::compute;
};

Solo solo_steady(const Topology &topology, const TaskGroup &group, TaskBytes bytes) {
  Solo solo{.seconds = group.min_steady_s};
  const std::vector<Engine> &engines = topology.unit_classes[group.unit_class].engines;
  for (std::size_t e = 0; e < engines.size(); ++e) {
    double seconds = 0;
    for (const EngineWork &work : group.work)
      if (work.engine == e && work.amount > 0)
        seconds += work.amount / engines[e].rate_per_s;
    if (seconds > solo.busiest_engine_s) {
      solo.busiest_engine_s = seconds;
      solo.busiest_cause = engines[e].cause;
    }
  }
  if (solo.busiest_engine_s >= solo.seconds) {
    solo.seconds = solo.busiest_engine_s;
    solo.cause = solo.busiest_cause;
  }
  for (const LinkBytes &link : bytes) {
    const double seconds = static_cast<double>(link.bytes) / topology.links[link.link].bytes_per_s;
    if (seconds >= solo.seconds) {
      solo.seconds = seconds;
      solo.cause = topology.links[link.link].cause;
    }
  }
  return solo;
}

/// Rounded up, so that flows together never move more than their links carry.
std::uint64_t demand_of(Bytes bytes, double seconds) {
  return static_cast<std::uint64_t>(
      std::ceil(static_cast<double>(bytes) / seconds * kDemandUnitsPerByte));
}

} // namespace

std::uint32_t max_residents(const UnitClass &units, const TaskGroup &group) {
  if (group.scratch_bytes == 0)
    return group.tasks_per_unit;
  return static_cast<std::uint32_t>(
      std::min<Bytes>(group.tasks_per_unit, units.scratch_bytes / group.scratch_bytes));
}

std::unique_ptr<GroupRun> make_group_run(const Topology &topology, const Launch &launch,
                                         const TaskGroup &group, TaskBytes bytes) {
  auto run = std::make_unique<GroupRun>();
  run->group = &group;
  run->waiting = run->unfinished = group.count;
  run->max_residents = max_residents(topology.unit_classes[group.unit_class], group);
  run->fill = to_ps(group.fill_s, {launch.name, group.name, "fill"});
  run->drain = to_ps(group.drain_s, {launch.name, group.name, "drain"});

  const Solo solo = solo_steady(topology, group, bytes);
  run->steady_ps = solo.seconds * kPicosecondsPerSecond;
  round_ps(run->steady_ps, {launch.name, group.name, "steady phase"});
  run->solo_cause = solo.cause;
  run->engine_cause = solo.busiest_cause;
  if (solo.seconds > 0) {
    run->engine_use = solo.busiest_engine_s / solo.seconds;
    for (const LinkBytes &link : bytes)
      run->demands.push_back({link.link, demand_of(link.bytes, solo.seconds)});
  }
  return run;
}

FlowClass &flow_class(GroupRun &group, std::uint32_t residents) {
  for (const auto &flow : group.flows)
    if (flow->residents == residents)
      return *flow;
  auto flow = std::make_unique<FlowClass>();
  flow->residents = residents;
  flow->steady_ps = group.steady_ps;
  flow->demands = group.demands;
  const double use = group.engine_use * residents;
  flow->cap = use > 1 ? 1 / use : 1;
  flow->cap_cause = use > 1 ? group.engine_cause : group.solo_cause;
  group.flows.push_back(std::move(flow));
  return *group.flows.back();
}

} // namespace fusesim::sim::detail
