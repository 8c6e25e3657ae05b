#include "ir/cost.hpp"
#include "small_graphs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

using namespace fusesim;
using namespace fusesim::ir;
using test::f32;

namespace {

Work work(OpKind kind, const std::vector<TensorType> &operands, const Attributes &attributes = {}) {
  const auto graph = test::single_node(kind, operands, attributes);
  return work_of(graph, graph.node(0));
}

TEST(WorkRules, CountConvolutionsPerOutputInputChannelAndTap) {
  // 56·56 positions · 64 outputs · 64 inputs · 3·3 taps: a 3×3 of ResNet's first stage.
  EXPECT_EQ(
      work(OpKind::conv2d, {f32({1, 64, 56, 56}), f32({64, 64, 3, 3})}, ConvAttrs{.padding = {1}})
          .macs,
      115'605'504U);
  // Depthwise: 112·112·32 outputs · 1 input channel · 9 taps.
  EXPECT_EQ(work(OpKind::conv2d, {f32({1, 32, 112, 112}), f32({32, 1, 3, 3})},
                 ConvAttrs{.padding = {1}, .groups = 32})
                .macs,
            3'612'672U);
  // ResNeXt: 56·56·128 outputs · 4 inputs per group · 9 taps.
  EXPECT_EQ(work(OpKind::conv2d, {f32({1, 128, 56, 56}), f32({128, 4, 3, 3})},
                 ConvAttrs{.padding = {1}, .groups = 32})
                .macs,
            14'450'688U);
  // 2 batches · 6 outputs · (10 - 3 + 1) positions · 4 inputs · 3 taps.
  EXPECT_EQ(work(OpKind::conv1d, {f32({2, 4, 10}), f32({6, 4, 3})}, ConvAttrs{}).macs, 1152U);
  // 3 outputs · 3·3·3 positions · 2 inputs · 2·2·2 taps.
  EXPECT_EQ(work(OpKind::conv3d, {f32({1, 2, 4, 4, 4}), f32({3, 2, 2, 2, 2})}, ConvAttrs{}).macs,
            1296U);
  // 4·5·5 inputs, each to 2 outputs · 3·3 taps.
  EXPECT_EQ(work(OpKind::conv_transpose2d, {f32({1, 4, 5, 5}), f32({4, 2, 3, 3})},
                 ConvAttrs{.stride = {2}})
                .macs,
            1800U);
}

TEST(WorkRules, CountOneVectorOperationPerBiasedOutput) {
  const auto with_bias =
      work(OpKind::conv2d, {f32({2, 3, 8, 8}), f32({4, 3, 1, 1}), f32({4})}, ConvAttrs{});
  EXPECT_EQ(with_bias.vector_ops, 2U * 4 * 8 * 8);
  EXPECT_EQ(work(OpKind::linear, {f32({5, 3}), f32({7, 3}), f32({7})}).vector_ops, 35U);
  EXPECT_EQ(work(OpKind::linear, {f32({5, 3}), f32({7, 3})}).vector_ops, 0U);
}

TEST(WorkRules, CountMatrixProducts) {
  // ViT-B's first MLP layer at batch 2: 2·197 rows · 768 in · 3072 out.
  EXPECT_EQ(work(OpKind::linear, {f32({2, 197, 768}), f32({3072, 768})}).macs, 929'562'624U);
  // ViT-B's scores: 12 heads · 197·197 · 64.
  EXPECT_EQ(work(OpKind::matmul, {f32({1, 12, 197, 64}), f32({1, 12, 64, 197})}).macs, 29'805'312U);
  // Broadcast batch: 5 products of 2×3 by 3×4.
  EXPECT_EQ(work(OpKind::matmul, {f32({1, 2, 3}), f32({5, 3, 4})}).macs, 120U);
  EXPECT_EQ(work(OpKind::matmul, {f32({6}), f32({6})}).macs, 6U);
}

TEST(WorkRules, CountAttentionAsProjectionsScoresAndApply) {
  // ViT-B, N=1 L=197 E=768 H=12: projections 4·197·768² = 464,781,312; scores and apply 2·197²·768
  // = 59,610,624. Vector: biases 4·197·768 = 605,184; scores 12·197² = 465,708, each scaled (1) and
  // through softmax (9).
  const auto x = f32({1, 197, 768});
  const auto self = work(OpKind::multi_head_attention,
                         {x, x, x, f32({2304, 768}), f32({2304}), f32({768, 768}), f32({768})},
                         AttentionAttrs{.num_heads = 12});
  EXPECT_EQ(self.macs, 524'391'936U);
  EXPECT_EQ(self.vector_ops, 605'184U + 10U * 465'708U);
  // N=2 L=5 S=7 E=8: q and output 2·2·5·64 = 1280, k and v 2·2·7·64 = 1792, scores and apply
  // 2·2·5·7·8 = 1120. Scores 2·4·5·7 = 280, masked: (1 + 1 + 9) each; no biases.
  const auto memory = f32({2, 7, 8});
  const auto cross = work(OpKind::multi_head_attention,
                          {f32({2, 5, 8}), memory, memory, f32({24, 8}), f32({8, 8}), f32({5, 7})},
                          AttentionAttrs{.num_heads = 4, .has_bias = false});
  EXPECT_EQ(cross.macs, 4192U);
  EXPECT_EQ(cross.vector_ops, 11U * 280U);
  // Scores 2·4·5·7 = 280 of 8-wide heads, applied to 6-wide values.
  EXPECT_EQ(work(OpKind::scaled_dot_product_attention,
                 {f32({2, 4, 5, 8}), f32({2, 4, 7, 8}), f32({2, 4, 7, 6})}, AttentionAttrs{})
                .macs,
            280U * 14);
}

TEST(WorkRules, CountPoolingTaps) {
  // 64·56·56 outputs of 3×3 windows.
  EXPECT_EQ(work(OpKind::max_pool2d, {f32({1, 64, 112, 112})},
                 PoolAttrs{.kernel = {3}, .stride = {2}, .padding = {1}})
                .vector_ops,
            1'806'336U);
  // 8·2·2 outputs: 4 additions and the division each.
  EXPECT_EQ(work(OpKind::avg_pool2d, {f32({1, 8, 4, 4})}, PoolAttrs{.kernel = {2}}).vector_ops,
            32U * 5);
  // Global: 512 channels of 49 additions and one division.
  EXPECT_EQ(work(OpKind::adaptive_avg_pool2d, {f32({1, 512, 7, 7})}, PoolAttrs{.output_size = {1}})
                .vector_ops,
            512U * 50);
}

RC_GTEST_PROP(WorkRules, CountEveryElementOfAdaptiveWindows, ()) {
  const auto in = *rc::gen::inRange<std::int64_t>(1, 60);
  const auto out = *rc::gen::inRange<std::int64_t>(1, 60);
  std::uint64_t taps = 0; // the windows of PyTorch's adaptive pooling, walked
  for (std::int64_t i = 0; i < out; ++i)
    for (std::int64_t j = 0; j < in; ++j)
      taps += j >= i * in / out && j * out < (i + 1) * in;
  const auto w =
      work(OpKind::adaptive_max_pool2d, {f32({1, 3, in, 1})}, PoolAttrs{.output_size = {out, 1}});
  RC_ASSERT(w.vector_ops == 3 * taps);
}

TEST(WorkRules, CountInstructionsOfElementwiseFormulas) {
  const auto per_element = [](OpKind kind, const Attributes &attributes = {}) {
    return work(kind, {f32({2, 5})}, attributes).vector_ops / 10;
  };
  EXPECT_EQ(per_element(OpKind::relu), 1U);
  EXPECT_EQ(per_element(OpKind::relu6), 2U);
  EXPECT_EQ(per_element(OpKind::hardswish), 5U);
  EXPECT_EQ(per_element(OpKind::exp), 5U);      // scale, 2^x at a quarter of the rate
  EXPECT_EQ(per_element(OpKind::sigmoid), 10U); // exp 5, add 1, reciprocal 4
  EXPECT_EQ(per_element(OpKind::silu), 11U);
  EXPECT_EQ(per_element(OpKind::gelu), 21U); // erf 18 (rules.hpp), multiply, multiply-add, multiply
  EXPECT_EQ(per_element(OpKind::softmax, AxisAttrs{.dims = {1}}), 9U);
  EXPECT_EQ(per_element(OpKind::layer_norm, NormAttrs{}), 5U);
  EXPECT_EQ(per_element(OpKind::rms_norm, NormAttrs{}), 3U);
  EXPECT_EQ(per_element(OpKind::local_response_norm, PoolAttrs{.kernel = {5}}), 20U); // 5+1+9+5
}

TEST(WorkRules, CountReductionsPerInput) {
  const auto x = f32({2, 3, 4});
  EXPECT_EQ(work(OpKind::sum, {x}, AxisAttrs{.dims = {1}}).vector_ops, 24U);
  EXPECT_EQ(work(OpKind::mean, {x}, AxisAttrs{.dims = {1}}).vector_ops, 24U + 8U);
  EXPECT_EQ(work(OpKind::argmax, {x}, AxisAttrs{.dims = {1}}).vector_ops, 3 * 24U);
}

TEST(WorkRules, CountBroadcastOperandsPerOutput) {
  EXPECT_EQ(work(OpKind::add, {f32({4, 1}), f32({1, 6})}).vector_ops, 24U);
  EXPECT_EQ(work(OpKind::div, {f32({4}), f32({4})}).vector_ops, 20U); // reciprocal 4, multiply 1
}

TEST(WorkRules, GiveNoWorkToWhatOnlyMovesBytes) {
  const auto x = f32({2, 6});
  const auto moved = work(OpKind::concat, {x, x}, AxisAttrs{.dims = {0}});
  EXPECT_EQ(moved.macs, 0U);
  EXPECT_EQ(moved.vector_ops, 0U);
}

TEST(WorkRules, RefuseCountsBeyond64Bits) {
  const std::int64_t k = std::int64_t{1} << 30, m = std::int64_t{1} << 20;
  EXPECT_THAT(
      test::error_of([&] {
        (void)work(OpKind::matmul, {f32({m, k}), f32({k, m})});
      }),
      testing::AllOf(testing::HasSubstr("node 'node' (matmul)"), testing::HasSubstr("64 bits")));
}

} // namespace
