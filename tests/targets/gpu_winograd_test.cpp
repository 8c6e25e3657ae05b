#include "targets/gpu/winograd.hpp"

#include "partition/strategy.hpp"
#include "targets/gpu/lowering.hpp"
#include "targets/gpu_net.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace fusesim;
using namespace fusesim::targets;
using namespace fusesim::targets::gpu;
using namespace fusesim::targets::test;
using ::testing::ElementsAre;

namespace {

std::uint64_t multiplications(const GemmShape &shape) {
  return shape.batch * shape.m * shape.n * shape.k;
}

// Lavin & Gray, table of section 4: F(2×2, 3×3) multiplies 16 times for a tile of 4 results, directly it is 36.
// 2 images of 6×8 have 2·3·4 = 24 tiles; 5 channels, 7 filters: 24·16·35 = 13,440.
TEST(Winograd, InOneKernelMultipliesSixteenTimesForATileOfFour) {
  const GemmShape direct{1, 2 * 6 * 8, 7, 5 * 9, 4, SmEngine::cuda};
  const auto shape = one_kernel_shape({2, 6, 8, 5, 7, 4}, direct);
  EXPECT_EQ(multiplications(shape), 13'440U);
  EXPECT_EQ(multiplications(direct) * 4, multiplications(shape) * 9);
  EXPECT_EQ(shape.n, direct.n);
}

// 7×5 results take 4×3 tiles, whatever hangs over.
TEST(Winograd, ComputesWholeTiles) {
  const GemmShape direct{1, 35, 7, 45, 4, SmEngine::cuda};
  EXPECT_EQ(multiplications(one_kernel_shape({1, 7, 5, 5, 7, 4}, direct)), 4U * 3 * 16 * 35);
}

// F(4×4, 3×3) multiplies 36 times for a tile of 16 results: 2 images of 6×8 have 2·2·2 = 8 tiles, 36·8·35 = 10,080.
// Transformed, a tile has 36 elements per channel, a filter too: 36·8·5·4 B, 36·7·5·4 B, 36·8·7·4 B.
TEST(Winograd, InStepsMultipliesThirtySixTimesForATileOfSixteen) {
  const auto steps = steps_of({2, 6, 8, 5, 7, 4});
  EXPECT_EQ(multiplications(steps.product), 10'080U);
  EXPECT_EQ(steps.product.batch, 36U);
  EXPECT_EQ(steps.input_bytes, 5'760U);
  EXPECT_EQ(steps.filter_bytes, 5'040U);
  EXPECT_EQ(steps.result_bytes, 8'064U);
  EXPECT_EQ(steps.product.a_bytes, steps.input_bytes);
  EXPECT_EQ(steps.product.b_bytes, steps.filter_bytes);
  EXPECT_EQ(steps.product.c_bytes, steps.result_bytes);
}

struct Conv {
  const char *what;
  ir::DType dtype = ir::DType::f32;
  std::int64_t kernel = 3, stride = 1, dilation = 1, groups = 1;
};
void PrintTo(const Conv &conv, std::ostream *stream) { *stream << conv.what; }

/// 256 → 256 channels of 8 images of 56×56, followed by a relu on request.
ir::Graph graph_of(const Conv &conv, bool activated = false) {
  Net net;
  net.dtype = conv.dtype;
  const auto padding = conv.dilation * (conv.kernel / 2);
  const ir::ConvAttrs attributes{{conv.stride, conv.stride},
                                 {padding, padding},
                                 {conv.dilation, conv.dilation},
                                 {0, 0},
                                 conv.groups};
  auto y = net.builder.add(ir::OpKind::conv2d, "conv",
                           {net.input("x", {8, 256, 56, 56}),
                            net.weight("w", {256, 256 / conv.groups, conv.kernel, conv.kernel})},
                           attributes);
  if (activated)
    y = net.builder.add(ir::OpKind::relu, "relu", {y});
  return net.done({y});
}

/// Multiply-adds of all kernels on the engine of the type, the padding of tiles included.
double multiply_adds(const Lowered &lowered) {
  double sum = 0;
  for (const auto &group : groups_of(lowered.program))
    if (group.name.find("transform") == std::string::npos)
      for (const auto &work : group.work)
        sum += (work.engine == id_of(SmEngine::cuda)  ? 1
                : work.engine == id_of(SmEngine::f16) ? 0.5
                                                      : 0) *
               work.amount * static_cast<double>(group.count);
  return sum;
}
Lowered lower_alone(const ir::Graph &graph) {
  return lower_gpu(graph, partition::run_strategy("unfused", graph), toy_gpu(), free_runtime());
}

constexpr double kDirect = 8.0 * 56 * 56 * 256 * 256 * 9;

// 64 lanes at 1 GHz take 231 ms directly and a quarter of that in steps, which move 2·58 MB of transformed tensors at
// 100 GB/s besides.
TEST(Winograd, RunsAFloat32ConvolutionInStepsWhereThatIsFaster) {
  const auto graph = graph_of({"3x3"});
  const auto lowered = lower_alone(graph);
  const auto groups = groups_of(lowered.program);
  ASSERT_EQ(groups.size(), 4U);
  EXPECT_EQ(lowered.program.launches.size(), 4U);
  std::vector<std::string> names;
  for (const auto &group : groups)
    names.push_back(group.name);
  EXPECT_THAT(names, ElementsAre("conv.transform_filter", "conv.transform_input", "conv.products",
                                 "conv.transform_result"));
  EXPECT_GE(multiply_adds(lowered), kDirect / 4);
  EXPECT_LE(multiply_adds(lowered), kDirect / 4 * 1.1);
  // 8·14·14 tiles of 36 elements and 256 channels of f32, written once and read once.
  const auto touched = touched_by(lowered.program);
  const Bytes transformed = 8 * 14 * 14 * 36 * 256 * 4;
  std::size_t tensors = 0;
  for (const auto &[tensor, bytes] : touched.written)
    if (tensor >= graph.values().size() && bytes == transformed) {
      EXPECT_EQ(touched.read.at(tensor), transformed);
      ++tensors;
    }
  EXPECT_EQ(tensors, 2U); // of the input and of the result
  EXPECT_EQ(touched.read.at(value(graph, "x")), 8U * 256 * 56 * 56 * 4);
  EXPECT_EQ(touched.written.at(result_of(graph, "conv")), 8U * 256 * 56 * 56 * 4);
}

// Whoever adds the bias reads it.
TEST(Winograd, ReadsABiasToo) {
  Net net;
  net.dtype = ir::DType::f32;
  const auto x = net.input("x", {8, 256, 56, 56}), w = net.weight("w", {256, 256, 3, 3}),
             bias = net.weight("bias", {256});
  const auto graph =
      net.done({net.builder.add(ir::OpKind::conv2d, "conv", {x, w, bias}, conv_attrs(1, 1))});
  const auto lowered = lower_alone(graph);
  ASSERT_EQ(lowered.program.launches.size(), 4U);
  EXPECT_EQ(touched_by(lowered.program).read.at(value(graph, "bias")), 256U * 4);
}

// What is fused behind it needs the results in the kernel: F(2×2) in one.
TEST(Winograd, RunsInOneKernelWithAnEpilogue) {
  const auto graph = graph_of({"3x3"}, true);
  const auto lowered = lower_gpu(graph, one_subgraph(graph), toy_gpu(), free_runtime());
  EXPECT_EQ(groups_of(lowered.program).size(), 1U);
  constexpr double kSlots = 1.3; // of a multiply-add and its share of the transforms: docs/model.md
  EXPECT_GE(multiply_adds(lowered), kSlots * kDirect * 4 / 9 * 0.999);
  EXPECT_LE(multiply_adds(lowered), kSlots * kDirect * 4 / 9 * 1.1);
}

class NoWinograd : public ::testing::TestWithParam<Conv> {};

TEST_P(NoWinograd, MultipliesDirectly) {
  const auto &conv = GetParam();
  const auto graph = graph_of(conv);
  const auto lowered = lower_alone(graph);
  EXPECT_EQ(groups_of(lowered.program).size(), 1U);
  const double direct = 8.0 * 56 * 56 / static_cast<double>(conv.stride * conv.stride) * 256 * 256 *
                        static_cast<double>(conv.kernel * conv.kernel) /
                        static_cast<double>(conv.groups);
  EXPECT_GE(multiply_adds(lowered), direct);
}

INSTANTIATE_TEST_SUITE_P(Convolutions, NoWinograd,
                         ::testing::Values(Conv{"f16", ir::DType::f16},
                                           Conv{.what = "1x1", .kernel = 1},
                                           Conv{.what = "5x5", .kernel = 5},
                                           Conv{.what = "stride 2", .stride = 2},
                                           Conv{.what = "dilated", .dilation = 2},
                                           Conv{.what = "grouped", .groups = 2}));

} // namespace
