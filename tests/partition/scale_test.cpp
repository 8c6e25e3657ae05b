// Partitioning is linear: large networks take seconds, not minutes.
#include "net.hpp"

#include <chrono>

namespace fusesim::test {
namespace {

using ir::OpKind;

/// Residual blocks of eight operators: two convolutions with norm and activation, a view, the
/// addition.
ir::Graph residual_network(int operators) {
  Net net;
  auto x = net.input("x", {1, 4, 2, 2});
  for (int i = 0; i * 8 < operators; ++i) {
    const auto at = [i](const char *name) { return std::string(name).append(std::to_string(i)); };
    auto y = net.op(OpKind::relu, at("relu_a"), {net.bn(at("bn_a"), net.conv(at("conv_a"), x, 4))});
    y = net.bn(at("bn_b"), net.conv(at("conv_b"), net.op(OpKind::dropout, at("drop"), {y}), 4));
    x = net.op(OpKind::relu, at("relu_b"), {net.op(OpKind::add, at("add"), {y, x})});
  }
  return std::move(net).build({x});
}

TEST(Scale, PartitionsTwoHundredThousandOperatorsWithinTwoSeconds) {
  const auto graph = residual_network(200'000);
  ASSERT_EQ(graph.nodes().size(), 200'000u);
  const auto start = std::chrono::steady_clock::now();
  const auto partition = partition::run_strategy("attention", graph);
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  EXPECT_EQ(partition.subgraphs.size(), 50'000u); // conv bn relu drop; conv bn add relu
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
  // linear with all its views; then first and every addition in one chain; and each exp alone.
  EXPECT_EQ(partition.subgraphs.size(), 2u + 20'000u);
  Bytes external = 0;
  for (const auto &subgraph : partition.subgraphs)
    external += traffic_of(graph, partition, subgraph).external();
  // linear: x 32, weight 128, result 64. Every exp reads and writes 64. The chain: linear's result,
  // 20,000 operands of 64, its result.
  EXPECT_EQ(external, 224u + 20'000u * 128 + 64 + 20'000u * 64 + 64);
}

} // namespace
} // namespace fusesim::test
