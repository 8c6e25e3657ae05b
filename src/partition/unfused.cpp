// The strategy `unfused`: every node its own subgraph, in graph order.
#include "partition/grouping.hpp"

#include <algorithm>
#include <numeric>

namespace fusesim::partition {

Partition unfused(const ir::Graph &graph) {
  Partition partition;
  partition.strategy = "unfused";
  const auto count = static_cast<ir::NodeId>(graph.nodes().size());
  partition.subgraph_of.resize(count);
  std::iota(partition.subgraph_of.begin(), partition.subgraph_of.end(), SubgraphId{0});
  partition.subgraphs.reserve(count);
  std::vector<ir::NodeId> producers;
  for (ir::NodeId n = 0; n < count; ++n) {
    Subgraph subgraph{.id = n, .pattern = {}, .nodes = {n}};
    subgraph.pattern = name_pattern(graph, subgraph.nodes);
    partition.subgraphs.push_back(std::move(subgraph));
    producers_of(graph, n, producers);
    for (const ir::NodeId producer : producers)
      partition.refusals.push_back({producer, n, Refusal::strategy});
  }
  return partition;
}

} // namespace fusesim::partition
