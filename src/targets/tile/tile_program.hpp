#pragma once

#include "targets/explained_stage.hpp"
#include "targets/runtime.hpp"
#include "targets/tile/chain_builder.hpp"
#include "targets/tile/lowering.hpp"
#include "targets/tile/residency.hpp"

namespace fusesim::targets::tile {

/// A subgraph with work, planned.
struct ProgramStep {
  partition::SubgraphId subgraph = 0;
  Chain chain;
  ChainPlan plan;
  Bytes compulsory_bytes = 0; ///< that any plan of it has to move
};

struct TileProgram {
  std::vector<ProgramStep> steps; ///< in order of execution
  Bytes resident_bytes = 0;       ///< weights that stay in L3 between inferences
};

/// Plans every subgraph, keeps weights between inferences where the runtime does and they fit beside
/// all that plans hold, and lets DMA engines fetch weights ahead (prefetch.hpp).
TileProgram plan_program(const ir::Graph &graph, const partition::Partition &partition,
                         const TileMachine &machine, const Runtime &runtime,
                         const TileOptions &options = {});

/// The stages of one step, as people want to see them.
std::vector<ExplainedStage> explain(const ProgramStep &step, const Figures &figures);

} // namespace fusesim::targets::tile
