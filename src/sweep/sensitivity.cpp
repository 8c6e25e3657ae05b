// Shares of variance, by how the rows were chosen:
//
//   full grid         exact: S  = Var(E[Y|x]) / Var(Y)
//                            ST = 1 − Var(E[Y|all but x]) / Var(Y)        (Sobol 1993)
//   drawn points      the same S from equal slices of x, less what chance alone would give
//                     (adjusted correlation ratio; Plischke, Borgonovo & Smith 2013, "given data")
//   saltelli          S  = mean(yB (yAB − yA)) / Var(Y)                   (Saltelli et al. 2010)
//                     ST = mean((yA − yAB)²) / 2 Var(Y)                   (Jansen 1999)
//
// Of drawn points and of blocks, how far chance may have moved a share is estimated by leaving out
// one tenth of them after another (delete-a-group jackknife; Kott, Journal of Official Statistics
// 17, 2001). Everything that a share is made of is a sum, so a tenth is taken off again.
#include "sweep/analysis.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

namespace fusesim::sweep {

namespace {

using Rows = std::vector<const Study::Row *>;

struct Moments {
  double count = 0, sum = 0, squares = 0;
  void add(double value) {
    ++count;
    sum += value;
    squares += value * value;
  }
  void add(const Moments &other) {
    count += other.count;
    sum += other.sum;
    squares += other.squares;
  }
  double mean() const { return sum / count; }
  double variance() const { return std::max(0.0, squares / count - mean() * mean()); }
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

constexpr std::size_t kGroups = 10; // as the one to leave out: none

/// Standard error of a share from those without one group each.
template <class ShareWithout> double error_of(const ShareWithout &share_without) {
  Moments shares;
  for (std::size_t group = 0; group < kGroups; ++group)
    shares.add(share_without(group));
  return std::sqrt((kGroups - 1) * shares.variance());
}

/// By slice of drawn values and by group: what a share of variance is made of.
using Slices = std::vector<std::array<Moments, kGroups>>;

constexpr std::size_t kLeastPerSlice = 20, kMostSlices = 30;

Slices slices_of(const Rows &rows, std::size_t field) {
  const auto n = rows.size();
  const auto count = std::clamp<std::size_t>(n / kLeastPerSlice, 2, kMostSlices);
  Rows sorted = rows;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [&](const auto *a, const auto *b) { return a->at[field] < b->at[field]; });
  const auto is_change = [&](std::size_t i) {
    return i > 0 && sorted[i]->at[field] != sorted[i - 1]->at[field];
  };
  std::size_t values = 1;
  for (std::size_t i = 0; i < n; ++i)
    values += is_change(i) ? 1 : 0;
  // A field of few values has a slice for each; equal values share one in any case.
  const std::size_t least = values <= kMostSlices ? 1 : n / count;
  Slices slices(1);
  const double mean = mean_of(rows); // taken off, so that squares keep their digits
  std::size_t begin = 0;
  for (std::size_t i = 0; i < n; ++i) {
    if (is_change(i) && i - begin >= least) {
      slices.emplace_back();
      begin = i;
    }
    slices.back()[sorted[i]->number % kGroups].add(sorted[i]->latency_us - mean);
  }
  return slices;
}

/// What knowing the slice removes, less what it would remove by chance; of all groups but one.
double sliced_share(const Slices &slices, std::size_t without) {
  Moments all;
  double between = 0, parts = 0;
  std::vector<Moments> kept;
  for (const auto &slice : slices) {
    Moments part;
    for (std::size_t group = 0; group < kGroups; ++group)
      if (group != without)
        part.add(slice[group]);
    if (part.count == 0)
      continue;
    ++parts;
    all.add(part);
    kept.push_back(part);
  }
  for (const auto &part : kept)
    between += part.count * (part.mean() - all.mean()) * (part.mean() - all.mean());
  const double variance = all.variance() * all.count;
  const double share = variance > 0 ? between / variance : 0;
  return all.count > parts ? std::max(0.0, 1 - (1 - share) * (all.count - 1) / (all.count - parts))
                           : share;
}

void share_of_drawn(const Rows &rows, Sensitivity &result) {
  if (rows.size() < kLeastPerSlice)
    return; // says nothing
  const auto slices = slices_of(rows, result.field);
  result.first_order = sliced_share(slices, kGroups);
  result.first_order_error =
      error_of([&](std::size_t without) { return sliced_share(slices, without); });
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

/// What the estimates from blocks are made of.
struct BlockSums {
  double first = 0, total = 0, variance = 0, blocks = 0;
  void add(const BlockSums &other) {
    first += other.first;
    total += other.total;
    variance += other.variance;
    blocks += other.blocks;
  }
  double first_order() const { return variance > 0 ? first / variance : 0; }
  double total_order() const { return variance > 0 ? total / 2 / variance : 0; }
};

/// Blocks of A, B, AB_1 … AB_d as Space draws them; `column` is the field's place among those drawn.
void share_of_blocks(const Study &study, const Rows &rows, std::size_t column, std::size_t drawn,
                     Sensitivity &result) {
  const auto size = drawn + 2;
  std::map<std::uint64_t, double> latency;
  // Taking the mean off changes no expected value and much of the noise.
  const double mean = mean_of(rows);
  for (const auto *row : rows)
    latency.emplace(row->number % study.points, row->latency_us - mean);
  std::array<BlockSums, kGroups> groups;
  for (std::uint64_t block = 0; block * size < study.points; ++block) {
    const auto a = latency.find(block * size), b = latency.find(block * size + 1),
               ab = latency.find(block * size + 2 + column);
    if (a == latency.end() || b == latency.end() || ab == latency.end())
      continue;
    const double ya = a->second, yb = b->second, yab = ab->second;
    groups[block % kGroups].add(
        {yb * (yab - ya), (ya - yab) * (ya - yab), (ya * ya + yb * yb) / 2, 1});
  }
  const auto sums_without = [&](std::size_t without) {
    BlockSums sums;
    for (std::size_t group = 0; group < kGroups; ++group)
      if (group != without)
        sums.add(groups[group]);
    return sums;
  };
  const auto all = sums_without(kGroups);
  if (all.blocks < 2)
    return;
  result.first_order = all.first_order();
  result.total = all.total_order();
  result.first_order_error =
      error_of([&](std::size_t without) { return sums_without(without).first_order(); });
  result.total_error =
      error_of([&](std::size_t without) { return sums_without(without).total_order(); });
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
        share_of_drawn(group.rows, result);
      results.push_back(std::move(result));
    }
  }
  return results;
}

} // namespace fusesim::sweep
