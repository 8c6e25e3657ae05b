#include "sim/detail/group_run.hpp"
#include "sim/detail/max_min.hpp"
#include "sim/detail/picoseconds.hpp"
#include "sim/program.hpp"
#include "support/error.hpp"

#include <cmath>
#include <fmt/format.h>

namespace fusesim::sim {

namespace {

/// Where a check stands. Put into words only when one fails: programs have hundreds of launches,
/// nearly all sound.
struct Where {
  std::string_view what;
  std::size_t index = 0;
  std::string_view name;
  std::string_view group = {};

  std::string text() const {
    std::string text = fmt::format("{} {}", what, index);
    if (!name.empty())
      text += fmt::format(" '{}'", name);
    if (!group.empty())
      text += fmt::format(", group '{}'", group);
    return text;
  }
};

void check_index(const Where &where, std::string_view what, std::size_t index, std::size_t count) {
  if (index < count)
    return;
  throw Error(where.text(), fmt::format("{} {} is out of range", what, index),
              count == 0 ? fmt::format("the machine or program has no {}", what)
                         : fmt::format("valid: 0 to {}", count - 1));
}

void check_duration(const Where &where, std::string_view field, double seconds) {
  const double most = static_cast<double>(detail::kMaxTime) / detail::kPicosecondsPerSecond;
  if (!(seconds >= 0 && seconds <= most))
    throw Error(where.text(), fmt::format("{} is {:g} s", field, seconds),
                "durations lie between 0 and 2^62 ps (53 days)");
}

void check_positive(const Where &where, std::string_view field, std::uint64_t value) {
  if (value == 0)
    throw Error(where.text(), fmt::format("{} is 0", field), "it must be at least 1");
}

// ---- the machine---------------------------------------------------------------------------------
// -------------------------------------------------------------------------------------------------

void check_cause(const Where &where, Cause cause, Cause other) {
  if (cause != other && cause != Cause::on_chip)
    throw Error(where.text(), fmt::format("cannot be charged to {}", name_of(cause)),
                fmt::format("{} or {}", name_of(other), name_of(Cause::on_chip)));
}

void verify_units(const Topology &topology) {
  for (std::size_t i = 0; i < topology.unit_classes.size(); ++i) {
    const UnitClass &units = topology.unit_classes[i];
    check_positive({"unit class", i, units.name}, "count", units.count);
    for (std::size_t e = 0; e < units.engines.size(); ++e) {
      const Engine &engine = units.engines[e];
      const Where where{"engine", e, engine.name, units.name};
      if (!(engine.rate_per_s >= 0 && std::isfinite(engine.rate_per_s)))
        throw Error(where.text(), fmt::format("rate is {:g} per second", engine.rate_per_s),
                    "it must be finite and not negative");
      check_cause(where, engine.cause, Cause::compute);
    }
  }
}

void verify_links(const Topology &topology) {
  for (std::size_t i = 0; i < topology.links.size(); ++i) {
    const Link &link = topology.links[i];
    const Where where{"link", i, link.name};
    if (!(link.bytes_per_s > 0 && link.bytes_per_s <= detail::kMaxLinkBandwidth))
      throw Error(
          where.text(), fmt::format("bandwidth is {:g} bytes/s", link.bytes_per_s),
          fmt::format("it must lie above 0 and at most at {:g}", detail::kMaxLinkBandwidth));
    check_cause(where, link.cause, Cause::dram);
  }
  for (std::size_t i = 0; i < topology.caches.size(); ++i) {
    const Cache &cache = topology.caches[i];
    check_index({"cache", i, cache.name}, "front link", cache.front, topology.links.size());
    check_index({"cache", i, cache.name}, "back link", cache.back, topology.links.size());
  }
}

void verify_host(const Topology &topology) {
  const Host &host = topology.host;
  const Where where{"host of machine", 0, ""};
  check_positive(where, "queue_depth", host.queue_depth);
  check_positive(where, "number of streams", topology.streams);
  check_duration(where, "launch_latency_s", host.launch_latency_s);
  check_duration(where, "gap_s", host.gap_s);
  check_duration(where, "graph_launch_s", host.graph_launch_s);
  check_duration(where, "graph_node_gap_s", host.graph_node_gap_s);
  check_duration(where, "sync_s", host.sync_s);
}

// ---- the program---------------------------------------------------------------------------------
// -------------------------------------------------------------------------------------------------

void verify_work(const Where &where, const UnitClass &units, const TaskGroup &group) {
  for (const EngineWork &work : group.work) {
    check_index(where, "engine", work.engine, units.engines.size());
    if (!(work.amount >= 0 && std::isfinite(work.amount)))
      throw Error(where.text(), fmt::format("work of {:g} per task", work.amount),
                  "it must be finite and not negative");
    if (work.amount > 0 && units.engines[work.engine].rate_per_s == 0)
      throw Error(
          where.text(),
          fmt::format("has work for engine '{}', whose rate is 0", units.engines[work.engine].name),
          "give the engine a rate or move the work");
  }
}

void verify_fit(const Where &where, const UnitClass &units, const TaskGroup &group) {
  check_positive(where, "task count", group.count);
  check_positive(where, "tasks_per_unit", group.tasks_per_unit);
  if (detail::max_residents(units, group) == 0)
    throw Error(where.text(),
                fmt::format("a task needs {} bytes of scratch, a unit of '{}' has {}",
                            group.scratch_bytes, units.name, units.scratch_bytes),
                "use smaller tasks");
}

void verify_bytes(const Where &where, const Topology &topology, const Program &program,
                  const TaskGroup &group, std::vector<Bytes> &moved) {
  const auto move = [&](LinkId link, Bytes tasks, Bytes bytes) {
    Bytes product = 0;
    if (__builtin_mul_overflow(tasks, bytes, &product) ||
        __builtin_add_overflow(moved[link], product, &moved[link]))
      throw Error(
          where.text(),
          fmt::format("the bytes over link '{}' overflow 64 bits", topology.links[link].name),
          "check the group's counts");
  };
  for (const LinkBytes &bytes : group.links) {
    check_index(where, "link", bytes.link, topology.links.size());
    move(bytes.link, group.count, bytes.bytes);
  }
  for (const TensorAccess &access : group.accesses) {
    check_index(where, "cache", access.cache, topology.caches.size());
    check_index(where, "tensor", access.tensor, program.tensor_count);
    if (access.front_bytes > 0 && access.front_bytes < access.bytes)
      throw Error(where.text(),
                  fmt::format("touches {} bytes of tensor {} but moves only {} over the front link",
                              access.bytes, access.tensor, access.front_bytes),
                  "front_bytes counts every byte at least once");
    // Twice over the back link: a miss, and a dirty tensor that it displaces.
    move(topology.caches[access.cache].front, 1, std::max(access.front_bytes, access.bytes));
    move(topology.caches[access.cache].back, 2, access.bytes);
  }
}

void verify_group(const Where &where, const Topology &topology, const Program &program,
                  const TaskGroup &group, std::vector<Bytes> &moved) {
  check_index(where, "unit class", group.unit_class, topology.unit_classes.size());
  const UnitClass &units = topology.unit_classes[group.unit_class];
  check_duration(where, "fill_s", group.fill_s);
  check_duration(where, "drain_s", group.drain_s);
  check_duration(where, "min_steady_s", group.min_steady_s);
  verify_fit(where, units, group);
  verify_work(where, units, group);
  verify_bytes(where, topology, program, group, moved);
}

void verify_launch(LaunchId id, const Topology &topology, const Program &program,
                   std::vector<Bytes> &moved) {
  const Launch &launch = program.launches[id];
  const Where where{"launch", id, launch.name};
  check_duration(where, "dispatch_s", launch.dispatch_s);
  check_duration(where, "launch_s", launch.launch_s);
  check_duration(where, "min_duration_s", launch.min_duration_s);
  check_index(where, "stream", launch.stream, topology.streams);
  for (const LaunchId earlier : launch.after)
    if (earlier >= id)
      throw Error(where.text(), fmt::format("comes after launch {}", earlier),
                  "a launch depends on earlier ones only");
  for (const TensorId tensor : launch.dies)
    check_index(where, "tensor", tensor, program.tensor_count);
  if (launch.kind == Launch::Kind::host_only && !launch.stages.empty())
    throw Error(where.text(), "is host-only but has stages", "make it a kernel");
  for (std::size_t s = 0; s < launch.stages.size(); ++s) {
    check_duration(where, "barrier_s", launch.stages[s].barrier_s);
    if (s == 0 && launch.stages[s].barrier_s > 0)
      throw Error(where.text(), "has a barrier before its first stage",
                  "barriers stand between stages");
    for (const StoreBytes &held : launch.stages[s].holds)
      check_index(where, "store", held.store, topology.stores.size());
    for (const TaskGroup &group : launch.stages[s].groups)
      verify_group({"launch", id, launch.name, group.name}, topology, program, group, moved);
  }
}

} // namespace

void verify(const Topology &topology, const Program &program) {
  verify_units(topology);
  verify_links(topology);
  verify_host(topology);
  std::vector<Bytes> moved(topology.links.size());
  for (LaunchId id = 0; id < program.launches.size(); ++id)
    verify_launch(id, topology, program, moved);
}

} // namespace fusesim::sim
