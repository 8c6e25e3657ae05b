// Partitioning is linear: large networks take seconds, not minutes.
#include "mixed_network.hpp"
#include "net.hpp"

#include <chrono>

namespace fusesim::test {
namespace {

using ir::OpKind;

TEST(Scale, PartitionsTwoHundredThousandOperatorsWithinTwoSeconds) {
  const auto graph = mixed_network(200'000);
  ASSERT_GE(graph.nodes().size(), 200'000u);
  const auto start = std::chrono::steady_clock::now();
  const auto partition = partition::run_strategy("attention", graph);
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  RecordProperty("seconds", std::to_string(elapsed.count()));
  double limit = 2; // seconds, of an optimised build
#ifndef NDEBUG
  limit *= 20;
#endif
#if defined(__SANITIZE_ADDRESS__)
  limit *= 20;
#endif
  EXPECT_LT(elapsed.count(), limit);
}

TEST(Scale, MakesTheSameOfEveryRoundOfBlocks) {
  // Six blocks of a round become, after the first: residual 2, squeeze-and-excitation 1, Inception
  // 2 (three branches' first chain; the rest with the concat), DenseNet 3, attention 4 (norm,
  // projections, attention, output), MLP 2.
  const auto one = mixed_network(1), three = mixed_network(150);
  ASSERT_EQ(three.nodes().size(), 3 * one.nodes().size());
  EXPECT_EQ(working_boxes(one, "attention"), 14u);
  EXPECT_EQ(working_boxes(three, "attention"), 3 * 14u);
}

TEST(Scale, FollowsViewsOfAWideForkOnce) {
  // One product whose result 20,000 readers see through a view each, and each reader's result is
  // added to the next: a quadratic walk would take minutes.
  Net net;
  const auto x = net.linear("linear", net.input("x", {2, 4}), 8);
  auto sum = net.op(OpKind::exp, "first", {x});
  for (int i = 0; i < 20'000; ++i) {
    const auto view = net.view("view" + std::to_string(i), x, {4, 4});
    const auto part = net.op(OpKind::exp, "exp" + std::to_string(i),
                             {net.view("back" + std::to_string(i), view, {2, 8})});
    sum = net.op(OpKind::add, "add" + std::to_string(i), {sum, part});
  }
  const auto graph = std::move(net).build({sum});
  const auto partition = partition::run_strategy("greedy", graph);
  // linear with all its views; then everything else, for each addition inlines its exp.
  EXPECT_EQ(partition.subgraphs.size(), 2u);
  Bytes external = 0;
  for (const auto &subgraph : partition.subgraphs)
    external += traffic_of(graph, partition, subgraph).external();
  // linear: x 32, weight 128, result 64. The loop: linear's result, its own.
  EXPECT_EQ(external, 224u + 64 + 64);
}

} // namespace
} // namespace fusesim::test
