#include "sweep/analysis.hpp"

#include <algorithm>

namespace fusesim::sweep {

namespace {

std::vector<RowGroup> workloads(const Study &study) {
  std::vector<std::size_t> dimensions = study.sizes();
  dimensions.insert(dimensions.begin(), study.dimension("model"));
  return grouped(study, dimensions);
}

/// So that less is better everywhere.
double cost(const Study &study, const Study::Row &row, std::size_t objective) {
  return study.objectives[objective].maximise ? -row.objectives[objective]
                                              : row.objectives[objective];
}

bool dominates(const Study &study, const Study::Row &a, const Study::Row &b) {
  for (std::size_t i = 0; i < study.objectives.size(); ++i)
    if (cost(study, a, i) > cost(study, b, i))
      return false;
  return true; // or equal
}

} // namespace

std::vector<Ranked> best_rows(const Study &study, std::size_t top) {
  std::vector<Ranked> best;
  for (auto &group : workloads(study)) {
    auto &rows = group.rows;
    const auto count = std::min(top, rows.size());
    std::partial_sort(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(count), rows.end(),
                      [&](const auto *a, const auto *b) {
                        const double x = cost(study, *a, 0), y = cost(study, *b, 0);
                        return x != y ? x < y : a->number < b->number;
                      });
    for (std::size_t i = 0; i < count; ++i)
      best.push_back({rows[i], i + 1});
  }
  return best;
}

// In rising order of all objectives, a row can only be beaten by one before it; so comparing with
// the front so far is enough.
std::vector<const Study::Row *> pareto_front(const Study &study) {
  std::vector<const Study::Row *> fronts;
  for (auto &group : workloads(study)) {
    std::sort(group.rows.begin(), group.rows.end(), [&](const auto *a, const auto *b) {
      for (std::size_t i = 0; i < study.objectives.size(); ++i)
        if (cost(study, *a, i) != cost(study, *b, i))
          return cost(study, *a, i) < cost(study, *b, i);
      return a->number < b->number;
    });
    std::vector<const Study::Row *> front;
    for (const auto *row : group.rows)
      if (std::none_of(front.rbegin(), front.rend(),
                       [&](const auto *other) { return dominates(study, *other, *row); }))
        front.push_back(row);
    fronts.insert(fronts.end(), front.begin(), front.end());
  }
  return fronts;
}

} // namespace fusesim::sweep
