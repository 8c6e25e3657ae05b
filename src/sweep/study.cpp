#include "sweep/study.hpp"

#include "support/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <unordered_map>

namespace fusesim::sweep {

namespace {

std::size_t column_of(const ResultsReader &results, const std::string &name) {
  const auto &columns = results.columns();
  const auto found = std::find(columns.begin(), columns.end(), name);
  if (found == columns.end())
    throw Error(results.file().string(), fmt::format("has no column '{}'", name),
                "run the sweep again");
  return static_cast<std::size_t>(found - columns.begin());
}

std::string label_of(const ResultCell &cell) {
  if (const auto *number = std::get_if<double>(&cell))
    return fmt::format("{}", *number);
  if (const auto *whole = std::get_if<std::int64_t>(&cell))
    return fmt::format("{}", *whole);
  const auto *text = std::get_if<std::string>(&cell);
  return text != nullptr ? *text : std::string();
}

double number_of(const ResultCell &cell) {
  if (const auto *whole = std::get_if<std::int64_t>(&cell))
    return static_cast<double>(*whole);
  const auto *number = std::get_if<double>(&cell);
  return number != nullptr ? *number : 0;
}

/// Gives every distinct value of a dimension a number, in order of appearance.
class Values {
public:
  std::uint32_t position(const ResultCell &cell) {
    auto label = label_of(cell);
    whole_ = whole_ && !std::holds_alternative<double>(cell);
    const auto [known, is_new] =
        positions_.emplace(label, static_cast<std::uint32_t>(labels_.size()));
    if (is_new) {
      labels_.push_back(std::move(label));
      numbers_.push_back(number_of(cell));
    }
    return known->second;
  }

  /// Puts numbers in rising order; returns where each position went.
  std::vector<std::uint32_t> settle(Study::Dimension &dimension) const {
    std::vector<std::uint32_t> order(labels_.size()), moved(labels_.size());
    for (std::uint32_t i = 0; i < order.size(); ++i)
      order[i] = i;
    dimension.whole = dimension.numeric && whole_;
    if (dimension.numeric)
      std::stable_sort(order.begin(), order.end(),
                       [&](auto a, auto b) { return numbers_[a] < numbers_[b]; });
    for (std::uint32_t i = 0; i < order.size(); ++i) {
      moved[order[i]] = i;
      dimension.labels.push_back(labels_[order[i]]);
      if (dimension.numeric)
        dimension.numbers.push_back(numbers_[order[i]]);
    }
    return moved;
  }

private:
  std::unordered_map<std::string, std::uint32_t> positions_;
  std::vector<std::string> labels_;
  std::vector<double> numbers_;
  bool whole_ = true;
};

void read_description(const ResultsReader &results, Study &study) {
  study.name = results.meta("name");
  study.description = results.meta("description");
  study.sampling = results.meta("sampling");
  study.tool_version = results.meta("tool_version");
  study.file = results.file().string();
  study.configurations = std::stoull(results.meta("configurations"));
  study.points = std::stoull(results.meta("points"));

  Statement dimensions(results.database(),
                       "SELECT name, role, unit, meaning, type, tied_to, drawn FROM "
                       "dimensions ORDER BY position");
  while (dimensions.step()) {
    auto &dimension = study.dimensions.emplace_back();
    dimension.name = dimensions.text(0);
    dimension.role = dimensions.text(1);
    dimension.unit = dimensions.text(2);
    dimension.meaning = dimensions.text(3);
    dimension.numeric = dimensions.text(4) == "number";
    dimension.tied = !dimensions.text(5).empty();
    dimension.drawn = dimensions.integer(6) != 0;
  }
  Statement objectives(results.database(),
                       "SELECT name, value, goal FROM objectives ORDER BY position");
  while (objectives.step())
    study.objectives.push_back(
        {objectives.text(0), objectives.text(1), objectives.text(2) == "maximise"});
  if (study.objectives.empty())
    study.objectives = {{"latency_us", "latency_us", false}, {"dram_bytes", "dram_bytes", false}};
}

void read_failures(const ResultsReader &results, Study &study) {
  Statement failures(results.database(),
                     "SELECT error, count(*) AS n, min(configuration) FROM results WHERE error IS "
                     "NOT NULL GROUP BY error ORDER BY n DESC, error");
  while (failures.step()) {
    study.failures.push_back({failures.text(0), static_cast<std::uint64_t>(failures.integer(1)),
                              static_cast<std::uint64_t>(failures.integer(2))});
    study.failed += study.failures.back().count;
  }
}

std::vector<std::size_t> with_role(const Study &study, std::string_view role) {
  std::vector<std::size_t> positions;
  for (std::size_t i = 0; i < study.dimensions.size(); ++i)
    if (study.dimensions[i].role == role)
      positions.push_back(i);
  return positions;
}

} // namespace

std::vector<std::size_t> Study::names() const { return with_role(*this, "name"); }
std::vector<std::size_t> Study::sizes() const { return with_role(*this, "size"); }

std::vector<std::size_t> Study::fields() const {
  std::vector<std::size_t> positions;
  for (std::size_t i = 0; i < dimensions.size(); ++i)
    if (dimensions[i].is_field())
      positions.push_back(i);
  return positions;
}

std::size_t Study::dimension(std::string_view wanted) const {
  for (std::size_t i = 0; i < dimensions.size(); ++i)
    if (dimensions[i].name == wanted)
      return i;
  throw InternalError(fmt::format("no dimension '{}'", wanted));
}

Study read_study(const ResultsReader &results) {
  Study study;
  read_description(results, study);
  read_failures(results, study);
  std::vector<std::size_t> coordinates, objectives;
  for (const auto &dimension : study.dimensions)
    coordinates.push_back(column_of(results, dimension.name));
  for (const auto &objective : study.objectives)
    objectives.push_back(column_of(results, objective.name));
  const auto number = column_of(results, "configuration");
  const auto latency = column_of(results, "latency_us"), error = column_of(results, "error");

  std::vector<Values> values(coordinates.size());
  results.for_each_row([&](const std::vector<ResultCell> &cells) {
    if (!std::holds_alternative<std::monostate>(cells[error]))
      return;
    auto &row = study.rows.emplace_back();
    row.number = static_cast<std::uint64_t>(std::get<std::int64_t>(cells[number]));
    row.latency_us = number_of(cells[latency]);
    for (std::size_t i = 0; i < coordinates.size(); ++i)
      row.at.push_back(values[i].position(cells[coordinates[i]]));
    for (const auto column : objectives)
      row.objectives.push_back(number_of(cells[column]));
  });
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto moved = values[i].settle(study.dimensions[i]);
    for (auto &row : study.rows)
      row.at[i] = moved[row.at[i]];
  }
  return study;
}

std::vector<RowGroup> grouped(const Study &study, std::span<const std::size_t> dimensions) {
  std::vector<RowGroup> groups;
  std::map<std::vector<std::uint32_t>, std::size_t> positions;
  for (const auto &row : study.rows) {
    std::vector<std::uint32_t> key;
    for (const auto dimension : dimensions)
      key.push_back(row.at[dimension]);
    const auto [known, is_new] = positions.emplace(key, groups.size());
    if (is_new)
      groups.push_back({std::move(key), {}});
    groups[known->second].rows.push_back(&row);
  }
  return groups;
}

} // namespace fusesim::sweep
