#include "report/document/sweep_document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace fusesim::report {

namespace {

using sweep::Study;

/// How many fields of a row are off the middle of their values: lines along one field are drawn
/// through rows where the others are at it.
std::size_t fields_off_middle(const Study &study, const Study::Row &row,
                              const std::vector<std::size_t> &fields) {
  return static_cast<std::size_t>(std::count_if(fields.begin(), fields.end(), [&](auto field) {
    return row.at[field] != study.dimensions[field].labels.size() / 2;
  }));
}

/// Rows for the page: all, or those on a front, the best, those on lines through the middle, and
/// of the rest every so manieth.
std::vector<const Study::Row *> chosen_rows(const SweepReport &report, std::size_t most) {
  const Study &study = report.study;
  std::vector<const Study::Row *> all;
  for (const auto &row : study.rows)
    all.push_back(&row);
  if (all.size() <= most)
    return all;
  std::set<std::uint64_t> wanted;
  for (const auto *row : report.pareto)
    wanted.insert(row->number);
  for (const auto &ranked : report.best)
    wanted.insert(ranked.row->number);
  const auto fields = study.fields();
  for (std::size_t off = 0; off <= 1; ++off)
    for (const auto *row : all)
      if (wanted.size() < most && fields_off_middle(study, *row, fields) == off)
        wanted.insert(row->number);
  const std::size_t left = most - std::min(most, wanted.size());
  std::vector<const Study::Row *> chosen;
  for (std::size_t i = 0, taken = 0; i < all.size(); ++i) {
    const bool due = taken * all.size() < i * left;
    taken += due ? 1 : 0;
    if (due || wanted.contains(all[i]->number))
      chosen.push_back(all[i]);
  }
  return chosen;
}

Json dimensions_json(const Study &study) {
  Json list = Json::array();
  for (const auto &dimension : study.dimensions) {
    Json json{{"name", dimension.name},       {"role", dimension.role},
              {"unit", dimension.unit},       {"meaning", dimension.meaning},
              {"numeric", dimension.numeric}, {"tied", dimension.tied},
              {"labels", dimension.labels}};
    if (dimension.numeric)
      json["numbers"] = dimension.numbers;
    list.push_back(std::move(json));
  }
  return list;
}

Json objectives_json(const Study &study) {
  Json list = Json::array();
  for (const auto &objective : study.objectives)
    list.push_back({{"name", objective.name},
                    {"value", objective.value},
                    {"unit", unit_name(unit_of_figure(objective.name))},
                    {"goal", objective.maximise ? "maximise" : "minimise"}});
  return list;
}

Json rows_json(const Study &study, const std::vector<const Study::Row *> &rows) {
  Json number = Json::array(), latency = Json::array(), at = Json::array(),
       objectives = Json::array();
  for (const auto *row : rows) {
    number.push_back(row->number);
    latency.push_back(significant(row->latency_us, 7));
  }
  for (std::size_t d = 0; d < study.dimensions.size(); ++d) {
    Json column = Json::array(); // of what does not vary: nothing
    if (study.dimensions[d].varies())
      for (const auto *row : rows)
        column.push_back(row->at[d]);
    at.push_back(std::move(column));
  }
  for (std::size_t o = 0; o < study.objectives.size(); ++o) {
    Json column = Json::array();
    for (const auto *row : rows)
      column.push_back(significant(row->objectives[o], 7));
    objectives.push_back(std::move(column));
  }
  return {{"number", std::move(number)},
          {"at", std::move(at)},
          {"latency_us", std::move(latency)},
          {"objectives", std::move(objectives)}};
}

DocumentHead head_of(const Study &study, std::size_t kept) {
  DocumentHead head{
      .kind = "sweep",
      .title = fmt::format("sweep {}", study.name),
      .tool_version = study.tool_version,
      .facts = {{"configurations",
                 fmt::format("{} of {}", study.rows.size() + study.failed, study.configurations)},
                {"failed", fmt::format("{}", study.failed)},
                {"sampling", study.sampling}}};
  for (const auto &dimension : study.dimensions)
    if (!dimension.varies() && dimension.role != "field" && !dimension.labels.empty() &&
        !dimension.labels.front().empty())
      head.facts.emplace_back(dimension.name, dimension.labels.front());
  if (kept < study.rows.size())
    head.notes.push_back(fmt::format(
        "{} of {} configurations are on this page: the best, the Pareto fronts, those along one "
        "field with all others at their middle, and an even choice of the rest. Tables and "
        "findings are made from all of them.",
        kept, study.rows.size()));
  return head;
}

} // namespace

Json sweep_document(const SweepReport &report, const SweepLimits &limits) {
  const Study &study = report.study;
  const auto rows = chosen_rows(report, limits.rows);
  Json json = document_of(head_of(study, rows.size()));
  json["description"] = study.description;
  json["sampling"] = study.sampling;
  json["threshold"] = report.options.threshold;
  json["dimensions"] = dimensions_json(study);
  json["objectives"] = objectives_json(study);
  json["rows"] = rows_json(study, rows);
  json["best"] = table_document(best_table(report));
  json["pareto"] = table_document(pareto_table(report));
  json["sensitivity"] = table_document(sensitivity_table(report));
  json["crossovers"] = table_document(crossover_table(report));
  json["failures"] = table_document(failure_table(report));
  return json;
}

} // namespace fusesim::report
