#include "targets/gpu/lowering.hpp"

#include "partition/strategy.hpp"
#include "support/error.hpp"
#include "targets/gpu/device.hpp"
#include "targets/gpu_net.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

using namespace fusesim;
using namespace fusesim::targets;
using namespace fusesim::targets::test;
using ir::DType;
using ir::OpKind;
using ir::ValueId;

namespace {

/// x ─> conv ─> bn ─┬─> add ─> relu
/// y ───────────────┘
ir::Graph residual_block() {
  Net net;
  const auto x = net.input("x", {8, 64, 28, 28});
  const auto y = net.input("y", {8, 64, 28, 28});
  const auto bn = net.batch_norm("bn", net.conv("conv", x, 64, 3));
  const auto sum = net.builder.add(OpKind::add, "add", {bn, y});
  return net.done({net.builder.add(OpKind::relu, "relu", {sum})});
}

TEST(GpuLowering, RunsAConvolutionAndItsEpilogueAsOneKernel) {
  const auto graph = residual_block();
  const auto lowered = lower_gpu(graph, one_subgraph(graph), toy_gpu(), free_runtime());
  ASSERT_EQ(lowered.program.launches.size(), 1U);
  ASSERT_EQ(groups_of(lowered.program).size(), 1U);
  const auto touched = touched_by(lowered.program);
  const Bytes image = 8 * 64 * 28 * 28 * 2;
  // x, y, weights and four vectors of 64 in; the sum after relu out; nothing in between.
  EXPECT_EQ(touched.read.at(value(graph, "x")), image);
  EXPECT_EQ(touched.read.at(value(graph, "y")), image);
  EXPECT_EQ(touched.read.at(value(graph, "conv.w")), 64U * 64 * 9 * 2);
  EXPECT_EQ(touched.read.at(value(graph, "bn.mean")), 64U * 2);
  EXPECT_EQ(touched.read.size(), 7U);
  EXPECT_EQ(touched.written, (std::map<ValueId, Bytes>{{result_of(graph, "relu"), image}}));
  EXPECT_TRUE(lowered.notes.at(0).empty());
}

TEST(GpuLowering, FoldsABatchNormIntoTheWeightsWhenTheRuntimeDoes) {
  const auto graph = residual_block();
  auto runtime = free_runtime();
  const auto kept = lower_gpu(graph, one_subgraph(graph), toy_gpu(), runtime);
  runtime.folds_batch_norm = true;
  const auto folded = lower_gpu(graph, one_subgraph(graph), toy_gpu(), runtime);
  const auto touched = touched_by(folded.program);
  EXPECT_EQ(touched.read.count(value(graph, "bn.mean")), 0U);
  EXPECT_EQ(touched.read.size(), 3U); // x, y, weights
  EXPECT_LT(groups_of(folded.program)[0].drain_s, groups_of(kept.program)[0].drain_s);
}

TEST(GpuLowering, RunsEveryOperatorAloneWhenUnfused) {
  const auto graph = residual_block();
  const auto lowered =
      lower_gpu(graph, partition::run_strategy("unfused", graph), toy_gpu(), free_runtime());
  EXPECT_EQ(lowered.program.launches.size(), 4U);
  const auto touched = touched_by(lowered.program);
  const Bytes image = 8 * 64 * 28 * 28 * 2;
  for (const auto *name : {"conv", "bn", "add"}) {
    EXPECT_EQ(touched.written.at(result_of(graph, name)), image) << name;
    EXPECT_EQ(touched.read.at(result_of(graph, name)), image) << name;
  }
}

TEST(GpuLowering, LetsATensorDieWithItsLastReaderOnly) {
  const auto graph = residual_block();
  const auto lowered =
      lower_gpu(graph, partition::run_strategy("unfused", graph), toy_gpu(), free_runtime());
  const auto &launches = lowered.program.launches;
  using ::testing::ElementsAre;
  EXPECT_THAT(launches[0].dies, ElementsAre()); // x and the weights stay
  EXPECT_THAT(launches[1].dies, ElementsAre(result_of(graph, "conv")));
  EXPECT_THAT(launches[2].dies, ElementsAre(result_of(graph, "bn")));
  EXPECT_THAT(launches[3].dies, ElementsAre(result_of(graph, "add"))); // the result stays
}

// Three linears of one x as one product: x crosses DRAM once, all weights once, columns add up.
TEST(GpuLowering, MergesSiblingProjections) {
  Net net;
  const auto x = net.input("x", {1, 256, 128});
  const auto q = net.linear("q", x, 128), k = net.linear("k", x, 128), v = net.linear("v", x, 128);
  const auto graph = net.done({q, k, v});
  const auto partition = partition::run_strategy("attention", graph);
  ASSERT_EQ(partition.subgraphs.size(), 1U);
  const auto lowered = lower_gpu(graph, partition, toy_gpu(), free_runtime());
  ASSERT_EQ(groups_of(lowered.program).size(), 1U);
  const auto touched = touched_by(lowered.program);
  EXPECT_EQ(touched.read.at(value(graph, "x")), 256U * 128 * 2);
  for (const auto *name : {"q.w", "k.w", "v.w"})
    EXPECT_EQ(touched.read.at(value(graph, name)), 128U * 128 * 2);
  EXPECT_EQ(touched.written.size(), 3U);

  Net one; // the same work as one linear of three times the columns
  const auto packed = one.done({one.linear("qkv", one.input("x", {1, 256, 128}), 384)});
  const auto reference = lower_gpu(packed, one_subgraph(packed), toy_gpu(), free_runtime());
  const auto merged = groups_of(lowered.program)[0], whole = groups_of(reference.program)[0];
  EXPECT_EQ(merged.count, whole.count);
  EXPECT_DOUBLE_EQ(merged.fill_s, whole.fill_s);
  EXPECT_DOUBLE_EQ(merged.work.back().amount, whole.work.back().amount);
}

/// x ─┬─> pool ─> conv ─> relu ─> conv ─> sigmoid ─> mul
///    └─────────────────────────────────────────────┘
ir::Graph squeeze_excitation() {
  Net net;
  const auto x = net.input("x", {4, 64, 14, 14});
  ir::PoolAttrs global;
  global.output_size = {1, 1};
  const auto pool = net.builder.add(OpKind::adaptive_avg_pool2d, "pool", {x}, global);
  const auto squeeze = net.builder.add(OpKind::relu, "relu", {net.conv("squeeze", pool, 16, 1)});
  const auto gate =
      net.builder.add(OpKind::sigmoid, "sigmoid", {net.conv("excite", squeeze, 64, 1)});
  return net.done({net.builder.add(OpKind::mul, "mul", {x, gate})});
}

TEST(GpuLowering, CutsAtGridWideDependencies) {
  const auto graph = squeeze_excitation();
  const auto partition = one_subgraph(graph);
  auto runtime = free_runtime();
  constexpr std::size_t kBarriers = 3; // pool | conv relu | conv sigmoid | mul
  const auto several = lower_gpu(graph, partition, toy_gpu(), runtime);
  EXPECT_EQ(several.program.launches.size(), kBarriers + 1);
  EXPECT_EQ(several.notes[0].size(), kBarriers);

  runtime.grid_barrier_us = 1.5;
  const auto one = lower_gpu(graph, partition, toy_gpu(), runtime);
  ASSERT_EQ(one.program.launches.size(), 1U);
  const auto &stages = one.program.launches[0].stages;
  ASSERT_EQ(stages.size(), 1 + kBarriers + 1); // the ramp first
  for (std::size_t i = 2; i < stages.size(); ++i)
    EXPECT_DOUBLE_EQ(stages[i].barrier_s, 1.5e-6);
  EXPECT_THAT(one.notes[0][0], ::testing::HasSubstr("grid barrier before squeeze"));
  // What passes a barrier goes through memory, relu's operand does not.
  const auto touched = touched_by(one.program);
  EXPECT_EQ(touched.written.count(result_of(graph, "pool")), 1U);
  EXPECT_EQ(touched.written.count(result_of(graph, "relu")), 1U);
  EXPECT_EQ(touched.written.count(result_of(graph, "squeeze")), 0U);
}

/// softmax(q·kᵀ·s)·v with `head` columns per head.
ir::Graph attention(std::int64_t head) {
  Net net;
  const auto q = net.input("q", {2, 4, 96, head}), k = net.input("k", {2, 4, head, 96});
  const auto v = net.input("v", {2, 4, 96, head});
  const auto scale = net.weight("scale", {1});
  const auto scores = net.builder.add(OpKind::matmul, "scores", {q, k});
  const auto scaled = net.builder.add(OpKind::mul, "mul", {scores, scale});
  const auto p = net.builder.add(OpKind::softmax, "softmax", {scaled}, ir::AxisAttrs{{3}, false});
  return net.done({net.builder.add(OpKind::matmul, "apply", {p, v})});
}

TEST(GpuLowering, KeepsTheScoresOfAttentionOnChip) {
  const auto graph = attention(64);
  const auto lowered = lower_gpu(graph, one_subgraph(graph), toy_gpu(), free_runtime());
  const auto groups = groups_of(lowered.program);
  ASSERT_EQ(groups.size(), 1U);
  EXPECT_EQ(groups[0].count, 2U * 4); // one tile of 128 queries per sample and head
  const auto touched = touched_by(lowered.program);
  for (const auto *name : {"q", "k", "v"})
    EXPECT_EQ(touched.read.at(value(graph, name)), 2U * 4 * 96 * 64 * 2);
  EXPECT_EQ(touched.written,
            (std::map<ValueId, Bytes>{{result_of(graph, "apply"), 2U * 4 * 96 * 64 * 2}}));
}

TEST(GpuLowering, SpillsTheScoresWhenHeadsAreTooLarge) {
  const auto graph = attention(512); // FlashAttention holds up to 256
  const auto lowered = lower_gpu(graph, one_subgraph(graph), toy_gpu(), free_runtime());
  EXPECT_EQ(groups_of(lowered.program).size(), 3U); // q·kᵀ with the scale, softmax, ·v
  const auto touched = touched_by(lowered.program);
  EXPECT_EQ(touched.written.count(result_of(graph, "mul")), 1U);
  EXPECT_EQ(touched.written.count(result_of(graph, "softmax")), 1U);
  EXPECT_EQ(lowered.notes[0].size(), 2U);
}

// LayerNorm ahead of a product: x is read once from DRAM, but every column of tiles goes over it
// twice.
TEST(GpuLowering, PaysForStatisticsRecomputedByEveryCta) {
  const auto build = [](bool normalised) {
    Net net;
    auto x = net.input("x", {512, 256});
    if (normalised)
      x = net.builder.add(OpKind::layer_norm, "ln", {x}, ir::NormAttrs{1, 1});
    return net.done({net.linear("fc", x, 1024)});
  };
  const auto fused = build(true), plain = build(false);
  const auto with = lower_gpu(fused, one_subgraph(fused), toy_gpu(), free_runtime());
  const auto without = lower_gpu(plain, one_subgraph(plain), toy_gpu(), free_runtime());
  ASSERT_EQ(groups_of(with.program).size(), 1U);
  const auto x = value(fused, "x");
  EXPECT_EQ(touched_by(with.program).read.at(x), 512U * 256 * 2);
  EXPECT_EQ(touched_by(with.program).front.at(x),
            2 * touched_by(without.program).front.at(value(plain, "x")));
  EXPECT_GT(groups_of(with.program)[0].fill_s, groups_of(without.program)[0].fill_s);
}

TEST(GpuLowering, AppliesAPointwisePrologueToWhatTheProductLoads) {
  Net net;
  const auto x = net.input("x", {4, 32, 14, 14});
  const auto graph =
      net.done({net.conv("conv", net.builder.add(OpKind::relu, "relu", {x}), 64, 3)});
  const auto lowered = lower_gpu(graph, one_subgraph(graph), toy_gpu(), free_runtime());
  ASSERT_EQ(groups_of(lowered.program).size(), 1U);
  const auto touched = touched_by(lowered.program);
  EXPECT_EQ(touched.read.count(result_of(graph, "relu")), 0U);
  EXPECT_EQ(touched.read.at(value(graph, "x")), 4U * 32 * 14 * 14 * 2);
  // relu runs again for every load, so more often than there are elements: 9 taps at least.
  const auto group = groups_of(lowered.program)[0];
  double lane_ops = 0;
  for (const auto &work : group.work)
    if (work.engine == gpu::id_of(gpu::SmEngine::cuda))
      lane_ops += work.amount * static_cast<double>(group.count);
  EXPECT_GE(lane_ops, 9.0 * 4 * 32 * 14 * 14);
}

// A depthwise 3×3 over 8×64×28×28: each input once, 9 multiply-adds per output, none of it on
// tensor cores.
TEST(GpuLowering, RunsDepthwiseConvolutionsOnCudaCores) {
  Net net;
  const auto x = net.input("x", {8, 64, 28, 28});
  const auto graph = net.done({net.conv("dw", x, 64, 3, 64)});
  const auto lowered = lower_gpu(graph, one_subgraph(graph), toy_gpu(), free_runtime());
  const auto group = groups_of(lowered.program).at(0);
  for (const auto &work : group.work)
    EXPECT_NE(work.engine, gpu::id_of(gpu::SmEngine::f16));
  const double outputs = 8.0 * 64 * 28 * 28;
  EXPECT_GE(group.work.at(0).amount * static_cast<double>(group.count), 9 * outputs);
  EXPECT_EQ(touched_by(lowered.program).read.at(value(graph, "x")),
            static_cast<Bytes>(outputs) * 2);
}

TEST(GpuLowering, ChargesViewsToTheHostWhenEager) {
  Net net;
  const auto x = net.input("x", {4, 64});
  const auto flat = net.builder.add_typed(OpKind::view, "view", {x}, {{DType::f16, {2, 128}}})[0];
  const auto graph = net.done({net.builder.add(OpKind::relu, "relu", {flat})});
  const auto partition = partition::run_strategy("unfused", graph);
  auto runtime = free_runtime();
  EXPECT_EQ(lower_gpu(graph, partition, toy_gpu(), runtime).program.launches.size(), 1U);
  runtime.submission = Runtime::Submission::eager;
  runtime.view_dispatch_us = 5;
  runtime.dispatch_us = 40;
  const auto eager = lower_gpu(graph, partition, toy_gpu(), runtime);
  ASSERT_EQ(eager.program.launches.size(), 2U);
  EXPECT_EQ(eager.program.launches[0].kind, sim::Launch::Kind::host_only);
  EXPECT_DOUBLE_EQ(eager.program.launches[0].dispatch_s, 5e-6);
  EXPECT_DOUBLE_EQ(eager.program.launches[1].dispatch_s, 40e-6);
  EXPECT_EQ(touched_by(eager.program).read.count(x), 1U)
      << "relu reads x, whose storage the view shares";
}

TEST(GpuLowering, RunsAnOpaqueOperatorAsMemoryTraffic) {
  Net net;
  const auto x = net.input("x", {4, 64});
  const auto y = net.builder.add_typed(OpKind::opaque, "fft", {x}, {{DType::f16, {4, 33}}}, {},
                                       "aten::fft_rfft")[0];
  const auto graph = net.done({y});
  const auto touched =
      touched_by(lower_gpu(graph, one_subgraph(graph), toy_gpu(), free_runtime()).program);
  EXPECT_EQ(touched.read.at(x), 4U * 64 * 2);
  EXPECT_EQ(touched.written.at(y), 4U * 33 * 2);
}

TEST(GpuLowering, NamesCompositeAttentionThatWasNotDecomposed) {
  Net net;
  const auto x = net.input("x", {1, 16, 8});
  const auto graph =
      net.done({net.builder.add(OpKind::multi_head_attention, "mha",
                                {x, x, x, net.weight("in", {24, 8}), net.weight("out", {8, 8})},
                                ir::AttentionAttrs{2, false, false})});
  EXPECT_THAT([&] { lower_gpu(graph, one_subgraph(graph), toy_gpu(), free_runtime()); },
              ::testing::ThrowsMessage<Error>(
                  ::testing::HasSubstr("mha: multi_head_attention is a composite")));
}

} // namespace
