// Patterns of the modern vocabulary become the kernels that they stand for.
#include "partition/strategy.hpp"
#include "support/error.hpp"
#include "targets/gpu/lowering.hpp"
#include "targets/gpu_testing.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

using namespace fusesim;
using namespace fusesim::targets;
using namespace fusesim::targets::test;
using ir::DType;
using ir::OpKind;
using ir::ValueId;

namespace {

struct Net {
  ir::GraphBuilder builder{"net"};

  ValueId input(const std::string &name, ir::Dims dims) {
    return builder.input(name, {DType::f16, std::move(dims)});
  }
  ValueId weight(const std::string &name, ir::Dims dims) {
    return builder.weight(name, {DType::f16, std::move(dims)});
  }
  ValueId conv(const std::string &name, ValueId x, std::int64_t channels) { // 1×1
    return builder.add(OpKind::conv2d, name,
                       {x, weight(name + ".w", {channels, builder.type(x).dims[1], 1, 1})},
                       ir::ConvAttrs{});
  }
  ValueId linear(const std::string &name, ValueId x, std::int64_t out) {
    return builder.add(OpKind::linear, name,
                       {x, weight(name + ".w", {out, builder.type(x).dims.back()})});
  }
  ValueId op(OpKind kind, const std::string &name, std::vector<ValueId> inputs) {
    return builder.add(kind, name, std::move(inputs));
  }
  ValueId typed(OpKind kind, const std::string &name, std::vector<ValueId> inputs, ir::Dims dims) {
    return builder.add_typed(kind, name, std::move(inputs), {{DType::f16, std::move(dims)}})[0];
  }
  ValueId concat(const std::string &name, std::vector<ValueId> parts) {
    return builder.add(OpKind::concat, name, std::move(parts), ir::AxisAttrs{.dims = {1}});
  }
  ValueId softmax(const std::string &name, ValueId x) {
    const auto rank = static_cast<std::int64_t>(builder.type(x).dims.size());
    return builder.add(OpKind::softmax, name, {x}, ir::AxisAttrs{.dims = {rank - 1}});
  }
  ir::Graph done(std::initializer_list<ValueId> results) {
    for (const auto result : results)
      builder.output(result);
    return std::move(builder).build();
  }
};

/// Task groups besides the ramp that every kernel begins with.
std::vector<sim::TaskGroup> groups_of(const sim::Program &program) {
  std::vector<sim::TaskGroup> groups;
  for (const auto &launch : program.launches)
    for (const auto &stage : launch.stages)
      for (const auto &group : stage.groups)
        if (group.name != "ramp")
          groups.push_back(group);
  return groups;
}

using BytesByName = std::map<std::string, Bytes>;
BytesByName moved(const ir::Graph &graph, const sim::TaskGroup &group,
                  sim::TensorAccess::Kind kind) {
  BytesByName bytes;
  for (const auto &access : group.accesses)
    if (access.kind == kind)
      bytes[graph.value(access.tensor).name] += access.bytes;
  return bytes;
}
BytesByName reads(const ir::Graph &graph, const sim::TaskGroup &group) {
  return moved(graph, group, sim::TensorAccess::Kind::read);
}
BytesByName writes(const ir::Graph &graph, const sim::TaskGroup &group) {
  return moved(graph, group, sim::TensorAccess::Kind::write);
}

std::string value_of(const ir::Graph &graph, const std::string &node) {
  for (const auto &candidate : graph.nodes())
    if (candidate.name == node)
      return graph.value(candidate.outputs[0]).name;
  throw Error(node, "no such operator");
}

Lowered lowered(const ir::Graph &graph, std::string_view strategy, const Runtime &runtime) {
  return lower_gpu(graph, partition::run_strategy(strategy, graph), toy_gpu(), runtime);
}

// ---- concats in place ---------------------------------------------------------------------------

/// x ─┬─> a ─┐
///    └─> b ─┴─> concat ─┬─> left       a makes 4 channels of 8×8, b twelve
///                       └─> right
ir::Graph inception() {
  Net net;
  const auto x = net.input("x", {1, 8, 8, 8});
  const auto all = net.concat("concat", {net.conv("a", x, 4), net.conv("b", x, 12)});
  return net.done({net.conv("left", all, 4), net.conv("right", all, 4)});
}

TEST(GpuConcatInPlace, IsNoKernelAndItsReadersReadTheParts) {
  const auto graph = inception();
  const auto groups = groups_of(lowered(graph, "greedy", free_runtime()).program);
  ASSERT_EQ(groups.size(), 4U);
  constexpr Bytes kChannel = 8 * 8 * 2;
  const auto a = value_of(graph, "a"), b = value_of(graph, "b");
  EXPECT_EQ(writes(graph, groups[0]), (BytesByName{{a, 4 * kChannel}}));
  EXPECT_EQ(writes(graph, groups[1]), (BytesByName{{b, 12 * kChannel}}));
  for (const auto reader : {2U, 3U}) {
    auto read = reads(graph, groups[reader]);
    EXPECT_EQ(read[a], 4 * kChannel);
    EXPECT_EQ(read[b], 12 * kChannel);
    EXPECT_EQ(read.size(), 3U); // and its weights
  }
  // Unfused, the copy is a fifth kernel.
  EXPECT_EQ(groups_of(lowered(graph, "unfused", free_runtime()).program).size(), 5U);
}

TEST(GpuConcatInPlace, StartsItsProducersAsKernelsOfTheirOwn) {
  auto runtime = free_runtime();
  runtime.submission = Runtime::Submission::eager;
  runtime.dispatch_us = 3;
  runtime.grid_barrier_us = 1.5;
  const auto result = lowered(inception(), "greedy", runtime);
  ASSERT_EQ(result.program.launches.size(), 4U);
  for (const auto &launch : result.program.launches) {
    EXPECT_DOUBLE_EQ(launch.dispatch_s, 3e-6);
    for (const auto &stage : launch.stages)
      EXPECT_EQ(stage.barrier_s, 0); // neither waits for the other
  }
}

TEST(GpuConcatInPlace, LetsItsPartsLiveAsLongAsTheWhole) {
  const auto graph = inception();
  const auto program = lowered(graph, "greedy", free_runtime()).program;
  std::vector<std::set<std::string>> deaths;
  for (const auto &launch : program.launches) {
    deaths.emplace_back();
    for (const auto tensor : launch.dies)
      deaths.back().insert(graph.value(tensor).name);
  }
  const std::set<std::string> parts{value_of(graph, "a"), value_of(graph, "b")};
  EXPECT_EQ(deaths, (std::vector<std::set<std::string>>{{}, {}, {}, parts}));

  Net net; // a result of the network never dies
  const auto x = net.input("x", {1, 8, 8, 8});
  const auto result = net.done({net.concat("all", {net.conv("a", x, 4), net.conv("b", x, 4)})});
  for (const auto &launch : lowered(result, "greedy", free_runtime()).program.launches)
    EXPECT_TRUE(launch.dies.empty());
}

TEST(GpuConcatInPlace, OfConcatsReadsTheInnermostParts) {
  Net net;
  const auto x = net.input("x", {1, 8, 8, 8});
  const auto inner = net.concat("inner", {net.conv("a", x, 4), net.conv("b", x, 4)});
  const auto outer = net.concat("outer", {net.conv("c", x, 8), inner});
  const auto graph = net.done({net.conv("next", outer, 4)});
  const auto groups = groups_of(lowered(graph, "greedy", free_runtime()).program);
  ASSERT_EQ(groups.size(), 4U);
  const auto read = reads(graph, groups[3]);
  for (const auto &[part, channels] : {std::pair{"a", 4U}, {"b", 4U}, {"c", 8U}})
    EXPECT_EQ(read.at(value_of(graph, part)), channels * 8U * 8 * 2) << part;
}

// ---- loops --------------------------------------------------------------------------------------

TEST(GpuLoops, InlineOperandsFromBothSides) {
  Net net; // sin(x)·cos(y), then a norm of the rows: one kernel, which keeps all between
  const auto x = net.input("x", {64, 32}), y = net.input("y", {64, 32});
  const auto product = net.op(OpKind::mul, "mul",
                              {net.op(OpKind::sin, "sin", {x}), net.op(OpKind::cos, "cos", {y})});
  const auto graph = net.done({net.softmax("softmax", product)});
  const auto groups = groups_of(lowered(graph, "greedy", free_runtime()).program);
  ASSERT_EQ(groups.size(), 1U);
  EXPECT_EQ(reads(graph, groups[0]), (BytesByName{{"x", 64 * 32 * 2}, {"y", 64 * 32 * 2}}));
  EXPECT_EQ(writes(graph, groups[0]), (BytesByName{{value_of(graph, "softmax"), 64 * 32 * 2}}));
}

TEST(GpuLoops, ReadAConcatFromItsProducers) {
  Net net;
  const auto x = net.input("x", {1, 4, 8, 8}), y = net.input("y", {1, 12, 8, 8});
  const auto graph = net.done({net.op(OpKind::relu, "relu", {net.concat("concat", {x, y})}), x, y});
  const auto groups = groups_of(lowered(graph, "greedy", free_runtime()).program);
  ASSERT_EQ(groups.size(), 1U);
  EXPECT_EQ(reads(graph, groups[0]), (BytesByName{{"x", 4 * 64 * 2}, {"y", 12 * 64 * 2}}));
  EXPECT_EQ(writes(graph, groups[0]), (BytesByName{{value_of(graph, "relu"), 16 * 64 * 2}}));
}

TEST(GpuLoops, NeverWriteTheirConstants) {
  Net net; // a mask assigned slice by slice, then added
  auto mask = net.typed(OpKind::fill, "mask", {}, {8, 8});
  for (const char *n : {"1", "2"})
    mask = net.op(OpKind::overlay, std::string("assign") + n,
                  {mask, net.typed(OpKind::fill, std::string("patch") + n, {}, {4, 4})});
  const auto graph = net.done({net.op(OpKind::add, "add", {mask, net.input("x", {8, 8})})});
  const auto groups = groups_of(lowered(graph, "greedy", free_runtime()).program);
  ASSERT_EQ(groups.size(), 1U);
  EXPECT_EQ(reads(graph, groups[0]), (BytesByName{{"x", 8 * 8 * 2}}));
  EXPECT_EQ(writes(graph, groups[0]), (BytesByName{{value_of(graph, "add"), 8 * 8 * 2}}));
}

TEST(GpuLoops, StoreANormShiftedAndCut) {
  Net net;
  const auto x = net.input("x", {1, 4, 4, 8});
  auto y = net.builder.add(OpKind::layer_norm, "norm", {x}, ir::NormAttrs{});
  y = net.typed(OpKind::roll, "roll", {y}, {1, 4, 4, 8});
  y = net.typed(OpKind::permute, "turn", {y}, {1, 4, 4, 8});
  const auto graph = net.done({net.typed(OpKind::copy, "copy", {y}, {1, 4, 4, 8})});
  const auto groups = groups_of(lowered(graph, "greedy", free_runtime()).program);
  ASSERT_EQ(groups.size(), 1U);
  EXPECT_EQ(groups[0].name, "norm");
  EXPECT_EQ(writes(graph, groups[0]), (BytesByName{{value_of(graph, "copy"), 4 * 4 * 8 * 2}}));
}

TEST(GpuRegion, IsTheEpilogueOfItsProduct) {
  Net net; // x·sigmoid(x)
  const auto x = net.linear("linear", net.input("x", {64, 32}), 128);
  const auto graph =
      net.done({net.op(OpKind::mul, "mul", {x, net.op(OpKind::sigmoid, "sigmoid", {x})})});
  const auto groups = groups_of(lowered(graph, "greedy", free_runtime()).program);
  ASSERT_EQ(groups.size(), 1U);
  EXPECT_EQ(reads(graph, groups[0]), (BytesByName{{"x", 64 * 32 * 2}, {"linear.w", 128 * 32 * 2}}));
  EXPECT_EQ(writes(graph, groups[0]), (BytesByName{{value_of(graph, "mul"), 64 * 128 * 2}}));
}

// ---- attention ----------------------------------------------------------------------------------

TEST(GpuAttention, OfOneOperatorIsTheKernelOfItsParts) {
  Net one;
  auto q = one.input("q", {2, 4, 96, 64}), k = one.input("k", {2, 4, 96, 64}),
       v = one.input("v", {2, 4, 96, 64});
  const auto whole = one.done({one.builder.add(OpKind::scaled_dot_product_attention, "attend",
                                               {q, k, v}, ir::AttentionAttrs{.num_heads = 4})});
  Net several;
  q = several.input("q", {2, 4, 96, 64}), k = several.input("k", {2, 4, 64, 96}),
  v = several.input("v", {2, 4, 96, 64});
  auto s = several.op(OpKind::mul, "scale", {several.op(OpKind::matmul, "scores", {q, k})});
  s = several.op(OpKind::matmul, "apply", {several.softmax("softmax", s), v});
  const auto parts = several.done({s});
  for (const char *strategy : {"unfused", "attention"}) {
    const auto a = groups_of(lowered(whole, strategy, free_runtime()).program);
    const auto b = groups_of(lowered(parts, "attention", free_runtime()).program);
    ASSERT_EQ(a.size(), 1U);
    ASSERT_EQ(b.size(), 1U);
    EXPECT_EQ(a[0].count, b[0].count);
    EXPECT_DOUBLE_EQ(a[0].fill_s, b[0].fill_s);
    EXPECT_DOUBLE_EQ(a[0].drain_s, b[0].drain_s);
    ASSERT_EQ(a[0].work.size(), b[0].work.size());
    for (std::size_t i = 0; i < a[0].work.size(); ++i)
      EXPECT_DOUBLE_EQ(a[0].work[i].amount, b[0].work[i].amount) << i;
    EXPECT_EQ(reads(whole, a[0]), reads(parts, b[0]));
  }
}

TEST(GpuAttention, OfOneOperatorWithHeadsTooLargeIsAnErrorThatSaysWhatToDo) {
  Net net;
  const auto q = net.input("q", {1, 1, 16, 512}), k = net.input("k", {1, 1, 16, 512}),
             v = net.input("v", {1, 1, 16, 512});
  const auto graph = net.done({net.builder.add(OpKind::scaled_dot_product_attention, "attend",
                                               {q, k, v}, ir::AttentionAttrs{})});
  try {
    lowered(graph, "attention", free_runtime());
    FAIL() << "no error";
  } catch (const Error &error) {
    const std::string text = error.what();
    EXPECT_NE(text.find("attend"), std::string::npos) << text;
    EXPECT_NE(text.find("512"), std::string::npos) << text;
    EXPECT_NE(text.find("two products"), std::string::npos) << text;
  }
}

TEST(GpuAttention, ScalesItsQueriesAsItLoadsThem) {
  Net net; // a packed projection whose parts are read apart, as in Swin
  const auto packed = net.linear("packed", net.input("x", {1, 96, 64}), 192);
  const auto part = [&](const char *name) {
    return net.typed(OpKind::slice, name, {packed}, {1, 96, 64});
  };
  const auto q = net.op(OpKind::mul, "scale", {part("q")});
  const auto k = net.typed(OpKind::permute, "k_t", {part("k")}, {1, 64, 96});
  const auto s = net.softmax("softmax", net.op(OpKind::matmul, "scores", {q, k}));
  const auto graph = net.done({net.op(OpKind::matmul, "apply", {s, part("v")})});
  const auto groups = groups_of(lowered(graph, "attention", free_runtime()).program);
  ASSERT_EQ(groups.size(), 2U);
  EXPECT_EQ(groups[1].name, "scores");
  // q, k and v are the three thirds of one tensor of 96·192 elements.
  EXPECT_EQ(reads(graph, groups[1]), (BytesByName{{value_of(graph, "packed"), 96 * 192 * 2}}));
  EXPECT_EQ(writes(graph, groups[1]), (BytesByName{{value_of(graph, "apply"), 96 * 64 * 2}}));
}

} // namespace
