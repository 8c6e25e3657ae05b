#include "report/document/document.hpp"

#include "report/run_report.hpp"

#include <fmt/format.h>

#include <cmath>

namespace fusesim::report {

namespace {

Json causes() {
  Json list = Json::array();
  for (std::size_t c = 0; c < sim::kCauseCount; ++c) {
    const auto cause = static_cast<sim::Cause>(c);
    list.push_back({{"key", sim::name_of(cause)}, {"title", title_of(cause)}});
  }
  return list;
}

} // namespace

std::string_view unit_name(Unit unit) {
  switch (unit) {
  case Unit::none:
    return "none";
  case Unit::count:
    return "count";
  case Unit::bytes:
    return "bytes";
  case Unit::flops:
    return "flops";
  case Unit::macs:
    return "macs";
  case Unit::operations:
    return "operations";
  case Unit::microseconds:
    return "microseconds";
  case Unit::ratio:
    return "ratio";
  case Unit::fraction:
    return "fraction";
  case Unit::flops_per_byte:
    return "flops_per_byte";
  case Unit::number:
    return "number";
  }
  return "none";
}

Json document_of(const DocumentHead &head) {
  Json json;
  json["format"] = kDocumentFormat;
  json["kind"] = head.kind;
  json["title"] = head.title;
  json["tool_version"] = head.tool_version;
  json["facts"] = Json::array();
  for (const auto &[name, value] : head.facts)
    json["facts"].push_back({{"name", name}, {"value", value}});
  json["notes"] = head.notes;
  json["warnings"] = head.warnings;
  json["causes"] = causes();
  return json;
}

Json table_document(const Table &table) {
  Json json;
  json["columns"] = Json::array();
  for (const auto &column : table.columns())
    if (!column.title.empty())
      json["columns"].push_back({{"key", column.key.empty() ? column.title : column.key},
                                 {"title", column.title},
                                 {"unit", unit_name(column.unit)}});
  json["rows"] = Json::array();
  for (const auto &cells : table.rows()) {
    Json row = Json::array();
    for (std::size_t c = 0; c < cells.size(); ++c)
      if (!table.columns()[c].title.empty())
        row.push_back(to_json(cells[c]));
    json["rows"].push_back(std::move(row));
  }
  return json;
}

double significant(double value, int digits) {
  if (value == 0 || !std::isfinite(value))
    return value;
  return std::stod(fmt::format("{:.{}g}", value, digits));
}

} // namespace fusesim::report
