// Whole blocks of published networks, before and after.
#include "net.hpp"

namespace fusesim::test {
namespace {

using ir::OpKind;
using Boxes = std::vector<std::string>;
using Value = Net::Value;

TEST(Block, OfConvNeXtRunsInThreeKernels) {
  // depthwise ─> permute ─> layer_norm ─> linear ─> gelu ─> linear ─> permute ─> mul ─┬─> add
  // x ────────────────────────────────────────────────────────────────────────────────┘
  Net net;
  const auto x = net.op(OpKind::relu, "before", {net.input("x", {1, 8, 6, 6})});
  auto y = net.permute("to_rows", net.depthwise("dw", x, 7), {0, 2, 3, 1});
  y = net.op(OpKind::gelu, "gelu", {net.linear("up", net.ln("ln", y), 32)});
  y = net.permute("to_maps", net.linear("down", y, 8), {0, 3, 1, 2});
  y = net.op(OpKind::mul, "layer_scale", {net.weight("gamma", {8, 1, 1}), y});
  y = net.op(OpKind::stochastic_depth, "depth", {y});
  const auto graph = std::move(net).build({net.op(OpKind::add, "add", {y, x})});
  EXPECT_EQ(working_boxes(graph, "unfused"), 8u);
  EXPECT_EQ(boxes(graph, "greedy"),
            (Boxes{"before", "dw to_rows", "ln up gelu", "down to_maps layer_scale depth add"}));
}

TEST(Block, OfMobileNetV3RunsInFourKernels) {
  Net net; // expand, depthwise, squeeze-and-excitation with hardsigmoid, project and add
  const auto x = net.op(OpKind::relu, "before", {net.input("x", {1, 8, 4, 4})});
  auto y = net.op(OpKind::hardswish, "act1", {net.bn("bn1", net.conv("expand", x, 16))});
  y = net.op(OpKind::hardswish, "act2", {net.bn("bn2", net.depthwise("dw", y, 5))});
  auto s = net.op(OpKind::relu, "relu", {net.conv("fc1", net.pool("pool", y), 4)});
  s = net.op(OpKind::hardsigmoid, "gate", {net.conv("fc2", s, 16)});
  y = net.bn("bn3", net.conv("project", net.op(OpKind::mul, "scale", {s, y}), 8));
  const auto graph = std::move(net).build({net.op(OpKind::add, "add", {y, x})});
  EXPECT_EQ(working_boxes(graph, "unfused"), 16u);
  EXPECT_EQ(boxes(graph, "greedy"), (Boxes{"before", "expand bn1 act1", "dw bn2 act2",
                                           "pool fc1 relu fc2 gate scale", "project bn3 add"}));
}

TEST(Block, WithStochasticDepthAddsItsResidualInTheProducingChain) {
  Net net; // EfficientNet, where the identity stands between norm and addition
  const auto x = net.op(OpKind::silu, "before", {net.input("x", {1, 8, 4, 4})});
  auto y = net.bn("bn", net.conv("project", x, 8));
  y = net.op(OpKind::stochastic_depth, "depth", {y});
  const auto graph = std::move(net).build({net.op(OpKind::add, "add", {y, x})});
  EXPECT_EQ(boxes(graph, "greedy"), (Boxes{"before", "project bn depth add"}));
}

TEST(Block, OfATransformerAddsItsResidualInTheProducingChain) {
  Net net; // linear ─> dropout ─> add
  const auto x = net.input("x", {1, 4, 8});
  auto y = net.op(OpKind::dropout, "drop", {net.linear("linear", net.input("y", {1, 4, 32}), 8)});
  const auto graph = std::move(net).build({net.op(OpKind::add, "add", {x, y})});
  EXPECT_EQ(boxes(graph, "greedy"), (Boxes{"linear drop add"}));
}

/// Scores of two windows and three heads, 4 tokens of width 8, as torchvision's Swin makes them
/// from a packed projection: scale on q, bias, when shifted a mask through views.
ir::Graph window_attention(bool shifted) {
  Net net;
  auto qkv = net.linear("qkv", net.input("x", {2, 4, 24}), 72);
  qkv = net.permute("split_heads", net.view("heads", qkv, {2, 4, 3, 3, 8}), {2, 0, 3, 1, 4});
  const auto part = [&](const char *name) {
    return net.view(name, qkv, {2, 3, 4, 8}, OpKind::slice);
  };
  const auto q = net.op(OpKind::mul, "scale", {part("q")});
  const auto k = net.permute("k_t", part("k"), {0, 1, 3, 2});
  auto s = net.op(OpKind::matmul, "scores", {q, k});
  s = net.op(OpKind::add, "bias", {s, net.weight("table", {1, 3, 4, 4})});
  if (shifted) {
    s = net.op(OpKind::add, "mask",
               {net.view("by_image", s, {1, 2, 3, 4, 4}), net.weight("windows", {1, 2, 1, 4, 4})});
    s = net.view("by_window", s, {2, 3, 4, 4});
  }
  s = net.op(OpKind::dropout, "drop", {net.softmax("softmax", s)});
  auto y = net.op(OpKind::matmul, "apply", {s, part("v")});
  y = net.copy("merge", net.permute("heads_last", y, {0, 2, 1, 3}));
  return std::move(net).build({net.linear("proj", net.view("rows", y, {2, 4, 24}), 24)});
}

TEST(Block, OfSwinAttendsWithinWindowsInOneKernel) {
  const auto graph = window_attention(false);
  EXPECT_EQ(working_boxes(graph, "unfused"), 8u);
  EXPECT_EQ(boxes(graph, "attention"),
            (Boxes{"qkv heads split_heads q k k_t v",
                   "scale scores bias softmax drop apply heads_last merge rows", "proj"}));
}

TEST(Block, OfSwinAttendsWithinShiftedWindowsInOneKernel) {
  const auto graph = window_attention(true);
  EXPECT_EQ(working_boxes(graph, "unfused"), 9u);
  const auto partition = partition::run_strategy("attention", graph);
  EXPECT_EQ(boxes(graph, partition),
            (Boxes{"qkv heads split_heads q k k_t v",
                   "scale scores bias by_image mask by_window softmax drop apply heads_last merge "
                   "rows",
                   "proj"}));
  EXPECT_EQ(box_of(graph, partition, "scores").pattern, "attention");
}

TEST(Block, AtTheEndPoolsFlattensAndClassifiesAsOne) {
  Net net;
  const auto x = net.op(OpKind::relu, "before", {net.input("x", {2, 8, 4, 4})});
  auto y = net.view("flatten", net.pool("pool", x), {2, 8});
  y = net.op(OpKind::dropout, "drop", {y});
  const auto graph = std::move(net).build({net.linear("classifier", y, 10)});
  EXPECT_EQ(working_boxes(graph, "unfused"), 3u);
  EXPECT_EQ(boxes(graph, "greedy"), (Boxes{"before", "pool flatten drop classifier"}));
}

TEST(Block, AtTheEndKeepsASecondLinearApart) {
  Net net; // MobileNetV3
  auto x = net.view("flatten", net.pool("pool", net.input("x", {2, 8, 4, 4})), {2, 8});
  x = net.op(OpKind::hardswish, "act", {net.linear("hidden", x, 16)});
  const auto graph = std::move(net).build({net.linear("classifier", x, 10)});
  EXPECT_EQ(boxes(graph, "greedy"), (Boxes{"pool flatten hidden act", "classifier"}));
}

TEST(Block, OfAttentionInOneOperatorStoresItsHeadsMerged) {
  Net net; // scaled_dot_product_attention, q and k scaled by nobody else
  const auto q = net.input("q", {1, 4, 16, 8}), k = net.input("k", {1, 4, 16, 8}),
             v = net.input("v", {1, 4, 16, 8});
  auto y = net.op(OpKind::scaled_dot_product_attention, "attend", {q, k, v},
                  ir::AttentionAttrs{.num_heads = 4});
  y = net.copy("merge", net.permute("heads_last", y, {0, 2, 1, 3}));
  y = net.linear("proj", net.view("rows", y, {1, 16, 32}), 32);
  const auto graph =
      std::move(net).build({net.op(OpKind::add, "add", {y, net.input("x", {1, 16, 32})})});
  for (const char *strategy : {"greedy", "attention"})
    EXPECT_EQ(boxes(graph, strategy), (Boxes{"attend heads_last merge rows", "proj add"}));
}

} // namespace
} // namespace fusesim::test
