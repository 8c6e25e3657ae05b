// Regions: readers of one value that all come together again.
#include "net.hpp"

namespace fusesim::test {
namespace {

using ir::OpKind;
using Boxes = std::vector<std::string>;
using Value = Net::Value;

/// 0.5·x·(1 + tanh(√(2/π)·(x + 0.044715·x³))), operator by operator, as transformers' GPT-2.
Value gelu_by_tanh(Net &net, Value x) {
  const auto half = net.op(OpKind::mul, "half", {x});
  auto inner = net.op(OpKind::mul, "scaled_cube", {net.op(OpKind::pow, "cube", {x})});
  inner = net.op(OpKind::mul, "root", {net.op(OpKind::add, "sum", {x, inner})});
  inner = net.op(OpKind::add, "one", {net.op(OpKind::tanh, "tanh", {inner})});
  return net.op(OpKind::mul, "product", {half, inner});
}

TEST(Region, OfGeluByTanhIsTheEpilogueOfItsLinear) {
  Net net;
  const auto x = net.input("x", {1, 4, 32});
  const auto y = gelu_by_tanh(net, net.linear("up", net.ln("ln", x), 128));
  const auto graph = std::move(net).build({net.linear("down", y, 32)});
  EXPECT_EQ(working_boxes(graph, "unfused"), 11u);
  EXPECT_EQ(boxes(graph, "greedy"),
            (Boxes{"ln up half cube scaled_cube sum root tanh one product", "down"}));
  // Inside stay the norm's 4·32·4 = 512 bytes, written and read once, and results of 4·128·4 = 2048:
  // that of up, read three times, and those of seven more, read once.
  const auto partition = partition::run_strategy("greedy", graph);
  const auto traffic = traffic_of(graph, partition, partition.subgraphs[0]);
  EXPECT_EQ(traffic.internal, 2u * 512 + 4 * 2048 + 7 * 2 * 2048);
  EXPECT_EQ(traffic.output, 2048u);
}

TEST(Region, OfAnActivationWrittenOutFollowsItsNorm) {
  Net net; // x·relu6(x + 3)/6: hardswish
  const auto x = net.bn("bn", net.conv("conv", net.input("x", {1, 3, 8, 8}), 8, 3));
  auto y = net.op(OpKind::relu6, "relu6", {net.op(OpKind::add, "three", {x})});
  y = net.op(OpKind::div, "sixth", {net.op(OpKind::mul, "mul", {x, y})});
  const auto graph = std::move(net).build({y});
  EXPECT_EQ(boxes(graph, "greedy"), (Boxes{"conv bn three relu6 mul sixth"}));
}

TEST(Region, MayStartAtTheHeadOfAChainAndReadFromOutside) {
  Net net;
  const auto z = net.input("z", {2, 8});
  const auto x = net.op(OpKind::exp, "exp", {net.input("x", {2, 8})});
  const auto left = net.op(OpKind::sub, "left", {x, z}), right = net.op(OpKind::neg, "right", {x});
  const auto graph = std::move(net).build({net.op(OpKind::maximum, "end", {left, right})});
  EXPECT_EQ(boxes(graph, "greedy"), (Boxes{"exp left right end"}));
}

TEST(Region, NestsAndIsFollowedByAnother) {
  Net net; // a ─┬─> b ─┬─> c ─┬─> e ─┬─> f ─┬─> h
           //    │      └─> d ─┘      └─> g ─┘
           //    └─────────────^ (e reads a, too)
  const auto a = net.op(OpKind::exp, "a", {net.input("x", {8})});
  const auto b = net.op(OpKind::neg, "b", {a});
  const auto c = net.op(OpKind::abs, "c", {b}), d = net.op(OpKind::add, "d", {b, a});
  const auto e = net.op(OpKind::mul, "e", {c, d});
  const auto f = net.op(OpKind::sin, "f", {e}), g = net.op(OpKind::cos, "g", {e});
  const auto graph = std::move(net).build({net.op(OpKind::add, "h", {f, g})});
  EXPECT_EQ(boxes(graph, "greedy"), (Boxes{"a b c d e f g h"}));
}

TEST(Region, EndsNowhereWhenOnePathIsNoLoop) {
  Net net; // squeeze-and-excitation: one path goes through a pool
  const auto x = net.op(OpKind::silu, "silu", {net.conv("conv", net.input("x", {1, 8, 4, 4}), 8)});
  const auto gate = net.op(OpKind::sigmoid, "gate", {net.pool("pool", x)});
  const auto graph = std::move(net).build({net.op(OpKind::mul, "scale", {x, gate})});
  EXPECT_EQ(boxes(graph, "greedy"), (Boxes{"conv silu", "pool", "gate", "scale"}));
}

TEST(Region, EndsNowhereWhenAResultOfItLeaves) {
  for (const bool fork_leaves : {true, false}) {
    Net net;
    const auto x = net.op(OpKind::exp, "exp", {net.input("x", {8})});
    const auto a = net.op(OpKind::neg, "a", {x}), b = net.op(OpKind::abs, "b", {x});
    const auto end = net.op(OpKind::add, "end", {a, b});
    const auto graph = std::move(net).build({fork_leaves ? x : a, end});
    EXPECT_EQ(boxes(graph, "greedy"),
              fork_leaves ? (Boxes{"exp", "a b end"}) : (Boxes{"exp", "a", "b end"}));
  }
}

TEST(Region, EndsNowhereWhenItsPathsReadInDifferentOrders) {
  const auto with = [](bool one_order) {
    Net net; // x + sin(xᵀ): the end would need two elements of the product at a time
    const auto x = net.linear("linear", net.input("x", {8, 4}), 8);
    const auto turned = net.permute("turn", x, {1, 0});
    const auto sine = net.op(OpKind::sin, "sin", {turned});
    return std::move(net).build({net.op(OpKind::add, "add", {one_order ? turned : x, sine})});
  };
  EXPECT_EQ(boxes(with(true), "greedy"), (Boxes{"linear turn sin add"}));
  EXPECT_EQ(boxes(with(false), "greedy"), (Boxes{"linear turn", "sin add"}));
}

TEST(Region, IsNoPairOfOneValueInTwoOrders) {
  Net net; // x + xᵀ
  const auto x = net.linear("linear", net.input("x", {8, 4}), 8);
  const auto graph =
      std::move(net).build({net.op(OpKind::add, "add", {x, net.permute("turn", x, {1, 0})})});
  EXPECT_EQ(boxes(graph, "greedy"), (Boxes{"linear turn", "add"}));
}

TEST(Region, IsGivenUpWhenItIsLarge) {
  for (const int width : {20, 40}) { // a fork of so many, summed up one by one
    Net net;
    const auto x = net.op(OpKind::exp, "exp", {net.input("x", {8})});
    auto sum = net.op(OpKind::neg, "first", {x});
    for (int i = 0; i < width; ++i)
      sum = net.op(OpKind::add, "add" + std::to_string(i), {sum, x});
    const auto graph = std::move(net).build({sum});
    EXPECT_EQ(boxes(graph, "greedy").size(), width == 20 ? 1u : 2u) << width;
  }
}

} // namespace
} // namespace fusesim::test
