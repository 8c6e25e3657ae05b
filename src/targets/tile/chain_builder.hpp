#pragma once

#include "partition/partition.hpp"
#include "targets/tile/stage.hpp"
#include "targets/tile/storage_map.hpp"
#include "targets/tile/tile_machine.hpp"

namespace fusesim::targets::tile {

/// Turns a subgraph into stages:
///
///   conv2d → batch_norm → relu        one stage: the array with both on its drain
///   conv2d → batch_norm → add → relu  one stage, if the other operand of the add is ready before
///   it starts linear → gelu → linear            two stages, the first with gelu on its drain
///   max_pool2d → relu                 one vector stage
///
/// An elementwise operator or batch_norm joins the latest stage that makes one of its operands when
/// that operand has as many elements as the result and all others are there before that stage
/// starts. Everything else starts a stage. Views, identities and folded batch norms are no stages.
///
/// Throws Error: composite multi-head attention (decompose it first), a dtype that the machine has
/// no arithmetic for.
Chain build_chain(const ir::Graph &graph, const StorageMap &storage,
                  const partition::Subgraph &subgraph, const TileMachine &machine);

} // namespace fusesim::targets::tile
