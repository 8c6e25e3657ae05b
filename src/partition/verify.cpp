#include "partition/partition.hpp"

#include "support/error.hpp"

#include <fmt/format.h>

namespace fusesim::partition {
namespace {

/// Errors say which subgraph of which strategy; a partition is never a user's input, so no hint
/// helps.
Error violation(const Partition &partition, SubgraphId id, std::string_view what) {
  return Error(fmt::format("partition '{}', subgraph {}", partition.strategy, id), what);
}

void check_members(const ir::Graph &graph, const Partition &partition) {
  std::vector<bool> seen(graph.nodes().size(), false);
  for (std::size_t i = 0; i < partition.subgraphs.size(); ++i) {
    const Subgraph &subgraph = partition.subgraphs[i];
    const auto id = static_cast<SubgraphId>(i);
    if (subgraph.id != id)
      throw violation(partition, id, fmt::format("carries the id {}", subgraph.id));
    if (subgraph.nodes.empty())
      throw violation(partition, id, "has no operator");
    ir::NodeId previous = ir::kNoNode;
    for (const ir::NodeId node : subgraph.nodes) {
      if (node >= graph.nodes().size())
        throw violation(partition, id,
                        fmt::format("names operator {} of {}", node, graph.nodes().size()));
      const std::string &name = graph.node(node).name;
      if (seen[node])
        throw violation(partition, id,
                        fmt::format("holds '{}', which is in a subgraph already", name));
      if (previous != ir::kNoNode && node < previous)
        throw violation(partition, id, fmt::format("lists '{}' after a later operator", name));
      if (partition.subgraph_of[node] != id)
        throw violation(partition, id,
                        fmt::format("holds '{}', which subgraph_of places in {}", name,
                                    partition.subgraph_of[node]));
      seen[node] = true;
      previous = node;
    }
  }
  for (std::size_t n = 0; n < seen.size(); ++n)
    if (!seen[n])
      throw Error(fmt::format("partition '{}'", partition.strategy),
                  fmt::format("operator '{}' is in no subgraph", graph.nodes()[n].name));
}

/// When no edge leads from a later subgraph to an earlier one, the order is executable; an
/// executable order exists only without cycles between subgraphs; and without cycles every subgraph
/// is convex.
void check_order(const ir::Graph &graph, const Partition &partition) {
  for (ir::NodeId n = 0; n < graph.nodes().size(); ++n) {
    const SubgraphId consumer = partition.subgraph_of[n];
    for (const ir::ValueId input : graph.node(n).inputs) {
      const ir::NodeId p = graph.value(input).producer;
      if (p != ir::kNoNode && partition.subgraph_of[p] > consumer)
        throw violation(
            partition, consumer,
            fmt::format("reads '{}' in '{}', but that is produced by '{}' in the later subgraph {}",
                        graph.value(input).name, graph.node(n).name, graph.node(p).name,
                        partition.subgraph_of[p]));
    }
  }
}

} // namespace

void verify(const ir::Graph &graph, const Partition &partition) {
  if (partition.subgraph_of.size() != graph.nodes().size())
    throw Error(fmt::format("partition '{}'", partition.strategy),
                fmt::format("places {} operators, the graph has {}", partition.subgraph_of.size(),
                            graph.nodes().size()));
  check_members(graph, partition);
  check_order(graph, partition);
}

} // namespace fusesim::partition
