#pragma once

#include "sim/program.hpp"
#include "targets/runtime.hpp"
#include "targets/tile/stage_work.hpp"

#include <string>

namespace fusesim::targets::tile {

/// The machine as the simulator sees it.
struct TileTopology {
  sim::Topology topology;
  sim::UnitClassId tiles = 0;
  sim::EngineId array = 0, vector = 1, block_mover = 2, streamer = 3, noc_link = 4;
  sim::LinkId dram = 0, noc = 0; ///< noc: only where Figures::noc_bytes_per_s > 0
};
TileTopology make_topology(const Figures &figures, const Runtime &runtime);

/// Holds what it occupies of L3, the landing buffers and resident weights included. A stage whose simulation alone takes seconds_of(work) and moves its DRAM bytes exactly.
sim::Stage make_stage(const TileTopology &topology, const Figures &figures, const StageWork &work,
                      const std::string &name, Bytes resident_bytes = 0);

} // namespace fusesim::targets::tile
