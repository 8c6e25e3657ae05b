#pragma once

#include "targets/tile/contraction.hpp"
#include "targets/tile/loop_nest.hpp"
#include "targets/tile/stage_work.hpp"

namespace fusesim::targets::tile {

/// A contraction as loops: a convolution by its window, a product as m → p, k → c, n → k.
struct NestProblem {
  Extents extents;
  Window window;        ///< strides and dilations; the input's width limits a tile's patch
  Contraction operands; ///< sizes, places, what rides on the drain, `batch` times all of it
};
NestProblem nest_problem(const Contraction &contraction);

/// A layer cut into tiles that visit scratchpad and array one after the other.
struct NestTiling {
  Extents tile;
  std::vector<Loop> outer;                    ///< over tiles, outermost first
  std::uint64_t rows_used = 1, cols_used = 1; ///< channels of a pass, output channels of a pass
};
/// The tiling that a whole mapping describes.
NestTiling tiling_of(const LoopNest &nest);

/// What a tile occupies while it is worked on.
struct NestFootprint {
  Bytes operands = 0, partial_sums = 0;
};
NestFootprint footprint_of(const NestProblem &problem, const NestTiling &tiling);

/// Runs the nest on one tile of a machine whose software hands over tiles:
///
///   load     t0 │ t1      │ t2      │ …            next tile's operands, while
///   array       │ t0      │ t1      │ … │ tn       this one's products run
///   store       │       t0│       t1│   │ tn       and their results leave, before the next
///                                                  products may enter the accumulators
///
///   seconds = load + (n − 1) · max(array + store, block mover, DRAM) + array + store
///
/// array   one pass per kernel position, `rows_used` channels and `cols_used` output channels: its
///         rows in portions of the array's height; a shorter portion does not hide its
///         instructions (short_pass_clk).
/// mover   bytes of the tiles' operands, and a walk per page that they lie in.
/// DRAM    whole lines, and only those that L3, a cache of `l3_bytes`, does not hold: a loop that
///         does not index an operand finds it there again when all that one iteration touches fits.
/// Reductions outside of an output loop send partial sums out and back.
StageWork nest_work(const NestProblem &problem, const NestTiling &tiling, const Figures &figures,
                    Bytes l3_bytes);

/// The array's part of that: no order of these tiles is faster.
double array_seconds(const NestProblem &problem, const NestTiling &tiling, const Figures &figures);

} // namespace fusesim::targets::tile
