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

Lowered unfused(const ir::Graph &graph, const Runtime &runtime,
                const GpuMachine &machine = toy_gpu()) {
  return lower_gpu(graph, partition::run_strategy("unfused", graph), machine, runtime);
}
Lowered fused(const ir::Graph &graph, const Runtime &runtime) {
  return lower_gpu(graph, one_subgraph(graph), toy_gpu(), runtime);
}

std::vector<std::string> names(const Lowered &lowered) {
  std::vector<std::string> result;
  for (const auto &group : groups_of(lowered.program))
    result.push_back(group.name);
  return result;
}

/// Work of a whole group on an engine.
double work(const sim::TaskGroup &group, SmEngine engine) {
  double sum = 0;
  for (const auto &one : group.work)
    sum += one.engine == id_of(engine) ? one.amount : 0;
  return sum * static_cast<double>(group.count);
}

Bytes moved(const sim::TaskGroup &group, sim::TensorAccess::Kind kind) {
  Bytes sum = 0;
  for (const auto &access : group.accesses)
    sum += access.kind == kind ? access.bytes : 0;
  return sum;
}
constexpr auto kRead = sim::TensorAccess::Kind::read, kWrite = sim::TensorAccess::Kind::write;

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

// ---- strides --------------------------------------------------------------------------------------

ValueId permuted(Net &net, const char *name, ValueId x, ir::Dims dims) {
  return net.builder.add_typed(OpKind::permute, name, {x}, {{net.dtype, std::move(dims)}}).at(0);
}

Runtime striding_runtime() {
  auto runtime = free_runtime();
  runtime.keeps_strides = true;
  return runtime;
}

/// 2 images' 16 patches of 8 channels, as tokens that lie channel by channel, plus their positions.
ValueId patches(Net &net) {
  const auto tokens = permuted(net, "tokens", net.input("patches", {2, 8, 16}), {2, 16, 8});
  return net.builder.add(OpKind::add, "positioned", {tokens, net.weight("positions", {1, 16, 8})});
}
double port_bytes(const sim::TaskGroup &group) { return work(group, SmEngine::port); }

// 2·16·8 f16 = 512 B to load and to store; each element from a line of 128 B.
TEST(Strides, NormsCopyWhatLiesTransposedAndSumsLoadEachElementFromItsOwnLine) {
  Net net;
  const auto stream = patches(net);
  const auto normed = net.layer_norm("norm", stream);
  const auto graph = net.done({net.builder.add(OpKind::add, "sum", {stream, normed})});
  const auto lowered = unfused(graph, striding_runtime());
  EXPECT_THAT(names(lowered), ElementsAre("positioned", "norm.contiguous", "norm", "sum"));
  const auto groups = groups_of(lowered.program);
  EXPECT_DOUBLE_EQ(port_bytes(groups[0]), 512 + 256 + 512);
  EXPECT_EQ(moved(groups[1], kRead), 512U);
  EXPECT_EQ(moved(groups[1], kWrite), 512U);
  EXPECT_DOUBLE_EQ(port_bytes(groups[1]), 512 + 512 + 256 * 128);
  EXPECT_DOUBLE_EQ(port_bytes(groups[3]), 512 + 512 + 512 + 256 * 128);
  EXPECT_THAT(names(unfused(graph, free_runtime())), ElementsAre("positioned", "norm", "sum"));
}

// The sum lies as its first operand does: by rows, so that the next norm reads it as it is.
TEST(Strides, TheFirstOperandOfASumDecides) {
  Net net;
  const auto stream = patches(net);
  const auto sum = net.builder.add(OpKind::add, "sum", {net.layer_norm("norm", stream), stream});
  const auto graph = net.done({net.layer_norm("next", sum)});
  const auto lowered = unfused(graph, striding_runtime());
  EXPECT_THAT(names(lowered), ElementsAre("positioned", "norm.contiguous", "norm", "sum", "next"));
}

// A concat writes rows: what follows reads them as they are. A linear copies, as at::matmul folds its operand's rows.
TEST(Strides, EndAtAConcatAndAreCopiedForALinear) {
  Net net;
  const auto stream = patches(net);
  const auto token = net.weight("token", {2, 1, 8});
  const auto with_token =
      net.builder.add(OpKind::concat, "concat", {token, stream}, ir::AxisAttrs{{1}, false});
  const auto graph =
      net.done({net.layer_norm("norm", with_token), net.linear("linear", stream, 4)});
  EXPECT_THAT(names(unfused(graph, striding_runtime())),
              ::testing::UnorderedElementsAre("positioned", "concat", "norm", "linear.contiguous",
                                              "linear"));
}

// A convolution in channels-last wrote each patch's channels side by side: its tokens lie by rows.
TEST(Strides, OfPatchesInChannelsLastLieByRows) {
  for (const auto layout : {Runtime::Layout::contiguous, Runtime::Layout::channels_last}) {
    auto runtime = striding_runtime();
    runtime.layout = layout;
    Net net;
    const auto map = net.builder.add(
        OpKind::conv2d, "conv",
        {net.input("image", {2, 8, 4, 4}), net.weight("filter", {8, 8, 1, 1})}, ir::ConvAttrs{});
    const auto rows =
        net.builder.add_typed(OpKind::view, "flat", {map}, {{net.dtype, {2, 8, 16}}}).at(0);
    const auto graph =
        net.done({net.layer_norm("norm", permuted(net, "tokens", rows, {2, 16, 8}))});
    EXPECT_EQ(std::ranges::count(names(unfused(graph, runtime)), "norm.contiguous"),
              layout == Runtime::Layout::contiguous ? 1 : 0);
  }
}

// ---- copies of permuted operands ----------------------------------------------------------------

/// q·kᵀ of 4 heads of 8 elements over 16 positions, as views of what the projections wrote.
ir::Graph scores() {
  Net net;
  const auto q = permuted(net, "q_heads", net.input("q", {2, 16, 4, 8}), {2, 4, 16, 8});
  const auto k = permuted(net, "k_heads", net.input("k", {2, 16, 4, 8}), {2, 4, 8, 16});
  return net.done({net.builder.add(OpKind::matmul, "scores", {q, k})});
}

// 2·16·4·8 f16 = 2,048 B, copied for each of the two.
TEST(PermutedOperands, AreCopiedAheadOfABatchedProduct) {
  auto runtime = free_runtime();
  runtime.copies_permuted_operands = true;
  const auto graph = scores();
  const auto lowered = unfused(graph, runtime);
  EXPECT_THAT(names(lowered), ElementsAre("scores.contiguous", "scores.contiguous", "scores"));
  const auto groups = groups_of(lowered.program);
  for (const auto i : {0U, 1U}) {
    EXPECT_EQ(moved(groups[i], kRead), 2'048U);
    EXPECT_EQ(moved(groups[i], kWrite), 2'048U);
  }
  EXPECT_EQ(groups[0].accesses[0].tensor, value(graph, "q"));
  EXPECT_EQ(groups[1].accesses[0].tensor, value(graph, "k"));
  for (const auto &access : groups[2].accesses)
    EXPECT_TRUE(access.kind == kWrite || access.tensor >= graph.values().size());
  EXPECT_THAT(names(unfused(graph, free_runtime())), ElementsAre("scores"));
}

// Keys are transposed on the way, an element from a line of 128 B each; queries keep their rows.
TEST(PermutedOperands, WhoseLastDimMovedAreLoadedAnElementALine) {
  auto runtime = striding_runtime();
  runtime.copies_permuted_operands = true;
  const auto groups = groups_of(unfused(scores(), runtime).program);
  ASSERT_EQ(groups.size(), 3U);
  EXPECT_DOUBLE_EQ(port_bytes(groups[0]), 2'048 + 2'048);
  EXPECT_DOUBLE_EQ(port_bytes(groups[1]), 2'048 + 2'048 + 1'024 * 128);
}

// As many positions as heads: the shape does not change, and rows of 8 elements can only stay where they are.
TEST(PermutedOperands, WhoseHeadsAndPositionsAreAsManyKeepTheirRows) {
  auto runtime = striding_runtime();
  runtime.copies_permuted_operands = true;
  Net net;
  const auto heads = permuted(net, "heads", net.input("q", {2, 4, 4, 8}), {2, 4, 4, 8});
  const auto graph =
      net.done({net.builder.add(OpKind::matmul, "product", {heads, net.input("k", {2, 4, 8, 4})})});
  EXPECT_DOUBLE_EQ(port_bytes(groups_of(unfused(graph, runtime).program)[0]), 512 + 512);
}

// Queries and keys side by side in one tensor: 2,048 B are copied of each, and the product reads both copies.
TEST(PermutedOperands, OfOnePackedProjectionAreReadFromTheirOwnCopies) {
  auto runtime = free_runtime();
  runtime.copies_permuted_operands = true;
  Net net;
  const auto packed = net.input("qk", {2, 16, 8, 8});
  const ir::TensorType half{net.dtype, {2, 16, 4, 8}};
  const auto parts = net.builder.add_typed(OpKind::split, "split", {packed}, {half, half},
                                           ir::AxisAttrs{{2}, false});
  const auto q = permuted(net, "q_heads", parts[0], {2, 4, 16, 8});
  const auto k = permuted(net, "k_heads", parts[1], {2, 4, 8, 16});
  const auto graph = net.done({net.builder.add(OpKind::matmul, "scores", {q, k})});
  const auto groups = groups_of(unfused(graph, runtime).program);
  ASSERT_EQ(groups.size(), 3U);
  std::vector<sim::TensorId> read;
  for (const auto &access : groups[2].accesses) {
    if (access.kind != kRead)
      continue;
    EXPECT_EQ(access.bytes, 2'048U);
    read.push_back(access.tensor);
  }
  EXPECT_THAT(read, ::testing::UnorderedElementsAre(groups[0].accesses.back().tensor,
                                                    groups[1].accesses.back().tensor));
}

// 2·16·8·8 f16 = 4,096 B read as queries, and again, permuted, as keys: the product reads the one in place, the other's
// copy.
TEST(PermutedOperands, LeaveAnOperandInTheSameTensorWhereItIs) {
  auto runtime = free_runtime();
  runtime.copies_permuted_operands = true;
  Net net;
  const auto x = net.input("x", {2, 16, 8, 8});
  const auto keys = permuted(net, "keys", x, {2, 16, 8, 8});
  const auto graph = net.done({net.builder.add(OpKind::matmul, "scores", {x, keys})});
  const auto groups = groups_of(unfused(graph, runtime).program);
  ASSERT_EQ(groups.size(), 2U);
  std::vector<sim::TensorId> read;
  for (const auto &access : groups[1].accesses) {
    if (access.kind != kRead)
      continue;
    EXPECT_EQ(access.bytes, 4'096U);
    EXPECT_GE(access.front_bytes, access.bytes);
    read.push_back(access.tensor);
  }
  EXPECT_THAT(read, ::testing::UnorderedElementsAre(x, groups[0].accesses.back().tensor));
}

TEST(PermutedOperands, OfOneTensorMultipliedWithItselfAreReadWhole) {
  auto runtime = free_runtime();
  runtime.copies_permuted_operands = true;
  Net net;
  const auto x = permuted(net, "heads", net.input("x", {2, 8, 16, 16}), {2, 16, 8, 16});
  const auto y = permuted(net, "square", x, {2, 16, 16, 8});
  const auto graph = net.done({net.builder.add(OpKind::matmul, "scores", {x, y})});
  const auto groups = groups_of(unfused(graph, runtime).program);
  for (const auto &access : groups.back().accesses)
    if (access.kind == kRead) {
      EXPECT_EQ(access.bytes, 8'192U);
      EXPECT_GE(access.front_bytes, access.bytes);
    }
}

TEST(PermutedOperands, AreThoseOfFourDimensionsThatAView) {
  auto runtime = free_runtime();
  runtime.copies_permuted_operands = true;
  Net plain; // as they lie in memory
  const auto product = plain.done(
      {plain.builder.add(OpKind::matmul, "scores",
                         {plain.input("q", {2, 4, 16, 8}), plain.input("k", {2, 4, 8, 16})})});
  EXPECT_THAT(names(unfused(product, runtime)), ElementsAre("scores"));
  Net flat; // bmm takes a transposed operand as it is
  const auto k = permuted(flat, "k_t", flat.input("k", {8, 16, 8}), {8, 8, 16});
  const auto bmm =
      flat.done({flat.builder.add(OpKind::matmul, "scores", {flat.input("q", {8, 16, 8}), k})});
  EXPECT_THAT(names(unfused(bmm, runtime)), ElementsAre("scores"));
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
