// Shares of variance, by how the rows were chosen:
//
//   full grid         exact: S  = Var(E[Y|x]) / Var(Y)
//                            ST = 1 − Var(E[Y|all but x]) / Var(Y)        (Sobol 1993)
//   drawn points      the same S from equal slices of x, less what chance alone would give
//                     (adjusted correlation ratio; Plischke, Borgonovo & Smith 2013, "given data")
//   saltelli          S  = mean(yB (yAB − yA)) / Var(Y)                   (Saltelli et al. 2010)
//                     ST = mean((yA − yAB)²) / 2 Var(Y)                   (Jansen 1999)
#include "sweep/analysis.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace fusesim::sweep {

namespace {

using Rows = std::vector<const Study::Row *>;

struct Moments {
  double count = 0, sum = 0;
  void add(double value) {
    ++count;
    sum += value;
  }
  double mean() const { return sum / count; }
};

double mean_of(const Rows &rows) {
  Moments all;
  for (const auto *row : rows)
    all.add(row->latency_us);
  return all.mean();
}

double variance_of(const Rows &rows) {
  const double mean = mean_of(rows);
  double sum = 0;
  for (const auto *row : rows)
    sum += (row->latency_us - mean) * (row->latency_us - mean);
  return sum / static_cast<double>(rows.size());
}

/// Variance of the means of parts, weighted by their sizes, over the variance of all.
template <class Key> double explained_share(const Rows &rows, Key key_of) {
  std::map<decltype(key_of(*rows.front())), Moments> parts;
  for (const auto *row : rows)
    parts[key_of(*row)].add(row->latency_us);
  const double mean = mean_of(rows);
  double sum = 0;
  for (const auto &[key, part] : parts)
    sum += part.count * (part.mean() - mean) * (part.mean() - mean);
  const double variance = variance_of(rows) * static_cast<double>(rows.size());
  return variance > 0 ? sum / variance : 0;
}

/// What knowing the slice of drawn values removes, less what it would remove by chance.
double sliced_share(const Rows &rows, std::size_t field) {
  constexpr std::size_t kLeastPerSlice = 20, kMostSlices = 30;
  const auto n = rows.size();
  const auto slices = std::clamp<std::size_t>(n / kLeastPerSlice, 2, kMostSlices);
  Rows sorted = rows;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [&](const auto *a, const auto *b) { return a->at[field] < b->at[field]; });
  std::map<std::uint64_t, std::size_t> slice_of; // by number; equal values share a slice
  for (std::size_t i = 0; i < n; ++i) {
    const bool same = i > 0 && sorted[i]->at[field] == sorted[i - 1]->at[field];
    slice_of[sorted[i]->number] = same ? slice_of[sorted[i - 1]->number] : i * slices / n;
  }
  std::set<std::size_t> used;
  for (const auto &[number, slice] : slice_of)
    used.insert(slice);
  const double share =
      explained_share(rows, [&](const Study::Row &row) { return slice_of.at(row.number); });
  const auto count = static_cast<double>(n), parts = static_cast<double>(used.size());
  return count > parts ? std::max(0.0, 1 - (1 - share) * (count - 1) / (count - parts)) : share;
}

bool is_full_grid(const Study &study, const Rows &rows, const std::vector<std::size_t> &fields) {
  double size = 1;
  for (const auto field : fields)
    size *= static_cast<double>(study.dimensions[field].labels.size());
  return size == static_cast<double>(rows.size());
}

void share_on_grid(const Study &study, const Rows &rows, const std::vector<std::size_t> &fields,
                   Sensitivity &result) {
  result.first_order =
      explained_share(rows, [&](const Study::Row &row) { return row.at[result.field]; });
  if (!is_full_grid(study, rows, fields))
    return; // constraints or failures took some: what the others explain is not to be told apart
  result.total = 1 - explained_share(rows, [&](const Study::Row &row) {
                   std::vector<std::uint32_t> others;
                   for (const auto field : fields)
                     if (field != result.field)
                       others.push_back(row.at[field]);
                   return others;
                 });
}

/// Blocks of A, B, AB_1 … AB_d as Space draws them; `column` is the field's place among those drawn.
void share_of_blocks(const Study &study, const Rows &rows, std::size_t column, std::size_t drawn,
                     Sensitivity &result) {
  const auto block = drawn + 2;
  std::map<std::uint64_t, double> latency;
  for (const auto *row : rows)
    latency.emplace(row->number % study.points, row->latency_us);
  double first = 0, total = 0, count = 0;
  Moments all;
  std::vector<double> values;
  const double mean = mean_of(rows);
  for (std::uint64_t start = 0; start < study.points; start += block) {
    const auto a = latency.find(start), b = latency.find(start + 1),
               ab = latency.find(start + 2 + column);
    if (a == latency.end() || b == latency.end() || ab == latency.end())
      continue;
    // Taking the mean off changes no expected value and much of the noise.
    first += (b->second - mean) * (ab->second - a->second);
    total += (a->second - ab->second) * (a->second - ab->second);
    values.push_back(a->second);
    values.push_back(b->second);
    ++count;
  }
  for (const double value : values)
    all.add(value);
  double variance = 0;
  for (const double value : values)
    variance += (value - all.mean()) * (value - all.mean()) / static_cast<double>(values.size());
  if (count < 2)
    return;
  result.first_order = variance > 0 ? first / count / variance : 0;
  result.total = variance > 0 ? total / count / 2 / variance : 0;
}

/// The value that most rows have (one at a time: the base), of equally frequent ones the middle.
std::uint32_t base_of(const Rows &rows, std::size_t field) {
  std::map<std::uint32_t, std::size_t> counts;
  for (const auto *row : rows)
    ++counts[row->at[field]];
  std::size_t most = 0;
  for (const auto &[value, count] : counts)
    most = std::max(most, count);
  std::vector<std::uint32_t> candidates;
  for (const auto &[value, count] : counts)
    if (count == most)
      candidates.push_back(value);
  return candidates[candidates.size() / 2];
}

std::optional<Sensitivity::OneAtATime> alone(const Study &study, const Rows &rows,
                                             const std::vector<std::size_t> &fields,
                                             std::size_t field) {
  std::map<std::size_t, std::uint32_t> base;
  for (const auto other : fields)
    base[other] = base_of(rows, other);
  std::map<std::uint32_t, double> curve;
  for (const auto *row : rows)
    if (std::all_of(fields.begin(), fields.end(), [&](std::size_t other) {
          return other == field || row->at[other] == base[other];
        }))
      curve.emplace(row->at[field], row->latency_us);
  if (curve.size() < 2 || !curve.contains(base[field]))
    return std::nullopt;
  Sensitivity::OneAtATime result;
  result.low_us = curve.begin()->second;
  result.base_us = curve.at(base[field]);
  result.high_us = curve.rbegin()->second;
  const auto [least, most] = std::minmax_element(
      curve.begin(), curve.end(), [](const auto &a, const auto &b) { return a.second < b.second; });
  result.swing = (most->second - least->second) / result.base_us;
  const auto &dimension = study.dimensions[field];
  if (dimension.numeric && dimension.numbers[curve.begin()->first] > 0)
    result.elasticity = std::log(result.high_us / result.low_us) /
                        std::log(dimension.numbers[curve.rbegin()->first] /
                                 dimension.numbers[curve.begin()->first]);
  return result;
}

std::vector<std::size_t> drawn_dimensions(const Study &study) {
  std::vector<std::size_t> drawn;
  for (std::size_t i = 0; i < study.dimensions.size(); ++i)
    if (study.dimensions[i].drawn)
      drawn.push_back(i);
  return drawn;
}

} // namespace

std::vector<Sensitivity> sensitivities(const Study &study) {
  std::vector<Sensitivity> results;
  const auto fields = study.fields();
  const auto drawn = drawn_dimensions(study);
  for (const auto &group : grouped(study, study.names())) {
    if (group.rows.size() < 2)
      continue;
    for (const auto field : fields) {
      Sensitivity result;
      result.names = group.at;
      result.field = field;
      result.alone = alone(study, group.rows, fields, field);
      if (study.sampling == "grid")
        share_on_grid(study, group.rows, fields, result);
      else if (study.sampling == "saltelli")
        share_of_blocks(
            study, group.rows,
            static_cast<std::size_t>(std::find(drawn.begin(), drawn.end(), field) - drawn.begin()),
            drawn.size(), result);
      else if (study.sampling != "one-at-a-time")
        result.first_order = sliced_share(group.rows, field);
      results.push_back(std::move(result));
    }
  }
  return results;
}

} // namespace fusesim::sweep
