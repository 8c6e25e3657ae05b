#include "support/error.hpp"
#include "targets/tile/mapper.hpp"
#include "targets/tile/tiling.hpp"
#include "targets/tile_fixture.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>

namespace fusesim::targets::tile {
namespace {

using test::round_machine;

std::uint64_t between(std::uint64_t low, std::uint64_t high) {
  return *rc::gen::inRange<std::uint64_t>(low, high + 1);
}

/// A product with the bytes of its tensors.
Contraction product(std::uint64_t batch, std::uint64_t m, std::uint64_t n, std::uint64_t k,
                    Bytes size) {
  Contraction c;
  c.batch = batch;
  c.m = m;
  c.n = n;
  c.k = k;
  c.a_size = c.b_size = c.c_size = size;
  c.a_bytes = batch * m * k * size;
  c.b_bytes = batch * k * n * size;
  c.c_bytes = batch * m * n * size;
  return c;
}

/// 3×3, stride 1, padding 1, `groups` channels each on its own, one image, one byte per element.
Contraction depthwise(std::uint64_t groups, std::uint64_t size) {
  auto c = product(groups, size * size, 1, 9, 1);
  c.a_bytes = groups * size * size;
  c.window = Window{size, size, size, size, 3, 3, 1, 1, 1, 1};
  return c;
}

// ---- windows ----------------------------------------------------------------------------------------------------

/// Input pixels under the first `rows` windows of a padded image, counted one by one.
std::uint64_t touched_pixels(const Window &w, std::uint64_t rows, std::uint64_t padding) {
  std::set<std::pair<std::uint64_t, std::uint64_t>> pixels;
  for (std::uint64_t row = 0; row < rows; ++row)
    for (std::uint64_t tap = 0; tap < w.taps(); ++tap) {
      const auto y = row / w.out_w * w.stride_h + tap / w.kernel_w * w.dilation_h;
      const auto x = row % w.out_w * w.stride_w + tap % w.kernel_w * w.dilation_w;
      if (y >= padding && y < w.in_h + padding && x >= padding && x < w.in_w + padding)
        pixels.insert({y, x});
    }
  return pixels.size();
}

RC_GTEST_PROP(Window, PatchHoldsEveryPixelThatTheWindowsTouch, ()) {
  Window w;
  w.kernel_h = between(1, 5);
  w.kernel_w = between(1, 5);
  w.stride_h = between(1, 3);
  w.stride_w = between(1, 3);
  w.dilation_h = between(1, 2);
  w.dilation_w = between(1, 2);
  w.out_h = between(1, 6);
  w.out_w = between(1, 6);
  const auto padding = between(0, std::min(w.kernel_h, w.kernel_w) - 1);
  const auto span = [](std::uint64_t out, std::uint64_t stride, std::uint64_t kernel,
                       std::uint64_t dilation) {
    return (out - 1) * stride + (kernel - 1) * dilation + 1;
  };
  const auto full_h = span(w.out_h, w.stride_h, w.kernel_h, w.dilation_h);
  const auto full_w = span(w.out_w, w.stride_w, w.kernel_w, w.dilation_w);
  RC_PRE(full_h > 2 * padding && full_w > 2 * padding);
  w.in_h = full_h - 2 * padding;
  w.in_w = full_w - 2 * padding;
  const auto rows = between(1, w.out_h * w.out_w);
  RC_ASSERT(w.patch_pixels(rows) >= touched_pixels(w, rows, padding));
}

TEST(Window, PatchOfWholeLinesIsTheLinesAndTheirHalo) {
  // 16×16 outputs of a 3×3 kernel on 18×18 inputs: four lines of outputs read six lines of inputs.
  const Window w{18, 18, 16, 16, 3, 3, 1, 1, 1, 1};
  EXPECT_EQ(w.patch_pixels(4 * 16), 6U * 18);
  EXPECT_EQ(w.patch_pixels(16 * 16), 18U * 18);
  EXPECT_EQ(w.patch_pixels(2 * 16 * 16), 2U * 18 * 18); // two images
}

TEST(Window, PatchOfAStridedPointwiseConvolutionSkipsWhatItDoesNotRead) {
  const Window w{16, 16, 8, 8, 1, 1, 2, 2, 1, 1};
  EXPECT_EQ(w.patch_pixels(64), 64U);
}

// ---- blocks in L3 -----------------------------------------------------------------------------------------------

TEST(L3Blocking, ReadsEachOperandOnceWhereOneOfThemFits) {
  const auto figures = figures_of(round_machine(1));
  const auto c = product(1, 4096, 64, 64, 1); // B: 4 KiB
  const auto ways = l3_blockings(c, figures, 4096);
  ASSERT_FALSE(ways.empty());
  EXPECT_EQ(ways.front().dram_bytes(), c.a_bytes + c.b_bytes);
  EXPECT_EQ(ways.front().l3_bytes, 4096U);
}

TEST(L3Blocking, RereadsTheStreamedOperandPerBlockOfTheRestingOne) {
  // A and B of 256·1024 B = 256 KiB each, 64 KiB free. B rests in blocks of 64 columns (64 KiB): A passes
  // 256/64 = 4 times, 5 · 256 KiB together, and so the other way round. Resting C at 88×64 (22 KiB, and 38 KiB of
  // double-buffered chunks of 128) would read A 4 and B 3 times.
  const auto figures = figures_of(round_machine(1));
  const auto ways = l3_blockings(product(1, 256, 256, 1024, 1), figures, 64 * 1024);
  ASSERT_FALSE(ways.empty());
  for (const auto &way : ways)
    EXPECT_EQ(way.dram_bytes(), 5U * 256 * 1024);
}

TEST(L3Blocking, LetsResultsRestWhereNeitherOperandHasRoom) {
  // k of 64 Ki: one column of B takes all 64 KiB. C of 64×64 takes 16 KiB and chunks of 128 deep 32 KiB.
  const auto figures = figures_of(round_machine(1));
  const auto c = product(1, 64, 64, 65536, 1);
  const auto ways = l3_blockings(c, figures, 64 * 1024);
  ASSERT_FALSE(ways.empty());
  EXPECT_EQ(ways.front().chunk_k, 128U);
  EXPECT_EQ(ways.front().dram_bytes(), c.a_bytes + c.b_bytes);
}

RC_GTEST_PROP(L3Blocking, FitsAndNeverReadsMoreWithMoreRoom, ()) {
  auto machine = round_machine(4);
  machine.dataflow =
      *rc::gen::element<std::string>("output_stationary", "weight_stationary", "input_stationary");
  const auto figures = figures_of(machine);
  const auto c = *rc::gen::arbitrary<bool>() ? depthwise(between(1, 40), between(1, 40))
                                             : product(between(1, 4), between(1, 600),
                                                       between(1, 600), between(1, 2000), 2);
  const auto room = between(64, 200000), more = room + between(0, 200000);
  const auto ways = l3_blockings(c, figures, room), ways_with_more = l3_blockings(c, figures, more);
  RC_ASSERT(!ways.empty() && !ways_with_more.empty());
  for (const auto &way : ways)
    RC_ASSERT(way.l3_bytes <= room);
  RC_ASSERT(ways_with_more.front().dram_bytes() <= ways.front().dram_bytes());
}

// ---- splits and L2 tiles ----------------------------------------------------------------------------------------

TEST(Mapper, SpreadsFoldsEvenlyOverTiles) {
  // 16·4 folds of 8×8 on 16 tiles: four folds each, 4·(64 + 14) − 1 cycles, whichever way they are cut.
  Mapper mapper(figures_of(round_machine(16)));
  const auto mapping = mapper.map(product(1, 128, 32, 64, 1), 1 << 20);
  ASSERT_TRUE(mapping);
  EXPECT_EQ(mapping->work.tasks, 16U);
  EXPECT_EQ(mapping->work.array_cycles, 4U * 78 - 1);
}

TEST(Mapper, GivesEachTileProductsOfItsOwnWhenThereAreMany) {
  // 32 products of one fold each on 8 tiles: four one after the other.
  Mapper mapper(figures_of(round_machine(8)));
  const auto mapping = mapper.map(product(32, 8, 8, 64, 1), 1 << 20);
  ASSERT_TRUE(mapping);
  EXPECT_EQ(mapping->split_batch, 8U);
  EXPECT_EQ(mapping->work.array_cycles, 4U * 78 - 1);
}

TEST(Mapper, SplitsTheReductionWhereOutputsLeaveTilesIdle) {
  // One fold of 8×8 outputs over k = 4096 on 4 tiles: 1024 of k each, 1024 + 14 − 1 cycles instead of 4096 + 13. Then
  // every tile gets 3/4 of 64 partial sums of 4 B and sends as many, for 64/4 results: 2 · 192 B at 64 B/ns.
  Mapper mapper(figures_of(round_machine(4)));
  const auto mapping = mapper.map(product(1, 8, 8, 4096, 1), 1 << 20);
  ASSERT_TRUE(mapping);
  EXPECT_EQ(mapping->split_k, 4U);
  EXPECT_EQ(mapping->work.tasks, 4U);
  EXPECT_EQ(mapping->work.array_cycles, 1024U + 14 - 1);
  EXPECT_EQ(mapping->work.vector_ops, 16U + 48);
  // Operands of a quarter of k, results, partial sums.
  EXPECT_EQ(mapping->work.block_mover_bytes, 2U * 8 * 1024 + 16 + 2 * 4 * 48);
}

TEST(Mapper, KeepsPartialSumsWithinAccumulatorsOfTheirOwn) {
  // Weight stationary, k of 64 on 8 rows: sums wait. 1 KiB of accumulators hold 256 of them, 32 rows of 8 columns.
  auto machine = round_machine(1);
  machine.dataflow = "weight_stationary";
  machine.accumulator_kib = 1;
  Mapper mapper(figures_of(machine));
  const auto mapping = mapper.map(product(1, 512, 64, 64, 1), 1 << 20);
  ASSERT_TRUE(mapping);
  EXPECT_LE(mapping->tile_m * mapping->tile_n, 256U);
}

TEST(Mapper, SendsPartialSumsThroughTheStreamerWhereTheyLieInL2) {
  // Weight stationary, k of 64 on 8 rows: 8 folds, between which 32·8 sums of 4 B leave and come back 7 times. Operands:
  // 32·64 of A once, since 8 columns are one fold, 64·8 of B once.
  auto machine = round_machine(1);
  machine.dataflow = "weight_stationary";
  Mapper in_l2(figures_of(machine));
  const auto mapping = in_l2.map(product(1, 32, 8, 64, 1), 1 << 20);
  ASSERT_TRUE(mapping);
  EXPECT_EQ(mapping->work.streamer_bytes, 32U * 64 + 64 * 8 + 2 * 7 * 4 * 32 * 8);
  auto twice = product(1, 32, 8, 64, 1);
  twice.macs_per_pe = 2; // a fold holds 16 of k: 4 folds
  EXPECT_EQ(in_l2.map(twice, 1 << 20)->work.streamer_bytes, 32U * 64 + 64 * 8 + 2 * 3 * 4 * 32 * 8);
  machine.accumulator_kib = 64;
  Mapper of_their_own(figures_of(machine));
  EXPECT_EQ(of_their_own.map(product(1, 32, 8, 64, 1), 1 << 20)->work.streamer_bytes,
            32U * 64 + 64 * 8);
}

TEST(Mapper, PicksTheDataflowInWhichTheArrayIsDoneFirst) {
  // On one 8×8 array, by the closed forms of systolic.hpp:
  //                  output stationary        weight stationary      input stationary
  //   512×8, k = 8   64·(8 + 14) − 1 = 1407   512 + 22 − 1 = 533     64·(8 + 22) − 1 = 1919
  //   8×512, k = 8   1407                     64·(8 + 22) − 1        533
  //   8×8, k = 512   512 + 14 − 1 = 525       64·(8 + 22) − 1        1919
  auto machine = round_machine(1);
  machine.dataflow = "any";
  Mapper mapper(figures_of(machine));
  const auto cycles_in = [&](const Contraction &c, Dataflow dataflow) {
    const auto mapping = mapper.map(c, 1 << 20);
    EXPECT_TRUE(mapping && mapping->dataflow == dataflow);
    return mapping->work.array_cycles;
  };
  EXPECT_EQ(cycles_in(product(1, 512, 8, 8, 1), Dataflow::weight_stationary), 533U);
  EXPECT_EQ(cycles_in(product(1, 8, 512, 8, 1), Dataflow::input_stationary), 533U);
  EXPECT_EQ(cycles_in(product(1, 8, 8, 512, 1), Dataflow::output_stationary), 525U);
}

TEST(Mapper, HasOneDataflowForLoopNests) {
  auto machine = round_machine(1);
  machine.handover = TileMachine::Handover::tile;
  machine.dataflow = "any";
  EXPECT_THROW(figures_of(machine), Error);
}

TEST(Mapper, PacksDepthwiseChannelsIntoTheArray) {
  // 16 channels of 16×16 outputs on one 8×8 array, 32 folds of rows:
  //   one channel at a time   16 · 32 · (9 + 14) − 1 = 11775 cycles
  //   eight side by side       2 · 32 · (8·9 + 14) − 1 = 5503
  //   vector engine           16 · 256 · (9 + 1) / lanes: 5120 with 8 lanes, 10240 with 4
  auto machine = round_machine(1);
  machine.vector_lanes = 4;
  Mapper packing(figures_of(machine));
  const auto packed_mapping = packing.map(depthwise(16, 16), 1 << 20);
  ASSERT_TRUE(packed_mapping);
  EXPECT_FALSE(packed_mapping->on_vector_engine);
  EXPECT_EQ(packed_mapping->packing, 8U);
  EXPECT_EQ(packed_mapping->work.array_cycles, 5503U);

  Mapper wide(figures_of(round_machine(1)));
  const auto vector_mapping = wide.map(depthwise(16, 16), 1 << 20);
  ASSERT_TRUE(vector_mapping);
  EXPECT_TRUE(vector_mapping->on_vector_engine);
  EXPECT_EQ(vector_mapping->work.vector_ops, 16U * 256 * 10);
}

TEST(Mapper, HalvesTheRateOfTypesThatTakeTwoCyclesPerMac) {
  auto c = product(1, 8, 8, 64, 2);
  c.macs_per_pe = 0.5;
  Mapper mapper(figures_of(round_machine(1)));
  EXPECT_EQ(mapper.map(c, 1 << 20)->work.array_cycles, 2U * (64 + 14 - 1));
}

TEST(Mapper, FeedsPesOfSeveralMacsWithSeveralStepsAtOnce) {
  auto c = product(1, 8, 8, 64, 1);
  c.macs_per_pe = 5; // ceil(64/5) = 13 steps
  Mapper mapper(figures_of(round_machine(1)));
  EXPECT_EQ(mapper.map(c, 1 << 20)->work.array_cycles, 13U + 14 - 1);
}

TEST(Mapper, ForwardsWhatSeveralTilesShareAcrossTheMiddleOnce) {
  // Four row shares on four tiles: B (64·8 B) goes to all of them and crosses once, A stays with its tile; half of the
  // DRAM bytes, A + B + C = 2048 + 512 + 256, cross on their way.
  auto machine = round_machine(4);
  machine.noc_bisection_gbps = 64;
  Mapper mapper(figures_of(machine));
  const auto mapping = mapper.map(product(1, 32, 8, 64, 1), 1 << 20);
  ASSERT_TRUE(mapping);
  EXPECT_EQ(mapping->split_m, 4U);
  EXPECT_EQ(mapping->work.crossing_bytes(), (2048U + 512 + 256) / 2 + 512);
}

/// Fixed dataflows are among those that it picks from.
RC_GTEST_PROP(Mapper, IsNeverSlowerForHavingEveryDataflow, ()) {
  auto machine = round_machine(*rc::gen::element(1U, 4U, 16U));
  machine.l2_kib_per_tile = *rc::gen::element(8.0, 64.0);
  machine.accumulator_kib = *rc::gen::element(0.0, 16.0);
  machine.weights_double_buffered = *rc::gen::arbitrary<bool>();
  const auto c = product(between(1, 4), between(1, 200), between(1, 200), between(1, 400), 1);
  const Bytes room = between(2000, 1 << 20);
  machine.dataflow = "any";
  Mapper any(figures_of(machine));
  const auto best = any.map(c, room);
  for (const auto *dataflow : {"output_stationary", "weight_stationary", "input_stationary"}) {
    machine.dataflow = dataflow;
    Mapper fixed(figures_of(machine));
    const auto mapping = fixed.map(c, room);
    if (!mapping)
      continue;
    RC_ASSERT(best.has_value());
    RC_ASSERT(best->work.dram_bytes() <= mapping->work.dram_bytes());
    if (best->work.dram_bytes() == mapping->work.dram_bytes())
      RC_ASSERT(best->seconds <= mapping->seconds * (1 + 1e-9));
  }
}

/// Tiles of a fraction of the array may just fit where whole folds do not, in an L2 this small.
constexpr double kUntriedTiles = 1.25;

/// Any legal split and tiling under the same L3 blocking, not only those that the search looks at.
RC_GTEST_PROP(Mapper, NoRandomMappingIsMuchFaster, ()) {
  auto machine = round_machine(*rc::gen::element(1U, 3U, 4U, 16U));
  machine.dataflow = *rc::gen::element<std::string>("output_stationary", "weight_stationary",
                                                    "input_stationary", "any");
  machine.l2_kib_per_tile = *rc::gen::element(8.0, 32.0);
  machine.noc_bisection_gbps = *rc::gen::element(0.0, 32.0);
  const auto figures = figures_of(machine);
  const auto c = product(between(1, 6), between(1, 300), between(1, 300), between(1, 300), 2);
  Mapper mapper(figures);
  const auto best = mapper.map(c, 4 << 20);
  RC_ASSERT(best.has_value());
  for (int trial = 0; trial < 50; ++trial) {
    Mapping random;
    random.blocking = best->blocking;
    random.split_batch = between(1, std::min(c.batch, figures.tiles));
    random.split_m = between(1, std::min(c.m, figures.tiles / random.split_batch));
    random.split_n = between(1, std::min(c.n, figures.tiles / random.split_batch / random.split_m));
    random.split_k = between(
        1, std::min(c.k, figures.tiles / random.split_batch / random.split_m / random.split_n));
    random.share_m = ceil_div(c.m, random.split_m);
    random.share_n = ceil_div(c.n, random.split_n);
    random.share_k = ceil_div(c.k, random.split_k);
    random.tile_m = between(1, random.share_m);
    random.tile_n = between(1, random.share_n);
    random.tile_k = between(1, random.share_k);
    random.rows_outer = *rc::gen::arbitrary<bool>();
    if (cost_tiling(c, figures, random))
      RC_ASSERT(best->seconds <= random.seconds * kUntriedTiles);
  }
}

} // namespace
} // namespace fusesim::targets::tile
