#include "ir/cost.hpp"
#include "random_graph.hpp"
#include "small_graphs.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>

using namespace fusesim;
using namespace fusesim::ir;
using test::f32;

namespace {

using Mnk = std::array<std::uint64_t, 4>; ///< batch, m, n, k

Mnk gemm(OpKind kind, const std::vector<TensorType> &operands, const Attributes &attributes = {}) {
  const auto graph = test::single_node(kind, operands, attributes);
  const auto found = gemm_of(graph, graph.node(0));
  return found ? Mnk{found->batch, found->m, found->n, found->k} : Mnk{};
}

TEST(Gemm, OfAConvolutionHasARowPerPositionAndAColumnPerOutputChannel) {
  // N·OH·OW = 2·28·28, Cout/groups, Cin/groups·KH·KW, groups.
  const ConvAttrs strided{.stride = {2}, .padding = {1}};
  EXPECT_EQ(gemm(OpKind::conv2d, {f32({2, 64, 56, 56}), f32({128, 64, 3, 3})}, strided),
            (Mnk{1, 1568, 128, 576}));
  EXPECT_EQ(gemm(OpKind::conv2d, {f32({1, 128, 56, 56}), f32({128, 4, 3, 3})},
                 ConvAttrs{.padding = {1}, .groups = 32}),
            (Mnk{32, 3136, 4, 36}));
  // Input positions by Cout/groups·KH·KW, over Cin/groups.
  EXPECT_EQ(gemm(OpKind::conv_transpose2d, {f32({2, 8, 5, 5}), f32({8, 3, 2, 2})},
                 ConvAttrs{.groups = 2}),
            (Mnk{2, 50, 12, 4}));
}

TEST(Gemm, OfLinearHasARowPerLeadingIndex) {
  EXPECT_EQ(gemm(OpKind::linear, {f32({2, 197, 768}), f32({3072, 768})}), (Mnk{1, 394, 3072, 768}));
}

TEST(Gemm, OfMatmulFollowsTorch) {
  const auto matmul = [](Dims a, Dims b) { return gemm(OpKind::matmul, {f32(a), f32(b)}); };
  EXPECT_EQ(matmul({2, 12, 197, 64}, {2, 12, 64, 197}), (Mnk{24, 197, 197, 64}));
  EXPECT_EQ(matmul({5, 7, 3}, {3, 4}), (Mnk{1, 35, 4, 3})); // one b: a linear layer
  EXPECT_EQ(matmul({7, 3}, {5, 3, 4}), (Mnk{5, 7, 4, 3}));
  EXPECT_EQ(matmul({1, 7, 3}, {5, 3, 4}), (Mnk{5, 7, 4, 3}));
  EXPECT_EQ(matmul({5, 7, 3}, {3}), (Mnk{1, 35, 1, 3}));
  EXPECT_EQ(matmul({3}, {5, 3, 4}), (Mnk{5, 1, 4, 3}));
  EXPECT_EQ(matmul({3}, {3}), (Mnk{1, 1, 1, 3}));
}

TEST(Gemm, IsNothingForCompositesAndNonContractions) {
  const auto x = f32({1, 4, 8});
  EXPECT_EQ(gemm(OpKind::relu, {x}), Mnk{});
  EXPECT_EQ(gemm(OpKind::multi_head_attention, {x, x, x, f32({24, 8}), f32({8, 8})},
                 AttentionAttrs{.num_heads = 2, .has_bias = false}),
            Mnk{});
}

RC_GTEST_PROP(Gemm, HasTheMacsOfItsOperator, ()) {
  const auto graph = *test::arbitrary_graph(40);
  for (const auto &node : graph.nodes())
    if (const auto g = gemm_of(graph, node))
      RC_ASSERT(g->batch * g->m * g->n * g->k == work_of(graph, node).macs);
}

TEST(StorageRoot, FollowsViewsAndIdentitiesButNotCopies) {
  GraphBuilder builder("views");
  const auto x = builder.input("x", f32({4, 6}));
  const auto act = builder.add(OpKind::relu, "act", {x});
  const auto view = builder.add_typed(OpKind::view, "view", {act}, {f32({24})})[0];
  const auto halves = builder.add_typed(OpKind::split, "halves", {view}, {f32({12}), f32({12})});
  const auto same = builder.add(OpKind::dropout, "drop", {halves[1]});
  const auto copy = builder.add_typed(OpKind::copy, "copy", {same}, {f32({12})})[0];
  builder.output(copy);
  const auto graph = std::move(builder).build();
  EXPECT_EQ(storage_root(graph, x), x);
  EXPECT_EQ(storage_root(graph, act), act);
  EXPECT_EQ(storage_root(graph, view), act);
  EXPECT_EQ(storage_root(graph, same), act);
  EXPECT_EQ(storage_root(graph, copy), copy);
  EXPECT_EQ(read_bytes(graph, halves[0]), 48U); // half of it, not the 96 bytes of its root
}

TEST(ReadBytes, OfAnExpandedTensorAreThoseOfItsStorage) {
  GraphBuilder builder("expand");
  const auto token = builder.weight("token", f32({1, 1, 8}));
  const auto wide = builder.add_typed(OpKind::expand, "expand", {token}, {f32({16, 1, 8})})[0];
  builder.output(builder.add(OpKind::relu, "act", {wide}));
  const auto graph = std::move(builder).build();
  EXPECT_EQ(read_bytes(graph, wide), 32U);
  EXPECT_EQ(operand_bytes(graph, graph.node(1), 0), 32U);
}

TEST(OperandBytes, OfGathersAreWhatTheyDeliver) {
  GraphBuilder builder("gather");
  const auto table = builder.weight("table", f32({30522, 768}));
  const auto ids = builder.input("ids", {DType::i64, {2, 17}});
  const auto words = builder.add(OpKind::embedding, "words", {table, ids});
  const auto first = builder.input("first", {DType::i64, {2}});
  const auto picked = builder.add_typed(OpKind::index, "pick", {words, first}, {f32({2, 768})})[0];
  builder.output(picked);
  const auto graph = std::move(builder).build();
  EXPECT_EQ(operand_bytes(graph, graph.node(0), 0), 2U * 17 * 768 * 4);
  EXPECT_EQ(operand_bytes(graph, graph.node(0), 1), 2U * 17 * 8);
  EXPECT_EQ(operand_bytes(graph, graph.node(1), 0), 2U * 768 * 4);
}

TEST(OperandBytes, OfAGatherFromASmallTableAreTheTable) {
  GraphBuilder builder("segments");
  const auto table = builder.weight("table", f32({2, 768})); // BERT's segment embedding
  const auto ids = builder.input("ids", {DType::i64, {1, 512}});
  builder.output(builder.add(OpKind::embedding, "segments", {table, ids}));
  const auto graph = std::move(builder).build();
  EXPECT_EQ(operand_bytes(graph, graph.node(0), 0), 2U * 768 * 4);
}

} // namespace
