#include "targets/tile/nest_search.hpp"

#include <algorithm>

namespace fusesim::targets::tile {

namespace {

/// Sizes of even cuts of `extent` in whole granules, descending: every number of cuts up to eight,
/// then ever coarser steps.
std::vector<std::uint64_t> cut_sizes(std::uint64_t extent, std::uint64_t granule) {
  std::vector<std::uint64_t> sizes{extent};
  const auto granules = ceil_div(extent, granule);
  for (std::uint64_t cuts = 2; cuts <= granules; cuts += std::max<std::uint64_t>(1, cuts / 4)) {
    const auto size = ceil_div(granules, cuts) * granule;
    if (size < sizes.back())
      sizes.push_back(size);
  }
  if (sizes.back() > granule)
    sizes.push_back(granule);
  return sizes;
}

constexpr std::array<std::array<Dim, 7>, 3> kOrders{{
    {Dim::n, Dim::q, Dim::p, Dim::k, Dim::s, Dim::r, Dim::c}, // inputs stay while weights pass
    {Dim::k, Dim::n, Dim::q, Dim::p, Dim::s, Dim::r, Dim::c}, // weights stay while inputs pass
    {Dim::n, Dim::p, Dim::q, Dim::k, Dim::s, Dim::r, Dim::c},
}};

class Search {
public:
  Search(const NestProblem &problem, const Figures &figures, const NestRoom &room, Bytes l3_bytes)
      : p_(problem), f_(figures), room_(room), l3_bytes_(l3_bytes) {
    trial_.rows_used = std::min(figures.array.rows, problem.extents[Dim::c]);
    trial_.cols_used = std::min(figures.array.cols, problem.extents[Dim::k]);
  }

  std::optional<FoundNest> run() {
    const auto &x = p_.extents;
    for (const auto r : ends_of(x[Dim::r]))
      for (const auto s : ends_of(x[Dim::s]))
        for (const auto c : cut_sizes(x[Dim::c], trial_.rows_used)) {
          trial_.tile[Dim::r] = r;
          trial_.tile[Dim::s] = s;
          trial_.tile[Dim::c] = c;
          try_outputs();
        }
    return best_;
  }

private:
  static std::vector<std::uint64_t> ends_of(std::uint64_t extent) {
    return extent == 1 ? std::vector<std::uint64_t>{1} : std::vector<std::uint64_t>{extent, 1};
  }

  void try_outputs() {
    const auto &x = p_.extents;
    for (const auto k : cut_sizes(x[Dim::k], trial_.cols_used))
      for (const auto n : ends_of(x[Dim::n]))
        for (const auto q : cut_sizes(x[Dim::q], 1))
          for (const auto p : cut_sizes(x[Dim::p], 1)) {
            trial_.tile[Dim::k] = k;
            trial_.tile[Dim::n] = n;
            trial_.tile[Dim::q] = q;
            trial_.tile[Dim::p] = p;
            try_tile();
          }
  }

  void try_tile() {
    const auto footprint = footprint_of(p_, trial_);
    if (footprint.operands > room_.operands || footprint.partial_sums > room_.partial_sums)
      return;
    for (const auto &order : kOrders) {
      trial_.outer.clear();
      for (const auto dim : order)
        if (const auto count = ceil_div(p_.extents[dim], trial_.tile[dim]); count > 1)
          trial_.outer.push_back({dim, count, false});
      if (best_ && array_seconds(p_, trial_, f_) > best_->seconds)
        return;
      const auto work = nest_work(p_, trial_, f_, l3_bytes_);
      const double seconds = seconds_of(work, f_);
      if (!best_ || seconds < best_->seconds ||
          (seconds == best_->seconds && work.dram_bytes() < best_->work.dram_bytes()))
        best_ = {trial_, work, seconds};
    }
  }

  const NestProblem &p_;
  const Figures &f_;
  NestRoom room_;
  Bytes l3_bytes_;
  NestTiling trial_;
  std::optional<FoundNest> best_;
};

} // namespace

NestRoom room_of(const Figures &figures) {
  return {figures.l2_bytes / 2, figures.accumulator_bytes / 2};
}

std::optional<FoundNest> best_nest(const NestProblem &problem, const Figures &figures,
                                   const NestRoom &room, Bytes l3_bytes) {
  return Search(problem, figures, room, l3_bytes).run();
}

} // namespace fusesim::targets::tile
