#pragma once

#include "report/formats.hpp"

#include <string>
#include <utility>
#include <vector>

/// What a report page shows, as JSON. docs/report-format.md describes it for readers,
/// src/report/page/src/document.ts types it for the page.
///
///   RunReport, Comparison, SweepReport, … ──*_document()──> Json ──report_page()──> one HTML file
namespace fusesim::report {

inline constexpr int kDocumentFormat = 1; ///< rises when a page could misread the new form

/// What every kind of document begins with.
struct DocumentHead {
  std::string kind;  ///< which page shows it: "simulate", "compare", "sweep", "validate"
  std::string title; ///< "resnet50 on a100-sxm-40gb"
  std::string tool_version;
  std::vector<std::pair<std::string, std::string>> facts =
      {};                              ///< "batch" → "1", as people read them
  std::vector<std::string> notes = {}; ///< what was left out of the page, and why
  std::vector<std::string> warnings = {};
};
/// The head, and the causes of an attribution in their order; members of the kind follow.
Json document_of(const DocumentHead &head);

/// {"columns": [{"key","title","unit"}], "rows": [[cell, …], …]}: for tables that sort and filter.
/// Columns without a title are left out.
Json table_document(const Table &table);

/// Name of a unit in documents: "bytes".
std::string_view unit_name(Unit unit);

/// `value` with so many significant digits, to keep bulk data short.
double significant(double value, int digits);

} // namespace fusesim::report
