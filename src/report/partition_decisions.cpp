#include "report/partition_decisions.hpp"

#include "report/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace fusesim::report {

namespace {

using partition::EdgeSummary;
using partition::PartitionSummary;
using partition::Why;

/// Narrower terminals get the explanation on a line of its own.
constexpr std::size_t kOneLineFrom = 110;

/// A refused edge with its network.
struct Decision {
  const EdgeSummary *edge;
  const PartitionSummary *summary;

  const partition::OperatorSummary &producer() const { return summary->operators[edge->producer]; }
  const partition::OperatorSummary &consumer() const { return summary->operators[edge->consumer]; }
};

std::vector<Decision> decisions_of(const PartitionSummary &summary) {
  std::vector<Decision> decisions;
  for (const EdgeSummary &edge : summary.edges)
    if (edge.refusal)
      decisions.push_back({&edge, &summary});
  return decisions;
}

std::span<const Figure<Decision>> decision_figures() {
  using D = Decision;
  static const std::vector<Figure<D>> kFigures{
      {{"producer", "from"}, [](const D &d) { return d.producer().name; }},
      {{"consumer", "to"}, [](const D &d) { return d.consumer().name; }},
      {{"producer_kind", ""}, [](const D &d) { return d.producer().kind; }},
      {{"consumer_kind", ""}, [](const D &d) { return d.consumer().kind; }},
      {{"producer_subgraph", ""}, [](const D &d) { return std::uint64_t{d.producer().subgraph}; }},
      {{"consumer_subgraph", ""}, [](const D &d) { return std::uint64_t{d.consumer().subgraph}; }},
      {{"shape", ""}, [](const D &d) { return d.edge->shape; }},
      {{"bytes", "tensor", Unit::bytes}, [](const D &d) { return d.edge->bytes; }},
      {{"", "reason"}, [](const D &d) { return title_of(d.edge->reason()); }},
      {{"reason", ""}, [](const D &d) { return std::string(name_of(d.edge->reason())); }},
      {{"detail", "because"}, [](const D &d) { return d.edge->detail; }}};
  return kFigures;
}

Table decision_table(const PartitionSummary &summary) {
  return tabulate<Decision>(decision_figures(), decisions_of(summary));
}

std::string reason_counts(std::span<const Decision> decisions) {
  std::map<partition::Refusal, std::uint64_t> counts;
  for (const Decision &decision : decisions)
    ++counts[decision.edge->reason()];
  std::string text;
  for (const auto &[reason, count] : counts)
    text += fmt::format("{}{} {}", text.empty() ? ": " : ", ", title_of(reason),
                        for_people(count, Unit::count));
  return fmt::format("{} edges were not fused{}\n",
                     for_people(std::uint64_t{decisions.size()}, Unit::count), text);
}

std::string arrow_text(const partition::OperatorSummary &from,
                       const partition::OperatorSummary &to) {
  return fmt::format("{} → {}", printable(from.name), printable(to.name));
}

std::string indented(std::string_view text, std::size_t width) {
  std::string out;
  for (const std::string &line : wrap(text, width - 4))
    out += "    " + line + "\n";
  return out;
}

std::string tensor_text(const EdgeSummary &edge) {
  const std::string bytes = for_people(edge.bytes, Unit::bytes);
  return edge.shape.empty() ? bytes : fmt::format("{}, {}", edge.shape, bytes);
}

std::string place_text(const PartitionSummary &summary, partition::OperatorIndex op) {
  const auto &subgraph = summary.subgraphs[summary.operators[op].subgraph];
  return fmt::format("subgraph {} ({})", subgraph.id, printable(subgraph.pattern));
}

std::string through_text(const PartitionSummary &summary, const Why &why) {
  std::vector<std::string> names;
  for (const auto op : why.through)
    names.push_back(printable(summary.operators[op].name));
  return names.empty() ? std::string() : fmt::format(", through {}", fmt::join(names, ", "));
}

std::string answer_text(const PartitionSummary &summary, const Why &why) {
  const auto &from = summary.operators[why.producer], &to = summary.operators[why.consumer];
  const std::string arrow = arrow_text(from, to) + through_text(summary, why);
  switch (why.relation) {
  case Why::Relation::fused:
    return fmt::format("{}: fused, in {}", arrow, place_text(summary, why.producer));
  case Why::Relation::refused:
    return why.edge->refusal ? fmt::format("{}: not fused: {}", arrow, title_of(*why.edge->refusal))
                             : fmt::format("{}: not fused", arrow);
  case Why::Relation::together:
    return fmt::format("{} and {} are not an edge: neither reads the other, but both run in {}",
                       printable(from.name), printable(to.name), place_text(summary, why.producer));
  case Why::Relation::apart:
    break;
  }
  return fmt::format("{} and {} are not an edge: neither reads the other; they run in {} and {}",
                     printable(from.name), printable(to.name), place_text(summary, why.producer),
                     place_text(summary, why.consumer));
}

Table why_table(const PartitionReport &report, const Why &why) {
  const PartitionSummary &summary = report.summary;
  const auto &from = summary.operators[why.producer], &to = summary.operators[why.consumer];
  const bool has_edge = why.edge != nullptr;
  const bool is_refused = has_edge && why.edge->refusal.has_value();
  Table table({{"producer", "from"},
               {"consumer", "to"},
               {"relation", "relation"},
               {"reason", "reason"},
               {"detail", "because"},
               {"shape", ""},
               {"bytes", "tensor", Unit::bytes},
               {"producer_subgraph", ""},
               {"consumer_subgraph", ""}});
  table.add_row({from.name, to.name, std::string(name_of(why.relation)),
                 is_refused ? Cell(std::string(name_of(why.edge->reason()))) : Cell(),
                 has_edge ? Cell(why.edge->detail) : Cell(),
                 has_edge ? Cell(why.edge->shape) : Cell(),
                 has_edge ? Cell(std::uint64_t{why.edge->bytes}) : Cell(),
                 std::uint64_t{from.subgraph}, std::uint64_t{to.subgraph}});
  return table;
}

} // namespace

std::string decisions_text(const PartitionReport &report, const TextStyle &style) {
  const std::vector<Decision> decisions = decisions_of(report.summary);
  std::string text = reason_counts(decisions);
  if (style.width == 0 || style.width >= kOneLineFrom) {
    TextStyle whole = style;
    whole.max_cell = style.width == 0 ? 160 : style.width;
    return text + "\n" + to_text(decision_table(report.summary), whole);
  }
  for (const Decision &decision : decisions) {
    const std::string edge =
        fmt::format("{} ({})", arrow_text(decision.producer(), decision.consumer()),
                    tensor_text(*decision.edge));
    text += fmt::format(
        "\n{}\n{}", fmt::join(wrap(edge, style.width), "\n"),
        indented(title_of(decision.edge->reason()) + ": " + decision.edge->detail, style.width));
  }
  return text;
}

std::string decisions_csv(const PartitionReport &report) {
  return to_csv(decision_table(report.summary));
}

Json decisions_json(const PartitionReport &report) {
  return to_json(decision_table(report.summary));
}

std::string why_text(const PartitionReport &report, const Why &why, const TextStyle &style) {
  const PartitionSummary &summary = report.summary;
  const std::size_t width = style.width == 0 ? 100 : style.width;
  std::string text;
  for (const std::string &line : wrap(answer_text(summary, why), width))
    text += line + "\n";
  if (why.edge == nullptr)
    return text;
  text += indented(printable(why.edge->detail), width);
  if (why.edge->refusal)
    text += indented(fmt::format("{} runs in {}, {} in {}",
                                 printable(summary.operators[why.producer].name),
                                 place_text(summary, why.producer),
                                 printable(summary.operators[why.consumer].name),
                                 place_text(summary, why.consumer)),
                     width);
  return text + indented("tensor " + tensor_text(*why.edge), width);
}

std::string why_csv(const PartitionReport &report, const Why &why) {
  return to_csv(why_table(report, why));
}

Json why_json(const PartitionReport &report, const Why &why) {
  return to_json_object(why_table(report, why));
}

} // namespace fusesim::report
