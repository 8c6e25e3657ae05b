#include "net.hpp"

#include "partition/patterns.hpp"

namespace fusesim::test {
namespace {

using ir::OpKind;

std::vector<std::string> barriers(const ir::Graph &graph, std::string_view inside) {
  const auto partition = partition::run_strategy("greedy", graph);
  std::vector<std::string> names;
  for (const auto node : grid_barriers(graph, box_of(graph, partition, inside)))
    names.push_back(graph.node(node).name);
  return names;
}

TEST(GridBarriers, StandBeforeEachGridWideStepOfSqueezeAndExcitation) {
  Net net;
  const auto x = net.op(OpKind::silu, "silu", {net.conv("conv", net.input("x", {1, 8, 4, 4}), 16)});
  auto s = net.op(OpKind::silu, "reduced", {net.conv("reduce", net.pool("pool", x), 4)});
  s = net.op(OpKind::sigmoid, "gate", {net.conv("expand", s, 16)});
  const auto graph = std::move(net).build({net.op(OpKind::mul, "scale", {s, x})});
  EXPECT_EQ(barriers(graph, "pool"), (std::vector<std::string>{"reduce", "expand", "scale"}));
  EXPECT_TRUE(barriers(graph, "conv").empty());
}

TEST(GridBarriers, AreNotNeededForAGateOfTheSameSize) {
  Net net; // x · sigmoid(x), one loop
  const auto x = net.input("x", {1, 8, 4, 4});
  const auto graph = std::move(net).build(
      {net.op(OpKind::mul, "mul", {net.op(OpKind::sigmoid, "sigmoid", {x}), x})});
  EXPECT_TRUE(barriers(graph, "mul").empty());
}

} // namespace
} // namespace fusesim::test
