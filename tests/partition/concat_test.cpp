// Concats whose producers write into their result.
#include "net.hpp"

namespace fusesim::test {
namespace {

using ir::OpKind;
using Boxes = std::vector<std::string>;
using Value = Net::Value;

bool is_in_place(const ir::Graph &graph, const partition::Partition &partition, const char *name) {
  return concats_in_place(graph, partition)[node_named(graph, name)];
}

Value conv_bn_relu(Net &net, const std::string &name, Value x, std::int64_t channels,
                   std::int64_t k) {
  x = net.bn(name + "_bn", net.conv(name, x, channels, k));
  return net.op(OpKind::relu, name + "_relu", {x});
}

Value max_pool(Net &net, const std::string &name, Value x) { // 3×3, stride 1
  return net.op(OpKind::max_pool2d, name, {x},
                ir::PoolAttrs{.kernel = {3, 3}, .stride = {1, 1}, .padding = {1, 1}});
}

TEST(ConcatInPlace, TakesTheBranchesOfAnInceptionBlock) {
  Net net;
  const auto x = net.op(OpKind::relu, "stem", {net.input("x", {1, 8, 4, 4})});
  const auto a = conv_bn_relu(net, "a", x, 4, 1);
  const auto b = conv_bn_relu(net, "b2", conv_bn_relu(net, "b1", x, 4, 1), 8, 3);
  const auto c = conv_bn_relu(net, "c", max_pool(net, "pool", x), 4, 1);
  const auto all = net.concat("concat", {a, b, c});
  const auto graph = std::move(net).build({net.conv("left", all, 4), net.conv("right", all, 4)});
  EXPECT_EQ(working_boxes(graph, "unfused"), 17u);
  const auto partition = partition::run_strategy("greedy", graph);
  EXPECT_EQ(boxes(graph, partition),
            (Boxes{"stem", "b1 b1_bn b1_relu", "pool",
                   "a a_bn a_relu b2 b2_bn b2_relu c c_bn c_relu concat", "left", "right"}));
  EXPECT_EQ(partition.subgraphs[3].pattern, "concat_in_place");
  EXPECT_TRUE(is_in_place(graph, partition, "concat"));
  // Only the concatenated map of 16·16·4 = 1024 bytes leaves.
  EXPECT_EQ(traffic_of(graph, partition, partition.subgraphs[3]).output, 1024u);
}

TEST(ConcatInPlace, TakesConcatsOfConcats) {
  Net net; // the last blocks of Inception v3
  const auto x = net.op(OpKind::relu, "stem", {net.input("x", {1, 8, 4, 4})});
  const auto inner = net.concat("inner", {net.conv("a", x, 4), net.conv("b", x, 4)});
  const auto graph = std::move(net).build(
      {net.conv("next", net.concat("outer", {max_pool(net, "pool", x), inner}), 4)});
  const auto partition = partition::run_strategy("greedy", graph);
  EXPECT_EQ(boxes(graph, partition), (Boxes{"stem", "a b inner pool outer", "next"}));
  for (const char *concat : {"inner", "outer"})
    EXPECT_TRUE(is_in_place(graph, partition, concat)) << concat;
}

TEST(ConcatInPlace, NeedsProducersThatNobodyElseReads) {
  Net net;
  const auto x = net.input("x", {1, 8, 4, 4});
  const auto a = net.conv("a", x, 4), b = net.conv("b", x, 4);
  const auto all = net.concat("concat", {a, b});
  const auto graph = std::move(net).build({net.conv("next", all, 4), net.conv("other", a, 4)});
  const auto partition = partition::run_strategy("greedy", graph);
  EXPECT_EQ(boxes(graph, partition), (Boxes{"a", "b", "concat", "next", "other"}));
  EXPECT_FALSE(is_in_place(graph, partition, "concat"));
}

TEST(ConcatInPlace, NeedsEveryPartToBeComputedAndWrittenOnce) {
  const auto boxes_with = [](auto parts) {
    Net net;
    const auto x = net.input("x", {1, 4, 4, 4});
    const auto a = net.conv("a", x, 4);
    const auto all = net.concat("concat", parts(net, x, a));
    return boxes(std::move(net).build({net.conv("next", all, 4)}), "greedy");
  };
  using Parts = std::vector<Value>;
  EXPECT_EQ(boxes_with([](Net &, Value x, Value a) {
              return Parts{a, x};
            }), // the network's input
            (Boxes{"a", "concat", "next"}));
  EXPECT_EQ(boxes_with([](Net &, Value, Value a) {
              return Parts{a, a};
            }), // twice
            (Boxes{"a", "concat", "next"}));
  EXPECT_EQ(boxes_with([](Net &net, Value, Value a) { // a part of what is computed
              return Parts{net.view("half", a, {1, 2, 4, 4}, OpKind::slice)};
            }),
            (Boxes{"a half", "concat", "next"}));
}

TEST(ConcatInPlace, IsLeftToTheLoopThatItRunsInto) {
  Net net; // ViT: patches behind the class token, then the positions
  const auto patches = net.conv("patches", net.input("x", {1, 3, 8, 8}), 4, 1);
  const auto more = net.conv("more", net.input("y", {1, 3, 8, 8}), 4, 1);
  const auto all = net.concat("concat", {patches, more});
  const auto graph =
      std::move(net).build({net.op(OpKind::add, "position", {all, net.weight("p", {1, 8, 8, 8})})});
  EXPECT_EQ(boxes(graph, "greedy"), (Boxes{"patches", "more", "concat position"}));
}

TEST(ConcatInPlace, HoldsForAnyPartitionThatKeepsTheProducersTogether) {
  Net net;
  const auto x = net.input("x", {1, 8, 4, 4});
  const auto a = net.conv("a", x, 4);
  const auto b = net.view("flat", net.conv("b", x, 4), {1, 4, 4, 4});
  net.builder().add_typed(OpKind::bookkeeping, "assert", {a}, {{ir::DType::boolean, {}}});
  const auto graph = std::move(net).build({net.concat("concat", {a, b})});
  EXPECT_TRUE(is_in_place(graph, partition::run_strategy("greedy", graph), "concat"));
  EXPECT_FALSE(is_in_place(graph, partition::run_strategy("unfused", graph), "concat"));
  EXPECT_FALSE(is_in_place(graph, partition::run_strategy("greedy", graph), "a"));
}

} // namespace
} // namespace fusesim::test
