#include "targets/tile/tile_program.hpp"

#include "targets/tile/given_mappings.hpp"
#include "targets/tile/prefetch.hpp"

#include <algorithm>
#include <set>

namespace fusesim::targets::tile {

namespace {

/// The partition's traffic without what nobody fetches: parameters of folded batch norms, weights that stay in L3.
Bytes compulsory_bytes(const ir::Graph &graph, const partition::Partition &partition,
                       const StorageMap &storage, const partition::Subgraph &subgraph) {
  const auto needless = [&](ir::ValueId root) {
    return graph.is_weight(root) && (storage.is_resident(root) || storage.readers(root).empty());
  };
  return partition::traffic_of(graph, partition, subgraph, needless).external();
}

std::vector<ProgramStep> plan_steps(const ir::Graph &graph, const partition::Partition &partition,
                                    const StorageMap &storage, const TileMachine &machine,
                                    const Figures &figures, GivenMappings &given,
                                    MappingMemo &memo) {
  Mapper mapper(figures, &memo);
  std::vector<ProgramStep> steps;
  for (const auto &subgraph : partition.subgraphs) {
    auto chain = build_chain(graph, storage, subgraph, machine);
    if (chain.stages.empty())
      continue;
    given.take(chain, figures);
    auto plan = plan_chain(chain, mapper);
    steps.push_back({subgraph.id, std::move(chain), std::move(plan),
                     compulsory_bytes(graph, partition, storage, subgraph)});
  }
  return steps;
}

/// Names of what a mapping may be given for.
std::set<std::string> contractions_of(const std::vector<ProgramStep> &steps) {
  std::set<std::string> names;
  for (const auto &step : steps)
    for (const auto &stage : step.chain.stages)
      if (stage.contraction)
        names.insert(stage.name);
  return names;
}

/// Marks weights, in order of use, as long as they fit beside the most that any plan holds.
Bytes keep_weights(const ir::Graph &graph, const std::vector<ProgramStep> &steps,
                   const Figures &figures, StorageMap &storage) {
  Bytes peak = 0, kept = 0;
  for (const auto &step : steps)
    peak = std::max(peak, step.plan.l3_peak_bytes);
  for (ir::ValueId id = 0; id < graph.values().size(); ++id) {
    const auto bytes = graph.value(id).type.bytes();
    if (graph.is_weight(id) && storage.root(id) == id && !storage.readers(id).empty() &&
        peak + kept + bytes <= figures.l3_bytes) {
      storage.keep_resident(id);
      kept += bytes;
    }
  }
  return kept;
}

} // namespace

TileProgram plan_program(const ir::Graph &graph, const partition::Partition &partition,
                         const TileMachine &machine, const Runtime &runtime,
                         const TileOptions &options) {
  auto given = options.mapping_file.empty() ? GivenMappings() : GivenMappings(options.mapping_file);
  MappingMemo own_memo;
  auto &memo = options.memo == nullptr ? own_memo : *options.memo;
  auto figures = figures_of(machine);
  StorageMap storage(graph, partition, runtime.folds_batch_norm);
  TileProgram program;
  program.steps = plan_steps(graph, partition, storage, machine, figures, given, memo);
  given.check_all_taken(contractions_of(program.steps));
  if (runtime.resident_weights) {
    program.resident_bytes = keep_weights(graph, program.steps, figures, storage);
    figures.l3_bytes -= program.resident_bytes;
    program.steps = plan_steps(graph, partition, storage, machine, figures, given, memo);
  }
  std::vector<PlannedStage *> stages;
  for (auto &step : program.steps)
    for (auto &stage : step.plan.stages)
      stages.push_back(&stage);
  prefetch_weights(stages, figures);
  for (auto &step : program.steps) {
    step.plan.seconds = 0;
    step.plan.dram_bytes = 0;
    for (const auto &stage : step.plan.stages) {
      step.plan.seconds += seconds_of(stage.work, figures);
      step.plan.dram_bytes += stage.work.dram_bytes();
    }
  }
  return program;
}

} // namespace fusesim::targets::tile
