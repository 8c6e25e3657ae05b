#include "targets/tile/tiling.hpp"

#include <algorithm>
#include <vector>

namespace fusesim::targets::tile {

namespace {

/// Numbers of parts that `units` can be dealt to, at most `limit`, descending; of those with
/// equally large shares only the smallest number.
std::vector<std::uint64_t> even_parts(std::uint64_t units, std::uint64_t limit) {
  std::vector<std::uint64_t> parts;
  for (auto p = std::min(units, limit); p >= 1; --p) {
    p = ceil_div(units, ceil_div(units, p));
    parts.push_back(p);
  }
  return parts;
}

/// The whole, then granule · 2^i below it, descending.
std::vector<std::uint64_t> tile_sizes(std::uint64_t extent, std::uint64_t granule) {
  std::vector<std::uint64_t> sizes;
  for (auto size = granule; size < extent; size *= 2)
    sizes.push_back(size);
  sizes.push_back(extent);
  std::reverse(sizes.begin(), sizes.end());
  return sizes;
}

/// The deepest k step for which operands of tile_m and tile_n fit into L2 double-buffered, evenly
/// cut; 0 when none.
std::uint64_t deepest_step(const Contraction &c, const Figures &f, const Mapping &m) {
  const auto depth = std::min(c.k, m.blocking.chunk_k);
  const auto fold = std::min(m.tile_m, f.array.rows) * std::min(m.tile_n, f.array.cols);
  const Bytes sums = 4 * m.tile_m * m.tile_n;
  const Bytes results = 2 * fold * c.c_size + sums;
  if (results >= f.l2_bytes)
    return 0;
  const Bytes room = (f.l2_bytes - results) / 2;
  // Bytes are linear in depth up to rounding: scale from a depth at which rounding does not show.
  const std::uint64_t probe = std::max<std::uint64_t>(c.k, 1024);
  const Bytes at_probe = c.a_tile_bytes(m.tile_m, probe) + c.b_tile_bytes(probe, m.tile_n);
  auto step = std::min<std::uint64_t>(
      depth, static_cast<std::uint64_t>(static_cast<double>(room) / static_cast<double>(at_probe) *
                                        static_cast<double>(probe)));
  if (step == 0 || step == depth)
    return step;
  step = ceil_div(depth, ceil_div(depth, step));
  std::uint64_t unit = 1; // whole channels of a window; whole folds where k is folded
  if (f.array.dataflow != Dataflow::output_stationary)
    unit = f.array.rows;
  else if (c.window)
    unit = c.window->taps();
  return step > unit ? step / unit * unit : step;
}

class Search {
public:
  Search(const Contraction &contraction, const L3Blocking &blocking, const Figures &figures)
      : c_(contraction), f_(figures) {
    trial_.packing = contraction.packing;
    trial_.blocking = blocking;
  }

  std::optional<Mapping> run() {
    const auto granules_m = ceil_div(trial_.blocking.block_m, f_.array.granule_m());
    const auto granules_n = ceil_div(trial_.blocking.block_n, f_.array.granule_n());
    for (const auto batch : even_parts(c_.batch, std::min(f_.tiles, trial_.blocking.concurrent))) {
      const auto left = f_.tiles / batch;
      for (const auto rows : even_parts(granules_m, left)) {
        trial_.split_batch = batch;
        trial_.split_m = rows;
        const auto most = std::min(granules_n, left / rows);
        trial_.split_n = ceil_div(granules_n, ceil_div(granules_n, most));
        trial_.share_m =
            std::min(trial_.blocking.block_m, ceil_div(granules_m, rows) * f_.array.granule_m());
        trial_.share_n = std::min(trial_.blocking.block_n,
                                  ceil_div(granules_n, trial_.split_n) * f_.array.granule_n());
        if (worth_a_look())
          try_tiles();
      }
    }
    return best_;
  }

private:
  /// The array alone, operands always there: no choice of L2 tiles is faster.
  bool worth_a_look() const {
    if (!best_)
      return true;
    const auto products = ceil_div(c_.batch, trial_.split_batch) *
                          ceil_div(c_.m, trial_.blocking.block_m) *
                          ceil_div(c_.n, trial_.blocking.block_n);
    const auto k = std::max<std::uint64_t>(
        1, static_cast<std::uint64_t>(static_cast<double>(c_.k) / std::max(1.0, c_.macs_per_pe)));
    const double cycles = static_cast<double>(
        products * (systolic_cycles(f_.array, trial_.share_m, trial_.share_n, k) + 1) - 1);
    return cycles / std::min(1.0, c_.macs_per_pe) / f_.array_hz < best_->seconds;
  }

  void try_tiles() {
    for (const auto tile_m : tile_sizes(trial_.share_m, f_.array.granule_m()))
      for (const auto tile_n : tile_sizes(trial_.share_n, f_.array.granule_n())) {
        trial_.tile_m = tile_m;
        trial_.tile_n = tile_n;
        try_step(std::min(c_.k, trial_.blocking.chunk_k));
        if (const auto step = deepest_step(c_, f_, trial_); step > 0)
          try_step(step);
      }
  }

  void try_step(std::uint64_t tile_k) {
    trial_.tile_k = tile_k;
    for (const bool rows_outer : {true, false}) {
      trial_.rows_outer = rows_outer;
      if (cost_tiling(c_, f_, trial_) && (!best_ || better_than_best()))
        best_ = trial_;
    }
  }

  bool better_than_best() const {
    if (trial_.seconds != best_->seconds)
      return trial_.seconds < best_->seconds;
    return share_seconds(trial_.work, f_) < share_seconds(best_->work, f_);
  }

  const Contraction &c_;
  const Figures &f_;
  Mapping trial_;
  std::optional<Mapping> best_;
};

} // namespace

std::optional<Mapping> best_tiling(const Contraction &contraction, const L3Blocking &blocking,
                                   const Figures &figures) {
  return Search(contraction, blocking, figures).run();
}

} // namespace fusesim::targets::tile
