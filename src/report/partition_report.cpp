#include "report/partition_report.hpp"

#include "report/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace fusesim::report {

namespace {

using partition::Bottleneck;
using partition::PartitionTotals;

/// Below this width, what the boxes of --visualize show is left out of the table.
constexpr std::size_t kWide = 110;

/// A report with what it adds up to.
struct Row {
  const PartitionReport *report;
  PartitionTotals totals;
};

struct SubgraphRow {
  const partition::SubgraphSummary *subgraph;
  const partition::PartitionSummary *summary;

  std::vector<std::string> operators() const {
    std::vector<std::string> names;
    for (const auto op : subgraph->operators)
      names.push_back(summary->operators[op].name);
    return names;
  }
};

Cell optional_count(const std::optional<std::uint64_t> &count) {
  return count ? Cell(*count) : Cell();
}

std::span<const Figure<Row>> summary_figures() {
  static const std::vector<Figure<Row>> kFigures{
      {{"model", "model"}, [](const Row &r) { return r.report->model; }},
      {{"strategy", "strategy"}, [](const Row &r) { return r.report->summary.strategy; }},
      {{"vocabulary", "vocabulary"}, [](const Row &r) { return r.report->summary.vocabulary; }},
      {{"accounting", "accounting"}, [](const Row &r) { return r.report->summary.accounting; }},
      {{"fx_nodes", "", Unit::count},
       [](const Row &r) { return optional_count(r.report->summary.fx_nodes); }},
      {{"operators", "operators", Unit::count}, [](const Row &r) { return r.totals.operators; }},
      {{"summary.subgraphs", "subgraphs", Unit::count},
       [](const Row &r) { return r.totals.subgraphs; }},
      {{"summary.launches", "launches", Unit::count},
       [](const Row &r) { return r.totals.launches; }},
      {{"summary.fusion_efficiency", "per launch", Unit::ratio},
       [](const Row &r) { return r.totals.fusion_efficiency(); }},
      {{"summary.single_operator", "single", Unit::count},
       [](const Row &r) { return r.totals.single_operator; }},
      {{"summary.external_bytes", "external", Unit::bytes},
       [](const Row &r) { return r.totals.external(); }},
      {{"summary.internal_bytes", "internal", Unit::bytes},
       [](const Row &r) { return r.totals.internal; }},
      {{"summary.memory_reduction", "reduction", Unit::fraction},
       [](const Row &r) { return r.totals.memory_reduction(); }},
      {{"summary.flops", "work", Unit::flops}, [](const Row &r) { return r.totals.flops; }},
      {{"summary.macs", "", Unit::macs}, [](const Row &r) { return r.totals.macs(); }},
      {{"summary.mean_arithmetic_intensity", "FLOP/B", Unit::flops_per_byte},
       [](const Row &r) { return r.totals.mean_arithmetic_intensity; }},
  };
  return kFigures;
}

/// Partitions of one network beside each other: what they share comes first, to be hoisted.
std::span<const Figure<Row>> strategy_figures() {
  static const std::vector<Figure<Row>> kFigures{
      {{"", "model"}, [](const Row &r) { return r.report->model; }},
      {{"", "accounting"}, [](const Row &r) { return r.report->summary.accounting; }},
      {{"", "operators", Unit::count}, [](const Row &r) { return r.totals.operators; }},
      {{"", "work", Unit::flops}, [](const Row &r) { return r.totals.flops; }},
      {{"", "vocabulary"}, [](const Row &r) { return r.report->summary.vocabulary; }},
      {{"", "strategy"}, [](const Row &r) { return r.report->summary.strategy; }},
      {{"", "launches", Unit::count}, [](const Row &r) { return r.totals.launches; }},
      {{"", "per launch", Unit::ratio}, [](const Row &r) { return r.totals.fusion_efficiency(); }},
      {{"", "single", Unit::count}, [](const Row &r) { return r.totals.single_operator; }},
      {{"", "external", Unit::bytes}, [](const Row &r) { return r.totals.external(); }},
      {{"", "internal", Unit::bytes}, [](const Row &r) { return r.totals.internal; }},
      {{"", "reduction", Unit::fraction}, [](const Row &r) { return r.totals.memory_reduction(); }},
      {{"", "FLOP/B", Unit::flops_per_byte},
       [](const Row &r) { return r.totals.mean_arithmetic_intensity; }},
  };
  return kFigures;
}

/// For machines: every figure, names whole.
std::span<const Figure<SubgraphRow>> subgraph_figures() {
  using S = SubgraphRow;
  static const std::vector<Figure<S>> kFigures{
      {{"id", "id"}, [](const S &s) { return std::uint64_t{s.subgraph->id}; }},
      {{"pattern", "pattern"}, [](const S &s) { return s.subgraph->pattern; }},
      {{"operators", "operators"}, [](const S &s) { return s.operators(); }},
      {{"flops", "work", Unit::flops}, [](const S &s) { return s.subgraph->flops; }},
      {{"input_bytes", "in", Unit::bytes}, [](const S &s) { return s.subgraph->input; }},
      {{"output_bytes", "out", Unit::bytes}, [](const S &s) { return s.subgraph->output; }},
      {{"weight_bytes", "weights", Unit::bytes}, [](const S &s) { return s.subgraph->weight; }},
      {{"internal_bytes", "internal", Unit::bytes},
       [](const S &s) { return s.subgraph->internal; }},
      {{"arithmetic_intensity", "FLOP/B", Unit::flops_per_byte},
       [](const S &s) { return s.subgraph->arithmetic_intensity(); }},
      {{"bottleneck", "bound by"},
       [](const S &s) { return std::string(name_of(s.subgraph->bottleneck())); }},
  };
  return kFigures;
}

/// For people: what a reader compares, in the width of a terminal.
std::vector<Figure<SubgraphRow>> shown_subgraph_figures(bool wide) {
  using S = SubgraphRow;
  std::vector<Figure<S>> figures{
      {{"", "id"}, [](const S &s) { return std::uint64_t{s.subgraph->id}; }},
      {{"", "pattern"}, [](const S &s) { return s.subgraph->pattern; }},
      {{"", "work", Unit::flops}, [](const S &s) { return s.subgraph->flops; }},
      {{"", "external", Unit::bytes}, [](const S &s) { return s.subgraph->external(); }},
      {{"", "saved", Unit::bytes}, [](const S &s) { return s.subgraph->saved(); }},
      {{"", "FLOP/B", Unit::flops_per_byte},
       [](const S &s) { return s.subgraph->arithmetic_intensity(); }},
      {{"", "bound by"},
       [](const S &s) { return std::string(short_title_of(s.subgraph->bottleneck())); }},
  };
  if (wide)
    figures.push_back({{"", "operators"}, [](const S &s) { return s.operators(); }});
  return figures;
}

std::vector<Row> rows_of(std::span<const PartitionReport> reports) {
  std::vector<Row> rows;
  for (const PartitionReport &report : reports)
    rows.push_back({&report, totals_of(report.summary)});
  return rows;
}

Table summary_table(std::span<const Row> rows) { return tabulate<Row>(summary_figures(), rows); }

Table subgraph_table(const PartitionReport &report, std::span<const Figure<SubgraphRow>> figures) {
  std::vector<SubgraphRow> rows;
  for (const auto &subgraph : report.summary.subgraphs)
    rows.push_back({&subgraph, &report.summary});
  return tabulate<SubgraphRow>(figures, rows);
}

using PatternCount = std::pair<std::string, std::uint64_t>;

Table pattern_table(const PartitionTotals &totals) {
  static const std::vector<Figure<PatternCount>> kFigures{
      {{"pattern", "pattern"}, [](const PatternCount &p) { return p.first; }},
      {{"count", "subgraphs", Unit::count}, [](const PatternCount &p) { return p.second; }},
  };
  std::vector<PatternCount> counts(totals.patterns.begin(), totals.patterns.end());
  std::ranges::stable_sort(counts, std::greater<>{}, &PatternCount::second);
  return tabulate<PatternCount>(kFigures, counts);
}

Json summary_json(const Row &row) {
  Json json = to_json_object(summary_table({&row, 1}));
  Json patterns = Json::object(), bottlenecks = Json::object();
  for (const auto &[pattern, count] : row.totals.patterns)
    patterns[pattern] = count;
  for (const auto &[bottleneck, count] : row.totals.bottlenecks)
    bottlenecks[std::string(name_of(bottleneck))] = count;
  json["summary"]["patterns"] = std::move(patterns);
  json["summary"]["bottlenecks"] = std::move(bottlenecks);
  return json;
}

} // namespace

std::string partition_headline(const PartitionReport &report) {
  const auto &summary = report.summary;
  const PartitionTotals totals = totals_of(summary);
  return fmt::format("{} · {} · {} · {}: {} operators → {} launches ({:.2f}×)",
                     printable(report.model), summary.strategy, summary.vocabulary,
                     summary.accounting, for_people(totals.operators, Unit::count),
                     for_people(totals.launches, Unit::count), totals.fusion_efficiency());
}

std::string partition_text(const PartitionReport &report, const TextStyle &style) {
  const Row row = rows_of({&report, 1}).front();
  TextStyle narrow = style;
  narrow.max_cell = 44;
  const auto figures = shown_subgraph_figures(style.width == 0 || style.width >= kWide);
  return to_text_block(summary_table({&row, 1}), style) + "\n" +
         to_text(pattern_table(row.totals), style) + "\n" +
         to_text(subgraph_table(report, figures), narrow);
}

std::string partition_csv(const PartitionReport &report) {
  return to_csv(subgraph_table(report, subgraph_figures()));
}

Json partition_json(const PartitionReport &report) {
  Json json = summary_json(rows_of({&report, 1}).front());
  json["subgraphs"] = to_json(subgraph_table(report, subgraph_figures()));
  json["warnings"] = report.warnings;
  return json;
}

std::string strategies_text(std::span<const PartitionReport> reports, const TextStyle &style) {
  TextStyle hoisting = style;
  hoisting.hoist_columns = 5; // to the vocabulary, where all partitions agree
  return to_text(tabulate<Row>(strategy_figures(), rows_of(reports)), hoisting);
}

std::string strategies_csv(std::span<const PartitionReport> reports) {
  return to_csv(summary_table(rows_of(reports)));
}

Json strategies_json(std::span<const PartitionReport> reports) {
  Json list = Json::array();
  for (const Row &row : rows_of(reports))
    list.push_back(summary_json(row));
  return list;
}

std::string title_of(Bottleneck bottleneck) {
  if (bottleneck == Bottleneck::none)
    return "no launch";
  std::string title(name_of(bottleneck));
  std::ranges::replace(title, '_', '-');
  return title;
}

std::string_view short_title_of(Bottleneck bottleneck) {
  if (bottleneck == Bottleneck::none)
    return "–";
  const std::string_view name = name_of(bottleneck);
  return name.substr(0, name.find('_'));
}

std::string title_of(partition::Refusal refusal) {
  std::string title(name_of(refusal));
  std::ranges::replace(title, '_', ' ');
  return title;
}

std::string coloured(std::string_view text, Bottleneck bottleneck, const TextStyle &style) {
  if (!style.colour)
    return std::string(text);
  const auto code = [bottleneck] {
    switch (bottleneck) {
    case Bottleneck::compute_bound:
      return 32; // green: the machine computes
    case Bottleneck::balanced:
      return 36; // cyan
    case Bottleneck::memory_bound:
      return 33; // yellow
    case Bottleneck::bandwidth_bound:
      return 31; // red: the machine waits
    case Bottleneck::none:
      break;
    }
    return 2; // dim
  };
  return fmt::format("\x1b[{}m{}\x1b[0m", code(), text);
}

} // namespace fusesim::report
