#include "ir/cost.hpp"
#include "ir/passes.hpp"
#include "random_graph.hpp"
#include "small_graphs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <fmt/format.h>

using namespace fusesim;
using namespace fusesim::ir;
using test::f32;
using testing::ElementsAre;

namespace {

/// "name=kind:dims" of every node.
std::vector<std::string> listing(const Graph &graph) {
  std::vector<std::string> lines;
  for (const auto &node : graph.nodes())
    lines.push_back(fmt::format("{}={}:{}", node.name, name_of(node.kind),
                                to_string(graph.value(node.outputs[0]).type.dims)));
  return lines;
}

std::vector<std::string> sources(const Graph &graph) {
  std::vector<std::string> lines;
  for (const auto &value : graph.values())
    if (value.producer == kNoNode)
      lines.push_back(value.name + ":" + to_string(value.type.dims));
  return lines;
}

struct AttentionCase {
  bool self = true, has_bias = true, causal = false;
  std::optional<TensorType> mask = {};
};

/// N=2, L=5, S=5 or 7, E=8, 4 heads.
Graph attention(const AttentionCase &c) {
  GraphBuilder builder("attention");
  const auto query = builder.input("query", f32({2, 5, 8}));
  const auto memory = c.self ? query : builder.input("memory", f32({2, 7, 8}));
  std::vector<ValueId> inputs{query, memory, memory, builder.weight("in_w", f32({24, 8}))};
  if (c.has_bias)
    inputs.push_back(builder.weight("in_b", f32({24})));
  inputs.push_back(builder.weight("out_w", f32({8, 8})));
  if (c.has_bias)
    inputs.push_back(builder.weight("out_b", f32({8})));
  if (c.mask)
    inputs.push_back(builder.input("mask", *c.mask));
  builder.output(builder.add(OpKind::multi_head_attention, "attn", inputs,
                             AttentionAttrs{4, c.causal, c.has_bias}));
  return std::move(builder).build();
}

const Node &node_named(const Graph &graph, std::string_view name) {
  for (const auto &node : graph.nodes())
    if (node.name == name)
      return node;
  throw Error(name, "no such node");
}

TEST(DecomposeAttention, WritesThreeProjectionsWithWeightsOfTheirOwn) {
  const auto graph = decompose_attention(attention({}), InProjection::separate);
  EXPECT_THAT(listing(graph),
              ElementsAre("attn.q_proj=linear:2x5x8", "attn.k_proj=linear:2x5x8",
                          "attn.v_proj=linear:2x5x8", "attn.q_view=view:2x5x4x2",
                          "attn.q_heads=permute:2x4x5x2", "attn.k_view=view:2x5x4x2",
                          "attn.k_heads=permute:2x4x2x5", "attn.v_view=view:2x5x4x2",
                          "attn.v_heads=permute:2x4x5x2", "attn.scores=matmul:2x4x5x5",
                          "attn.scale=mul:2x4x5x5", "attn.softmax=softmax:2x4x5x5",
                          "attn.apply=matmul:2x4x5x2", "attn.merge_heads=permute:2x5x4x2",
                          "attn.merge=copy:2x5x4x2", "attn.merge_view=view:2x5x8",
                          "attn.out_proj=linear:2x5x8"));
  EXPECT_THAT(sources(graph),
              ElementsAre("query:2x5x8", "in_w.q:8x8", "in_w.k:8x8", "in_w.v:8x8", "in_b.q:8",
                          "in_b.k:8", "in_b.v:8", "out_w:8x8", "out_b:8"));
  // q, k and v are siblings: three consumers of one value, each with its own weight.
  EXPECT_THAT(graph.value(0).consumers, ElementsAre(0U, 1U, 2U));
  EXPECT_EQ(graph.value(graph.node(1).inputs[1]).name, "in_w.k");
  EXPECT_EQ(graph.value(graph.node(2).inputs[2]).name, "in_b.v");
}

TEST(DecomposeAttention, WritesOnePackedProjectionAndASplit) {
  const auto graph = decompose_attention(attention({.has_bias = false}), InProjection::packed);
  const auto lines = listing(graph);
  EXPECT_EQ(lines[0], "attn.in_proj=linear:2x5x24");
  EXPECT_EQ(lines[1], "attn.qkv=split:2x5x8");
  EXPECT_EQ(graph.node(1).outputs.size(), 3U);
  EXPECT_THAT(sources(graph), ElementsAre("query:2x5x8", "in_w:24x8", "out_w:8x8"));
  EXPECT_EQ(storage_root(graph, node_named(graph, "attn.q_heads").outputs[0]),
            graph.node(0).outputs[0]);
}

TEST(DecomposeAttention, ProjectsOtherSequencesSeparatelyEvenWhenPacked) {
  const auto graph = decompose_attention(attention({.self = false}), InProjection::packed);
  EXPECT_EQ(listing(graph)[1], "attn.k_proj=linear:2x7x8");
  EXPECT_EQ(graph.value(node_named(graph, "attn.scores").outputs[0]).type.dims, (Dims{2, 4, 5, 7}));
}

TEST(DecomposeAttention, AddsMasks) {
  const auto kind_of_mask = [](const AttentionCase &c) {
    const auto graph = decompose_attention(attention(c), InProjection::separate);
    return std::string(name_of(node_named(graph, "attn.mask").kind));
  };
  EXPECT_EQ(kind_of_mask({.mask = f32({5, 5})}), "add");
  // PyTorch's MultiheadAttention: a boolean mask is true where attention is not allowed.
  EXPECT_EQ(kind_of_mask({.mask = TensorType{DType::boolean, {5, 5}}}), "masked_fill");
  const auto per_head =
      decompose_attention(attention({.mask = f32({8, 5, 5})}), InProjection::separate);
  EXPECT_EQ(per_head.value(node_named(per_head, "attn.mask_view").outputs[0]).type.dims,
            (Dims{2, 4, 5, 5}));
  const auto causal = decompose_attention(attention({.causal = true}), InProjection::separate);
  const auto mask = node_named(causal, "attn.causal").inputs[1];
  EXPECT_EQ(causal.value(mask).role, ValueRole::constant);
  EXPECT_EQ(causal.value(mask).type, f32({5, 5}));
}

TEST(DecomposeAttention, KeepsAPackedWeightThatSomethingElseReads) {
  GraphBuilder builder("tied");
  const auto x = builder.input("x", f32({2, 5, 8}));
  const auto in = builder.weight("in_w", f32({24, 8})), out = builder.weight("out_w", f32({8, 8}));
  const auto y = builder.add(OpKind::multi_head_attention, "attn", {x, x, x, in, out},
                             AttentionAttrs{4, false, false});
  builder.output(builder.add(OpKind::linear, "other", {y, in}));
  const auto graph = std::move(builder).build();
  const auto decomposed = decompose_attention(graph, InProjection::separate);
  EXPECT_EQ(decomposed.parameter_count(), 24U * 8 + 64);
  EXPECT_EQ(node_named(decomposed, "attn.in_proj_weight").kind, OpKind::split);
  EXPECT_EQ(storage_root(decomposed, node_named(decomposed, "attn.k_proj").inputs[1]), in);
}

TEST(DecomposeAttention, SharesSplitWeightsBetweenTiedLayers) {
  GraphBuilder builder("tied");
  auto x = builder.input("x", f32({2, 5, 8}));
  const auto in = builder.weight("in_w", f32({24, 8})), out = builder.weight("out_w", f32({8, 8}));
  for (int layer = 0; layer < 2; ++layer)
    x = builder.add(OpKind::multi_head_attention, "attn", {x, x, x, in, out},
                    AttentionAttrs{4, true, false});
  builder.output(x);
  const auto graph = decompose_attention(std::move(builder).build(), InProjection::separate);
  EXPECT_THAT(sources(graph), ElementsAre("x:2x5x8", "in_w.q:8x8", "in_w.k:8x8", "in_w.v:8x8",
                                          "out_w:8x8", "causal_mask:5x5"));
}

TEST(DecomposeAttention, WritesScaledDotProductAttentionWithoutProjections) {
  GraphBuilder builder("sdpa");
  const auto q = builder.input("q", f32({2, 4, 5, 8})), k = builder.input("k", f32({2, 4, 7, 8}));
  const auto v = builder.input("v", f32({2, 4, 7, 6}));
  const auto mask = builder.input("mask", {DType::boolean, {5, 7}});
  builder.output(
      builder.add(OpKind::scaled_dot_product_attention, "sdpa", {q, k, v, mask}, AttentionAttrs{}));
  const auto graph = std::move(builder).build();
  const auto decomposed = decompose_attention(graph, InProjection::packed);
  // Here a boolean mask is true for what takes part, so it selects.
  EXPECT_THAT(listing(decomposed),
              ElementsAre("sdpa.k_transposed=permute:2x4x8x7", "sdpa.scores=matmul:2x4x5x7",
                          "sdpa.scale=mul:2x4x5x7", "sdpa.mask=where:2x4x5x7",
                          "sdpa.softmax=softmax:2x4x5x7", "sdpa.apply=matmul:2x4x5x6"));
  EXPECT_EQ(totals_of(decomposed).macs, totals_of(graph).macs);
  EXPECT_EQ(totals_of(decomposed).vector_ops, totals_of(graph).vector_ops);
}

TEST(DecomposeAttention, ConservesEveryTotalOfEveryVariant) {
  for (const bool self : {true, false})
    for (const bool bias : {true, false})
      for (const bool causal : {true, false})
        for (const bool masked : {true, false}) {
          AttentionCase c{self, bias, causal, {}};
          if (masked)
            c.mask = f32({5, self ? 5 : 7});
          const auto graph = attention(c);
          const auto before = totals_of(graph);
          for (const auto mode : {InProjection::separate, InProjection::packed}) {
            const auto after = totals_of(decompose_attention(graph, mode));
            EXPECT_EQ(after.macs, before.macs);
            EXPECT_EQ(after.parameters, before.parameters);
            EXPECT_EQ(after.vector_ops, before.vector_ops);
          }
        }
}

RC_GTEST_PROP(DecomposeAttention, ConservesTotalsAndResultsOfRandomGraphs, ()) {
  const auto graph = *test::arbitrary_graph(40);
  const auto mode = *rc::gen::element(InProjection::separate, InProjection::packed);
  const auto decomposed = decompose_attention(graph, mode);
  const auto before = totals_of(graph), after = totals_of(decomposed);
  RC_ASSERT(after.macs == before.macs);
  RC_ASSERT(after.parameters == before.parameters);
  RC_ASSERT(after.vector_ops == before.vector_ops);
  for (const auto &node : decomposed.nodes())
    RC_ASSERT(node.kind != OpKind::multi_head_attention);
  RC_ASSERT(decomposed.outputs().size() == graph.outputs().size());
  for (std::size_t i = 0; i < graph.outputs().size(); ++i)
    RC_ASSERT(decomposed.value(decomposed.outputs()[i]).type ==
              graph.value(graph.outputs()[i]).type);
  // Nothing is left to do.
  RC_ASSERT(listing(decompose_attention(decomposed, mode)) == listing(decomposed));
}

RC_GTEST_PROP(WithFloatDtype, ChangesFloatingTypesAndNothingElse, ()) {
  const auto graph = *test::arbitrary_graph(40);
  const auto dtype = *rc::gen::element(DType::f16, DType::bf16, DType::tf32, DType::f64, DType::qi8);
  const auto retyped = with_float_dtype(graph, dtype);
  RC_ASSERT(retyped.values().size() == graph.values().size());
  for (ValueId id = 0; id < graph.values().size(); ++id) {
    const auto &before = graph.value(id), &after = retyped.value(id);
    RC_ASSERT(after.name == before.name);
    RC_ASSERT(after.role == before.role);
    RC_ASSERT(after.consumers == before.consumers);
    RC_ASSERT(after.type.dims == before.type.dims);
    RC_ASSERT(after.type.dtype == (is_floating(before.type.dtype) ? dtype : before.type.dtype));
  }
  RC_ASSERT(totals_of(retyped).macs == totals_of(graph).macs);
  RC_ASSERT(listing(with_float_dtype(retyped, DType::f32)) == listing(graph));
}

TEST(WithFloatDtype, KeepsIntegersAndBooleans) {
  GraphBuilder builder("words");
  const auto table = builder.weight("table", f32({10, 4}));
  const auto ids = builder.input("ids", {DType::i64, {3}});
  const auto words = builder.add(OpKind::embedding, "words", {table, ids});
  builder.output(builder.add(OpKind::compare, "positive", {words}));
  builder.output(builder.add(OpKind::div, "half", {ids})); // integers divide to floats
  const auto graph = with_float_dtype(std::move(builder).build(), DType::f16);
  EXPECT_EQ(graph.value(graph.inputs()[0]).type.dtype, DType::i64);
  EXPECT_EQ(graph.value(graph.node(0).outputs[0]).type.dtype, DType::f16);
  EXPECT_EQ(graph.value(graph.node(1).outputs[0]).type.dtype, DType::boolean);
  EXPECT_EQ(graph.value(graph.node(2).outputs[0]).type.dtype, DType::f16);
}

// One byte per element everywhere, also where only floating-point types may stand.
TEST(WithFloatDtype, QuantisesToI8) {
  const auto graph = test::single_node(OpKind::softmax, {f32({2, 3})}, AxisAttrs{{1}, false});
  const auto quantised = with_float_dtype(graph, DType::i8);
  for (const auto &value : quantised.values()) {
    EXPECT_EQ(value.type.dtype, DType::qi8);
    EXPECT_EQ(value.type.bytes(), 6U);
  }
}

TEST(WithFloatDtype, RefusesIntegerTypes) {
  const auto graph = test::single_node(OpKind::relu, {f32({1})});
  EXPECT_THAT(test::error_of([&] { (void)with_float_dtype(graph, DType::i32); }),
              testing::HasSubstr("i32 is no floating-point type; use f32, tf32, f16"));
}

} // namespace
