#include "net.hpp"

#include "ir/passes.hpp"
#include "ir/zoo.hpp"

namespace fusesim::test {
namespace {

using ir::OpKind;
using Boxes = std::vector<std::string>;

/// scores ─> … ─> softmax ─> apply, between operators of a transformer, written by `middle`.
template <typename Middle> ir::Graph layer(Middle middle) {
  Net net;
  const auto x = net.ln("ln", net.input("x", {1, 4, 16, 8}));
  const auto q = net.linear("q", x, 8), v = net.linear("v", x, 8);
  const auto k = net.permute("k_heads", net.linear("k", x, 8), {0, 1, 3, 2});
  const auto s = middle(net, net.op(OpKind::matmul, "scores", {q, k}));
  const auto y = net.op(OpKind::matmul, "apply", {net.softmax("softmax", s), v});
  return std::move(net).build({net.op(OpKind::gelu, "gelu", {net.linear("out", y, 8)})});
}

std::string box_with(const ir::Graph &graph, const std::string &name) {
  for (const auto &box : boxes(graph, "sdpa"))
    if ((" " + box + " ").find(" " + name + " ") != std::string::npos)
      return box;
  return "";
}

// torch.nn.functional.scaled_dot_product_attention is one operator; eager PyTorch fuses nothing else.
TEST(Sdpa, IsOneOperatorFromScoresToTheirApplication) {
  const auto graph = layer([](Net &net, auto s) { return net.op(OpKind::mul, "scale", {s}); });
  EXPECT_EQ(box_with(graph, "softmax"), "scores scale softmax apply");
  const auto partition = partition::run_strategy("sdpa", graph);
  EXPECT_EQ(box_of(graph, partition, "softmax").pattern, "attention");
  EXPECT_EQ(partition.strategy, "sdpa");
}

TEST(Sdpa, NeedsNoScaleAndSeesThroughCasts) {
  EXPECT_EQ(box_with(layer([](Net &, auto s) { return s; }), "softmax"), "scores softmax apply");
  const auto cast = layer([](Net &net, auto s) {
    return net.builder().add_typed(OpKind::cast, "to_f32", {s}, {net.builder().type(s)}).at(0);
  });
  EXPECT_EQ(box_with(cast, "softmax"), "scores to_f32 softmax apply");
}

TEST(Sdpa, LeavesEverythingElseAlone) {
  const auto graph = layer([](Net &, auto s) { return s; });
  for (const auto *name : {"ln", "q", "k", "k_heads", "v", "out", "gelu"})
    EXPECT_EQ(box_with(graph, name), name);
}

// PyTorch's flash kernel takes no mask of its own; the strategy `attention` would fuse these.
TEST(Sdpa, LeavesAMaskedChainAlone) {
  const auto masked = layer([](Net &net, auto s) {
    return net.op(OpKind::add, "mask", {s, net.weight("m", {16, 16})});
  });
  for (const auto *name : {"scores", "mask", "softmax", "apply"})
    EXPECT_EQ(box_with(masked, name), name);
  EXPECT_EQ(boxes(masked, "sdpa"), boxes(masked, "unfused"));
  EXPECT_NE(boxes(masked, "attention"), boxes(masked, "unfused"));
}

// A view of the result is a call of eager PyTorch; one between softmax and product is no call of anybody.
TEST(Sdpa, KeepsViewsInsideAChainAndNoneBehindIt) {
  Net net;
  const auto q = net.input("q", {1, 4, 16, 8}), k = net.input("k", {1, 4, 8, 16}),
             v = net.input("v", {1, 4, 16, 8});
  auto s = net.softmax("softmax", net.op(OpKind::matmul, "scores", {q, k}));
  s = net.op(OpKind::matmul, "apply", {net.op(OpKind::dropout, "dropout", {s}), v});
  const auto graph = std::move(net).build({net.permute("merge", s, {0, 2, 1, 3})});
  EXPECT_EQ(boxes(graph, "sdpa"), (Boxes{"scores softmax dropout apply", "merge"}));
}

TEST(Sdpa, IsUnfusedWhereThereIsNoAttention) {
  const auto graph = ir::build_zoo_model("resnet18");
  EXPECT_EQ(boxes(graph, "sdpa"), boxes(graph, "unfused"));
}

// ViT-B/16 has 12 layers; each one's scores, scale, softmax and application become one operator of four.
TEST(Sdpa, TakesEveryLayerOfAVisionTransformer) {
  const auto graph = decompose_attention(ir::build_zoo_model("vit_b_16"), ir::InProjection::packed);
  EXPECT_EQ(working_boxes(graph, "unfused") - working_boxes(graph, "sdpa"), 12U * 3);
}

} // namespace
} // namespace fusesim::test
