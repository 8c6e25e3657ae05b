// What must hold for every network on every tile machine.
#include "ir/cost.hpp"
#include "ir/passes.hpp"
#include "partition/square_graph.hpp"
#include "random_graph.hpp"
#include "targets/tile/tile_program.hpp"
#include "targets/tile_fixture.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

namespace fusesim::targets {
namespace {

using namespace fusesim::test;

ir::Graph any_graph() {
  return ir::decompose_attention(*rc::gen::oneOf(arbitrary_graph(12), square_graph()),
                                 ir::InProjection::separate);
}

template <class T> T any_of(std::initializer_list<T> values) {
  return *rc::gen::elementOf(std::vector<T>(values));
}

/// Small enough that nets of a few KiB feel every limit.
TileMachine any_machine() {
  auto m = round_machine(any_of<std::uint32_t>({1, 2, 3, 8}));
  m.array_rows = any_of<std::uint32_t>({4, 8, 16});
  m.array_cols = any_of<std::uint32_t>({4, 8, 16});
  m.dataflow = any_of<std::string>({"output_stationary", "weight_stationary", "input_stationary"});
  m.fp32_macs_per_pe_per_clk = any_of({0.25, 1.0, 2.5});
  m.vector_lanes = any_of({4.0, 32.0});
  m.l3_kib_per_tile = any_of({8.0, 32.0, 512.0});
  m.l2_kib_per_tile = any_of({4.0, 16.0, 64.0});
  m.dram_bandwidth_gbps = any_of({1.0, 16.0, 256.0});
  m.noc_bisection_gbps = any_of({0.0, 8.0});
  m.noc_link_gbps = any_of({0.0, 4.0});
  m.noc_rows = m.noc_cols = 3;
  m.noc_hop_ns = 1;
  return m;
}

std::string any_strategy() { return any_of<std::string>({"unfused", "greedy", "attention"}); }

Bytes compulsory_bytes(const ir::Graph &graph, const partition::Partition &partition) {
  Bytes bytes = 0;
  for (const auto &subgraph : partition.subgraphs)
    if (partition::has_work(graph, subgraph))
      bytes += partition::traffic_of(graph, partition, subgraph).external();
  return bytes;
}

/// What nobody reads is computed and written all the same, and counts in no traffic.
bool computes_for_nobody(const ir::Graph &graph, const partition::Partition &partition) {
  const tile::StorageMap storage(graph, partition, false);
  return std::ranges::any_of(graph.nodes(), [&](const ir::Node &node) {
    return !ir::is_free(node.kind) && std::ranges::any_of(node.outputs, [&](ir::ValueId output) {
      return storage.readers(output).empty() && !storage.is_result(output);
    });
  });
}

RC_GTEST_PROP(TileProperty, TrafficIsAtLeastCompulsoryAndEqualWhereEverythingFits, ()) {
  const auto graph = any_graph();
  const auto partition = partition::run_strategy(any_strategy(), graph);
  auto machine = any_machine();
  const auto compulsory = compulsory_bytes(graph, partition);
  RC_ASSERT(run_tile(graph, partition, machine).dram_bytes() >= compulsory);
  machine.l3_kib_per_tile = 1 << 20;
  if (!computes_for_nobody(graph, partition))
    RC_ASSERT(run_tile(graph, partition, machine).dram_bytes() == compulsory);
}

RC_GTEST_PROP(TileProperty, FusedMovesNoMoreThanUnfused, ()) {
  const auto graph = any_graph();
  const auto machine = any_machine();
  const auto unfused = run_tile(graph, "unfused", machine).dram_bytes();
  RC_ASSERT(run_tile(graph, any_strategy(), machine).dram_bytes() <= unfused);
  RC_ASSERT(run_tile(graph, one_subgraph(graph), machine).dram_bytes() <= unfused);
}

RC_GTEST_PROP(TileProperty, MoreScratchpadNeverMeansMoreTrafficNorNoticeablyMoreTime, ()) {
  const auto graph = any_graph();
  const auto partition = partition::run_strategy(any_strategy(), graph);
  auto machine = any_machine();
  const auto before = run_tile(graph, partition, machine);
  if (*rc::gen::arbitrary<bool>())
    machine.l3_kib_per_tile *= any_of({2.0, 3.0, 64.0});
  else
    machine.l2_kib_per_tile *= any_of({2.0, 3.0, 64.0});
  const auto after = run_tile(graph, partition, machine);
  RC_ASSERT(after.dram_bytes() <= before.dram_bytes());
  // Less traffic comes before time: a blocking that saves bytes may cut a small product into two
  // passes of the array where one would do.
  RC_ASSERT(after.latency_ns() <= before.latency_ns() * 2 + 1);
}

RC_GTEST_PROP(TileProperty, FasterEnginesAreNeverSlower, ()) {
  const auto graph = any_graph();
  const auto partition = partition::run_strategy(any_strategy(), graph);
  auto machine = any_machine();
  const auto before = run_tile(graph, partition, machine).latency_ns();
  switch (*rc::gen::inRange(0, 5)) {
  case 0:
    machine.clock_ghz *= 2;
    break;
  case 1:
    machine.dram_bandwidth_gbps *= 2;
    break;
  case 2:
    machine.block_mover_clock_ghz *= 2;
    break;
  case 3:
    machine.streamer_clock_ghz *= 2;
    break;
  default:
    machine.noc_bisection_gbps *= 2;
    machine.noc_link_gbps *= 2;
    break;
  }
  RC_ASSERT(run_tile(graph, partition, machine).latency_ns() <= before + 1);
}

RC_GTEST_PROP(TileProperty, LatencyIsAtLeastTheRoofline, ()) {
  const auto graph = any_graph();
  const auto partition = partition::run_strategy(any_strategy(), graph);
  const auto machine = any_machine();
  const auto result = run_tile(graph, partition, machine);
  const double macs_per_ns =
      machine.tile_count * machine.clock_ghz *
      std::max(machine.fp32_macs_per_pe_per_clk * machine.array_rows * machine.array_cols,
               machine.vector_lanes);
  const double dram_ns =
      static_cast<double>(result.dram_bytes()) / std::min(machine.dram_bandwidth_gbps, 256.0);
  RC_ASSERT(result.latency_ns() + 1 >= dram_ns);
  RC_ASSERT(result.latency_ns() + 1 >=
            static_cast<double>(ir::totals_of(graph).macs) / macs_per_ns);
}

RC_GTEST_PROP(TileProperty, ExactEqualsCohortsAndCausesSumToLatency, ()) {
  const auto graph = any_graph();
  const auto partition = partition::run_strategy(any_strategy(), graph);
  const auto machine = any_machine();
  const auto cohorts = run_tile(graph, partition, machine);
  const auto exact = run_tile(graph, partition, machine, {.exact = true});
  RC_ASSERT(cohorts.run.latency == exact.run.latency);
  RC_ASSERT(cohorts.run.attribution == exact.run.attribution);
  const auto &causes = cohorts.run.attribution;
  RC_ASSERT(std::accumulate(causes.begin(), causes.end(), sim::Picoseconds{0}) ==
            cohorts.run.latency);
}

RC_GTEST_PROP(TileProperty, PlansStayWithinScratchpadsAndTheSimulatorAgreesWithThem, ()) {
  using namespace tile;
  const auto graph = any_graph();
  const auto partition = any_of<bool>({true, false})
                             ? one_subgraph(graph)
                             : partition::run_strategy(any_strategy(), graph);
  const auto machine = any_machine();
  const auto figures = figures_of(machine);
  auto runtime = sequencer_runtime();
  runtime.resident_weights = any_of<bool>({true, false});
  const auto program = plan_program(graph, partition, machine, runtime);
  double seconds = 0, launches = 0, stages = 0;
  Bytes dram = 0;
  for (const auto &step : program.steps) {
    const auto &plan = step.plan;
    for (const auto &stage : plan.stages) {
      RC_ASSERT(stage.work.l2_bytes <= figures.l2_bytes);
      RC_ASSERT(stage.work.tasks <= figures.tiles);
      RC_ASSERT(program.resident_bytes + stage.work.l3_bytes + figures.l3_landing_bytes <=
                figures.l3_bytes);
    }
    seconds += plan.seconds;
    dram += plan.dram_bytes;
    launches += 1;
    stages += static_cast<double>(plan.stages.size());
  }
  const auto result = run_tile(graph, partition, machine, {}, runtime);
  RC_ASSERT(result.run.store_peak_bytes.at(0) <= figures.l3_bytes);
  RC_ASSERT(result.dram_bytes() == dram);
  // Whole bytes and picoseconds: the last task of a stage may carry a byte more over each link.
  const double expected_ns = launches * 1000 + seconds * 1e9;
  const double byte_ns = 1 / std::min(machine.dram_bandwidth_gbps, 8.0);
  RC_ASSERT(std::abs(result.latency_ns() - expected_ns) <=
            stages * (machine.tile_count * byte_ns + 0.01) + 0.01);
}

} // namespace
} // namespace fusesim::targets
