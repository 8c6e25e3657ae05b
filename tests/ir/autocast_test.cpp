// What PyTorch's autocast does, by its documentation: "Autocast Op Reference", CUDA ops that autocast to float16, that
// autocast to float32, that promote to the widest input type; everything else runs in the types it gets.
#include "ir/cost.hpp"
#include "ir/passes.hpp"
#include "random_graph.hpp"
#include "small_graphs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

using namespace fusesim;
using namespace fusesim::ir;
using test::f32;

namespace {

const Node &node_named(const Graph &graph, std::string_view name) {
  for (const auto &node : graph.nodes())
    if (node.name == name)
      return node;
  throw Error(name, "no such node");
}
DType result(const Graph &graph, std::string_view name) {
  return graph.value(node_named(graph, name).outputs[0]).type.dtype;
}
std::size_t casts_in(const Graph &graph) {
  return static_cast<std::size_t>(
      std::ranges::count(graph.nodes(), OpKind::cast, [](const Node &node) { return node.kind; }));
}

/// One operator alone, its first operand in f16 because a matrix product makes it.
Graph behind_a_product(OpKind kind, const std::vector<TensorType> &weights,
                       const Attributes &attributes) {
  GraphBuilder builder("one");
  const auto x = builder.input("x", f32({4, 8})), w = builder.weight("w", f32({8, 8}));
  std::vector<ValueId> operands{builder.add(OpKind::linear, "product", {x, w})};
  for (const auto &type : weights)
    operands.push_back(builder.weight("weight", type));
  builder.output(builder.add(kind, "node", operands, attributes));
  return std::move(builder).build();
}

struct Expected {
  OpKind kind;
  DType result;
  std::size_t casts; ///< besides those of the product's two operands
  std::vector<TensorType> weights = {};
  Attributes attributes = {};
};
void PrintTo(const Expected &row, std::ostream *stream) { *stream << name_of(row.kind); }

class AutocastTest : public ::testing::TestWithParam<Expected> {};

TEST_P(AutocastTest, GivesTheOperatorTheTypeOfItsList) {
  const auto &row = GetParam();
  const auto graph =
      with_autocast(behind_a_product(row.kind, row.weights, row.attributes), DType::f16);
  EXPECT_EQ(result(graph, "product"), DType::f16);
  EXPECT_EQ(result(graph, "node"), row.result);
  EXPECT_EQ(casts_in(graph), 2 + row.casts);
}

INSTANTIATE_TEST_SUITE_P(ToFloat16, AutocastTest,
                         ::testing::Values(Expected{OpKind::linear, DType::f16, 1, {f32({3, 8})}},
                                           Expected{OpKind::matmul, DType::f16, 1, {f32({8, 3})}}));
INSTANTIATE_TEST_SUITE_P(
    ToFloat32, AutocastTest,
    ::testing::Values(Expected{OpKind::softmax, DType::f32, 1, {}, AxisAttrs{.dims = {1}}},
                      Expected{OpKind::log_softmax, DType::f32, 1, {}, AxisAttrs{.dims = {1}}},
                      Expected{OpKind::sum, DType::f32, 1, {}, AxisAttrs{.dims = {1}}},
                      Expected{OpKind::exp, DType::f32, 1}, Expected{OpKind::log, DType::f32, 1},
                      Expected{OpKind::rsqrt, DType::f32, 1},
                      Expected{OpKind::softplus, DType::f32, 1},
                      Expected{
                          OpKind::layer_norm, DType::f32, 1, {f32({8}), f32({8})}, NormAttrs{}}));
INSTANTIATE_TEST_SUITE_P(
    AsItComes, AutocastTest,
    ::testing::Values(Expected{OpKind::relu, DType::f16, 0}, Expected{OpKind::gelu, DType::f16, 0},
                      Expected{OpKind::sigmoid, DType::f16, 0},
                      Expected{OpKind::tanh, DType::f16, 0}, Expected{OpKind::silu, DType::f16, 0},
                      Expected{OpKind::mean, DType::f16, 0, {}, AxisAttrs{.dims = {1}}}));
// f16 and f32 make f32, without a cast of their own: the kernel promotes as it loads.
INSTANTIATE_TEST_SUITE_P(ToTheWidest, AutocastTest,
                         ::testing::Values(Expected{OpKind::add, DType::f32, 0, {f32({4, 8})}},
                                           Expected{OpKind::mul, DType::f32, 0, {f32({8})}}));

// cuDNN takes half images with float statistics.
TEST(Autocast, LeavesABatchNormInTheTypeOfItsImages) {
  GraphBuilder builder("conv_bn");
  const auto x = builder.input("x", f32({1, 3, 8, 8})), w = builder.weight("w", f32({4, 3, 1, 1}));
  std::vector<ValueId> operands{builder.add(OpKind::conv2d, "conv", {x, w}, ConvAttrs{})};
  for (const auto *name : {"weight", "bias", "mean", "var"})
    operands.push_back(builder.weight(name, f32({4})));
  builder.output(builder.add(OpKind::batch_norm, "bn", operands));
  const auto graph = with_autocast(std::move(builder).build(), DType::bf16);
  EXPECT_EQ(result(graph, "conv"), DType::bf16);
  EXPECT_EQ(result(graph, "bn"), DType::bf16);
  EXPECT_EQ(casts_in(graph), 2U); // x and w
  for (const auto input : std::span(node_named(graph, "bn").inputs).subspan(1))
    EXPECT_EQ(graph.value(input).type.dtype, DType::f32);
}

// x is cast once for all three that read it; every weight once, also the one that two share.
TEST(Autocast, CastsAValueOnceForAllItsReaders) {
  GraphBuilder builder("qkv");
  const auto x = builder.input("x", f32({4, 8}));
  const auto shared = builder.weight("shared", f32({8, 8})),
             own = builder.weight("own", f32({8, 8}));
  for (const auto &[name, weight] : {std::pair{"q", shared}, {"k", shared}, {"v", own}})
    builder.output(builder.add(OpKind::linear, name, {x, weight}));
  const auto graph = with_autocast(std::move(builder).build(), DType::f16);
  EXPECT_EQ(casts_in(graph), 3U);
  EXPECT_EQ(node_named(graph, "q").inputs[0], node_named(graph, "v").inputs[0]);
  EXPECT_EQ(node_named(graph, "q").inputs[1], node_named(graph, "k").inputs[1]);
}

TEST(Autocast, KeepsParametersInFloat32) {
  const auto graph = with_autocast(behind_a_product(OpKind::linear, {f32({3, 8})}, {}), DType::f16);
  std::size_t weights = 0;
  for (ValueId id = 0; id < graph.values().size(); ++id)
    if (graph.is_weight(id)) {
      EXPECT_EQ(graph.value(id).type.dtype, DType::f32);
      ++weights;
    }
  EXPECT_EQ(weights, 2U);
}

TEST(Autocast, LeavesIntegersAlone) {
  GraphBuilder builder("words");
  const auto table = builder.weight("table", f32({10, 4}));
  const auto ids = builder.input("ids", {DType::i64, {3}});
  builder.output(builder.add(OpKind::embedding, "words", {table, ids}));
  const auto graph = with_autocast(std::move(builder).build(), DType::f16);
  EXPECT_EQ(casts_in(graph), 0U);
  EXPECT_EQ(graph.value(graph.inputs()[0]).type.dtype, DType::i64);
  EXPECT_EQ(result(graph, "words"), DType::f32);
}

TEST(Autocast, KnowsTwoLowerTypes) {
  const auto graph = test::single_node(OpKind::relu, {f32({1})});
  for (const auto dtype : {DType::f32, DType::tf32, DType::f64, DType::qi8, DType::i32})
    EXPECT_THAT(test::error_of([&] { (void)with_autocast(graph, dtype); }),
                ::testing::HasSubstr("use f16 or bf16"));
}

/// Where a value comes from when casts are seen through.
ValueId before_casts(const Graph &graph, ValueId value) {
  while (graph.value(value).producer != kNoNode &&
         graph.node(graph.value(value).producer).kind == OpKind::cast)
    value = graph.node(graph.value(value).producer).inputs[0];
  return value;
}

RC_GTEST_PROP(Autocast, AddsCastsAndChangesNothingButFloatingTypes, ()) {
  const auto graph = decompose_attention(*test::arbitrary_graph(40), InProjection::packed);
  const auto lower = *rc::gen::element(DType::f16, DType::bf16);
  const auto cast = with_autocast(graph, lower);
  RC_ASSERT(totals_of(cast).macs == totals_of(graph).macs);
  RC_ASSERT(totals_of(cast).parameters == totals_of(graph).parameters);

  std::vector<ValueId> now(graph.values().size());
  for (ValueId id = 0, next = 0; id < graph.values().size(); ++id)
    if (graph.value(id).producer == kNoNode) {
      while (cast.value(next).producer != kNoNode)
        ++next;
      now[id] = next++;
      RC_ASSERT(cast.value(now[id]).type == graph.value(id).type);
    }
  std::size_t at = 0;
  std::set<std::pair<ValueId, DType>> made;
  for (const auto &node : cast.nodes()) {
    if (node.kind == OpKind::cast) { // no random graph has one
      const auto &from = cast.value(node.inputs[0]).type, &to = cast.value(node.outputs[0]).type;
      RC_ASSERT(from.dims == to.dims);
      RC_ASSERT(from.dtype != to.dtype);
      RC_ASSERT(made.insert({node.inputs[0], to.dtype}).second); // once
      continue;
    }
    const auto &original = graph.node(static_cast<NodeId>(at++));
    RC_ASSERT(node.name == original.name);
    RC_ASSERT(node.kind == original.kind);
    RC_ASSERT(node.attributes == original.attributes);
    RC_ASSERT(node.inputs.size() == original.inputs.size());
    for (std::size_t i = 0; i < node.inputs.size(); ++i)
      RC_ASSERT(before_casts(cast, node.inputs[i]) == now[original.inputs[i]]);
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
      const auto &before = graph.value(original.outputs[i]).type,
                 &after = cast.value(node.outputs[i]).type;
      RC_ASSERT(after.dims == before.dims);
      if (!is_floating(before.dtype))
        RC_ASSERT(after.dtype == before.dtype);
      else if (class_of(node.kind) == OpClass::contraction)
        RC_ASSERT(after.dtype == lower);
      else
        RC_ASSERT(after.dtype == lower || after.dtype == DType::f32);
      now[original.outputs[i]] = node.outputs[i];
    }
  }
  RC_ASSERT(at == graph.nodes().size());
}

} // namespace
