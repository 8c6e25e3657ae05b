#include "targets/tile/lowering.hpp"

#include "targets/tile/tile_program.hpp"
#include "targets/tile/topology.hpp"

#include <fmt/format.h>

namespace fusesim::targets {

namespace {

using namespace tile;

constexpr double kMicro = 1e-6;

std::string stage_name(const Chain &chain, const ChainPlan &plan, const PlannedStage &planned) {
  const auto &name = chain.stages[planned.stage].name;
  return plan.row_blocks > 1 ? fmt::format("{}[{}]", name, planned.block) : name;
}

sim::Launch launch_of(const partition::Subgraph &subgraph, const ProgramStep &step,
                      const TileTopology &topology, const Figures &figures, const Runtime &runtime,
                      Bytes resident_bytes) {
  const auto &chain = step.chain;
  sim::Launch launch;
  launch.name = fmt::format("{}: {}", subgraph.pattern, chain.stages.front().name);
  launch.tag = subgraph.id;
  if (runtime.submission == Runtime::Submission::eager) {
    launch.dispatch_s = runtime.dispatch_us * kMicro;
    launch.launch_s = runtime.launch_us * kMicro;
  }
  for (const auto &planned : step.plan.stages)
    launch.stages.push_back(make_stage(topology, figures, planned.work,
                                       stage_name(chain, step.plan, planned), resident_bytes));
  return launch;
}

} // namespace

Lowered lower_tile(const ir::Graph &graph, const partition::Partition &partition,
                   const TileMachine &machine, const Runtime &runtime, const TileOptions &options) {
  const auto figures = figures_of(machine);
  const auto topology = make_topology(figures, runtime);
  const auto program = plan_program(graph, partition, machine, runtime, options);

  Lowered lowered;
  lowered.topology = topology.topology;
  lowered.dram = topology.dram;
  lowered.notes.resize(partition.subgraphs.size());
  for (const auto &step : program.steps) {
    const auto &subgraph = partition.subgraphs[step.subgraph];
    lowered.program.launches.push_back(
        launch_of(subgraph, step, topology, figures, runtime, program.resident_bytes));
    lowered.notes[step.subgraph] = remarks(step.chain, step.plan, figures);
    for (auto &stage : explain(step, figures))
      lowered.stages.push_back(std::move(stage));
  }
  return lowered;
}

} // namespace fusesim::targets
