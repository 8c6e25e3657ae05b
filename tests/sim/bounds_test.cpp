#include "builders.hpp"
#include "random_programs.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

/// Latency against bounds that any schedule keeps, and against better machines.
namespace fusesim::sim::test {
namespace {

/// Every phase is rounded to a picosecond once, so bounds in real numbers hold up to one per phase
/// and task; relative 1e-9 for sums of doubles.
bool at_most(double a_ps, double b_ps, std::uint64_t tasks) {
  return a_ps <= b_ps * (1 + 1e-9) + 4.0 * static_cast<double>(tasks + 10);
}

template <typename Visit> void for_each_group(const Program &program, Visit visit) {
  for (const Launch &launch : program.launches)
    for (const Stage &stage : launch.stages)
      for (const TaskGroup &group : stage.groups)
        visit(group);
}

std::uint64_t task_count(const Program &program) {
  std::uint64_t tasks = program.launches.size();
  for_each_group(program, [&](const TaskGroup &group) { tasks += group.count; });
  return tasks;
}

/// What the busiest engine of all units together needs for all the work there is.
double engine_bound_ps(const Case &c) {
  double bound = 0;
  for (UnitClassId u = 0; u < c.topology.unit_classes.size(); ++u) {
    const UnitClass &units = c.topology.unit_classes[u];
    for (EngineId e = 0; e < units.engines.size(); ++e) {
      double amount = 0;
      for_each_group(c.program, [&](const TaskGroup &group) {
        for (const EngineWork &work : group.work)
          if (group.unit_class == u && work.engine == e)
            amount += work.amount * static_cast<double>(group.count);
      });
      bound = std::max(bound, amount / (units.engines[e].rate_per_s * units.count) * 1e12);
    }
  }
  return bound;
}

/// A lone task without accesses, computed from the definition in program.hpp.
double lone_task_s(const Topology &topology, const TaskGroup &group) {
  double steady = group.min_steady_s;
  for (const EngineWork &work : group.work)
    steady = std::max(steady,
                      work.amount /
                          topology.unit_classes[group.unit_class].engines[work.engine].rate_per_s);
  for (const LinkBytes &bytes : group.links)
    steady =
        std::max(steady, static_cast<double>(bytes.bytes) / topology.links[bytes.link].bytes_per_s);
  return group.fill_s + steady + group.drain_s;
}

/// Everything one after the other.
double serial_bound_ps(const Case &c) {
  const Host &host = c.topology.host;
  double seconds = host.sync_s + host.graph_launch_s;
  for (const Launch &launch : c.program.launches) {
    seconds += launch.dispatch_s + launch.launch_s + launch.min_duration_s;
    seconds += host.launch_latency_s + host.gap_s + host.graph_node_gap_s;
    for (const Stage &stage : launch.stages)
      seconds += stage.barrier_s;
  }
  for_each_group(c.program, [&](const TaskGroup &group) {
    seconds += static_cast<double>(group.count) * lone_task_s(c.topology, group);
  });
  return seconds * 1e12;
}

RC_GTEST_PROP(Latency, IsNoLessThanAnyResourceNeeds, ()) {
  const Case c = *random_case();
  const RunResult result = run(c.topology, c.program);
  const auto latency = static_cast<double>(result.latency);
  RC_ASSERT(at_most(engine_bound_ps(c), latency, task_count(c.program)));
  for (LinkId link = 0; link < c.topology.links.size(); ++link)
    RC_ASSERT(at_most(static_cast<double>(result.link_bytes[link]) /
                          c.topology.links[link].bytes_per_s * 1e12,
                      latency, task_count(c.program)));
}

RC_GTEST_PROP(Latency, IsNoMoreThanOneThingAfterTheOther, ()) {
  const Case c = *random_case({.caches = false});
  const auto latency = static_cast<double>(run(c.topology, c.program).latency);
  RC_ASSERT(at_most(latency, serial_bound_ps(c), task_count(c.program)));
}

/// Bandwidth of a link or rate of all engines of a class, better by up to 4 times.
Topology faster(Topology topology) {
  const double factor = 1 + *rc::gen::inRange(1, 300) / 100.0;
  const auto link = *rc::gen::inRange<std::size_t>(0, topology.links.size());
  const auto units = *rc::gen::inRange<std::size_t>(0, topology.unit_classes.size());
  if (*rc::gen::arbitrary<bool>())
    topology.links[link].bytes_per_s *= factor;
  else
    for (Engine &engine : topology.unit_classes[units].engines)
      engine.rate_per_s *= factor;
  return topology;
}

Topology wider(Topology topology) {
  const auto units = *rc::gen::inRange<std::size_t>(0, topology.unit_classes.size());
  topology.unit_classes[units].count += *rc::gen::inRange<std::uint32_t>(1, 9);
  return topology;
}

bool no_slower(const Case &c, const Topology &better, double tolerance_ps = 0) {
  const auto before = static_cast<double>(run(c.topology, c.program).latency);
  const auto after = static_cast<double>(run(better, c.program).latency);
  return at_most(after, before + tolerance_ps, task_count(c.program));
}

// With one group at a time there is nothing to reorder.

RC_GTEST_PROP(Latency, NeverGrowsWithSpeedWhenGroupsRunOneAtATime, ()) {
  const Case c = *random_case({.streams = 1, .groups = 1});
  RC_ASSERT(no_slower(c, faster(c.topology)));
}

/// Other numbers of units cut a group into other waves. When a link bounds the whole waves and a
/// few tasks are left over, those run at their own pace with the link half empty: 28 tasks of 1
/// that need the link for 0.5, 3 per unit, take 4 * 3 + 2 = 14 on two units and 3 * 4.5 + 1 = 14.5
/// on three. So up to one lone task per group more.
RC_GTEST_PROP(Latency, GrowsByNoMoreThanALoneTaskPerGroupWithMoreUnits, ()) {
  const Case c = *random_case({.streams = 1, .groups = 1, .caches = false});
  double lone_tasks_s = 0;
  for_each_group(c.program,
                 [&](const TaskGroup &group) { lone_tasks_s += lone_task_s(c.topology, group); });
  RC_ASSERT(no_slower(c, wider(c.topology), lone_tasks_s * 1e12));
}

/// Groups and streams side by side are list scheduling: what ends sooner may let something else go
/// first, and the whole be slower. Graham (Bounds on multiprocessing timing anomalies, SIAM J.
/// Appl. Math. 17, 1969) bounds such anomalies by 2 - 1/m for m machines. The worst of 20,000
/// random programs here was 1.15.
RC_GTEST_PROP(Latency, GrowsWithinGrahamsBoundOnABetterMachine, ()) {
  const Case c = *random_case();
  const Topology better = *rc::gen::arbitrary<bool>() ? faster(c.topology) : wider(c.topology);
  const auto before = static_cast<double>(run(c.topology, c.program).latency);
  RC_ASSERT(no_slower(c, better, before));
}

} // namespace
} // namespace fusesim::sim::test
