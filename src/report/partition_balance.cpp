#include "report/partition_balance.hpp"

#include "partition/balance.hpp"
#include "report/partition_advice.hpp"
#include "report/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

namespace fusesim::report {

namespace {

using partition::Balance;
using partition::Bottleneck;
using partition::EdgeSummary;
using partition::PartitionSummary;
using partition::SingleOperator;

constexpr std::size_t kDefaultWidth = 100, kBar = 40;
constexpr std::size_t kPatternsShown = 10, kPairsShown = 8;
constexpr std::size_t kWithNames = 110; // columns that leave room for names beside the reasons

constexpr Bottleneck kWorstLast[] = {Bottleneck::compute_bound, Bottleneck::balanced,
                                     Bottleneck::memory_bound, Bottleneck::bandwidth_bound};

std::string headed(std::string_view title, const std::string &body, const TextStyle &style) {
  const std::string head =
      style.colour ? fmt::format("\x1b[1m{}\x1b[0m", title) : std::string(title);
  return head + "\n" + body;
}

std::string bar(std::uint64_t value, std::uint64_t most) {
  const auto length = static_cast<std::size_t>(std::ceil(
      static_cast<double>(value * kBar) / static_cast<double>(std::max<std::uint64_t>(most, 1))));
  std::string text;
  for (std::size_t i = 0; i < length; ++i)
    text += "█";
  return text;
}

std::string histogram(const Balance &balance) {
  std::uint64_t most = 0;
  for (const auto &[size, count] : balance.sizes)
    most = std::max(most, count);
  std::string text;
  for (const auto &[size, count] : balance.sizes)
    text += fmt::format("{:>4} {:>6} {}\n", size, for_people(count, Unit::count), bar(count, most));
  return text;
}

// ---- statistics ---------------------------------------------------------------------------------

struct Spread {
  std::string_view key, title;
  Unit unit;
  partition::Statistics statistics;
};

std::vector<Spread> spreads(const Balance &balance) {
  return {{"operators", "operators", Unit::flops_per_byte, balance.size},
          {"flops", "work", Unit::flops, balance.flops},
          {"external_bytes", "external", Unit::bytes, balance.external},
          {"arithmetic_intensity", "FLOP/B", Unit::flops_per_byte, balance.intensity}};
}

std::string statistics_text(const Balance &balance, const TextStyle &style) {
  constexpr std::size_t kCell = 11; // mixed units: texts, aligned here
  std::vector<Column> columns{{"", "per subgraph"}};
  for (const std::string_view title : {"mean", "median", "std dev", "min", "max"})
    columns.push_back({"", pad_left(title, kCell)});
  Table table(std::move(columns));
  for (const Spread &s : spreads(balance)) {
    std::vector<Cell> cells{std::string(s.title)};
    for (const double value : {s.statistics.mean, s.statistics.median, s.statistics.stddev,
                               s.statistics.min, s.statistics.max})
      cells.emplace_back(pad_left(human(value, s.unit), kCell));
    table.add_row(std::move(cells));
  }
  return to_text(table, style);
}

// ---- bottlenecks and patterns -------------------------------------------------------------------

std::string bottlenecks_text(const PartitionSummary &summary, const Balance &balance,
                             const TextStyle &style) {
  const auto totals = totals_of(summary);
  const auto share = [](std::uint64_t part, std::uint64_t whole) {
    return human(whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole),
                 Unit::fraction);
  };
  std::string text;
  for (const Bottleneck bottleneck : kWorstLast) {
    const auto &total = balance.bottlenecks[static_cast<std::size_t>(bottleneck)];
    text += fmt::format("{} {:>5} subgraphs {:>8} of the work {:>8} of the bytes\n",
                        coloured(pad_right(title_of(bottleneck), 16), bottleneck, style),
                        for_people(total.subgraphs, Unit::count), share(total.flops, totals.flops),
                        share(total.external, totals.external()));
  }
  return text;
}

std::string patterns_text(const Balance &balance, const TextStyle &style) {
  static const std::vector<Figure<partition::PatternTotal>> kFigures{
      {{"", "pattern"}, [](const auto &p) { return p.pattern; }},
      {{"", "subgraphs", Unit::count}, [](const auto &p) { return p.subgraphs; }},
      {{"", "operators", Unit::count}, [](const auto &p) { return p.operators; }},
      {{"", "work", Unit::flops}, [](const auto &p) { return p.flops; }},
      {{"", "external", Unit::bytes}, [](const auto &p) { return p.external; }}};
  const std::size_t shown = std::min(kPatternsShown, balance.patterns.size());
  std::string text = to_text(
      tabulate<partition::PatternTotal>(kFigures, std::span(balance.patterns).first(shown)), style);
  if (shown < balance.patterns.size())
    text += fmt::format("and {} more patterns\n", balance.patterns.size() - shown);
  return text;
}

// ---- subgraphs of one operator -------------------------------------------------------------------

/// "fork (add)": why not with the operator at the other end.
std::string reason_text(const PartitionSummary &summary, const EdgeSummary *edge,
                        partition::OperatorIndex other, std::string_view without_edge) {
  if (edge == nullptr)
    return std::string(without_edge);
  const std::string reason = edge->reason() == partition::Refusal::not_in_vocabulary
                                 ? "no row" // of the vocabulary; a column has no room for more
                                 : title_of(edge->reason());
  return fmt::format("{} ({})", reason, printable(summary.operators[other].kind));
}

struct SingleGroup {
  std::string kind, before, after;
  std::uint64_t subgraphs = 0;
  Bytes external = 0;
  std::vector<std::string> names;
};

/// Launches of one operator that are alone for the same reasons.
std::vector<SingleGroup> grouped(const PartitionSummary &summary,
                                 std::span<const SingleOperator> singles, bool with_reasons) {
  std::map<std::tuple<std::string, std::string, std::string>, SingleGroup> groups;
  for (const SingleOperator &single : singles) {
    const auto &op = summary.operators[single.op];
    std::string before, after;
    if (with_reasons) {
      before = reason_text(summary, single.before, single.before_op, "first");
      after = reason_text(summary, single.after, single.after_op, "last");
    }
    SingleGroup &group = groups[{op.kind, before, after}];
    group.kind = op.kind;
    group.before = before;
    group.after = after;
    ++group.subgraphs;
    group.external += summary.subgraphs[single.subgraph].external();
    group.names.push_back(op.name);
  }
  std::vector<SingleGroup> list;
  for (auto &entry : groups)
    list.push_back(std::move(entry.second));
  std::ranges::stable_sort(list, std::greater<>{}, &SingleGroup::subgraphs);
  return list;
}

std::string missed_text(const PartitionSummary &summary, const Balance &balance,
                        const TextStyle &style) {
  std::vector<Figure<SingleGroup>> figures{
      {{"", "subgraphs", Unit::count}, [](const auto &g) { return g.subgraphs; }},
      {{"", "operator"}, [](const auto &g) { return g.kind; }},
      {{"", "external", Unit::bytes}, [](const auto &g) { return g.external; }},
      {{"", "not with what is before"}, [](const auto &g) { return g.before; }},
      {{"", "not with what is after"}, [](const auto &g) { return g.after; }}};
  if (style.width == 0 || style.width >= kWithNames)
    figures.push_back({{"", "names"}, [](const auto &g) { return g.names; }});
  return to_text(tabulate<SingleGroup>(figures, grouped(summary, balance.missed, true)), style);
}

std::string structural_text(const PartitionSummary &summary, const Balance &balance,
                            const TextStyle &style) {
  static const std::vector<Figure<SingleGroup>> kFigures{
      {{"", "subgraphs", Unit::count}, [](const auto &g) { return g.subgraphs; }},
      {{"", "operator"}, [](const auto &g) { return g.kind; }},
      {{"", "external", Unit::bytes}, [](const auto &g) { return g.external; }},
      {{"", "names"}, [](const auto &g) { return g.names; }}};
  return to_text(tabulate<SingleGroup>(kFigures, grouped(summary, balance.structural, false)),
                 style);
}

std::string pairs_text(const Balance &balance, const TextStyle &style) {
  static const std::vector<Figure<partition::MissedPair>> kFigures{
      {{"", "from"}, [](const auto &p) { return p.producer_kind; }},
      {{"", "to"}, [](const auto &p) { return p.consumer_kind; }},
      {{"", "edges", Unit::count}, [](const auto &p) { return p.edges; }},
      {{"", "tensors", Unit::bytes}, [](const auto &p) { return p.bytes; }},
      {{"", "because"}, [](const auto &p) { return title_of(p.reason); }}};
  const std::size_t shown = std::min(kPairsShown, balance.pairs.size());
  return to_text(tabulate<partition::MissedPair>(kFigures, std::span(balance.pairs).first(shown)),
                 style);
}

std::string advice_text(std::span<const Advice> advice, std::size_t width) {
  std::string text;
  for (const Advice &item : advice) {
    std::string_view mark = "· ";
    for (const std::string &line : wrap(item.text, width - 2)) {
      text.append(mark).append(line).append("\n");
      mark = "  ";
    }
  }
  return text.empty() ? "nothing stands out\n" : text;
}

// ---- JSON ---------------------------------------------------------------------------------------

Json statistics_json(const Balance &balance) {
  Json json = Json::object();
  for (const Spread &s : spreads(balance))
    json[std::string(s.key)] = {{"mean", s.statistics.mean},
                                {"median", s.statistics.median},
                                {"stddev", s.statistics.stddev},
                                {"min", s.statistics.min},
                                {"max", s.statistics.max}};
  return json;
}

Json reason_json(const PartitionSummary &summary, const EdgeSummary *edge,
                 partition::OperatorIndex other) {
  if (edge == nullptr)
    return nullptr;
  return {{"operator", summary.operators[other].name},
          {"reason", name_of(edge->reason())},
          {"detail", edge->detail}};
}

Json singles_json(const PartitionSummary &summary, std::span<const SingleOperator> singles) {
  Json list = Json::array();
  for (const SingleOperator &single : singles) {
    const auto &op = summary.operators[single.op];
    list.push_back({{"subgraph", single.subgraph},
                    {"operator", op.name},
                    {"kind", op.kind},
                    {"role", name_of(op.role)},
                    {"flops", summary.subgraphs[single.subgraph].flops},
                    {"external_bytes", summary.subgraphs[single.subgraph].external()},
                    {"before", reason_json(summary, single.before, single.before_op)},
                    {"after", reason_json(summary, single.after, single.after_op)}});
  }
  return list;
}

Json patterns_json(const Balance &balance) {
  Json list = Json::array();
  for (const auto &p : balance.patterns)
    list.push_back({{"pattern", p.pattern},
                    {"subgraphs", p.subgraphs},
                    {"operators", p.operators},
                    {"flops", p.flops},
                    {"external_bytes", p.external}});
  return list;
}

Json bottlenecks_json(const Balance &balance) {
  Json json = Json::object();
  for (const Bottleneck bottleneck : kWorstLast) {
    const auto &total = balance.bottlenecks[static_cast<std::size_t>(bottleneck)];
    json[std::string(name_of(bottleneck))] = {
        {"subgraphs", total.subgraphs}, {"flops", total.flops}, {"external_bytes", total.external}};
  }
  return json;
}

Json pairs_json(const Balance &balance) {
  Json list = Json::array();
  for (const auto &pair : balance.pairs)
    list.push_back({{"producer", pair.producer_kind},
                    {"consumer", pair.consumer_kind},
                    {"reason", name_of(pair.reason)},
                    {"edges", pair.edges},
                    {"bytes", pair.bytes},
                    {"layer_bytes", pair.layer_bytes}});
  return list;
}

// One line per leaf, its place written "a.b.0.c".
void flatten(const Json &json, const std::string &place, Table &table) {
  if (json.is_structured() && !json.empty()) {
    for (const auto &[key, value] : json.items())
      flatten(value, place.empty() ? key : place + "." + key, table);
    return;
  }
  if (json.is_structured() || json.is_null())
    return;
  Cell cell;
  if (json.is_string())
    cell = json.get<std::string>();
  else if (json.is_number_unsigned())
    cell = json.get<std::uint64_t>();
  else
    cell = json.get<double>();
  table.add_row({place, cell});
}

} // namespace

std::string balance_text(const PartitionReport &report, const TextStyle &style) {
  const PartitionSummary &summary = report.summary;
  const Balance balance = balance_of(summary);
  std::vector<std::string> parts{
      headed("operators per subgraph, and how many such subgraphs", histogram(balance), style),
      statistics_text(balance, style),
      headed("bound by, at FLOPs per byte", bottlenecks_text(summary, balance, style), style),
      patterns_text(balance, style)};
  if (!balance.structural.empty())
    parts.push_back(
        headed(fmt::format("subgraphs of one operator: {} structural, nothing missed there",
                           balance.structural.size()),
               structural_text(summary, balance, style), style));
  if (!balance.missed.empty())
    parts.push_back(headed(
        fmt::format("subgraphs of one operator: {} fusible, but missed", balance.missed.size()),
        missed_text(summary, balance, style), style));
  if (!balance.pairs.empty())
    parts.push_back(headed("edges that were not fused, by what they connect",
                           pairs_text(balance, style), style));
  parts.push_back(headed(
      "recommendations",
      advice_text(advice_on(summary, balance), style.width == 0 ? kDefaultWidth : style.width),
      style));
  return fmt::format("{}", fmt::join(parts, "\n"));
}

Json balance_json(const PartitionReport &report) {
  const PartitionSummary &summary = report.summary;
  const Balance balance = balance_of(summary);
  Json sizes = Json::object(), advice = Json::array();
  for (const auto &[size, count] : balance.sizes)
    sizes[std::to_string(size)] = count;
  for (const Advice &item : advice_on(summary, balance))
    advice.push_back({{"topic", item.topic}, {"text", item.text}, {"bytes", item.bytes}});
  return {{"size_histogram", std::move(sizes)},
          {"statistics", statistics_json(balance)},
          {"bottlenecks", bottlenecks_json(balance)},
          {"patterns", patterns_json(balance)},
          {"structural", singles_json(summary, balance.structural)},
          {"missed", singles_json(summary, balance.missed)},
          {"missed_pairs", pairs_json(balance)},
          {"recommendations", std::move(advice)}};
}

std::string balance_csv(const PartitionReport &report) {
  Table table({{"key", "key"}, {"value", "value"}});
  flatten(balance_json(report), "", table);
  return to_csv(table);
}

} // namespace fusesim::report
