#pragma once

#include "targets/tile/l3_blocking.hpp"
#include "targets/tile/nest_work.hpp"
#include "targets/tile/stage_work.hpp"

#include <optional>

namespace fusesim::targets::tile {

/// How a contraction runs on the machine, outermost loop first:
///
///   for each block of C in L3 (blocking)
///     tiles side by side: split_batch × split_m × split_n × split_k, each with share_m × share_n
///     of the block over share_k of k; tiles that share a part of C exchange partial sums at its end
///       for each L2 tile: tile_m × tile_n over k in steps of tile_k, rows or columns outermost
///         for each fold of the array
struct Mapping {
  bool on_vector_engine =
      false; ///< grouped convolutions only: multiplied and added there, nothing below applies
  Dataflow dataflow = Dataflow::output_stationary;
  std::optional<NestTiling> nest; ///< machines that hand over tiles: nothing below but work applies
  std::uint64_t packing = 1;      ///< groups laid side by side in the array
  L3Blocking blocking;
  std::uint64_t split_batch = 1, split_m = 1, split_n = 1, split_k = 1;
  std::uint64_t share_m = 1, share_n = 1, share_k = 1;
  std::uint64_t tile_m = 1, tile_n = 1, tile_k = 1;
  bool rows_outer = true; ///< an A panel is kept while B passes; false: the other way round
  StageWork work;
  double seconds = 0; ///< seconds_of(work)
};

} // namespace fusesim::targets::tile
