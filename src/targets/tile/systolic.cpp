#include "targets/tile/systolic.hpp"

#include "support/error.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace fusesim::targets::tile {

namespace {

constexpr std::uint64_t kTemporalGranule = 8;
constexpr std::uint64_t kPassSkews = 8;

/// Folds of width `width` that tiles of `tile` cut `extent` into: the last tile may be smaller.
std::uint64_t folds(std::uint64_t extent, std::uint64_t tile, std::uint64_t width) {
  return (extent / tile) * ceil_div(tile, width) + ceil_div(extent % tile, width);
}

/// One operand (k × `held`) rests in the array while `streamed` runs through, in `visits` separate
/// runs.
std::uint64_t stationary_cycles(const Array &array, std::uint64_t held_folds,
                                std::uint64_t streamed, std::uint64_t visits) {
  if (array.double_buffered)
    return held_folds * std::max(streamed, visits * array.rows) + 2 * array.rows + array.cols - 3;
  return held_folds * (streamed + visits * (2 * array.rows + array.cols - 2)) - 1;
}

} // namespace

Dataflow dataflow_from_name(std::string_view name) {
  if (name == "output_stationary")
    return Dataflow::output_stationary;
  if (name == "weight_stationary")
    return Dataflow::weight_stationary;
  if (name == "input_stationary")
    return Dataflow::input_stationary;
  throw Error("dataflow", fmt::format("unknown dataflow '{}'", name),
              "output_stationary, weight_stationary or input_stationary");
}

std::string_view name_of(Dataflow dataflow) {
  switch (dataflow) {
  case Dataflow::output_stationary:
    return "output stationary";
  case Dataflow::weight_stationary:
    return "weight stationary";
  case Dataflow::input_stationary:
    return "input stationary";
  }
  throw InternalError("dataflow out of range");
}

// m is folded over rows or columns, n over columns, k over rows, unless it is the dim that runs
// through time.
std::uint64_t Array::granule_m() const {
  if (dataflow == Dataflow::weight_stationary)
    return kTemporalGranule;
  return dataflow == Dataflow::input_stationary ? cols : rows;
}
std::uint64_t Array::granule_n() const {
  return dataflow == Dataflow::input_stationary ? kTemporalGranule : cols;
}
std::uint64_t Array::granule_k() const {
  return dataflow == Dataflow::output_stationary ? kTemporalGranule : rows;
}

std::uint64_t Array::pass_m() const {
  return dataflow == Dataflow::weight_stationary ? kPassSkews * (rows + cols) : granule_m();
}
std::uint64_t Array::pass_n() const {
  return dataflow == Dataflow::input_stationary ? kPassSkews * (rows + cols) : granule_n();
}
std::uint64_t Array::pass_k() const {
  return kPassSkews * (rows + cols); // not only through time: partial sums leave after each pass
}

std::uint64_t systolic_cycles(const Array &array, std::uint64_t m, std::uint64_t n,
                              std::uint64_t k) {
  return systolic_cycles(array, {m, n, k, m, n, k});
}

std::uint64_t systolic_cycles(const Array &array, const TiledProduct &p) {
  switch (array.dataflow) {
  case Dataflow::output_stationary: {
    const auto output_folds = folds(p.m, p.tile_m, array.rows) * folds(p.n, p.tile_n, array.cols);
    const auto visits = needs_accumulators(array, p) ? ceil_div(p.k, p.tile_k) : 1;
    return output_folds * (p.k + visits * (array.rows + array.cols - 2)) - 1;
  }
  case Dataflow::weight_stationary:
    return stationary_cycles(array,
                             folds(p.k, p.tile_k, array.rows) * folds(p.n, p.tile_n, array.cols),
                             p.m, ceil_div(p.m, p.tile_m));
  case Dataflow::input_stationary:
    return stationary_cycles(array,
                             folds(p.k, p.tile_k, array.rows) * folds(p.m, p.tile_m, array.cols),
                             p.n, ceil_div(p.n, p.tile_n));
  }
  throw InternalError("dataflow out of range");
}

bool needs_accumulators(const Array &array, const TiledProduct &p) {
  if (array.dataflow == Dataflow::output_stationary)
    return p.tile_k < p.k && (p.tile_m > array.rows || p.tile_n > array.cols);
  return p.k > array.rows;
}

} // namespace fusesim::targets::tile
