#pragma once

#include "targets/machine.hpp"
#include "targets/tile/nest_search.hpp"

#include <functional>
#include <string>

namespace fusesim::targets::tile {

/// A cell of a row by its column's name; throws Error when there is no such column.
using Cells = std::function<const std::string &(std::string_view column)>;

/// One row of data/measured/gemmini_rtl_cycles.csv: a layer, the mapping it ran with, and the
/// scratchpads that the machine was built with for it.
struct MeasuredLayer {
  NestProblem problem;
  LoopNest mapping;
  Figures figures; ///< the machine with the row's scratchpad and accumulators
  NestRoom room;   ///< what one tile may occupy: the row counts one of two buffers
};

/// Throws Error (placed at `where`): a cell that is no number, a mapping that is not the layer's, an
/// array of another size than the machine's.
MeasuredLayer read_layer(const Cells &cells, const Machine &machine, std::string_view where);

/// Cycles of the mapping as given, by simulation.
double simulated_cycles(const MeasuredLayer &layer, const NestTiling &tiling,
                        const Runtime &runtime);

} // namespace fusesim::targets::tile
