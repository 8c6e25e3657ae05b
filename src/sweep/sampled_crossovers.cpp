// Drawn points vary all fields at once, so no two of them lie on one curve. But every point is
// simulated with both sides, and says whether the gain there reaches the threshold. Where along one
// number most settings of the others come to reach it, current_status.hpp tells.
#include "sweep/crossover_pairs.hpp"
#include "sweep/current_status.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace fusesim::sweep {

namespace {

/// A size of few values is held, as on a grid: this many points are left for each.
constexpr std::size_t kLeastPerSize = 20;

struct DrawnPoint {
  const Study::Row *row = nullptr; ///< of the better side
  double gain = 0;
};

class SampleFinder {
public:
  SampleFinder(const Study &study, std::size_t compared, double threshold)
      : study_(study), compared_(compared), threshold_(threshold),
        names_(names_beside(study, compared)) {
    for (const auto field : study.fields()) {
      const auto &dimension = study.dimensions[field];
      const bool is_held =
          dimension.role == "size" && dimension.labels.size() * kLeastPerSize <= study.points;
      (is_held ? held_ : fields_).push_back(field);
    }
  }

  void find(std::vector<Crossover> &all) const {
    auto given = names_;
    given.insert(given.end(), held_.begin(), held_.end());
    for_each_pair(study_, compared_, given, [&](const ComparedPair &pair) {
      const auto points = points_of(pair);
      const auto before = all.size();
      for (const auto field : fields_)
        look_along(field, pair, given, points, all);
      if (all.size() == before && !points.empty())
        all.push_back(overall(pair, given, points));
    });
    for (const auto size : held_) {
      auto others = given;
      std::erase(others, size);
      for_each_pair(study_, compared_, others, [&](const ComparedPair &pair) {
        look_along(size, pair, others, points_of(pair), all);
      });
    }
  }

private:
  std::vector<DrawnPoint> points_of(const ComparedPair &pair) const {
    std::map<std::vector<std::uint32_t>, const Study::Row *> references;
    const auto key_of = [&](const Study::Row &row) {
      std::vector<std::uint32_t> key;
      for (const auto field : study_.fields())
        key.push_back(row.at[field]);
      return key;
    };
    for (const auto *row : pair.group.rows)
      if (row->at[compared_] == pair.reference)
        references.emplace(key_of(*row), row);
    std::vector<DrawnPoint> points;
    for (const auto *row : pair.group.rows)
      if (row->at[compared_] == pair.better)
        if (const auto found = references.find(key_of(*row)); found != references.end())
          points.push_back({row, gain_of(found->second->latency_us, row->latency_us)});
    return points;
  }

  /// No number named yet.
  Crossover overall(const ComparedPair &pair, const std::vector<std::size_t> &given,
                    const std::vector<DrawnPoint> &points) const {
    auto found = crossover_of(pair, compared_, given, threshold_);
    Crossover::Sample sample;
    for (const auto &point : points) {
      found.least_gain = std::min(found.least_gain, point.gain);
      found.most_gain = std::max(found.most_gain, point.gain);
      ++sample.points;
      sample.paying += point.gain >= threshold_ ? 1 : 0;
    }
    sample.too_few = !can_tell_a_place(sample.points, sample.paying);
    if (sample.paying == sample.points)
      found.kind = Crossover::Kind::always;
    else if (sample.paying == 0)
      found.kind = Crossover::Kind::never;
    found.sample = sample;
    return found;
  }

  void look_along(std::size_t field, const ComparedPair &pair,
                  const std::vector<std::size_t> &given, const std::vector<DrawnPoint> &points,
                  std::vector<Crossover> &all) const {
    if (!study_.dimensions[field].numeric)
      return;
    for (const bool below : {true, false}) { // it pays above the place, or below it
      std::vector<StatusPoint> status;
      for (const auto &point : points)
        status.push_back({study_.number(*point.row, field), (point.gain >= threshold_) == below});
      const auto place = place_where_it_holds(std::move(status));
      if (!place)
        continue;
      auto found = overall(pair, given, points);
      found.along = field;
      found.kind = below ? Crossover::Kind::below : Crossover::Kind::above;
      const auto &numbers = study_.dimensions[field].numbers;
      found.from = place->quarter.value_or(numbers.front());
      found.to = place->three_quarters.value_or(numbers.back());
      found.sample->half = place->half;
      found.sample->from_is_open = !place->quarter;
      found.sample->to_is_open = !place->three_quarters;
      all.push_back(std::move(found));
    }
  }

  const Study &study_;
  std::size_t compared_;
  double threshold_;
  std::vector<std::size_t> names_, held_, fields_;
};

} // namespace

void find_in_sample(const Study &study, std::size_t compared, double threshold,
                    std::vector<Crossover> &all) {
  SampleFinder(study, compared, threshold).find(all);
}

} // namespace fusesim::sweep
