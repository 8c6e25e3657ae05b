// Which pairs could not run as one kernel in any vocabulary, for want of a barrier; and which could.
#include "net.hpp"
#include "partition/summary.hpp"

#include <algorithm>

namespace fusesim::test {
namespace {

using ir::OpKind;
using Value = Net::Value;
using partition::Refusal;

/// The edge into the operator `consumer`, as the decision log has it.
partition::EdgeSummary edge_into(const ir::Graph &graph, std::string_view consumer,
                                 std::string_view strategy = "greedy") {
  const auto summary = summarise(graph, partition::run_strategy(strategy, graph));
  const auto found = std::ranges::find_if(summary.edges, [&](const auto &edge) {
    return summary.operators[edge.consumer].name == consumer;
  });
  return *found;
}

/// conv ─> relu, 3×3 of 8 channels on a plane of 4×4.
Value conv_relu(Net &net) {
  const auto conv = net.conv("conv", net.input("x", {1, 8, 4, 4}), 8, 3);
  return net.op(OpKind::relu, "relu", {conv});
}

/// The reason why `next` does not run with the convolution in front of it.
template <typename Next> Refusal behind_conv(Next next) {
  Net net;
  const auto graph = std::move(net).build({next(net, conv_relu(net))});
  return edge_into(graph, "next").reason();
}

ir::PoolAttrs window(std::int64_t kernel, std::int64_t stride) {
  return {.kernel = {kernel, kernel}, .stride = {stride, stride}};
}

ir::PoolAttrs adaptive(std::int64_t size) { return {.output_size = {size, size}}; }

TEST(GridWide, IsASumOverChannelsThatAConvolutionSpreads) {
  EXPECT_EQ(behind_conv([](Net &net, Value x) { return net.conv("next", x, 4); }),
            Refusal::grid_wide);
}

TEST(GridWide, IsAHalo) {
  EXPECT_EQ(behind_conv([](Net &net, Value x) { return net.depthwise("next", x, 3); }),
            Refusal::grid_wide);
  EXPECT_EQ(behind_conv([](Net &net, Value x) {
              return net.op(OpKind::max_pool2d, "next", {x}, window(3, 1));
            }),
            Refusal::grid_wide);
  EXPECT_EQ(behind_conv([](Net &net, Value x) {
              return net.op(OpKind::adaptive_avg_pool2d, "next", {x},
                            adaptive(3)); // 4 is no multiple
            }),
            Refusal::grid_wide);
}

TEST(GridWide, IsNothingThatGoesElementByElementOrWindowByWindow) {
  EXPECT_EQ(behind_conv([](Net &net, Value x) { return net.depthwise("next", x, 1); }),
            Refusal::not_in_vocabulary);
  EXPECT_EQ(behind_conv([](Net &net, Value x) { return net.roll("next", x); }),
            Refusal::not_in_vocabulary);
  EXPECT_EQ(behind_conv([](Net &net, Value x) {
              return net.op(OpKind::max_pool2d, "next", {x}, window(2, 2));
            }),
            Refusal::not_in_vocabulary);
  EXPECT_EQ(behind_conv([](Net &net, Value x) {
              return net.op(OpKind::adaptive_avg_pool2d, "next", {x}, adaptive(2));
            }),
            Refusal::not_in_vocabulary);
}

TEST(GridWide, IsAWholePlane) {
  EXPECT_EQ(behind_conv([](Net &net, Value x) { return net.pool("next", x); }), Refusal::grid_wide);
  EXPECT_EQ(behind_conv([](Net &net, Value x) {
              return net.op(OpKind::avg_pool2d, "next", {x}, window(4, 4));
            }),
            Refusal::grid_wide);
  EXPECT_EQ(behind_conv([](Net &net, Value x) {
              return net.op(OpKind::mean, "next", {x}, ir::AxisAttrs{.dims = {2, 3}});
            }),
            Refusal::grid_wide);
}

TEST(GridWide, AreStatisticsBehindAProduct) {
  Net net;
  const auto x = net.linear("linear", net.input("x", {4, 16}), 32);
  const auto graph = std::move(net).build({net.ln("norm", x)});
  EXPECT_EQ(edge_into(graph, "norm").reason(), Refusal::grid_wide);
}

// A reader of a loop, or of statistics of rows, can compute them where it reads them.
TEST(GridWide, IsNothingBehindALoopOrStatisticsOfRows) {
  Net net;
  const auto relu = net.op(OpKind::relu, "relu", {net.input("x", {1, 8, 4, 4})});
  const auto graph = std::move(net).build({net.conv("conv", relu, 4, 3)});
  EXPECT_EQ(edge_into(graph, "conv").reason(), Refusal::not_in_vocabulary);

  Net rows;
  const auto softmax = rows.softmax("softmax", rows.input("x", {2, 16, 16}));
  const auto applied = std::move(rows).build(
      {rows.op(OpKind::matmul, "apply", {softmax, rows.input("v", {2, 16, 8})})});
  EXPECT_EQ(edge_into(applied, "apply").reason(), Refusal::not_in_vocabulary);
}

// The scores' softmax waits for a grid as long as nobody takes the chain as a whole.
TEST(GridWide, IsTheSoftmaxOfScoresUnlessAttentionIsTakenWhole) {
  Net net;
  const auto scores =
      net.op(OpKind::matmul, "scores", {net.input("q", {2, 16, 8}), net.input("k", {2, 8, 16})});
  const auto graph = std::move(net).build({net.op(
      OpKind::matmul, "apply", {net.softmax("softmax", scores), net.input("v", {2, 16, 8})})});
  EXPECT_EQ(edge_into(graph, "softmax").reason(), Refusal::grid_wide);
  EXPECT_FALSE(edge_into(graph, "softmax", "attention").refusal);
  EXPECT_EQ(edge_into(graph, "softmax", "unfused").reason(), Refusal::strategy);
}

TEST(GridWide, IsNoPairThatTheVocabularyHas) {
  Net net; // a barrier is worth it in a classifier's head
  const auto pool = net.pool("pool", net.input("x", {1, 8, 4, 4}));
  const auto graph = std::move(net).build({net.linear("head", net.view("flat", pool, {1, 8}), 10)});
  EXPECT_FALSE(edge_into(graph, "head").refusal);
}

// Forks come first: with several readers, no reader could take the producer in.
TEST(GridWide, LeavesForksToBeForks) {
  Net net;
  const auto relu = conv_relu(net);
  const auto graph = std::move(net).build({net.conv("left", relu, 4), net.conv("right", relu, 4)});
  EXPECT_EQ(edge_into(graph, "left").reason(), Refusal::fork);
}

TEST(GridWide, SaysHowManyElementsAndWhoSpreadsThem) {
  Net net; // 8 channels · 3·3
  const auto graph = std::move(net).build({net.conv("next", conv_relu(net), 4, 3)});
  EXPECT_EQ(
      edge_into(graph, "next").detail,
      "each element of next takes 72 of relu, which conv spreads over a whole grid: one "
      "kernel of both would need a barrier across the grid, and the whole tensor on chip to "
      "save its bytes; only row se_excite takes relu to conv2d, and not behind what relu runs "
      "with");
}

TEST(GridWide, CountsElementsThroughViews) {
  Net net; // pool2d windows overlap, then 2·2 pixels of 8 channels enter each feature
  const auto pool =
      net.op(OpKind::max_pool2d, "pool", {net.input("x", {1, 8, 4, 4})}, window(3, 1));
  const auto graph =
      std::move(net).build({net.linear("next", net.view("flat", pool, {1, 32}), 10)});
  EXPECT_THAT(edge_into(graph, "next").detail,
              testing::StartsWith("each element of next takes 32 of pool, which is spread over a "
                                  "whole grid: "));
}

} // namespace
} // namespace fusesim::test
