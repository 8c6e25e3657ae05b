#include "ir/graph.hpp"
#include "small_graphs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace fusesim;
using namespace fusesim::ir;
using test::error_of, test::f32;
using testing::ElementsAre, testing::HasSubstr;

TEST(GraphBuilder, KeepsNodesInOrderAndNotesProducersAndConsumers) {
  GraphBuilder builder("fork");
  const auto x = builder.input("x", f32({2, 4}));
  const auto w = builder.weight("fc.weight", f32({3, 4}));
  const auto y = builder.add(OpKind::linear, "fc", {x, w});
  const auto a = builder.add(OpKind::relu, "a", {y});
  const auto b = builder.add(OpKind::add, "b", {y, y});
  const auto c = builder.add(OpKind::mul, "c", {a, b});
  builder.output(c);
  builder.output(a);
  builder.output(c); // once is enough
  const auto graph = std::move(builder).build();

  ASSERT_EQ(graph.nodes().size(), 4U);
  EXPECT_EQ(graph.node(0).name, "fc");
  EXPECT_EQ(graph.node(3).name, "c");
  EXPECT_EQ(graph.value(y).producer, 0U);
  EXPECT_THAT(graph.value(y).consumers,
              ElementsAre(1U, 2U)); // add reads it twice, consumes it once
  EXPECT_EQ(graph.value(x).producer, kNoNode);
  EXPECT_EQ(graph.value(y).type, f32({2, 3}));
  EXPECT_THAT(graph.inputs(), ElementsAre(x));
  EXPECT_THAT(graph.outputs(), ElementsAre(c, a));
  EXPECT_TRUE(graph.is_output(a));
  EXPECT_FALSE(graph.is_output(b));
  EXPECT_TRUE(graph.is_weight(w));
  EXPECT_FALSE(graph.is_weight(x));
}

TEST(GraphBuilder, CountsOnlyTrainedWeightsAsParameters) {
  GraphBuilder builder("bn");
  const auto x = builder.input("x", f32({1, 8, 2, 2}));
  const auto scale = builder.weight("scale", f32({8})), shift = builder.weight("shift", f32({8}));
  const auto mean = builder.weight("mean", f32({8}), ValueRole::buffer);
  const auto variance = builder.weight("var", f32({8}), ValueRole::buffer);
  builder.output(builder.add(OpKind::batch_norm, "bn", {x, scale, shift, mean, variance}));
  const auto graph = std::move(builder).build();
  EXPECT_EQ(graph.parameter_count(), 16U);
  EXPECT_TRUE(graph.is_weight(mean));
}

TEST(GraphBuilder, NumbersTakenNames) {
  GraphBuilder builder("names");
  const auto x = builder.input("x", f32({1}));
  EXPECT_EQ(x, 0U);
  auto value = builder.add(OpKind::relu, "relu", {x});
  value = builder.add(OpKind::relu, "relu_1", {value});
  value = builder.add(OpKind::relu, "relu", {value}); // relu_1 is taken, too
  value = builder.add(OpKind::relu, "relu", {value});
  builder.output(value);
  const auto graph = std::move(builder).build();
  std::vector<std::string> names;
  for (const auto &node : graph.nodes())
    names.push_back(node.name);
  EXPECT_THAT(names, ElementsAre("relu", "relu_1", "relu_2", "relu_3"));
}

TEST(GraphBuilder, NamesTheParts) {
  GraphBuilder builder("split");
  const auto x = builder.input("x", f32({4, 2}));
  const auto parts =
      builder.add_typed(OpKind::split, "chunk", {x}, {f32({1, 2}), f32({3, 2})}, AxisAttrs{{0}});
  builder.output(parts.at(1));
  const auto graph = std::move(builder).build();
  EXPECT_EQ(graph.value(parts[0]).name, "chunk.0");
  EXPECT_EQ(graph.value(parts[1]).name, "chunk.1");
}

TEST(GraphBuilder, CompletesAttributes) {
  const auto conv = test::single_node(OpKind::conv2d, {f32({1, 3, 8, 8}), f32({4, 3, 3, 3})},
                                      ConvAttrs{.stride = {2}});
  EXPECT_EQ(std::get<ConvAttrs>(conv.node(0).attributes),
            (ConvAttrs{{2, 2}, {0, 0}, {1, 1}, {0, 0}, 1}));
  const auto pool =
      test::single_node(OpKind::max_pool2d, {f32({1, 3, 8, 8})}, PoolAttrs{.kernel = {2, 3}});
  EXPECT_EQ(std::get<PoolAttrs>(pool.node(0).attributes),
            (PoolAttrs{{2, 3}, {2, 3}, {0, 0}, {1, 1}, {}, false}));
}

TEST(GraphBuilder, RefusesWhatCannotBeNamingTheNode) {
  GraphBuilder builder("bad");
  const auto x = builder.input("x", f32({2, 4}));
  EXPECT_THAT(error_of([&] { builder.add(OpKind::relu, "act", {7}); }),
              HasSubstr("node 'act' (relu): input 7 is no value of the graph"));
  EXPECT_THAT(error_of([&] {
                builder.add(OpKind::matmul, "mm", {x, x});
              }),
              HasSubstr("node 'mm' (matmul): inner sizes of 2x4 and 2x4 differ"));
  EXPECT_THAT(error_of([&] { builder.add(OpKind::view, "flat", {x}); }),
              HasSubstr("node 'flat' (view): its output shape does not follow"));
  EXPECT_THAT(error_of([&] {
                builder.add_typed(OpKind::relu, "act", {x}, {f32({4, 2})});
              }),
              HasSubstr("output is given as 4x2:f32, but must be 2x4:f32"));
  EXPECT_THAT(error_of([&] { builder.add_typed(OpKind::relu, "act", {x}, {}); }),
              HasSubstr("0 outputs given, has 1"));
  EXPECT_THAT(error_of([&] { builder.add(OpKind::relu, "act", {x}, ConvAttrs{}); }),
              HasSubstr("node 'act' (relu): takes no attributes"));
  EXPECT_THAT(error_of([&] { builder.add(OpKind::softmax, "s", {x}, ConvAttrs{}); }),
              HasSubstr("of another kind of operator"));
  EXPECT_THAT(error_of([&] {
                builder.input("y", f32({2, 0}));
              }),
              HasSubstr("input 'y': size 0 of 2x0 is not positive"));
  EXPECT_THAT(error_of([&] { builder.weight("w", f32({-1})); }), HasSubstr("weight 'w'"));
  EXPECT_THAT(error_of([&] {
                builder.weight("w", f32({1LL << 40, 1LL << 40}));
              }),
              HasSubstr("larger than 2^60 bytes"));
  EXPECT_THAT(error_of([&] { builder.weight("w", f32({1}), ValueRole::input); }),
              HasSubstr("neither parameter, buffer nor constant"));
  EXPECT_THAT(error_of([&] { builder.output(9); }), HasSubstr("graph bad"));
  EXPECT_THAT(error_of([&] { (void)std::move(builder).build(); }), HasSubstr("has no output"));
}

TEST(GraphBuilder, ChecksGivenShapesAsFarAsTheyAreDetermined) {
  const auto given = [](OpKind kind, Dims in, Dims out) {
    return error_of([&] { (void)test::single_typed(kind, {f32(in)}, f32(out)); });
  };
  EXPECT_EQ(given(OpKind::view, {2, 6}, {3, 4}), "no error");
  EXPECT_THAT(given(OpKind::view, {2, 6}, {3, 5}), HasSubstr("differ in number of elements"));
  EXPECT_THAT(given(OpKind::copy, {2, 6}, {13}), HasSubstr("differ in number of elements"));
  EXPECT_EQ(given(OpKind::permute, {2, 6}, {6, 2}), "no error");
  EXPECT_THAT(given(OpKind::permute, {2, 6}, {3, 4}), HasSubstr("is no permutation"));
  EXPECT_EQ(given(OpKind::expand, {1, 6}, {5, 4, 6}), "no error");
  EXPECT_THAT(given(OpKind::expand, {5, 6}, {1, 6}), HasSubstr("does not expand"));
  EXPECT_EQ(given(OpKind::slice, {5, 6}, {5, 2}), "no error");
  EXPECT_THAT(given(OpKind::slice, {5, 6}, {5, 7}), HasSubstr("hold 35 elements of 5x6"));
  EXPECT_THAT(given(OpKind::repeat, {5}, {12}), HasSubstr("is no repetition"));
  EXPECT_EQ(given(OpKind::upsample, {1, 3, 4, 4}, {1, 3, 8, 8}), "no error");
  EXPECT_THAT(given(OpKind::upsample, {1, 3, 4, 4}, {1, 6, 8, 8}), HasSubstr("channels stay"));
  EXPECT_THAT(given(OpKind::cast, {5}, {6}), HasSubstr("a cast keeps the shape"));
  EXPECT_THAT(given(OpKind::pad, {5}, {6, 1}), HasSubstr("padding keeps the rank"));
  EXPECT_EQ(given(OpKind::opaque, {5}, {7, 9}), "no error"); // nothing is known of it
}
