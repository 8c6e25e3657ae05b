#pragma once

#include "targets/experiment.hpp"
#include "targets/tile/tile_machine.hpp"

namespace fusesim::targets {

/// Compiles a partitioned graph for a tile machine: one launch per subgraph with work (its program,
/// started by the sequencer), one stage per step of its plan (see tile/chain_builder.hpp and
/// tile/residency.hpp), one task per tile used. DRAM bytes of the program are those of the plans,
/// to the byte.
///
/// The machine: unit class "tile" with engines array (cycles), vector (lane-cycles), block mover
/// and streamer (bytes) and L2 as scratch; link "dram", and "noc" where the machine limits it. L3
/// is placed at compile time, as KPU programs do: no plan holds more than there is.
///
/// Throws Error: a dtype without arithmetic on this machine, composite multi-head attention, an
/// operator of which not even the smallest tile fits.
Lowered lower_tile(const ir::Graph &graph, const partition::Partition &partition,
                   const TileMachine &machine, const Runtime &runtime,
                   const TileOptions &options = {});

} // namespace fusesim::targets
