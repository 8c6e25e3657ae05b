#include "sweep/crossover_pairs.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace fusesim::sweep {

namespace {

constexpr std::string_view kUnfused = "unfused";

/// What a target or runtime brings along when the sweep does not say otherwise.
bool may_follow(std::string_view name, std::string_view compared) {
  return name == "strategy" || name == "dtype" || (name == "runtime" && compared == "target");
}

bool follows(const Study &study, std::size_t dimension, std::size_t compared) {
  if (study.dimensions[compared].name == "strategy" ||
      !may_follow(study.dimensions[dimension].name, study.dimensions[compared].name))
    return false;
  std::map<std::uint32_t, std::set<std::uint32_t>> values;
  for (const auto &row : study.rows)
    values[row.at[compared]].insert(row.at[dimension]);
  return std::all_of(values.begin(), values.end(),
                     [](const auto &entry) { return entry.second.size() == 1; });
}

bool is_pair(const Study::Dimension &compared, std::uint32_t reference, std::uint32_t better) {
  if (compared.name != "strategy")
    return reference < better;
  return compared.labels[reference] == kUnfused && better != reference;
}

} // namespace

std::vector<std::size_t> names_beside(const Study &study, std::size_t compared) {
  std::vector<std::size_t> names;
  for (const auto name : study.names())
    if (name != compared && study.dimensions[name].varies() && !follows(study, name, compared))
      names.push_back(name);
  return names;
}

void for_each_pair(const Study &study, std::size_t compared, const std::vector<std::size_t> &given,
                   const std::function<void(const ComparedPair &)> &visit) {
  for (const auto &group : grouped(study, given)) {
    std::set<std::uint32_t> labels;
    for (const auto *row : group.rows)
      labels.insert(row->at[compared]);
    for (const auto reference : labels)
      for (const auto better : labels)
        if (is_pair(study.dimensions[compared], reference, better))
          visit({group, reference, better});
  }
}

Crossover crossover_of(const ComparedPair &pair, std::size_t compared,
                       const std::vector<std::size_t> &given, double threshold) {
  Crossover found;
  found.compared = compared;
  found.reference = pair.reference;
  found.better = pair.better;
  found.given = given;
  found.given_at = pair.group.at;
  found.threshold = threshold;
  found.least_gain = found.from = HUGE_VAL;
  found.most_gain = found.to = -HUGE_VAL;
  return found;
}

} // namespace fusesim::sweep
