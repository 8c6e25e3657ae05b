#include "report/compare_report.hpp"

#include "support/error.hpp"

namespace fusesim::report {

namespace {

struct Row {
  const Comparison *comparison = nullptr;
  const RunReport *run = nullptr;
  bool fused = false;
};

const Figure<RunReport> &run_figure(std::string_view key) {
  for (const auto &figure : run_figures())
    if (figure.column.key == key)
      return figure;
  throw InternalError("no run figure named " + std::string(key));
}

Figure<Row> of_run(const Figure<RunReport> &figure) {
  return {figure.column, [value = figure.value](const Row &row) { return value(*row.run); }};
}

std::vector<Figure<Row>> make_row_figures() {
  std::vector<Figure<Row>> figures;
  for (const auto key : {"model", "target", "runtime", "dtype", "batch"})
    figures.push_back(of_run(run_figure(key)));
  figures.push_back(
      {{"variant", ""}, [](const Row &r) { return std::string(r.fused ? "fused" : "unfused"); }});
  for (const auto key : {"strategy", "launches", "dram_bytes", "latency_us"})
    figures.push_back(of_run(run_figure(key)));
  figures.push_back({{"speedup", "gain", Unit::ratio}, [](const Row &r) {
                       return r.fused ? Cell(r.comparison->speedup()) : Cell();
                     }});
  for (const auto &figure : run_figures())
    if (figure.column.key.starts_with("attribution_us."))
      figures.push_back(of_run(figure));
  return figures;
}

Table table_of(std::span<const Comparison> comparisons) {
  static const std::vector<Figure<Row>> kFigures = make_row_figures();
  std::vector<Row> rows;
  for (const Comparison &comparison : comparisons) {
    rows.push_back({&comparison, &comparison.unfused, false});
    rows.push_back({&comparison, &comparison.fused, true});
  }
  return tabulate<Row>(kFigures, rows);
}

Json without_subgraphs(const RunReport &report) {
  return to_json_object(tabulate<RunReport>(run_figures(), {&report, 1}));
}

} // namespace

double Comparison::speedup() const {
  return fused.latency_us > 0 ? unfused.latency_us / fused.latency_us : 1;
}

std::string compare_text(std::span<const Comparison> comparisons, const TextStyle &style) {
  TextStyle grouped = style;
  grouped.hoist_columns = grouped.group_columns = 5; // what is compared: model to batch
  return to_text(table_of(comparisons), grouped);
}

std::string compare_csv(std::span<const Comparison> comparisons) {
  return to_csv(table_of(comparisons));
}

Json compare_json(std::span<const Comparison> comparisons) {
  Json list = Json::array();
  for (const Comparison &comparison : comparisons) {
    Json object = Json::object();
    for (const auto key : {"model", "target", "runtime", "dtype", "batch"})
      object[key] = to_json(run_figure(key).value(comparison.fused));
    object["unfused"] = without_subgraphs(comparison.unfused);
    object["fused"] = without_subgraphs(comparison.fused);
    object["speedup"] = comparison.speedup();
    object["warnings"] = comparison.fused.warnings;
    list.push_back(std::move(object));
  }
  return list;
}

} // namespace fusesim::report
