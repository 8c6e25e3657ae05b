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
#include "sweep/analysis.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>

namespace fusesim::sweep {

namespace {

constexpr std::string_view kUnfused = "unfused";

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
    const double gain = latency / other->second - 1;
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

class Finder {
public:
  Finder(const Study &study, std::size_t compared, std::size_t along, double threshold)
      : study_(study), compared_(compared), along_(along), threshold_(threshold) {
    for (std::size_t i = 0; i < study.dimensions.size(); ++i) {
      const auto &dimension = study.dimensions[i];
      if (i == compared || i == along || !dimension.varies())
        continue;
      // A tied field follows what it is tied to; which runtime drives a target, too.
      if (dimension.role == "field" && !dimension.tied)
        others_.push_back(i);
      else if (dimension.role != "field" && !follows(i))
        given_.push_back(i);
    }
  }

  void find(std::vector<Crossover> &all) const {
    for (const auto &group : grouped(study_, given_)) {
      std::set<std::uint32_t> labels;
      for (const auto *row : group.rows)
        labels.insert(row->at[compared_]);
      for (const auto reference : labels)
        for (const auto better : labels)
          if (is_pair(reference, better))
            compare(group, reference, better, all);
    }
  }

private:
  // Comparing targets of two kinds, each has its own runtime and dtype.
  bool follows(std::size_t dimension) const {
    const auto &name = study_.dimensions[dimension].name;
    if (study_.dimensions[compared_].name != "target" || (name != "runtime" && name != "dtype"))
      return false;
    std::map<std::uint32_t, std::set<std::uint32_t>> of_target;
    for (const auto &row : study_.rows)
      of_target[row.at[compared_]].insert(row.at[dimension]);
    return std::all_of(of_target.begin(), of_target.end(),
                       [](const auto &entry) { return entry.second.size() == 1; });
  }

  bool is_pair(std::uint32_t reference, std::uint32_t better) const {
    const auto &labels = study_.dimensions[compared_].labels;
    if (study_.dimensions[compared_].name != "strategy")
      return reference < better;
    return labels[reference] == kUnfused && better != reference;
  }

  void compare(const RowGroup &group, std::uint32_t reference, std::uint32_t better,
               std::vector<Crossover> &all) const {
    std::map<std::vector<std::uint32_t>, std::array<Curve, 2>> curves;
    for (const auto *row : group.rows) {
      if (row->at[compared_] != reference && row->at[compared_] != better)
        continue;
      std::vector<std::uint32_t> key;
      for (const auto other : others_)
        key.push_back(row->at[other]);
      curves[key][row->at[compared_] == better].emplace(study_.number(*row, along_),
                                                        row->latency_us);
    }
    Crossover found;
    found.compared = compared_;
    found.reference = reference;
    found.better = better;
    found.along = along_;
    found.given = given_;
    found.given_at = group.at;
    found.threshold = threshold_;
    if (summarise(curves, found))
      all.push_back(std::move(found));
  }

  bool summarise(const std::map<std::vector<std::uint32_t>, std::array<Curve, 2>> &curves,
                 Crossover &found) const {
    found.least_gain = HUGE_VAL;
    found.most_gain = -HUGE_VAL;
    found.from = HUGE_VAL;
    found.to = -HUGE_VAL;
    std::size_t below = 0, above = 0, always = 0, never = 0;
    for (const auto &[key, pair] : curves) {
      const auto gains = gains_of(pair[0], pair[1], threshold_);
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
        ++(gains.least >= threshold_ ? always : never);
      else
        ++found.crossing;
      if (gains.passages.size() == 1)
        ++(gains.passages.front().below ? below : above);
    }
    using Kind = Crossover::Kind;
    if (found.curves == 0)
      return false;
    if (below > 0 && below == found.crossing && above == 0)
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

  const Study &study_;
  std::size_t compared_, along_;
  double threshold_;
  std::vector<std::size_t> given_, others_;
};

} // namespace

std::vector<Crossover> crossovers(const Study &study, double threshold) {
  std::vector<Crossover> all;
  for (const std::string_view name : {"strategy", "target", "runtime"}) {
    const auto compared = study.dimension(name);
    if (!study.dimensions[compared].varies())
      continue;
    for (std::size_t along = 0; along < study.dimensions.size(); ++along)
      if (study.dimensions[along].is_field() && study.dimensions[along].numeric)
        Finder(study, compared, along, name == "strategy" ? threshold : 0).find(all);
  }
  return all;
}

} // namespace fusesim::sweep
