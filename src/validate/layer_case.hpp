#pragma once

#include "targets/tile/nest_search.hpp"
#include "validate/fields.hpp"

namespace fusesim::validate {

/// One row of a file of layers on Gemmini: the layer, the mapping it ran with, and the scratchpads
/// that the machine was built with for it.
struct MappedLayer {
  targets::tile::NestProblem problem;
  targets::tile::NestTiling tiling;
  targets::tile::Figures figures; ///< the machine with the row's scratchpad and accumulators
  targets::tile::NestRoom room;   ///< what one tile may occupy: the row counts one of two buffers
};

/// Throws Error: a field that is no count, a mapping that is not the layer's, an array of another
/// size than the machine's.
MappedLayer read_mapped_layer(const Fields &fields, const targets::TileMachine &machine);

} // namespace fusesim::validate
