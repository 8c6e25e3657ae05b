// What libraries and frameworks do around a product: layout conversions, TF32, copies, alignment, kernels that stand
// alone, and what the host pays for the call.
#include "targets/gpu/lowering.hpp"

#include "ir/passes.hpp"
#include "partition/strategy.hpp"
#include "support/error.hpp"
#include "targets/gpu/kernel.hpp"
#include "targets/gpu_net.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

using namespace fusesim;
using namespace fusesim::targets;
using namespace fusesim::targets::gpu;
using namespace fusesim::targets::test;
using ir::DType;
using ir::OpKind;
using ir::ValueId;
using ::testing::ElementsAre;

namespace {

// ---- layout -------------------------------------------------------------------------------------

/// 16 → 32 channels of 3×3, 2 images of 8×8.
ir::Graph one_conv(DType dtype, std::int64_t groups = 1, bool activated = false) {
  Net net;
  net.dtype = dtype;
  const auto out = groups == 1 ? 32 : 16;
  auto y = net.conv("conv", net.input("x", {2, 16, 8, 8}), out, 3, groups);
  if (activated)
    y = net.builder.add(OpKind::relu, "relu", {y});
  return net.done({y});
}
Runtime nchw() {
  auto runtime = free_runtime();
  runtime.layout = Runtime::Layout::contiguous;
  return runtime;
}

// x: 2·16·64 f16 = 4,096 B, w: 32·16·9 f16 = 9,216 B, y: 2·32·64 f16 = 8,192 B; each read and written once more.
TEST(LayoutConversion, StandsAroundAConvolutionOnTensorCoresOfImagesInNchw) {
  const auto graph = one_conv(DType::f16);
  const auto lowered = unfused(graph, nchw());
  EXPECT_THAT(names(lowered), ElementsAre("conv.to_nhwc", "conv.to_nhwc", "conv", "conv.to_nchw"));
  EXPECT_EQ(lowered.program.launches.size(), 4U);
  const auto groups = groups_of(lowered.program);
  EXPECT_EQ(moved(groups[0], kRead), 4'096U);
  EXPECT_EQ(moved(groups[0], kWrite), 4'096U);
  EXPECT_EQ(moved(groups[1], kRead), 9'216U);
  EXPECT_EQ(moved(groups[1], kWrite), 9'216U);
  EXPECT_EQ(moved(groups[3], kRead), 8'192U);
  EXPECT_EQ(moved(groups[3], kWrite), 8'192U);
  // The convolution itself reads and writes the converted tensors only.
  for (const auto &access : groups[2].accesses)
    EXPECT_GE(access.tensor, graph.values().size());
  EXPECT_EQ(groups[3].accesses.back().tensor, result_of(graph, "conv"));
  EXPECT_EQ(lowered.program.tensor_count, graph.values().size() + 3);
}

TEST(LayoutConversion, IsNotNeededElsewhere) {
  EXPECT_THAT(names(unfused(one_conv(DType::f16), free_runtime())), ElementsAre("conv"));
  EXPECT_THAT(names(unfused(one_conv(DType::f16, 16), nchw())), ElementsAre("conv")) << "depthwise";
  for (const auto &name : names(unfused(one_conv(DType::f32), nchw())))
    EXPECT_EQ(name.find("_nhwc"), std::string::npos) << "CUDA cores take NCHW";
  Net net;
  const auto linear = net.done({net.linear("y", net.input("x", {16, 16}), 16)});
  EXPECT_THAT(names(unfused(linear, nchw())), ElementsAre("y"));
}

// A bias has one dimension: there is nothing to convert.
TEST(LayoutConversion, LeavesABiasAlone) {
  Net net;
  const auto x = net.input("x", {2, 16, 8, 8}), w = net.weight("w", {32, 16, 1, 1}),
             bias = net.weight("bias", {32});
  const auto graph =
      net.done({net.builder.add(OpKind::conv2d, "conv", {x, w, bias}, conv_attrs(1, 0))});
  const auto lowered = unfused(graph, nchw());
  EXPECT_EQ(names(lowered).size(), 4U);
  EXPECT_EQ(touched_by(lowered.program).read.at(value(graph, "bias")), 64U);
}

// PyTorch's own NCHW kernel takes ten lane operations for a multiply-add, NHWC kernels two: 2·16·64·9 multiply-adds.
TEST(Layout, MakesADepthwiseConvolutionDearerInNchw) {
  const auto graph = one_conv(DType::f16, 16);
  const double in_nchw = work(groups_of(unfused(graph, nchw()).program)[0], SmEngine::cuda);
  const double in_nhwc = work(groups_of(unfused(graph, free_runtime()).program)[0], SmEngine::cuda);
  EXPECT_NEAR(in_nchw - in_nhwc, 8.0 * 2 * 16 * 64 * 9, 1e-6);
}

// ---- bias ---------------------------------------------------------------------------------------

// y: 16·32 f16 = 1,024 B. at::addmm without cuBLASLt: a kernel writes the bias into every row, the product reads it there.
TEST(Bias, OfALinearIsCopiedIntoItsResultFirst) {
  Net net;
  const auto graph = net.done({net.builder.add(
      OpKind::linear, "y",
      {net.input("x", {16, 16}), net.weight("w", {32, 16}), net.weight("bias", {32})})});
  auto runtime = free_runtime();
  EXPECT_THAT(names(unfused(graph, runtime)), ElementsAre("y"));
  runtime.copies_linear_bias = true;
  const auto lowered = unfused(graph, runtime);
  EXPECT_THAT(names(lowered), ElementsAre("y.bias", "y"));
  EXPECT_EQ(lowered.program.launches.size(), 2U);
  const auto groups = groups_of(lowered.program);
  EXPECT_EQ(moved(groups[0], kRead), 64U);
  EXPECT_EQ(moved(groups[0], kWrite), 1'024U);
  EXPECT_EQ(moved(groups[1], kRead), 16U * 16 * 2 + 32 * 16 * 2 + 1'024);
  EXPECT_EQ(moved(groups[1], kWrite), 1'024U);
}

// y: 2·32·64 f16 = 8,192 B. at::_convolution: cuDNN first, then y += bias.
TEST(Bias, OfAConvolutionIsAddedAfterIt) {
  Net net;
  const auto x = net.input("x", {2, 16, 8, 8}), w = net.weight("w", {32, 16, 3, 3}),
             bias = net.weight("bias", {32});
  const auto graph =
      net.done({net.builder.add(OpKind::conv2d, "conv", {x, w, bias}, conv_attrs(1, 1))});
  auto runtime = free_runtime();
  runtime.adds_convolution_bias = true;
  const auto groups = groups_of(unfused(graph, runtime).program);
  ASSERT_EQ(groups.size(), 2U);
  EXPECT_EQ(groups[1].name, "conv.bias");
  EXPECT_EQ(moved(groups[1], kRead), 8'192U + 64);
  EXPECT_EQ(moved(groups[1], kWrite), 8'192U);
  EXPECT_EQ(moved(groups[0], kRead), 2U * 16 * 64 * 2 + 32 * 16 * 9 * 2);
  runtime.layout = Runtime::Layout::contiguous; // after the conversion back
  EXPECT_THAT(names(unfused(graph, runtime)),
              ElementsAre("conv.to_nhwc", "conv.to_nhwc", "conv", "conv.to_nchw", "conv.bias"));
  EXPECT_THAT(names(fused(graph, runtime)).back(), "conv.bias");
}

// PyTorch's own kernel for NCHW takes the bias along.
TEST(Bias, OfADepthwiseConvolutionInNchwIsInItsKernel) {
  Net net;
  const auto x = net.input("x", {2, 16, 8, 8}), w = net.weight("w", {16, 1, 3, 3}),
             bias = net.weight("bias", {16});
  const auto graph =
      net.done({net.builder.add(OpKind::conv2d, "conv", {x, w, bias}, conv_attrs(1, 1, 16))});
  auto runtime = nchw();
  runtime.adds_convolution_bias = true;
  EXPECT_THAT(names(unfused(graph, runtime)), ElementsAre("conv"));
  runtime.layout = Runtime::Layout::channels_last;
  EXPECT_THAT(names(unfused(graph, runtime)), ElementsAre("conv", "conv.bias"));
}

// What compiles a fused kernel has the bias in its epilogue.
TEST(Bias, StaysWithAFusedKernel) {
  Net net;
  const auto y = net.builder.add(
      OpKind::linear, "y",
      {net.input("x", {16, 16}), net.weight("w", {32, 16}), net.weight("bias", {32})});
  const auto graph = net.done({net.builder.add(OpKind::relu, "relu", {y})});
  auto runtime = free_runtime();
  runtime.copies_linear_bias = true;
  EXPECT_THAT(names(fused(graph, runtime)), ElementsAre("y"));
}

// ---- TF32 ---------------------------------------------------------------------------------------

struct Tf32Case {
  Runtime::Tf32 products;
  bool conv, linear; ///< runs in TF32
};
class Tf32Test : public ::testing::TestWithParam<Tf32Case> {};

TEST_P(Tf32Test, RunsTheProductsThatTheRuntimeSays) {
  const auto &row = GetParam();
  auto machine = toy_gpu();
  machine.tf32_tensor_tflops = 0.512;
  auto runtime = free_runtime();
  runtime.tf32_products = row.products;
  Net net;
  net.dtype = DType::f32;
  const auto linear = net.done({net.linear("y", net.input("x", {16, 16}), 16)});
  const auto in_tf32 = [&](const ir::Graph &graph, const GpuMachine &gpu) {
    double sum = 0;
    for (const auto &group : groups_of(unfused(graph, runtime, gpu).program))
      sum += work(group, SmEngine::tf32);
    return sum > 0;
  };
  EXPECT_EQ(in_tf32(one_conv(DType::f32), machine), row.conv);
  EXPECT_EQ(in_tf32(linear, machine), row.linear);
  // Other types run where they always do, and so does everything on a machine that has no TF32.
  EXPECT_FALSE(in_tf32(one_conv(DType::f16), machine));
  EXPECT_FALSE(in_tf32(linear, toy_gpu()));
}

INSTANTIATE_TEST_SUITE_P(Gpu, Tf32Test,
                         ::testing::Values(Tf32Case{Runtime::Tf32::none, false, false},
                                           Tf32Case{Runtime::Tf32::convolutions, true, false},
                                           Tf32Case{Runtime::Tf32::all, true, true}));

TEST(Tf32, IsForbiddenByStrictF32AndRefusedWhereThereIsNone) {
  Runtime runtime = free_runtime();
  runtime.tf32_products = Runtime::Tf32::all;
  ExperimentOptions options;
  EXPECT_EQ(driver_of(runtime, options).tf32_products, Runtime::Tf32::all);
  options.strict_f32 = true;
  EXPECT_EQ(driver_of(runtime, options).tf32_products, Runtime::Tf32::none);
  options.strict_f32 = false;
  options.dtype = DType::tf32;
  EXPECT_THAT(
      [&] {
        run_experiment(one_conv(DType::f32), load_machine("v100-sxm2-16gb"),
                       load_runtime("pytorch-eager"), options);
      },
      ::testing::ThrowsMessage<Error>(::testing::HasSubstr("no tensor cores for tf32")));
}

// ---- products that stand alone ------------------------------------------------------------------

Runtime alone() {
  auto runtime = free_runtime();
  runtime.submission = Runtime::Submission::eager;
  runtime.dispatch_us = 10;
  runtime.fuses_into_products = false;
  return runtime;
}
Runtime together() {
  auto runtime = alone();
  runtime.fuses_into_products = true;
  return runtime;
}

TEST(StandAloneProducts, LeaveTheirNeighboursToOtherKernels) {
  Net net;
  auto y = net.batch_norm("bn", net.conv("conv", net.input("x", {2, 16, 8, 8}), 32, 3));
  const auto graph = net.done({net.builder.add(OpKind::relu, "relu", {y})});
  EXPECT_THAT(names(fused(graph, together())), ElementsAre("conv"));
  EXPECT_THAT(names(fused(graph, alone())), ElementsAre("conv", "bn")); // with the relu
}

TEST(StandAloneProducts, HaveNoPrologueEither) {
  Net net;
  const auto x = net.builder.add(OpKind::relu, "relu", {net.input("x", {16, 16})});
  const auto graph =
      net.done({net.builder.add(OpKind::gelu, "gelu", {net.linear("linear", x, 16)})});
  EXPECT_THAT(names(fused(graph, together())), ElementsAre("linear"));
  EXPECT_THAT(names(fused(graph, alone())), ElementsAre("relu", "linear", "gelu"));
}

// Each kernel of compiled code is a call of its own; the second kernel of a fused call is not.
TEST(StandAloneProducts, AreCallsOfTheirOwn) {
  Net net;
  const auto h =
      net.builder.add(OpKind::gelu, "gelu", {net.linear("up", net.input("x", {16, 16}), 32)});
  const auto graph = net.done({net.linear("down", h, 16)});
  const auto dispatches = [&](const Runtime &runtime) {
    std::vector<double> us;
    for (const auto &launch : fused(graph, runtime).program.launches)
      us.push_back(std::round(launch.dispatch_s * 1e9) / 1e3);
    return us;
  };
  EXPECT_THAT(dispatches(alone()), ElementsAre(10, 10, 10));
  EXPECT_THAT(dispatches(together()), ElementsAre(10, 0));
}

// ---- attention kernels --------------------------------------------------------------------------

ir::Graph attention() {
  Net net;
  auto s = net.builder.add(OpKind::matmul, "scores",
                           {net.input("q", {4, 16, 8}), net.input("k", {4, 8, 16})});
  s = net.builder.add(OpKind::softmax, "softmax", {s}, ir::AxisAttrs{.dims = {2}});
  return net.done({net.builder.add(OpKind::matmul, "apply", {s, net.input("v", {4, 16, 8})})});
}

TEST(AttentionKernel, IsThereForUpToAsManyKeysAsTheRuntimeSays) {
  auto runtime = free_runtime();
  runtime.fused_attention_tokens = 16;
  EXPECT_EQ(names(fused(attention(), runtime)).size(), 1U);
  runtime.fused_attention_tokens = 15;
  EXPECT_THAT(names(fused(attention(), runtime)), ElementsAre("scores", "softmax", "apply"));
}

// At half the rate the same products take twice as long on the engine.
TEST(AttentionKernel, MultipliesAtTheRuntimesShareOfTheRate) {
  auto runtime = free_runtime();
  const auto engine_work = [&](double efficiency) {
    runtime.attention_efficiency = efficiency;
    return work(groups_of(fused(attention(), runtime).program)[0], SmEngine::f16);
  };
  EXPECT_GT(engine_work(0.8), 0);
  EXPECT_NEAR(engine_work(0.4), 2 * engine_work(0.8), 1e-6);
}

// ---- what the host pays -------------------------------------------------------------------------

Runtime host() {
  auto runtime = alone();
  runtime.module_dispatch_us = 5;
  return runtime;
}
std::vector<double> dispatches(const ir::Graph &graph, const Runtime &runtime) {
  std::vector<double> us;
  for (const auto &launch : unfused(graph, runtime).program.launches)
    us.push_back(std::round(launch.dispatch_s * 1e9) / 1e3);
  return us;
}

TEST(HostCost, IsMoreForAnOperatorWithWeights) {
  Net net;
  const auto x = net.linear("linear", net.input("x", {1, 16, 16}), 16);
  const auto y = net.builder.add(OpKind::relu, "relu", {x});
  const auto n =
      net.builder.add(OpKind::layer_norm, "norm", {y, net.weight("g", {16}), net.weight("b", {16})},
                      ir::NormAttrs{});
  const auto graph = net.done({net.builder.add(OpKind::matmul, "product", {n, x})});
  EXPECT_THAT(dispatches(graph, host()), ElementsAre(15, 10, 15, 10));
}

// Autocast casts x and w (10 each); the product then reads the casts, and w's is a weight all the same.
TEST(HostCost, KnowsAWeightThatAutocastCast) {
  Net net;
  net.dtype = DType::f32;
  const auto graph =
      ir::with_autocast(net.done({net.linear("linear", net.input("x", {16, 16}), 16)}), DType::f16);
  EXPECT_THAT(dispatches(graph, host()), ElementsAre(10, 10, 15));
}

// In compiled code only library calls pay for their set-up; a norm is generated code.
TEST(HostCost, IsThatOfLibraryCallsOnlyInCompiledCode) {
  Net net;
  const auto n = net.builder.add(
      OpKind::layer_norm, "norm",
      {net.input("x", {16, 16}), net.weight("g", {16}), net.weight("b", {16})}, ir::NormAttrs{});
  const auto graph = net.done({net.linear("linear", n, 16)});
  auto runtime = host();
  EXPECT_THAT(dispatches(graph, runtime), ElementsAre(15, 15));
  runtime.strategy = "attention";
  EXPECT_THAT(dispatches(graph, runtime), ElementsAre(10, 15));
}

TEST(HostCost, BeginsWithTheCall) {
  Net net;
  const auto graph = net.done({net.builder.add(OpKind::relu, "relu", {net.input("x", {16})})});
  auto runtime = host();
  runtime.call_us = 100;
  const auto lowered = unfused(graph, runtime);
  ASSERT_EQ(lowered.program.launches.size(), 2U);
  EXPECT_EQ(lowered.program.launches[0].kind, sim::Launch::Kind::host_only);
  EXPECT_NEAR(lowered.program.launches[0].dispatch_s, 100e-6, 1e-12);
  EXPECT_EQ(kernel_count(lowered.program), 1U);
  runtime.submission = Runtime::Submission::graph_replay; // before the graph is submitted
  runtime.graph_launch_us = 3;
  const auto captured = unfused(graph, runtime);
  EXPECT_EQ(captured.program.launches.size(), 1U);
  EXPECT_NEAR(captured.topology.host.graph_launch_s, 103e-6, 1e-12);
}

// A linear without bias and a norm have three weights.
TEST(HostCost, ChecksEveryWeightOfCompiledCode) {
  Net net;
  const auto y = net.linear("linear", net.input("x", {16, 16}), 16);
  const auto graph = net.done(
      {net.builder.add(OpKind::layer_norm, "norm",
                       {y, net.weight("g", {16}), net.weight("b", {16})}, ir::NormAttrs{})});
  auto runtime = host();
  runtime.call_us = 100;
  runtime.weight_us = 7;
  EXPECT_NEAR(unfused(graph, runtime).program.launches[0].dispatch_s, 121e-6, 1e-12);
}

// ---- rows that are passed over again ------------------------------------------------------------

/// DRAM traffic of all tasks beyond what is read and written once.
Bytes read_again(const sim::TaskGroup &group) {
  Bytes sum = 0;
  for (const auto &link : group.links)
    sum += link.link == kDram ? link.bytes * group.count : 0;
  return sum;
}

TEST(SecondPass, ReadsFromL2WhatFitsThereBetweenThePasses) {
  const auto device = device_of(toy_gpu());
  StreamKernel kernel;
  kernel.items = 16 << 20;
  kernel.passes = 2;
  kernel.reads = {{0, 32 << 20, 32 << 20}};
  kernel.writes = {{1, 32 << 20, 32 << 20}};
  const auto again = [&](Bytes working_set) {
    kernel.working_set = working_set;
    return read_again(stream_group(device, kernel));
  };
  EXPECT_EQ(again(4 << 20), 0U);                            // all of L2
  EXPECT_EQ(again((4 << 20) + (1 << 19)), Bytes{16} << 20); // an eighth more: half is lost
  EXPECT_EQ(again(8 << 20), Bytes{32} << 20);
}

/// What the one kernel of `kind` over rows × columns of f16 is, on the toy GPU of one SM.
sim::TaskGroup rows_kernel(OpKind kind, std::int64_t rows, std::int64_t columns) {
  Net net;
  const auto x = net.input("x", {rows, columns});
  const auto graph =
      net.done({kind == OpKind::softmax
                    ? net.builder.add(kind, "op", {x}, ir::AxisAttrs{.dims = {1}})
                    : net.builder.add(kind, "op",
                                      {x, net.weight("g", {columns}), net.weight("b", {columns})},
                                      ir::NormAttrs{})});
  const auto groups = groups_of(unfused(graph, free_runtime()).program);
  EXPECT_EQ(groups.size(), 1U);
  return groups[0];
}

// PyTorch's LayerNorm works on 16 rows an SM at a time. 16 of 128 KiB are 2 MiB of 4; 16 of 512 KiB are twice L2, and all of it
// is read again.
TEST(SecondPass, OfANormFindsSixteenRowsOfEachSm) {
  EXPECT_EQ(read_again(rows_kernel(OpKind::layer_norm, 64, 64 << 10)), 0U);
  EXPECT_EQ(read_again(rows_kernel(OpKind::layer_norm, 64, 256 << 10)),
            Bytes{64} * 512 * 1024 + 2 * 512 * 1024); // weight and bias with it
}

// A row of a long softmax takes all threads of half an SM: two rows of 512 KiB stay where 16 do not.
TEST(SecondPass, OfASoftmaxFindsTwoRowsOfEachSm) {
  EXPECT_EQ(read_again(rows_kernel(OpKind::softmax, 64, 256 << 10)), 0U);
}

// Up to 1,024 elements a warp keeps the row, padded to a power of two: nine operations an element between loading and storing
// it, 22 beyond. 64 lanes at 1 GHz; the toy's L2 answers within 0.25 us.
TEST(SecondPass, ComputesBetweenLoadingAndStoring) {
  const auto drain_us = [](std::int64_t columns) {
    return rows_kernel(OpKind::softmax, (1 << 22) / columns, columns).drain_s * 1e6 - 0.25;
  };
  EXPECT_NEAR(drain_us(1024), (1 << 22) * 9 / 64.0 * 1e-3, 1e-6);
  const std::int64_t rows = (1 << 22) / 577;
  EXPECT_NEAR(drain_us(577), static_cast<double>(rows) * 1024 * 9 / 64.0 * 1e-3, 1e-6);
  EXPECT_NEAR(drain_us(2048), (1 << 22) * 22 / 64.0 * 1e-3, 1e-6);
}

// ---- start of a kernel --------------------------------------------------------------------------

/// Of every launch, in us.
std::vector<double> ramps(const Lowered &lowered) {
  std::vector<double> result;
  for (const auto &launch : lowered.program.launches)
    result.push_back(std::round(launch.stages.at(0).groups.at(0).fill_s * 1e9) * 1e-3);
  return result;
}

// x ─> conv ─> softmax, images in NCHW: two conversions, the convolution, one back, and the softmax.
TEST(KernelRamp, IsThatOfLongCodeForProductsAlone) {
  auto machine = toy_gpu();
  machine.kernel_ramp_us = 4;
  machine.stream_ramp_us = 0.5;
  Net net;
  const auto y = net.conv("conv", net.input("x", {2, 16, 8, 8}), 32, 3);
  const auto graph =
      net.done({net.builder.add(OpKind::softmax, "softmax", {y}, ir::AxisAttrs{{1}, false})});
  auto runtime = free_runtime();
  runtime.layout = Runtime::Layout::contiguous;
  EXPECT_THAT(ramps(unfused(graph, runtime, machine)), ElementsAre(0.5, 0.5, 4, 0.5, 0.5));
  EXPECT_THAT(ramps(lower_gpu(graph, one_subgraph(graph), machine, free_runtime())),
              ElementsAre(4, 0.5)); // cut where the softmax needs all channels
}

TEST(KernelRamp, IsThatOfLongCodeForAttention) {
  auto machine = toy_gpu();
  machine.kernel_ramp_us = 4;
  machine.stream_ramp_us = 0.5;
  const auto graph = attention();
  auto runtime = free_runtime();
  runtime.fused_attention_tokens = 16;
  EXPECT_THAT(ramps(lower_gpu(graph, one_subgraph(graph), machine, runtime)), ElementsAre(4));
}

} // namespace
