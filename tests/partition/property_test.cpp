// What holds for every strategy on every network.
#include "net.hpp"
#include "square_graph.hpp"

#include "ir/cost.hpp"

#include <algorithm>
#include <rapidcheck/gtest.h>
#include <set>

namespace fusesim::test {
namespace {

using partition::Partition;

constexpr int kMostNodes = 60;

rc::Gen<ir::Graph> any_graph() {
  return rc::gen::oneOf(arbitrary_graph(kMostNodes), square_graph());
}

template <typename Check> void for_every_strategy(const ir::Graph &graph, Check check) {
  for (const auto &strategy : partition::strategies())
    check(strategy.run(graph));
}

std::set<std::pair<ir::NodeId, ir::NodeId>> edges_between_subgraphs(const ir::Graph &graph,
                                                                    const Partition &partition) {
  std::set<std::pair<ir::NodeId, ir::NodeId>> edges;
  for (ir::NodeId n = 0; n < graph.nodes().size(); ++n)
    for (const auto input : graph.node(n).inputs)
      if (const auto p = graph.value(input).producer; p != ir::kNoNode)
        if (partition.subgraph_of[p] != partition.subgraph_of[n])
          edges.emplace(p, n);
  return edges;
}

/// Independent of the verifier: no path leaves a subgraph and comes back, by plain reachability.
bool is_convex(const ir::Graph &graph, const Partition &partition,
               const partition::Subgraph &subgraph) {
  std::vector<bool> left(graph.nodes().size(),
                         false); // reachable from the subgraph by a path that left it
  for (ir::NodeId n = 0; n < graph.nodes().size(); ++n)
    for (const auto input : graph.node(n).inputs) {
      const auto p = graph.value(input).producer;
      if (p == ir::kNoNode)
        continue;
      const bool inside = partition.subgraph_of[n] == subgraph.id;
      if (left[p] && inside)
        return false;
      left[n] = left[n] || left[p] || (partition.subgraph_of[p] == subgraph.id && !inside);
    }
  return true;
}

RC_GTEST_PROP(EveryStrategy, IsDisjointCoveringAndExecutable, ()) {
  const auto graph = *any_graph();
  for_every_strategy(graph, [&](const Partition &partition) { verify(graph, partition); });
}

RC_GTEST_PROP(EveryStrategy, MakesConvexSubgraphs, ()) {
  const auto graph = *any_graph();
  for_every_strategy(graph, [&](const Partition &partition) {
    for (const auto &subgraph : partition.subgraphs)
      RC_ASSERT(is_convex(graph, partition, subgraph));
  });
}

RC_GTEST_PROP(EveryStrategy, IsDeterministic, ()) {
  const auto graph = *any_graph();
  for (const auto &strategy : partition::strategies()) {
    const auto once = strategy.run(graph), again = strategy.run(graph);
    RC_ASSERT(boxes(graph, once) == boxes(graph, again));
    RC_ASSERT(once.subgraph_of == again.subgraph_of);
  }
}

RC_GTEST_PROP(EveryStrategy, GivesEachEdgeBetweenSubgraphsOneReason, ()) {
  const auto graph = *any_graph();
  for_every_strategy(graph, [&](const Partition &partition) {
    std::set<std::pair<ir::NodeId, ir::NodeId>> explained;
    for (const auto &decision : partition.refusals) {
      RC_ASSERT(explained.emplace(decision.producer, decision.consumer).second);
      RC_ASSERT(decision.reason != partition::Refusal::would_cycle); // see the proof in greedy.cpp
    }
    RC_ASSERT(explained == edges_between_subgraphs(graph, partition));
  });
}

RC_GTEST_PROP(EveryStrategy, ConservesMultiplyAccumulates, ()) {
  const auto graph = *any_graph();
  for_every_strategy(graph, [&](const Partition &partition) {
    Macs macs = 0;
    for (const auto &subgraph : partition.subgraphs)
      for (const auto node : subgraph.nodes)
        macs += work_of(graph, graph.node(node)).macs;
    RC_ASSERT(macs == totals_of(graph).macs);
  });
}

RC_GTEST_PROP(EveryStrategy, ConservesWeights, ()) {
  // Every weight of a random network has one reader, so fusing can neither share nor repeat a
  // fetch.
  const auto graph = *any_graph();
  const auto weight_bytes = [&](const Partition &partition) {
    Bytes bytes = 0;
    for (const auto &subgraph : partition.subgraphs)
      bytes += traffic_of(graph, partition, subgraph).weight;
    return bytes;
  };
  const auto expected = weight_bytes(partition::run_strategy("unfused", graph));
  for_every_strategy(
      graph, [&](const Partition &partition) { RC_ASSERT(weight_bytes(partition) == expected); });
}

RC_GTEST_PROP(EveryStrategy, SavesAtLeastItsInternalBytes, ()) {
  const auto graph = *any_graph();
  const auto total = [&](const Partition &partition) {
    partition::Traffic sum;
    for (const auto &subgraph : partition.subgraphs) {
      const auto t = traffic_of(graph, partition, subgraph);
      sum.input += t.input, sum.output += t.output, sum.weight += t.weight,
          sum.internal += t.internal;
    }
    return sum;
  };
  const auto unfused = total(partition::run_strategy("unfused", graph));
  RC_ASSERT(unfused.internal == 0u);
  for_every_strategy(graph, [&](const Partition &partition) {
    const auto fused = total(partition);
    RC_ASSERT(fused.external() + fused.internal <= unfused.external());
  });
}

RC_GTEST_PROP(EveryStrategy, HoldsOneContractionPerChainOutsideOfItsNamedPatterns, ()) {
  const auto graph = *any_graph();
  const auto count = [&](const partition::Subgraph &subgraph, auto is_counted) {
    return std::ranges::count_if(subgraph.nodes,
                                 [&](ir::NodeId n) { return is_counted(graph.node(n).kind); });
  };
  for_every_strategy(graph, [&](const Partition &partition) {
    for (const auto &subgraph : partition.subgraphs) {
      if (subgraph.pattern == "attention" || subgraph.pattern == "qkv_merge" ||
          subgraph.pattern == "concat_in_place")
        continue;
      const auto pools = count(subgraph, [](ir::OpKind kind) {
        return kind == ir::OpKind::adaptive_avg_pool2d || kind == ir::OpKind::mean;
      });
      const auto contractions = count(
          subgraph, [](ir::OpKind kind) { return ir::class_of(kind) == ir::OpClass::contraction; });
      RC_ASSERT(contractions <= (pools > 0 ? 2 : 1)); // two: squeeze-and-excitation
    }
  });
}

RC_GTEST_PROP(EveryStrategy, PutsFreeSubgraphsOnlyWhereNothingWorks, ()) {
  const auto graph = *any_graph();
  for_every_strategy(graph, [&](const Partition &partition) {
    for (const auto &subgraph : partition.subgraphs) {
      const auto t = traffic_of(graph, partition, subgraph);
      RC_ASSERT(has_work(graph, subgraph) == (subgraph.pattern != "no_work"));
      RC_ASSERT(has_work(graph, subgraph) || t.external() + t.internal == 0u);
    }
  });
}

} // namespace
} // namespace fusesim::test
