#include "targets/tile/topology.hpp"

#include <algorithm>

namespace fusesim::targets::tile {

namespace {

constexpr double kMicro = 1e-6;

/// A tile machine's sequencer starts a subgraph's program when the one before has ended: a replayed
/// graph whose every node costs that much. Nothing is dispatched by a host in between.
sim::Host host_of(const Runtime &runtime) {
  sim::Host host;
  host.queue_depth = runtime.queue_depth;
  host.launch_latency_s = runtime.launch_latency_us * kMicro;
  host.sync_s = runtime.sync_us * kMicro;
  switch (runtime.submission) {
  case Runtime::Submission::sequencer:
    host.mode = sim::Host::Mode::graph_replay;
    host.graph_launch_s = runtime.sequencer_us * kMicro;
    host.graph_node_gap_s = runtime.sequencer_us * kMicro;
    break;
  case Runtime::Submission::graph_replay:
    host.mode = sim::Host::Mode::graph_replay;
    host.graph_launch_s = runtime.graph_launch_us * kMicro;
    host.graph_node_gap_s = runtime.graph_node_gap_us * kMicro;
    break;
  case Runtime::Submission::eager:
    host.mode = sim::Host::Mode::eager;
    host.gap_s = runtime.kernel_gap_us * kMicro;
    break;
  }
  return host;
}

} // namespace

TileTopology make_topology(const Figures &figures, const Runtime &runtime) {
  using sim::Cause;
  TileTopology result;
  result.topology.unit_classes = {
      {"tile",
       static_cast<std::uint32_t>(figures.tiles),
       {{"array", figures.array_hz, Cause::compute},
        {"vector", figures.vector_ops_per_s, Cause::compute},
        {"block mover", figures.block_mover_bytes_per_s, Cause::on_chip},
        {"streamer", figures.streamer_bytes_per_s, Cause::on_chip}},
       figures.l2_bytes}};
  if (figures.noc_link_bytes_per_s > 0) {
    auto &engines = result.topology.unit_classes.front().engines;
    result.noc_link = static_cast<sim::EngineId>(engines.size());
    engines.push_back({"NoC link", figures.noc_link_bytes_per_s, Cause::on_chip});
  }
  result.topology.stores = {{"L3", figures.l3_bytes}};
  result.topology.links = {{"dram", figures.dram_bytes_per_s, Cause::dram}};
  if (figures.noc_bytes_per_s > 0) {
    result.noc = 1;
    result.topology.links.push_back({"noc", figures.noc_bytes_per_s, Cause::on_chip});
  }
  result.topology.host = host_of(runtime);
  return result;
}

sim::Stage make_stage(const TileTopology &t, const Figures &figures, const StageWork &work,
                      const std::string &name, Bytes resident_bytes) {
  sim::TaskGroup group;
  group.name = name;
  group.unit_class = t.tiles;
  group.scratch_bytes = work.l2_bytes;
  const auto add = [&](sim::EngineId engine, auto amount) {
    if (amount > 0)
      group.work.push_back({engine, static_cast<double>(amount)});
  };
  add(t.array, work.array_cycles);
  add(t.vector, work.vector_ops);
  add(t.block_mover, work.block_mover_bytes);
  add(t.streamer, work.streamer_bytes);
  if (figures.noc_link_bytes_per_s > 0)
    add(t.noc_link, work.busiest_link_bytes(figures));
  // Whichever line of StageWork is the longer: what of it does not overlap is fill and drain.
  const double not_overlapped =
      std::max(0.0, seconds_of(work, figures) - overlapped_seconds(work, figures));
  group.drain_s = std::min(work.drain_s, not_overlapped);
  group.fill_s = not_overlapped - group.drain_s;

  sim::Stage stage;
  stage.holds = {{0, work.l3_bytes + figures.l3_landing_bytes + resident_bytes}};
  const auto add_tasks = [&](std::uint64_t count, Bytes dram_bytes) {
    if (count == 0)
      return;
    auto share = group;
    share.count = count;
    if (dram_bytes > 0)
      share.links.push_back({t.dram, dram_bytes});
    if (figures.noc_bytes_per_s > 0 && work.crossing_bytes() > 0)
      share.links.push_back({t.noc, ceil_div(work.crossing_bytes(), work.tasks)});
    stage.groups.push_back(std::move(share));
  };
  // Link bytes of a task are whole: some tasks take one byte more so that the sum is exact.
  const auto with_one_more = work.dram_bytes() % work.tasks;
  add_tasks(work.tasks - with_one_more, work.dram_bytes() / work.tasks);
  add_tasks(with_one_more, work.dram_bytes() / work.tasks + 1);
  return stage;
}

} // namespace fusesim::targets::tile
