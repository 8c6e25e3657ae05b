// Two curves of latency along one number, everything else equal, and where their ratio passes a
// threshold:
//
//   gain │            ..··        reference latency / better latency − 1
//        │        .·
//    5 % ┼─────.·───────────
//        │  .·|
//        └────┴───────────── launch_us
//          less than 5 %
//          below here
//
// Drawn points lie on no such curves: sampled_crossovers.cpp.
#include "sweep/crossover_pairs.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

namespace fusesim::sweep {

namespace {

using Curve = std::map<double, double>; // latency by the number along

/// Along one curve.
struct Passage {
  bool below = false; ///< less than the threshold before it
  double place = 0;
};

struct Gains {
  std::vector<Passage> passages;
  double least = HUGE_VAL, most = -HUGE_VAL;
  std::size_t points = 0;
};

Gains gains_of(const Curve &reference, const Curve &better, double threshold) {
  Gains gains;
  std::optional<std::pair<double, double>> last; // place, gain less threshold
  for (const auto &[place, latency] : reference) {
    const auto other = better.find(place);
    if (other == better.end())
      continue;
    const double gain = gain_of(latency, other->second);
    gains.least = std::min(gains.least, gain);
    gains.most = std::max(gains.most, gain);
    ++gains.points;
    const double over = gain - threshold;
    if (last && (last->second < 0) != (over < 0))
      gains.passages.push_back(
          {last->second < 0,
           last->first + (place - last->first) * last->second / (last->second - over)});
    last = {place, over};
  }
  return gains;
}

/// A curve of each side for each setting of the other fields.
using Curves = std::map<std::vector<std::uint32_t>, std::array<Curve, 2>>;

Curves curves_of(const Study &study, const ComparedPair &pair, std::size_t compared,
                 std::size_t along, const std::vector<std::size_t> &others) {
  Curves curves;
  for (const auto *row : pair.group.rows) {
    if (row->at[compared] != pair.reference && row->at[compared] != pair.better)
      continue;
    std::vector<std::uint32_t> key;
    for (const auto other : others)
      key.push_back(row->at[other]);
    curves[key][row->at[compared] == pair.better].emplace(study.number(*row, along),
                                                          row->latency_us);
  }
  return curves;
}

bool summarise(const Curves &curves, Crossover &found) {
  std::size_t below = 0, above = 0, always = 0, never = 0;
  for (const auto &[key, pair] : curves) {
    const auto gains = gains_of(pair[0], pair[1], found.threshold);
    if (gains.points < 2)
      continue;
    ++found.curves;
    found.least_gain = std::min(found.least_gain, gains.least);
    found.most_gain = std::max(found.most_gain, gains.most);
    for (const auto &passage : gains.passages) {
      found.from = std::min(found.from, passage.place);
      found.to = std::max(found.to, passage.place);
    }
    if (gains.passages.empty())
      ++(gains.least >= found.threshold ? always : never);
    else
      ++found.crossing;
    if (gains.passages.size() == 1)
      ++(gains.passages.front().below ? below : above);
  }
  using Kind = Crossover::Kind;
  if (found.curves == 0)
    return false;
  if (below > 0 && below == found.crossing)
    found.kind = Kind::below;
  else if (above > 0 && above == found.crossing)
    found.kind = Kind::above;
  else if (always == found.curves)
    found.kind = Kind::always;
  else if (never == found.curves)
    found.kind = Kind::never;
  else
    found.kind = Kind::mixed;
  return true;
}

void find_along(const Study &study, std::size_t compared, std::size_t along, double threshold,
                std::vector<Crossover> &all) {
  auto given = names_beside(study, compared);
  std::vector<std::size_t> others;
  for (const auto field : study.fields()) { // tied ones follow what they are tied to
    if (field == along)
      continue;
    (study.dimensions[field].role == "field" ? others : given).push_back(field);
  }
  for_each_pair(study, compared, given, [&](const ComparedPair &pair) {
    auto found = crossover_of(pair, compared, given, threshold);
    found.along = along;
    if (summarise(curves_of(study, pair, compared, along, others), found))
      all.push_back(std::move(found));
  });
}

} // namespace

void find_on_curves(const Study &study, std::size_t compared, double threshold,
                    std::vector<Crossover> &all) {
  for (const auto along : study.fields())
    if (study.dimensions[along].numeric)
      find_along(study, compared, along, threshold, all);
}

std::vector<Crossover> crossovers(const Study &study, double threshold) {
  std::vector<Crossover> all;
  const bool curves =
      study.sampling == "grid" || study.sampling == "one-at-a-time" || study.fields().size() <= 1;
  for (const std::string_view name : {"strategy", "target", "runtime"}) {
    const auto compared = study.dimension(name);
    if (study.dimensions[compared].varies())
      (curves ? find_on_curves : find_in_sample)(study, compared,
                                                 name == "strategy" ? threshold : 0, all);
  }
  return all;
}

} // namespace fusesim::sweep
