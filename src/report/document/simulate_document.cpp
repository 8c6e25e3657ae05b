#include "report/document/simulate_document.hpp"

#include "report/document/run_document.hpp"

#include <fmt/format.h>

namespace fusesim::report {

namespace {

std::vector<std::pair<std::string, std::string>> facts_of(const RunReport &report) {
  return {{"model", report.model},
          {"target", report.target},
          {"runtime", report.runtime},
          {"dtype", report.dtype},
          {"batch", fmt::format("{}", report.batch)},
          {"inputs", fmt::format("{}", fmt::join(report.inputs, ", "))}};
}

Json detailed(const DetailedRun &run) {
  return detailed_run_document(*run.experiment, *run.report, run.roofline);
}

} // namespace

Json simulate_document(const DetailedRun &unfused, const DetailedRun &fused, bool fused_asked,
                       const std::string &tool_version) {
  const RunReport &asked = fused_asked ? *fused.report : *unfused.report;
  Json json = document_of({.kind = "simulate",
                           .title = fmt::format("{} on {}", asked.model, asked.target),
                           .tool_version = tool_version,
                           .facts = facts_of(asked),
                           .warnings = asked.warnings});
  json["asked"] = fused_asked ? 1 : 0;
  json["runs"] = Json::array({detailed(unfused), detailed(fused)});
  return json;
}

} // namespace fusesim::report
