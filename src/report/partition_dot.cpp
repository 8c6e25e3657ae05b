#include "report/partition_dot.hpp"

#include "report/text.hpp"

#include <fmt/format.h>

namespace fusesim::report {

namespace {

using partition::Bottleneck;
using partition::PartitionSummary;
using partition::SubgraphSummary;

// What stands inside of a DOT string: quotes and backslashes escaped, control characters visible.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : printable(text)) {
    if (c == '"' || c == '\\')
      out += '\\';
    out += c;
  }
  return out;
}

// Pale fills of the colours that terminals show (coloured()).
std::string_view fill_of(Bottleneck bottleneck) {
  switch (bottleneck) {
  case Bottleneck::compute_bound:
    return "#dff0d8";
  case Bottleneck::balanced:
    return "#d9f0f3";
  case Bottleneck::memory_bound:
    return "#fdf3d0";
  case Bottleneck::bandwidth_bound:
    return "#f8dedc";
  case Bottleneck::none:
    break;
  }
  return "#ffffff";
}

std::string bytes_text(Bytes bytes) { return human(static_cast<double>(bytes), Unit::bytes); }

// "\n" is DOT's own line break, so it stays outside of escaped().
std::string cluster(const PartitionSummary &summary, const SubgraphSummary &subgraph) {
  const std::string figures =
      subgraph.size == 0
          ? "no launch"
          : fmt::format("{}, {} external, {} saved, {}",
                        human(static_cast<double>(subgraph.flops), Unit::flops),
                        bytes_text(subgraph.external()), bytes_text(subgraph.saved()),
                        title_of(subgraph.bottleneck()));
  std::string text = fmt::format(
      "  subgraph cluster_{0} {{\n    label=\"{0}: {1}\\n{2}\";\n    fillcolor=\"{3}\";\n",
      subgraph.id, escaped(subgraph.pattern), figures, fill_of(subgraph.bottleneck()));
  for (const auto op : subgraph.operators)
    text += fmt::format("    n{} [label=\"{}\\n{}\"{}];\n", op, escaped(summary.operators[op].name),
                        escaped(summary.operators[op].kind),
                        summary.operators[op].counts ? "" : ", style=\"rounded,dashed\"");
  return text + "  }\n";
}

std::string edge(const partition::EdgeSummary &edge) {
  const std::string refused =
      edge.refusal
          ? fmt::format(", tooltip=\"{}: {}\"", title_of(*edge.refusal), escaped(edge.detail))
          : ", penwidth=2";
  return fmt::format("  n{} -> n{} [label=\"{}\"{}];\n", edge.producer, edge.consumer,
                     escaped(edge.shape), refused);
}

} // namespace

std::string partition_dot(const PartitionReport &report) {
  const PartitionSummary &summary = report.summary;
  std::string text = fmt::format("digraph \"{}\" {{\n"
                                 "  rankdir=TB;\n  style=filled;\n  color=gray70;\n"
                                 "  fontname=\"sans-serif\";\n"
                                 "  node [shape=box, style=\"rounded,filled\", fillcolor=white, "
                                 "fontname=\"sans-serif\"];\n"
                                 "  edge [fontname=\"sans-serif\", fontsize=10];\n",
                                 escaped(summary.network));
  for (std::size_t i = 0; i < summary.inputs.size(); ++i)
    text += fmt::format("  i{} [shape=oval, label=\"{}\"];\n", i, escaped(summary.inputs[i].name));
  for (const SubgraphSummary &subgraph : summary.subgraphs)
    text += cluster(summary, subgraph);
  for (std::size_t i = 0; i < summary.inputs.size(); ++i)
    for (const auto reader : summary.inputs[i].readers)
      text += fmt::format("  i{} -> n{} [label=\"{}\"];\n", i, reader,
                          escaped(summary.inputs[i].shape));
  for (const auto &each : summary.edges)
    text += edge(each);
  return text + "}\n";
}

} // namespace fusesim::report
