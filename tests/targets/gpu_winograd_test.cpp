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

// Lavin & Gray, table of section 4: F(2×2, 3×3) multiplies 16 times for a tile of 4 results, directly it is 36. 2 images
// of 16×32 have 2·8·16 = 256 tiles; 5 channels, 7 filters: 256·16·35.
TEST(Winograd, InOneKernelMultipliesSixteenTimesForATileOfFour) {
  const GemmShape direct{1, 2 * 16 * 32, 7, 5 * 9, 4, SmEngine::cuda};
  const auto shape = one_kernel_shape({2, 16, 32, 5, 7, 4}, direct);
  EXPECT_EQ(multiplications(shape), 256U * 16 * 35);
  EXPECT_EQ(multiplications(direct) * 4, multiplications(shape) * 9);
  EXPECT_EQ(shape.n, direct.n);
}

struct Traced {
  Winograd conv;
  std::uint64_t ctas;
};
std::uint64_t ctas_of(GemmShape shape, const char *tiles) {
  auto machine = toy_gpu();
  machine.winograd_product_tiles = tiles;
  shape.is_convolution = shape.winograd == WinogradRole::whole;
  const auto plan = choose_plan(device_of(machine), shape);
  EXPECT_EQ(plan.split_k, 1U);
  return plan.ctas;
}

// NeuSight's traces of scudnn_winograd_128x128_ldg1_ldg4_relu_tile148t (conv dataset, columns Grid x, y, z): V100
// 49×2×1, 57×7×4, 102×3×2, 78×2×1 and 270×1×1, A100 120×3×2.
TEST(Winograd, InOneKernelHasTheGridOfTraces) {
  for (const auto &[conv, ctas] :
       {Traced{{7, 9, 9, 97, 206, 4}, 49 * 2 * 1}, Traced{{57, 56, 56, 937, 4, 4}, 57 * 7 * 4},
        Traced{{34, 23, 23, 214, 74, 4}, 102 * 3 * 2}, Traced{{3, 14, 14, 213, 829, 4}, 78 * 2 * 1},
        Traced{{6, 8, 8, 500, 1439, 4}, 270 * 1 * 1},
        Traced{{5, 24, 24, 119, 758, 4}, 120 * 3 * 2}}) {
    const auto pixels = conv.images * conv.rows * conv.columns;
    const GemmShape direct{1, pixels, conv.filters, conv.channels * 9, 4, SmEngine::cuda};
    EXPECT_EQ(ctas_of(one_kernel_shape(conv, direct), ""), ctas) << pixels;
  }
}

// The same traces, sgemm between winogradForwardData4x4 and winogradForwardOutput4x4: 128×128 on A100, 64×64 and 32×128 on
// V100. A grid's last dimension are the 36 products; images come in sixteens (12 of 17×17: 400 tiles, not 300).
TEST(Winograd, InStepsHasTheGridsOfTraces) {
  for (const auto &[conv, ctas] :
       {Traced{{27, 10, 10, 1212, 333, 4}, 3 * 3 * 36},
        Traced{{42, 11, 11, 798, 556, 4}, 4 * 5 * 36}, Traced{{12, 17, 17, 586, 59, 4}, 4 * 1 * 36},
        Traced{{43, 41, 41, 132, 250, 4}, 46 * 2 * 36}})
    EXPECT_EQ(ctas_of(steps_of(conv).product, "128x128"), ctas) << conv.images;
  EXPECT_EQ(ctas_of(steps_of({42, 11, 11, 798, 556, 4}).product, "64x64"), 7U * 9 * 36);
  EXPECT_EQ(ctas_of(steps_of({47, 8, 8, 187, 1622, 4}).product, "32x128"), 6U * 13 * 36);
}

// F(4×4, 3×3) multiplies 36 times for a tile of 16 results: 16 images of 6×8 have 16·2·2 = 64 tiles, 36·64·35.
// Transformed, a tile has 36 elements per channel, a filter too: 36·64·5·4 B, 36·7·5·4 B, 36·64·7·4 B.
TEST(Winograd, InStepsMultipliesThirtySixTimesForATileOfSixteen) {
  const auto steps = steps_of({16, 6, 8, 5, 7, 4});
  EXPECT_EQ(multiplications(steps.product), 36U * 64 * 35);
  EXPECT_EQ(steps.product.batch, 36U);
  EXPECT_EQ(steps.input_bytes, 46'080U);
  EXPECT_EQ(steps.filter_bytes, 5'040U);
  EXPECT_EQ(steps.result_bytes, 64'512U);
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

/// 256 → 256 channels of images of 56×56, followed by a relu on request.
ir::Graph graph_of(const Conv &conv, bool activated = false, std::int64_t images = 16) {
  Net net;
  net.dtype = conv.dtype;
  const auto padding = conv.dilation * (conv.kernel / 2);
  const ir::ConvAttrs attributes{{conv.stride, conv.stride},
                                 {padding, padding},
                                 {conv.dilation, conv.dilation},
                                 {0, 0},
                                 conv.groups};
  auto y = net.builder.add(ir::OpKind::conv2d, "conv",
                           {net.input("x", {images, 256, 56, 56}),
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

constexpr double kDirect = 16.0 * 56 * 56 * 256 * 256 * 9;

// 64 lanes at 1 GHz take 463 ms directly and a quarter of that in steps, which move 2·116 MB of transformed tensors at
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
  // 16·14·14 tiles of 36 elements and 256 channels of f32, written once and read once.
  const auto touched = touched_by(lowered.program);
  const Bytes transformed = 16 * 14 * 14 * 36 * 256 * 4;
  std::size_t tensors = 0;
  for (const auto &[tensor, bytes] : touched.written)
    if (tensor >= graph.values().size() && bytes == transformed) {
      EXPECT_EQ(touched.read.at(tensor), transformed);
      ++tensors;
    }
  EXPECT_EQ(tensors, 2U); // of the input and of the result
  // A tile's 36 elements go to as many matrices: a line of the port for each, besides the bytes.
  const auto port_bytes = [&](std::size_t group) {
    for (const auto &work : groups.at(group).work)
      if (work.engine == id_of(SmEngine::port))
        return work.amount * static_cast<double>(groups.at(group).count);
    return 0.0;
  };
  constexpr double kImages = 16.0 * 256 * 56 * 56 * 4;
  EXPECT_NEAR(port_bytes(1), kImages + transformed + transformed / 4.0 * 128, 1e3);
  EXPECT_NEAR(port_bytes(3), kImages + transformed, 1e3);
  EXPECT_EQ(touched.read.at(value(graph, "x")), 16U * 256 * 56 * 56 * 4);
  EXPECT_EQ(touched.written.at(result_of(graph, "conv")), 16U * 256 * 56 * 56 * 4);
}

// Whoever adds the bias reads it.
TEST(Winograd, ReadsABiasToo) {
  Net net;
  net.dtype = ir::DType::f32;
  const auto x = net.input("x", {16, 256, 56, 56}), w = net.weight("w", {256, 256, 3, 3}),
             bias = net.weight("bias", {256});
  const auto graph =
      net.done({net.builder.add(ir::OpKind::conv2d, "conv", {x, w, bias}, conv_attrs(1, 1))});
  const auto lowered = lower_alone(graph);
  ASSERT_EQ(lowered.program.launches.size(), 4U);
  EXPECT_EQ(touched_by(lowered.program).read.at(value(graph, "bias")), 256U * 4);
}

// One image would be padded to sixteen in steps. The filters are transformed first, 16 elements for 9.
TEST(Winograd, RunsFewImagesInOneKernel) {
  const auto graph = graph_of({"3x3"}, false, 1);
  const auto lowered = lower_alone(graph);
  const auto groups = groups_of(lowered.program);
  ASSERT_EQ(groups.size(), 2U);
  EXPECT_EQ(groups[0].name, "conv.transform_filter");
  const auto touched = touched_by(lowered.program);
  EXPECT_EQ(touched.read.at(value(graph, "w")), 256U * 256 * 9 * 4);
  constexpr Bytes kTransformed = 256 * 256 * 16 * 4;
  const auto own = static_cast<sim::TensorId>(graph.values().size());
  EXPECT_EQ(touched.written.at(own), kTransformed);
  EXPECT_EQ(touched.read.at(own), kTransformed);
  EXPECT_EQ(touched.front.at(own) / kTransformed, 7U * 4); // by every region of 8×16 of 56×56
  EXPECT_NEAR(multiply_adds(lowered), kDirect / 16 * 4 / 9 * 64 / 56, 1);
}

// What is fused behind it needs the results in the kernel: F(2×2) in one, of filters prepared when the engine was built.
TEST(Winograd, RunsInOneKernelWithAnEpilogue) {
  const auto graph = graph_of({"3x3"}, true);
  const auto lowered = lower_gpu(graph, one_subgraph(graph), toy_gpu(), free_runtime());
  EXPECT_EQ(groups_of(lowered.program).size(), 1U);
  EXPECT_NEAR(multiply_adds(lowered), kDirect * 4 / 9 * 64 / 56, 1); // rows of 56 in regions of 16
}

// A CTA's 128×32 results come of four times as many sums, which go through shared memory and leave in pairs. Toy SM: 128 B
// of shared memory and 64 B of the port a nanosecond.
TEST(Winograd, EndsByCollectingItsSums) {
  const GemmShape direct{1, 128, 32, 9 * 64, 4, SmEngine::cuda, 0, 0, 0, true, true, true};
  const auto shape = one_kernel_shape({1, 8, 16, 64, 32, 4}, direct);
  const auto device = device_of(toy_gpu());
  const auto plan = choose_plan(device, shape);
  const double sums = 128 * 32 * 4 * 4, pairs = 128 * 32 / 2.0;
  const double at_once = plan.resident;
  EXPECT_NEAR(cost_of(device, shape, plan).drain_s,
              device.l2_latency_s + at_once * (2 * sums / device.rate_of(SmEngine::shared) +
                                               pairs * 128 / device.rate_of(SmEngine::port)),
              1e-12);
  // 256 threads of 64 sums, 32 operands and 32 more registers: two CTAs in 65,536 registers.
  EXPECT_EQ(plan.resident, 2U);
}

class NoWinograd : public ::testing::TestWithParam<Conv> {};

TEST_P(NoWinograd, MultipliesDirectly) {
  const auto &conv = GetParam();
  const auto graph = graph_of(conv);
  const auto lowered = lower_alone(graph);
  EXPECT_EQ(groups_of(lowered.program).size(), 1U);
  const double direct = 16.0 * 56 * 56 / static_cast<double>(conv.stride * conv.stride) * 256 *
                        256 * static_cast<double>(conv.kernel * conv.kernel) /
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
