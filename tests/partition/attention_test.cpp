#include "net.hpp"

#include "ir/passes.hpp"

namespace fusesim::test {
namespace {

using ir::OpKind;
using Boxes = std::vector<std::string>;

/// scores ─> … ─> softmax ─> … ─> apply over four heads, written by `scale_and_mask`.
template <typename Middle> ir::Graph attention_net(Middle middle) {
  Net net;
  const auto q = net.input("q", {1, 4, 16, 8}), k = net.input("k", {1, 4, 8, 16}),
             v = net.input("v", {1, 4, 16, 8});
  auto s = net.op(OpKind::matmul, "scores", {q, k});
  s = net.softmax("softmax", middle(net, s));
  s = net.op(OpKind::dropout, "dropout", {s});
  return std::move(net).build({net.op(OpKind::matmul, "apply", {s, v})});
}

TEST(AttentionChain, RunsScoreScaleSoftmaxAndApplyAsOne) {
  const auto graph =
      attention_net([](Net &net, auto s) { return net.op(OpKind::mul, "scale", {s}); });
  const auto partition = partition::run_strategy("attention", graph);
  EXPECT_EQ(boxes(graph, partition), (Boxes{"scores scale softmax dropout apply"}));
  EXPECT_EQ(partition.subgraphs[0].pattern, "attention");
  EXPECT_EQ(boxes(graph, "greedy"), (Boxes{"scores scale", "softmax dropout", "apply"}));
}

TEST(AttentionChain, NeedsNeitherScaleNorMask) {
  const auto graph = attention_net([](Net &, auto s) { return s; });
  EXPECT_EQ(boxes(graph, "attention"), (Boxes{"scores softmax dropout apply"}));
}

TEST(AttentionChain, TakesBiasAndMaskThroughViews) {
  // As in a shifted window of Swin: add the bias table, view per window, add the mask, view back.
  const auto graph = attention_net([](Net &net, auto s) {
    s = net.op(OpKind::add, "bias",
               {s, net.op(OpKind::exp, "table", {net.weight("w", {4, 16, 16})})});
    s = net.view("by_window", s, {1, 1, 4, 16, 16});
    s = net.op(OpKind::add, "mask", {s, net.weight("windows", {1, 1, 1, 16, 16})});
    return net.view("back", s, {1, 4, 16, 16});
  });
  EXPECT_EQ(boxes(graph, "attention"),
            (Boxes{"table", "scores bias by_window mask back softmax dropout apply"}));
}

TEST(AttentionChain, IsNotTakenWhenSomethingElseReadsTheScores) {
  Net net;
  const auto q = net.input("q", {1, 16, 8}), k = net.input("k", {1, 8, 16}),
             v = net.input("v", {1, 16, 8});
  const auto s = net.op(OpKind::mul, "scale", {net.op(OpKind::matmul, "scores", {q, k})});
  const auto applied = net.op(OpKind::matmul, "apply", {net.softmax("softmax", s), v});
  const auto graph = std::move(net).build({applied, s});
  EXPECT_EQ(boxes(graph, "attention"), (Boxes{"scores scale", "softmax", "apply"}));
}

TEST(AttentionChain, IsNotTakenByHalves) {
  Net net; // no product applies the weights
  const auto s =
      net.op(OpKind::matmul, "scores", {net.input("q", {1, 16, 8}), net.input("k", {1, 8, 16})});
  const auto graph =
      std::move(net).build({net.softmax("softmax", net.op(OpKind::mul, "scale", {s}))});
  EXPECT_EQ(boxes(graph, "attention"), (Boxes{"scores scale", "softmax"}));
}

TEST(AttentionChain, NeedsTheWeightsOnTheLeftAndTheLastAxis) {
  Net right; // v · softmax(…)
  auto s = right.op(OpKind::matmul, "scores",
                    {right.input("q", {1, 16, 8}), right.input("k", {1, 8, 16})});
  s = right.op(OpKind::matmul, "apply",
               {right.input("v", {1, 8, 16}), right.softmax("softmax", s)});
  EXPECT_EQ(boxes(std::move(right).build({s}), "attention"), (Boxes{"scores", "softmax", "apply"}));

  Net columns; // normalised over queries instead of keys
  s = columns.op(OpKind::matmul, "scores",
                 {columns.input("q", {1, 16, 8}), columns.input("k", {1, 8, 16})});
  s = columns.op(OpKind::softmax, "softmax", {s}, ir::AxisAttrs{.dims = {1}});
  s = columns.op(OpKind::matmul, "apply", {s, columns.input("v", {1, 16, 8})});
  EXPECT_EQ(boxes(std::move(columns).build({s}), "attention"),
            (Boxes{"scores", "softmax", "apply"}));
}

TEST(MergedProjections, BecomeOneSubgraphThatReadsItsInputOnce) {
  Net net;
  const auto x = net.ln("ln", net.input("x", {1, 16, 32}));
  const auto q = net.linear("q", x, 32), k = net.linear("k", x, 32), v = net.linear("v", x, 32);
  const auto graph = std::move(net).build({q, k, v});
  const auto partition = partition::run_strategy("attention", graph);
  EXPECT_EQ(boxes(graph, partition), (Boxes{"ln", "q k v"}));
  EXPECT_EQ(partition.subgraphs[1].pattern, "qkv_merge");
  EXPECT_EQ(boxes(graph, "greedy"), (Boxes{"ln", "q", "k", "v"}));

  // x is 16·32·4 = 2048 bytes: read once instead of three times. Weights 3·32·32·4 = 12288, results
  // 3·2048.
  const auto traffic = traffic_of(graph, partition, partition.subgraphs[1]);
  EXPECT_EQ(traffic.input, 2048u);
  EXPECT_EQ(traffic.weight, 12288u);
  EXPECT_EQ(traffic.output, 6144u);
  EXPECT_EQ(traffic.internal, 0u);
}

TEST(MergedProjections, AreExactlyThree) {
  for (const int siblings : {2, 4}) {
    Net net;
    const auto x = net.ln("ln", net.input("x", {1, 16, 32}));
    std::vector<ir::ValueId> results;
    for (int i = 0; i < siblings; ++i)
      results.push_back(net.linear(std::string(1, static_cast<char>('a' + i)), x, 32));
    for (const auto result : results)
      net.builder().output(result);
    const auto graph = std::move(net).build({});
    EXPECT_EQ(boxes(graph, "attention"), boxes(graph, "greedy"));
  }
}

TEST(MergedProjections, OfCrossAttentionStayApart) {
  Net net; // queries of one sequence, keys and values of another
  const auto x = net.input("x", {1, 16, 32}), y = net.input("y", {1, 9, 32});
  const auto q = net.linear("q", x, 32), k = net.linear("k", y, 32), v = net.linear("v", y, 32);
  const auto graph = std::move(net).build({q, k, v});
  EXPECT_EQ(boxes(graph, "attention"), (Boxes{"q", "k", "v"}));
}

/// One encoder layer as torchvision's ViT has it, with its composite attention.
ir::Graph encoder_layer() {
  Net net;
  const auto x = net.op(OpKind::add, "embed",
                        {net.input("x", {1, 16, 32}), net.weight("position", {1, 16, 32})});
  const auto n = net.ln("ln1", x);
  auto y = net.op(OpKind::multi_head_attention, "attn",
                  {n, n, n, net.weight("in_w", {96, 32}), net.weight("in_b", {96}),
                   net.weight("out_w", {32, 32}), net.weight("out_b", {32})},
                  ir::AttentionAttrs{.num_heads = 4});
  y = net.op(OpKind::add, "add1", {net.op(OpKind::dropout, "drop1", {y}), x});
  auto z = net.op(OpKind::gelu, "gelu", {net.linear("up", net.ln("ln2", y), 128)});
  z = net.op(OpKind::dropout, "drop2", {net.linear("down", z, 32)});
  return std::move(net).build({net.op(OpKind::add, "add2", {y, z})});
}

TEST(EncoderLayer, FusesToSevenSubgraphsWithTheMerge) {
  const auto graph = decompose_attention(encoder_layer(), ir::InProjection::separate);
  EXPECT_EQ(
      boxes(graph, "attention"),
      (Boxes{
          "embed", "ln1",
          "attn.q_proj attn.k_proj attn.v_proj attn.q_view attn.q_heads attn.k_view attn.k_heads "
          "attn.v_view attn.v_heads",
          "attn.scores attn.scale attn.softmax attn.apply attn.merge_heads attn.merge "
          "attn.merge_view",
          "attn.out_proj drop1 add1", "ln2 up gelu", "down drop2 add2"}));
}

TEST(EncoderLayer, PutsThePackedProjectionBehindItsNorm) {
  const auto graph = decompose_attention(encoder_layer(), ir::InProjection::packed);
  const auto partition = partition::run_strategy("attention", graph);
  EXPECT_EQ(partition.subgraphs.size(), 6u); // as above, but ln1 and one linear are a chain
  EXPECT_EQ(box_of(graph, partition, "attn.in_proj").pattern, "layer_norm+linear");
}

} // namespace
} // namespace fusesim::test
