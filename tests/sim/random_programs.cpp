#include "random_programs.hpp"

#include <ostream>

namespace fusesim::sim::test {

namespace {

double pick(double low, double high) {
  return low + (high - low) * static_cast<double>(*rc::gen::inRange(0, 1'000'000)) / 1e6;
}

bool one_in(int n) { return *rc::gen::inRange(0, n) == 0; }

/// Zero now and then: phases of no length are where the order of events could show.
double duration(double most) { return one_in(3) ? 0 : pick(0, most); }

std::uint32_t below(std::uint32_t bound) { return *rc::gen::inRange<std::uint32_t>(0, bound); }

Topology make_topology(const Variety &variety) {
  Topology topology;
  for (std::uint32_t i = 0, n = 1 + below(variety.unit_classes); i < n; ++i) {
    UnitClass units{.name = "units", .count = 1 + below(9), .engines = {}, .scratch_bytes = 64'000};
    units.engines.push_back({"alu", pick(1e9, 1e11), Cause::compute});
    units.engines.push_back({"port", pick(1e9, 1e11), Cause::on_chip});
    topology.unit_classes.push_back(units);
  }
  topology.links.push_back({"dram", pick(1e9, 5e10), Cause::dram});
  topology.links.push_back({"l2", pick(1e9, 2e11), Cause::on_chip});
  if (variety.caches)
    topology.caches.push_back({"l2", *rc::gen::inRange<Bytes>(0, 200'000), 1, 0});
  Host &host = topology.host;
  host.mode = one_in(3) ? Host::Mode::graph_replay : Host::Mode::eager;
  host.queue_depth = 1 + below(4);
  host.launch_latency_s = duration(5e-6);
  host.gap_s = duration(2e-6);
  host.graph_launch_s = duration(10e-6);
  host.graph_node_gap_s = duration(1e-6);
  host.sync_s = duration(8e-6);
  topology.streams = 1 + below(variety.streams);
  return topology;
}

TensorAccess make_access(std::uint32_t tensors) {
  TensorAccess access;
  access.tensor = below(tensors);
  access.kind = one_in(2) ? TensorAccess::Kind::read : TensorAccess::Kind::write;
  access.bytes = *rc::gen::inRange<Bytes>(0, 120'000);
  access.front_bytes = one_in(2) ? 0 : access.bytes + *rc::gen::inRange<Bytes>(0, 100'000);
  return access;
}

TaskGroup make_group(const Topology &topology, const Variety &variety, std::uint32_t tensors) {
  TaskGroup group;
  group.name = "group";
  group.unit_class = below(static_cast<std::uint32_t>(topology.unit_classes.size()));
  group.count = 1 + below(one_in(3) ? 200 : 20);
  group.tasks_per_unit = 1 + below(4);
  group.scratch_bytes = one_in(2) ? 0 : *rc::gen::inRange<Bytes>(1, 64'001);
  group.fill_s = duration(1e-6);
  group.drain_s = duration(1e-6);
  group.min_steady_s = duration(2e-6);
  for (EngineId engine = 0; engine < 2; ++engine)
    if (!one_in(3))
      group.work.push_back({engine, pick(0, 1e4)});
  for (LinkId link = 0; link < 2; ++link)
    if (!one_in(3))
      group.links.push_back({link, *rc::gen::inRange<Bytes>(0, 10'000)});
  if (variety.caches)
    for (std::uint32_t i = below(3); i > 0; --i)
      group.accesses.push_back(make_access(tensors));
  return group;
}

Launch make_launch(LaunchId id, const Topology &topology, const Variety &variety,
                   std::uint32_t tensors) {
  Launch launch;
  launch.name = "launch";
  launch.dispatch_s = duration(3e-6);
  launch.launch_s = duration(2e-6);
  launch.stream = below(topology.streams);
  if (id > 0 && one_in(3))
    launch.after.push_back(below(id));
  if (tensors > 0 && one_in(3))
    launch.dies.push_back(below(tensors));
  if (!variety.single_launch && one_in(6)) {
    launch.kind = Launch::Kind::host_only;
    return launch;
  }
  launch.min_duration_s = duration(2e-6);
  for (std::uint32_t s = 0, n = below(4); s < n; ++s) {
    Stage stage;
    for (std::uint32_t g = 1 + below(variety.groups); g > 0; --g)
      stage.groups.push_back(make_group(topology, variety, tensors));
    stage.barrier_s = s == 0 ? 0 : duration(1e-6);
    launch.stages.push_back(std::move(stage));
  }
  return launch;
}

} // namespace

rc::Gen<Case> random_case(Variety variety) {
  return rc::gen::exec([variety] {
    Case result;
    result.topology = make_topology(variety);
    result.program.tensor_count = variety.caches ? 6 : 0;
    const std::uint32_t launches = variety.single_launch ? 1 : 1 + below(8);
    for (LaunchId id = 0; id < launches; ++id)
      result.program.launches.push_back(
          make_launch(id, result.topology, variety, result.program.tensor_count));
    return result;
  });
}

void showValue(const Case &value, std::ostream &os) {
  os << value.topology.unit_classes.size() << " unit classes, " << value.topology.streams
     << " streams, " << value.program.launches.size() << " launches:";
  for (const Launch &launch : value.program.launches) {
    os << "\n  stream " << launch.stream << (launch.kind == Launch::Kind::kernel ? "" : " host");
    for (const Stage &stage : launch.stages)
      for (const TaskGroup &group : stage.groups)
        os << " [" << group.count << " tasks, units "
           << value.topology.unit_classes[group.unit_class].count << " x " << group.tasks_per_unit
           << ", fill " << group.fill_s << ", min " << group.min_steady_s << ", drain "
           << group.drain_s << "]";
  }
  os << "\n";
}

} // namespace fusesim::sim::test
