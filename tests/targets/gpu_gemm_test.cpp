#include "targets/gpu/gemm.hpp"

#include "partition/strategy.hpp"
#include "support/error.hpp"
#include "targets/gpu/lowering.hpp"
#include "targets/gpu_testing.hpp"

#include <gtest/gtest.h>

using namespace fusesim;
using namespace fusesim::targets;
using namespace fusesim::targets::gpu;
using namespace fusesim::targets::test;

namespace {

/// y = x·W: x m×k, W n×k.
ir::Graph linear(std::int64_t m, std::int64_t n, std::int64_t k, ir::DType dtype) {
  ir::GraphBuilder builder("linear");
  const auto x = builder.input("x", {dtype, {m, k}});
  const auto w = builder.weight("w", {dtype, {n, k}});
  builder.output(builder.add(ir::OpKind::linear, "y", {x, w}));
  return std::move(builder).build();
}

sim::RunResult simulate(const ir::Graph &graph, const GpuMachine &machine) {
  const auto lowered =
      lower_gpu(graph, partition::run_strategy("unfused", graph), machine, free_runtime());
  return sim::run(lowered.topology, lowered.program);
}

GemmShape shape_of(std::uint64_t m, std::uint64_t n, std::uint64_t k,
                   SmEngine engine = SmEngine::f16) {
  GemmShape shape{1, m, n, k, 2, engine};
  shape.a_bytes = m * k * 2;
  shape.b_bytes = n * k * 2;
  shape.c_bytes = m * n * 2;
  return shape;
}

// 128×128×1024 f16 on the toy GPU: two CTAs of 128×64, both resident on the one SM.
//
//   ramp                                                                            1      us
//   fill    A (256 KiB) is loaded by both CTAs, B (256 KiB) once: 2 of 3 loads wait for DRAM,
//           0.25 + (0.5 - 0.25)·2/3 = 0.417 us; first k-step (128 + 64)·32·2 B = 12,288 B at 64
//           GB/s = 0.192 us
//                                                                                   0.609  us
//   steady  MMA: 2 · 2·128·64·1024 = 33,554,432 FLOP at 1.024 TFLOP/s                32.768 us  <-
//   the slowest
//           port: 2 · 192·1024·2 B at 64 GB/s = 12.3; shared: 4 warps of 64×32 read 4·96, the tile
//           is written, 192: 2 · 576·1024·2 B at 128 GB/s = 18.4; L2: 0.75 MiB at 1,000 GB/s = 0.8;
//           DRAM: 0.56 MB at 100 GB/s = 5.6; loads: 32 steps · 0.417 us / 2 in flight (3 stages)
//           = 6.7
//   drain   accumulators out and in: 2·8192·4 B at 128 GB/s = 0.512; store 16,384 B at 64 GB/s =
//   0.256; 0.25 latency
//                                                                                   1.018  us
//   sum                                                                             35.395 us
TEST(Gemm, ComputeBoundTakesWhatTheArithmeticTakes) {
  const auto result = simulate(linear(128, 128, 1024, ir::DType::f16), toy_gpu());
  EXPECT_NEAR(static_cast<double>(result.latency) * 1e-6, 35.395, 0.001);
  const auto compute = result.attribution[static_cast<std::size_t>(sim::Cause::compute)];
  EXPECT_NEAR(static_cast<double>(compute) * 1e-6, 32.768, 0.001);
}

// One row times 4096×4096 f16 weights from DRAM of 20 GB/s: 33,554,432 B of weights, 8,192 B each
// of x and y: 1,678.5 us. Arithmetic (16 rows at least: 524 us) and the port (about 650 us) are
// hidden; fill and drain of the waves of CTAs are not, which 2 % must cover.
TEST(Gemm, DramBoundTakesWhatTheBytesTake) {
  auto machine = toy_gpu();
  machine.dram_bandwidth_gbps = 20;
  const auto result = simulate(linear(1, 4096, 4096, ir::DType::f16), machine);
  const double us = static_cast<double>(result.latency) * 1e-6;
  EXPECT_GE(us, 1678.5);
  EXPECT_LE(us, 1678.5 * 1.02);
  EXPECT_EQ(result.link_bytes[kDram], 33'554'432U + 2 * 8'192U);
  const auto dram = result.attribution[static_cast<std::size_t>(sim::Cause::dram)];
  EXPECT_GT(static_cast<double>(dram), 0.95 * static_cast<double>(result.latency));
}

// 4096³ f16 on A100: 137.4 GFLOP at 312 TFLOP/s × 0.9 is 489 us. 293 TFLOP/s is the best measured
// at any size (data/measured gpu_operators), 469 us; cuBLAS at this size is known to reach 230 to
// 260, 530 to 600 us.
TEST(Gemm, LargeOneOnA100IsCloseToCublas) {
  const auto machine = load_machine("a100-sxm-40gb");
  const auto graph = linear(4096, 4096, 4096, ir::DType::f16);
  const auto result = simulate(graph, std::get<GpuMachine>(machine.model));
  const double us = static_cast<double>(result.latency) * 1e-6;
  EXPECT_GE(us, 489);
  EXPECT_LE(us, 600);
}

TEST(GemmPlan, CoversTheProductAndFitsTheSm) {
  const auto device = device_of(std::get<GpuMachine>(load_machine("a100-sxm-40gb").model));
  for (const std::uint64_t m : {1, 17, 196, 3000})
    for (const std::uint64_t n : {1, 64, 1000})
      for (const std::uint64_t k : {1, 27, 4608}) {
        const auto plan = choose_plan(device, shape_of(m, n, k));
        EXPECT_GE(plan.tiles_m * plan.tile_m, m);
        EXPECT_GE(plan.tiles_n * plan.tile_n, n);
        EXPECT_GE(plan.k_steps * plan.tile_k * plan.split_k, k);
        EXPECT_EQ(plan.ctas, plan.tiles_m * plan.tiles_n * plan.split_k);
        EXPECT_GE(plan.resident, 1U);
        EXPECT_LE(plan.resident * plan.shared_bytes, 164U * 1024U);
      }
}

// A single row and little output leave most SMs idle unless K is split; a full grid has no use for
// it.
TEST(GemmPlan, SplitsKOnlyWhenTheGridIsSmall) {
  const auto device = device_of(std::get<GpuMachine>(load_machine("a100-sxm-40gb").model));
  EXPECT_GT(choose_plan(device, shape_of(64, 64, 16384)).split_k, 4U);
  EXPECT_EQ(choose_plan(device, shape_of(8192, 8192, 1024)).split_k, 1U);
}

TEST(GemmPlan, HasTheBestSplitOfItsTileByEstimate) {
  const auto device = device_of(std::get<GpuMachine>(load_machine("a100-sxm-40gb").model));
  for (const auto &shape :
       {shape_of(3136, 256, 1152), shape_of(196, 256, 2304), shape_of(1, 1000, 2048)}) {
    const auto best = choose_plan(device, shape);
    for (const auto split : {1U, 2U, 4U, 8U}) {
      auto other = best;
      other.split_k = split;
      other.k_steps = ceil_div(ceil_div(shape.k, best.tile_k), split);
      other.ctas = best.tiles_m * best.tiles_n * split;
      EXPECT_GE(estimated_seconds(device, shape, other), estimated_seconds(device, shape, best));
    }
  }
}

TEST(GemmPlan, IsTheSameEveryTime) {
  const auto device = device_of(std::get<GpuMachine>(load_machine("t4").model));
  const auto shape = shape_of(197, 3072, 768);
  const auto one = choose_plan(device, shape), two = choose_plan(device, shape);
  EXPECT_EQ(one.tile_m, two.tile_m);
  EXPECT_EQ(one.tile_n, two.tile_n);
  EXPECT_EQ(one.split_k, two.split_k);
}

TEST(GemmPlan, SaysSoWhenNoTileFits) {
  auto machine = toy_gpu();
  machine.shared_memory_kib_per_sm = machine.shared_memory_kib_per_cta = 1;
  EXPECT_THROW(choose_plan(device_of(machine), shape_of(64, 64, 64)), Error);
}

// Neither operand fits in half of 4 MiB of L2: 2048×8192 f16 are 32 MiB each. The toy GPU holds r
// CTAs of a tile, a block of C as square as that: each wave fetches its rows and columns anew.
TEST(GemmTraffic, FetchesOperandsAgainThatL2CannotHold) {
  const auto device = device_of(toy_gpu());
  const auto large = shape_of(2048, 2048, 8192);
  const auto plan = choose_plan(device, large);
  EXPECT_GT(refetched_bytes(device, large, plan), 0U);
  // Never more than what crosses the L2 link.
  EXPECT_LE(refetched_bytes(device, large, plan) + large.a_bytes + large.b_bytes,
            a_traffic(large, plan) + b_traffic(large, plan));
  const auto small = shape_of(2048, 256, 512); // B: 256 KiB stays
  EXPECT_EQ(refetched_bytes(device, small, choose_plan(device, small)), 0U);
}

// A of 256×64 f16 and B of 512×64 in tiles of tm×tn: A crosses 512/tn times, B 256/tm times.
TEST(GemmTraffic, RereadsAPerColumnAndBPerRowOfTiles) {
  const auto device = device_of(toy_gpu());
  const auto shape = shape_of(256, 512, 64);
  const auto plan = choose_plan(device, shape);
  EXPECT_EQ(a_traffic(shape, plan), 256U * 64 * 2 * (512 / plan.tile_n));
  EXPECT_EQ(b_traffic(shape, plan), 512U * 64 * 2 * (256 / plan.tile_m));
}

// 1.024 TFLOP/s f16 on tensor cores against 0.128 TFLOP/s f32 on 64 lanes: 256·256·1024·2 FLOP =
// 134 MFLOP are 131 us and 1,049 us of arithmetic.
TEST(Gemm, F32RunsOnCudaCores) {
  const auto f16 = simulate(linear(256, 256, 1024, ir::DType::f16), toy_gpu());
  const auto f32 = simulate(linear(256, 256, 1024, ir::DType::f32), toy_gpu());
  EXPECT_NEAR(static_cast<double>(f16.latency) * 1e-6, 131, 10);
  EXPECT_NEAR(static_cast<double>(f32.latency) * 1e-6, 1049, 60);
}

TEST(Gemm, RefusesTypesThatTheMachineCannotMultiply) {
  const auto v100 = std::get<GpuMachine>(load_machine("v100-sxm2-16gb").model);
  for (const auto dtype : {ir::DType::bf16, ir::DType::tf32, ir::DType::f64}) {
    try {
      simulate(linear(64, 64, 64, dtype), v100);
      FAIL() << ir::name_of(dtype);
    } catch (const Error &error) {
      EXPECT_NE(std::string(error.what()).find(ir::name_of(dtype)), std::string::npos);
      EXPECT_NE(std::string(error.what()).find("y: "), std::string::npos) << "names the operator";
    }
  }
}

// ---- what data/measured showed to matter ---------------------------------------------------------

// Rows of 1,023 f16 begin anywhere: they are loaded in words of 4 bytes where vectors of 16 would take 2 per element,
// through registers in two buffers.
TEST(GemmAlignment, LoadsRowsThatBeginAnywhereInWords) {
  const auto device = device_of(toy_gpu());
  auto shape = shape_of(256, 256, 1023);
  const auto plan = choose_plan(device, shape);
  const double aligned = cost_of(device, shape, plan).port_bytes;
  shape.aligned_operands = false;
  EXPECT_DOUBLE_EQ(cost_of(device, shape, plan).port_bytes, 2 * aligned);
  EXPECT_EQ(choose_plan(device, shape).stages, 2U);
}

// Each of 256·256 results is stored by itself, spread over the CTAs: four neighbours of a fragment share a line of 128 bytes.
TEST(GemmAlignment, StoresResultsWhoseRowsBeginAnywhereOneByOne) {
  const auto device = device_of(toy_gpu());
  auto shape = shape_of(256, 256, 1024);
  const auto plan = choose_plan(device, shape);
  const auto aligned = cost_of(device, shape, plan);
  shape.aligned_result = false;
  const auto scattered = cost_of(device, shape, plan);
  EXPECT_NEAR((scattered.port_bytes - aligned.port_bytes) * static_cast<double>(plan.ctas),
              256.0 * 256 * 128 / 4, 1e-3);
}

TEST(GemmAlignment, CostsWhereTheRuntimeDoesNotPad) {
  const auto machine = std::get<GpuMachine>(load_machine("a100-sxm-40gb").model);
  const auto latency = [&](std::int64_t n, std::int64_t k, bool pads) {
    auto runtime = free_runtime();
    runtime.aligns_products = pads;
    const auto graph = linear(2048, n, k, ir::DType::f16);
    const auto lowered =
        lower_gpu(graph, partition::run_strategy("unfused", graph), machine, runtime);
    return sim::run(lowered.topology, lowered.program).latency;
  };
  // Fewer multiplications, and yet slower.
  EXPECT_GT(latency(2048, 2047, false), latency(2048, 2048, false));
  EXPECT_GT(latency(2047, 64, false),
            latency(2048, 64, false)); // stores count where there is little to multiply
  EXPECT_LE(latency(2048, 2047, true), latency(2048, 2048, true));
  EXPECT_EQ(latency(2048, 2048, true), latency(2048, 2048, false));
}

TEST(GemmConstants, AddTheSetUpOfACtaAndTheLeastTimeOfAStep) {
  auto machine = toy_gpu();
  const auto shape = shape_of(128, 128, 1024);
  const auto plan = choose_plan(device_of(machine), shape);
  const auto without = cost_of(device_of(machine), shape, plan);
  machine.cta_setup_us = 0.5;
  machine.k_step_us = 2; // more than any load takes
  const auto with = cost_of(device_of(machine), shape, plan);
  EXPECT_NEAR(with.fill_s - without.fill_s, 0.5e-6, 1e-15);
  EXPECT_NEAR(with.min_steady_s, static_cast<double>(plan.k_steps) * 2e-6, 1e-12);
}

// A stall of 1 makes math wait for all of its operands: in 128×64 CTAs over k = 1024, 64 GB/s bring 192·1024·2 B in
// 6.144 us, shared memory its 576·1024·2 B in 9.216 us; the slower of the two on 1.024 TFLOP/s are 9,437,184 FLOP.
TEST(GemmConstants, StallMathForAShareOfTheTimeThatOperandsTake) {
  auto machine = toy_gpu();
  auto shape = shape_of(128, 128, 1024);
  const auto plan = choose_plan(device_of(machine), shape);
  ASSERT_EQ(plan.tile_m + plan.tile_n, 192U);
  ASSERT_EQ(plan.split_k, 1U);
  const auto flops = [&] { return cost_of(device_of(machine), shape, plan).flops_or_lane_ops; };
  const double math = flops();
  EXPECT_DOUBLE_EQ(math, 2.0 * 128 * 64 * 1024);
  machine.operand_stall = 1;
  EXPECT_NEAR(flops() - math, 9'437'184, 1);
  machine.operand_stall = 0;
  machine.implicit_gemm_stall = 1;
  EXPECT_DOUBLE_EQ(flops(), math) << "of convolutions only";
  shape.is_convolution = true;
  EXPECT_NEAR(flops() - math, 9'437'184, 1);
}

TEST(GemmPlan, TakesTheTilesThatLibrariesHaveForBatchedProductsOnCudaCores) {
  auto machine = toy_gpu();
  auto shape = shape_of(512, 512, 64, SmEngine::cuda);
  shape.element_bytes = 4;
  shape.batch = 8;
  machine.batched_sgemm_tiles = "32x32";
  const auto only = choose_plan(device_of(machine), shape);
  EXPECT_EQ(only.tile_m, 32U);
  EXPECT_EQ(only.tile_n, 32U);
  shape.batch = 1; // the menu is whole again
  EXPECT_GT(choose_plan(device_of(machine), shape).tile_m, 32U);
  shape.batch = 8;
  machine.batched_sgemm_tiles = "7x7";
  EXPECT_THROW(choose_plan(device_of(machine), shape), Error);
}

TEST(GemmPlan, DoesNotSplitTheReductionOfAConvolution) {
  const auto device = device_of(std::get<GpuMachine>(load_machine("a100-sxm-40gb").model));
  auto shape = shape_of(64, 64, 16384);
  shape.is_convolution = true;
  EXPECT_EQ(choose_plan(device, shape).split_k, 1U);
}

} // namespace
