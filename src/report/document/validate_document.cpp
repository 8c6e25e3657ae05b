#include "report/document/validate_document.hpp"

#include <fmt/format.h>

#include <filesystem>

namespace fusesim::report {

namespace {

Json row_of(const ValidateReport &report, const validate::Outcome &outcome) {
  const auto &labels = outcome.measurement->labels;
  const auto &row = report.dataset->table.rows[outcome.measurement->row];
  Json json{{"line", row.line},
            {"model", labels.model},
            {"machine", labels.machine},
            {"runtime", labels.runtime},
            {"dtype", labels.dtype},
            {"batch", labels.batch},
            {"measured", outcome.measurement->measured}};
  if (outcome.prediction) {
    json["predicted"] = significant(outcome.prediction->value, 8);
    json["error"] = significant(outcome.error(), 6);
    json["shares"] = Json::array();
    for (const double share : outcome.prediction->shares)
      json["shares"].push_back(significant(share, 4));
  } else {
    json["failure"] = outcome.failure;
  }
  json["fields"] = row.fields;
  return json;
}

} // namespace

Json validate_document(const ValidateReport &report, const std::string &tool_version) {
  const auto &dataset = *report.dataset;
  const auto name = std::filesystem::path(dataset.table.file).filename().string();
  DocumentHead head{
      .kind = "validate",
      .title = fmt::format("{}: simulated against measured", name),
      .tool_version = tool_version,
      .facts = {{"measurements", name}, {"of", dataset.kind}, {"measured", dataset.measured}}};
  if (!dataset.left_out.empty())
    head.notes.push_back(fmt::format(
        "{} rows are of what is not simulated here; the first is {}", dataset.left_out.size(),
        std::filesystem::path(dataset.left_out.front()).filename().string()));
  Json json = document_of(head);
  json["quantity"] = dataset.measured;
  json["summary"] = validate_summary_json(report);
  json["columns"] = dataset.table.columns;
  json["rows"] = Json::array();
  for (const auto &outcome : report.outcomes)
    json["rows"].push_back(row_of(report, outcome));
  json["groups"] = table_document(validate_group_table(report));
  json["speed_ups"] = table_document(validate_speed_up_table(report));
  return json;
}

} // namespace fusesim::report
