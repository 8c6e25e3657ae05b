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

/// Of k, where an operand rests: what a fold holds, several for each PE that multiplies several at once.
std::uint64_t fold_depth(const Contraction &c, const Figures &f) {
  return static_cast<std::uint64_t>(static_cast<double>(f.array.rows) *
                                    std::max(1.0, c.macs_per_pe));
}

/// Steps along k: all of it, then halves, in whole channels of a window or whole folds where k is
/// folded as long as there is one. What of them fits into L2 grows with L2, so a larger one is
/// never slower.
std::vector<std::uint64_t> steps_of(const Contraction &c, const Figures &f, std::uint64_t depth) {
  std::uint64_t unit = 1;
  if (f.array.dataflow != Dataflow::output_stationary)
    unit = fold_depth(c, f);
  else if (c.window)
    unit = c.window->taps();
  std::vector<std::uint64_t> steps{depth};
  const auto halve = [&](std::uint64_t whole, std::uint64_t in_units_of) {
    for (auto units = ceil_div(whole, in_units_of); units > 1;) {
      units = ceil_div(units, 2);
      if (units * in_units_of < steps.back())
        steps.push_back(units * in_units_of);
    }
  };
  halve(depth, unit);
  halve(unit, 1);
  return steps;
}

class Search {
public:
  /// `best`: what others found already.
  Search(const Contraction &contraction, const L3Blocking &blocking, const Figures &figures,
         const std::optional<Mapping> &best)
      : c_(contraction), f_(figures) {
    if (best)
      take(*best);
    trial_.packing = contraction.packing;
    trial_.dataflow = figures.array.dataflow;
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
        trial_.share_m =
            std::min(trial_.blocking.block_m, ceil_div(granules_m, rows) * f_.array.granule_m());
        try_columns(granules_n, left / rows);
      }
    }
    return best_;
  }

private:
  /// Columns over as many tiles as there are, or half of them, a quarter, …: what half the machine
  /// could do is always tried.
  void try_columns(std::uint64_t granules, std::uint64_t left) {
    std::uint64_t last = 0;
    for (auto limit = left; limit > 0; limit /= 2) {
      trial_.split_n = ceil_div(granules, ceil_div(granules, std::min(granules, limit)));
      if (trial_.split_n == last)
        continue;
      last = trial_.split_n;
      trial_.share_n = std::min(trial_.blocking.block_n,
                                ceil_div(granules, trial_.split_n) * f_.array.granule_n());
      try_depths(left / trial_.split_n);
    }
  }

  /// Tiles that outputs leave idle can share the reduction.
  void try_depths(std::uint64_t left) {
    const auto depth = std::min(c_.k, trial_.blocking.chunk_k);
    const auto granule = f_.array.dataflow == Dataflow::output_stationary ? f_.array.granule_k()
                                                                          : fold_depth(c_, f_);
    const auto granules = ceil_div(depth, granule);
    for (std::uint64_t parts = 1; parts <= std::min(left, granules); parts *= 2) {
      trial_.split_k = ceil_div(granules, ceil_div(granules, parts));
      trial_.share_k = std::min(depth, ceil_div(granules, trial_.split_k) * granule);
      if (!worth_a_look())
        continue;
      steps_ = steps_of(c_, f_, trial_.share_k);
      try_tiles();
    }
  }

  bool worth_a_look() {
    trial_.tile_m = trial_.share_m;
    trial_.tile_n = trial_.share_n;
    trial_.tile_k = trial_.share_k;
    return may_be_better();
  }

  bool may_be_better() const { return !best_ || least_seconds(c_, f_, trial_) < to_beat_s_; }

  void try_tiles() {
    for (const auto tile_m : tile_sizes(trial_.share_m, f_.array.granule_m()))
      for (const auto tile_n : tile_sizes(trial_.share_n, f_.array.granule_n())) {
        trial_.tile_m = tile_m;
        trial_.tile_n = tile_n;
        // The deepest step that fits or cannot be better: a shallower one only adds visits.
        std::any_of(steps_.begin(), steps_.end(),
                    [&](std::uint64_t tile_k) { return try_step(tile_k); });
      }
  }

  /// False when it does not fit.
  bool try_step(std::uint64_t tile_k) {
    trial_.tile_k = tile_k;
    if (!may_be_better())
      return true;
    for (const bool rows_outer : {true, false}) {
      trial_.rows_outer = rows_outer;
      if (!cost_tiling(c_, f_, trial_))
        return false;
      if (!best_ || better_than_best())
        take(trial_);
    }
    return true;
  }

  /// Where DRAM decides how long the best takes, less work on chip is better. What another could save on its last piece
  /// is not searched for: less than 0.2 %.
  void take(const Mapping &mapping) {
    best_ = mapping;
    on_chip_s_ = share_seconds(mapping.work, f_);
    const bool dram_decides =
        mapping.work.fill_s + on_chip_s_ + mapping.work.drain_s < mapping.seconds;
    to_beat_s_ = dram_decides ? on_chip_s_ : mapping.seconds;
  }

  bool better_than_best() const {
    if (trial_.seconds != best_->seconds)
      return trial_.seconds < best_->seconds;
    return share_seconds(trial_.work, f_) < on_chip_s_;
  }

  const Contraction &c_;
  const Figures &f_;
  std::vector<std::uint64_t> steps_;
  Mapping trial_;
  std::optional<Mapping> best_;
  double on_chip_s_ = 0, to_beat_s_ = 0; ///< of the best
};

} // namespace

std::optional<Mapping> best_tiling(const Contraction &contraction, const L3Blocking &blocking,
                                   std::span<const Figures> figures) {
  std::optional<Mapping> best;
  for (const auto &dataflow : figures)
    best = Search(contraction, blocking, dataflow, best).run();
  return best;
}

} // namespace fusesim::targets::tile
