#include "report/validate_report.hpp"

#include "report/run_report.hpp"
#include "report/svg_plot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace fusesim::report {

namespace {

using validate::Group;
using validate::Outcome;
using validate::SpeedUp;
using validate::Summary;

std::vector<Figure<Summary>> summary_figures() {
  return {
      {{"rows", "rows", Unit::count}, [](const Summary &s) { return std::uint64_t{s.rows}; }},
      {{"mape", "mean error", Unit::fraction}, [](const Summary &s) { return s.mape; }},
      {{"median_ape", "median error", Unit::fraction},
       [](const Summary &s) { return s.median_ape; }},
      {{"bias", "bias", Unit::fraction}, [](const Summary &s) { return s.bias; }},
      {{"kendall_tau", "Kendall tau"},
       [](const Summary &s) { return std::round(s.kendall_tau * 1e4) / 1e4; }},
  };
}

std::vector<Figure<Group>> group_figures() {
  std::vector<Figure<Group>> figures{{{"key", "rows where"}, [](const Group &g) { return g.key; }}};
  for (const auto &figure : summary_figures())
    figures.push_back(
        {figure.column, [value = figure.value](const Group &g) { return value(g.summary); }});
  return figures;
}

/// Four digits are more than any measurement here has.
std::string short_number(double value) { return fmt::format("{:.4g}", value); }

std::vector<Figure<Outcome>> label_figures() {
  const auto labels = [](const Outcome &o) -> const validate::Labels & {
    return o.measurement->labels;
  };
  return {
      {{"model", "model"}, [=](const Outcome &o) { return labels(o).model; }},
      {{"machine", "machine"}, [=](const Outcome &o) { return labels(o).machine; }},
      {{"runtime", "runtime"}, [=](const Outcome &o) { return labels(o).runtime; }},
      {{"dtype", "dtype"}, [=](const Outcome &o) { return labels(o).dtype; }},
      {{"batch", "batch", Unit::count}, [=](const Outcome &o) { return labels(o).batch; }},
  };
}

std::vector<Figure<Outcome>> worst_figures(const validate::Dataset &dataset) {
  auto figures = label_figures();
  figures.insert(figures.begin(),
                 {{"line", "line"}, [&dataset](const Outcome &o) {
                    return std::uint64_t{dataset.table.rows[o.measurement->row].line};
                  }});
  figures.push_back({{"measured", dataset.measured},
                     [](const Outcome &o) { return short_number(o.measurement->measured); }});
  figures.push_back({{"predicted", "predicted"},
                     [](const Outcome &o) { return short_number(o.prediction->value); }});
  figures.push_back(
      {{"error", "error", Unit::fraction}, [](const Outcome &o) { return o.error(); }});
  for (std::size_t i = 0; i < sim::kCauseCount; ++i)
    figures.push_back({{"", std::string(title_of(static_cast<sim::Cause>(i))), Unit::fraction},
                       [i](const Outcome &o) { return o.prediction->shares[i]; }});
  return figures;
}

std::vector<Figure<SpeedUp>> speed_up_figures() {
  std::vector<Figure<SpeedUp>> figures;
  for (const auto &figure : label_figures())
    if (figure.column.key != "runtime")
      figures.push_back(
          {figure.column, [value = figure.value](const SpeedUp &s) { return value(*s.fused); }});
  const auto runtime = [](const Outcome *o) { return o->measurement->labels.runtime; };
  figures.push_back({{"unfused", "unfused"}, [=](const SpeedUp &s) { return runtime(s.unfused); }});
  figures.push_back({{"fused", "fused"}, [=](const SpeedUp &s) { return runtime(s.fused); }});
  figures.push_back(
      {{"measured", "measured", Unit::ratio}, [](const SpeedUp &s) { return s.measured; }});
  figures.push_back(
      {{"predicted", "predicted", Unit::ratio}, [](const SpeedUp &s) { return s.predicted; }});
  figures.push_back(
      {{"error", "error", Unit::fraction}, [](const SpeedUp &s) { return s.error(); }});
  return figures;
}

template <class T> Table table_of(const std::vector<Figure<T>> &figures, std::span<const T> items) {
  return tabulate<T>(std::span<const Figure<T>>(figures), items);
}

std::vector<Outcome> worst_first(std::span<const Outcome> outcomes, std::size_t count) {
  std::vector<Outcome> sorted;
  for (const auto &outcome : outcomes)
    if (outcome.prediction)
      sorted.push_back(outcome);
  std::ranges::stable_sort(sorted, std::greater{},
                           [](const Outcome &o) { return std::abs(o.error()); });
  sorted.resize(std::min(count, sorted.size()));
  return sorted;
}

std::size_t failures(const ValidateReport &report) {
  return static_cast<std::size_t>(std::ranges::count_if(
      report.outcomes, [](const Outcome &outcome) { return !outcome.prediction; }));
}

double mean_error(std::span<const SpeedUp> pairs) {
  double sum = 0;
  for (const auto &pair : pairs)
    sum += std::abs(pair.error());
  return pairs.empty() ? 0 : sum / static_cast<double>(pairs.size());
}

Table prediction_table(const ValidateReport &report) {
  const auto &table = report.dataset->table;
  std::vector<Column> columns;
  for (const auto &column : table.columns)
    columns.push_back({column, column});
  for (const auto *added : {"predicted", "error", "failure"})
    columns.push_back({added, added});
  Table result(std::move(columns));
  for (const auto &outcome : report.outcomes) {
    std::vector<Cell> cells;
    for (const auto &field : table.rows[outcome.measurement->row].fields)
      cells.emplace_back(field);
    cells.push_back(outcome.prediction ? Cell(outcome.prediction->value) : Cell());
    cells.push_back(outcome.prediction ? Cell(outcome.error()) : Cell());
    cells.push_back(outcome.failure.empty() ? Cell() : Cell(outcome.failure));
    result.add_row(std::move(cells));
  }
  return result;
}

/// Series of the plot: who ran it. Lines: equal, and a tenth off either way.
Plot plot_of(const ValidateReport &report) {
  Plot plot;
  plot.title = fmt::format("Predicted against measured: {}", report.dataset->kind);
  plot.subtitle = fmt::format("{} rows, mean error {:.1f} %, median {:.1f} %", report.summary.rows,
                              report.summary.mape * 100, report.summary.median_ape * 100);
  plot.x = {fmt::format("measured, {}", report.dataset->measured), true};
  plot.y = {"predicted", true};
  plot.width = 900;
  plot.height = 640;
  std::map<std::string, PlotSeries> series;
  double least = 0, most = 0;
  for (const auto &outcome : report.outcomes) {
    if (!outcome.prediction)
      continue;
    const auto &of = outcome.measurement->labels;
    const double x = outcome.measurement->measured, y = outcome.prediction->value;
    least = least == 0 ? x : std::min(least, x);
    most = std::max(most, x);
    auto &one = series[report.dataset->kind == "operators" ? of.machine + " " + of.dtype
                                                           : of.machine + " " + of.runtime];
    one.points.push_back({x, y,
                          fmt::format("{} {} {} batch {}: {:+.1f} %", of.model, of.machine,
                                      of.dtype, of.batch, outcome.error() * 100)});
  }
  for (auto &[name, one] : series) {
    one.name = name;
    plot.series.push_back(std::move(one));
  }
  for (const double factor : {1.0, 1.1, 1 / 1.1}) {
    PlotSeries line;
    line.name = factor == 1 ? "equal" : factor > 1 ? "a tenth off" : "";
    line.style = factor == 1 ? PlotSeries::Style::line : PlotSeries::Style::dashed;
    line.colour = series.size();
    line.points = {{least, least * factor}, {most, most * factor}};
    plot.series.push_back(std::move(line));
  }
  return plot;
}

} // namespace

std::string validate_svg(const ValidateReport &report) { return to_svg(plot_of(report)); }

ValidateReport report_of(const validate::Dataset &dataset, std::vector<Outcome> outcomes,
                         std::vector<Group> groups, std::vector<SpeedUp> speed_ups) {
  const auto summary = validate::summarise(std::span<const Outcome>(outcomes));
  return {&dataset, std::move(outcomes), summary, std::move(groups), std::move(speed_ups)};
}

std::string validate_text(const ValidateReport &report, const TextStyle &style, std::size_t worst) {
  const auto heading = [](std::string_view text) { return fmt::format("\n{}\n", text); };
  std::string text = fmt::format("{}: {}\n\n", report.dataset->table.file, report.dataset->kind);
  text += to_text_block(table_of<Summary>(summary_figures(), {&report.summary, 1}), style);
  text += heading("Error by group") + to_text(validate_group_table(report), style);
  if (!report.speed_ups.empty())
    text += heading(fmt::format("Fused against unfused, {:.1f} % off on average",
                                mean_error(report.speed_ups) * 100)) +
            to_text(validate_speed_up_table(report), style);
  const auto bad = worst_first(report.outcomes, worst);
  if (!bad.empty())
    text += heading("Furthest off, and what their simulated time went into") +
            to_text(table_of<Outcome>(worst_figures(*report.dataset), bad), style);
  if (!report.dataset->left_out.empty())
    text += fmt::format("\n{} rows are of what is not simulated here; the first is {}\n",
                        report.dataset->left_out.size(), report.dataset->left_out.front());
  if (failures(report) > 0)
    text += heading("Not predicted");
  for (const auto &outcome : report.outcomes)
    if (!outcome.prediction)
      text += outcome.failure + "\n";
  return text;
}

std::string validate_csv(const ValidateReport &report) { return to_csv(prediction_table(report)); }

Json validate_summary_json(const ValidateReport &report) {
  Json object = to_json_object(table_of<Summary>(summary_figures(), {&report.summary, 1}));
  object["failed"] = failures(report);
  return object;
}

Table validate_group_table(const ValidateReport &report) {
  return table_of<Group>(group_figures(), report.groups);
}

Table validate_speed_up_table(const ValidateReport &report) {
  return table_of<SpeedUp>(speed_up_figures(), report.speed_ups);
}

Json validate_json(const ValidateReport &report) {
  Json object = validate_summary_json(report);
  object["left_out"] = report.dataset->left_out.size();
  object["groups"] = to_json(validate_group_table(report));
  object["speed_up_mape"] = mean_error(report.speed_ups);
  object["speed_ups"] = to_json(validate_speed_up_table(report));
  object["predictions"] = to_json(prediction_table(report));
  return object;
}

} // namespace fusesim::report
