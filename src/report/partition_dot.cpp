#include "report/partition_report.hpp"
#include "report/text.hpp"

#include <fmt/format.h>

namespace fusesim::report {

namespace {

// A DOT string: quotes and backslashes escaped, control characters made visible.
std::string dot_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : printable(text)) {
    if (c == '"' || c == '\\')
      out += '\\';
    out += c;
  }
  return out + '"';
}

std::string cluster(const ir::Graph &graph, const partition::Subgraph &subgraph) {
  std::string text =
      fmt::format("  subgraph cluster_{} {{\n    label={};\n    style={};\n", subgraph.id,
                  dot_string(fmt::format("{}: {}", subgraph.id, subgraph.pattern)),
                  subgraph.nodes.size() > 1 ? "filled" : "dashed");
  for (const ir::NodeId id : subgraph.nodes) {
    const ir::Node &node = graph.node(id);
    // "\n" between name and kind is DOT's own line break, so it stays outside of dot_string().
    const std::string name = dot_string(node.name);
    text += fmt::format("    n{} [label={}\\n{}\"];\n", id, name.substr(0, name.size() - 1),
                        ir::name_of(node.kind));
  }
  return text + "  }\n";
}

} // namespace

std::string partition_dot(const ir::Graph &graph, const partition::Partition &partition) {
  std::string text =
      fmt::format("digraph {} {{\n  rankdir=TB;\n  node [shape=box, fontname=\"sans-serif\"];\n"
                  "  color=gray70;\n  fillcolor=gray92;\n  fontname=\"sans-serif\";\n",
                  dot_string(graph.name()));
  for (const ir::ValueId id : graph.inputs())
    text += fmt::format("  v{} [shape=oval, label={}];\n", id, dot_string(graph.value(id).name));
  for (const auto &subgraph : partition.subgraphs)
    text += cluster(graph, subgraph);
  for (ir::ValueId id = 0; id < graph.values().size(); ++id) {
    const ir::Value &value = graph.value(id);
    if (graph.is_weight(id))
      continue;
    const std::string from =
        value.producer == ir::kNoNode ? fmt::format("v{}", id) : fmt::format("n{}", value.producer);
    for (const ir::NodeId consumer : value.consumers)
      text += fmt::format("  {} -> n{} [label={}];\n", from, consumer,
                          dot_string(shape_text(value.type.dims)));
  }
  return text + "}\n";
}

} // namespace fusesim::report
