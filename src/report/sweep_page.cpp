#include "report/sweep_report.hpp"

#include <fmt/format.h>

namespace fusesim::report {

namespace {

constexpr std::size_t kMostRows = 200;

constexpr std::string_view kHead = R"(<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<style>
body{font:15px system-ui,sans-serif;max-width:1100px;margin:2em auto;padding:0 1em;color:#222;background:#fff}
table{border-collapse:collapse;font-size:13px;margin:.5em 0}td,th{padding:.2em .7em;border-bottom:1px solid #8884}
th{text-align:left}td.n{text-align:right;font-variant-numeric:tabular-nums}.wide{overflow-x:auto}
svg{max-width:100%;height:auto;margin:1em 0}pre{background:#8881;padding:1em;overflow-x:auto}
@media (prefers-color-scheme:dark){body{color:#ddd;background:#181818}}
</style>
)";

void add_table(std::string &html, std::string_view title, const Table &table) {
  if (table.rows().empty())
    return;
  html += fmt::format("<h2>{}</h2>\n<div class=\"wide\"><table><tr>", escape_markup(title));
  for (const auto &column : table.columns())
    if (!column.title.empty())
      html += fmt::format("<th>{}</th>", escape_markup(column.title));
  html += "</tr>\n";
  for (std::size_t r = 0; r < std::min(kMostRows, table.rows().size()); ++r) {
    html += "<tr>";
    for (std::size_t c = 0; c < table.columns().size(); ++c) {
      const auto &column = table.columns()[c];
      if (column.title.empty())
        continue;
      const auto &cell = table.rows()[r][c];
      html += fmt::format("<td{}>{}</td>", is_number(cell) ? " class=\"n\"" : "",
                          escape_markup(for_people(cell, column.unit)));
    }
    html += "</tr>\n";
  }
  html += "</table></div>\n";
  if (table.rows().size() > kMostRows)
    html += fmt::format("<p>… {} more in the results.</p>\n", table.rows().size() - kMostRows);
}

} // namespace

std::string sweep_page(const SweepReport &report) {
  const auto &study = report.study;
  std::string html(kHead);
  html += fmt::format("<title>{0}</title></head><body>\n<h1>{0}</h1>\n<p>{1}</p>\n"
                      "<p>{2} of {3} configurations, {4} failed; {5}; fusesim {6}</p>\n",
                      escape_markup(study.name), escape_markup(study.description),
                      study.rows.size() + study.failed, study.configurations, study.failed,
                      escape_markup(study.sampling), escape_markup(study.tool_version));
  add_table(html, "Crossovers", crossover_table(report));
  html += "<h2>Plots</h2>\n";
  for (const auto &[name, svg] : sweep_plots(report))
    html += svg;
  add_table(html, fmt::format("Best by {}", study.objectives.front().name), best_table(report));
  add_table(html, "Pareto front", pareto_table(report));
  add_table(html, "Sensitivity of latency", sensitivity_table(report));
  add_table(html, "Failures", failure_table(report));
  return html + "</body></html>\n";
}

} // namespace fusesim::report
