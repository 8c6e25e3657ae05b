// Loop nests: their notation, and what they cost, worked out by hand.
#include "support/error.hpp"
#include "targets/tile/loop_nest.hpp"
#include "targets/tile/nest_search.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace fusesim::targets::tile {
namespace {

using testing::HasSubstr;

constexpr const char *kConv =
    "L3[WIO] P7 Q14 - L2[WI] N1 K16X - L1[O] K4 S7 R7 Q2 P4 C3X - L0[W] Q4 P4";

TEST(LoopNest, ReadsLevelsLoopsAndWhatIsSpatial) {
  const auto nest = parse_loop_nest(kConv, "row");
  EXPECT_EQ(nest.levels[LoopNest::dram],
            (std::vector<Loop>{{Dim::p, 7, false}, {Dim::q, 14, false}}));
  EXPECT_EQ(nest.levels[LoopNest::scratchpad],
            (std::vector<Loop>{{Dim::n, 1, false}, {Dim::k, 16, true}}));
  EXPECT_EQ(nest.levels[LoopNest::accumulators].size(), 6U);
  // 7·(4·4) = 112 by 14·(2·4) = 112 outputs, 7×7 kernel, 3 → 64 channels.
  EXPECT_EQ(nest.from(LoopNest::dram), (Extents{{1, 3, 64, 112, 112, 7, 7}}));
  EXPECT_EQ(nest.from(LoopNest::scratchpad), (Extents{{1, 3, 64, 16, 8, 7, 7}}));
  const auto tiling = tiling_of(nest);
  EXPECT_EQ(tiling.rows_used, 3U);
  EXPECT_EQ(tiling.cols_used, 16U);
}

std::string error_of(const std::string &text, const Extents &extents = {}) {
  try {
    check_loop_nest(parse_loop_nest(text, "m.csv:2"), extents, 16, 16, "m.csv:2");
  } catch (const Error &error) {
    return error.what();
  }
  return "";
}

TEST(LoopNest, ErrorsNameThePlaceTheWordAndWhatIsRight) {
  EXPECT_THAT(
      error_of("L3[WIO] Z7 - L2[WI] N1 - L1[O] N1 - L0[W] N1"),
      AllOf(HasSubstr("m.csv:2"), HasSubstr("'Z7' is no loop"), HasSubstr("N C K P Q R S")));
  EXPECT_THAT(error_of("L3[WIO] P0 - L2[WI] N1 - L1[O] N1 - L0[W] N1"), HasSubstr("'P0'"));
  EXPECT_THAT(error_of("L3[WIO] P7Y - L2[WI] N1 - L1[O] N1 - L0[W] N1"), HasSubstr("'P7Y'"));
  EXPECT_THAT(error_of("L3[WIO] P99999999999999999999 - L2[WI] N1 - L1[O] N1 - L0[W] N1"),
              HasSubstr("is no loop"));
  EXPECT_THAT(error_of("L3[WIO] P7 - L1[O] N1 - L0[W] N1"),
              HasSubstr("'L1[O]' in place of level L2"));
  EXPECT_THAT(error_of("L3[WIO] P7 - L2[WQ] N1 - L1[O] N1 - L0[W] N1"), HasSubstr("'L2[WQ]'"));
  EXPECT_THAT(error_of("L3[WIO] P7 - L2[WI] N1"), HasSubstr("ends before L1"));
  EXPECT_THAT(error_of("L3[WIO] - L2[WI] N1 - L1[O] N1 - L0[W] N1"), HasSubstr("L3 has no loops"));
  EXPECT_THAT(error_of("L3[WIO] N1 - L2[WI] N1 - L1[O] N1 - L0[W] N1 - L4 N1"),
              HasSubstr("follows the last level"));
  EXPECT_THAT(error_of(""), HasSubstr("ends before L3"));
}

TEST(LoopNest, MustBeTheLayersAndFitTheArray) {
  const Extents layer{{1, 3, 64, 112, 112, 7, 7}};
  EXPECT_EQ(error_of(kConv, layer), "");
  EXPECT_THAT(error_of(kConv, {{1, 3, 64, 112, 111, 7, 7}}),
              AllOf(HasSubstr("loops over Q multiply to 112"), HasSubstr("111")));
  EXPECT_THAT(error_of("L3[WIO] N1 - L2[WI] K32X - L1[O] N1 - L0[W] N1", {{1, 1, 32, 1, 1, 1, 1}}),
              HasSubstr("16×16"));
  EXPECT_THAT(error_of("L3[WIO] N1 - L2[WI] P2X - L1[O] N1 - L0[W] N1", {{1, 1, 1, 2, 1, 1, 1}}),
              HasSubstr("P cannot be spatial"));
}

/// A nanosecond is a cycle; 16×16, 16 B per cycle from DRAM and from L3; no pages, no short passes.
Figures plain_figures() {
  TileMachine m;
  m.tile_count = 1;
  m.array_rows = m.array_cols = 16;
  m.dataflow = "weight_stationary";
  m.clock_ghz = 1;
  m.vector_lanes = 16;
  m.l3_kib_per_tile = 512;
  m.l2_kib_per_tile = 256;
  m.accumulator_kib = 64;
  m.dram_bandwidth_gbps = 16;
  m.dma_engines = 1;
  m.dma_clock_ghz = m.block_mover_clock_ghz = 1;
  m.dma_bytes_per_clk = m.block_mover_bytes_per_clk = 16;
  m.handover = TileMachine::Handover::tile;
  m.weights_double_buffered = true;
  return figures_of(m);
}

NestProblem product(std::uint64_t m, std::uint64_t n, std::uint64_t k) {
  Contraction c;
  c.m = m;
  c.n = n;
  c.k = k;
  c.a_bytes = m * k;
  c.b_bytes = k * n;
  c.c_bytes = m * n;
  return nest_problem(c);
}

NestTiling tiled(const char *text) { return tiling_of(parse_loop_nest(text, "test")); }

constexpr double kRounding = 1e-12;

TEST(NestWork, OneTileLoadsComputesAndStoresOneAfterTheOther) {
  // 128×64·64×32 bytes: A 8192, B 2048, C 4096. From DRAM and again from L3: 2 · 10240 / 16 = 1280; (64/16)·(32/16)
  // passes of 128 rows: 1024; results 4096 B out to L3 and on to DRAM: 512.
  const auto figures = plain_figures();
  const auto work =
      nest_work(product(128, 32, 64),
                tiled("L3[WIO] N1 - L2[WI] K16X - L1[O] K2 C4 P128 C16X - L0[W] N1"), figures, 0);
  EXPECT_NEAR(seconds_of(work, figures), 2816e-9, kRounding);
  EXPECT_EQ(work.dram_read_bytes, 10240U);
  EXPECT_EQ(work.dram_write_bytes, 4096U);
}

TEST(NestWork, TheNextTileLoadsWhileThisOneIsWorkedOn) {
  // As above in two tiles of 64 rows, weights from L3 the second time: load (4096 + 2048)/16 · 2 = 768, then
  // 4096/16 · 2 + 2048/16 = 640 on average 704; products 512 + results 256 = 768 per tile, so 704 + 768 + 768.
  const auto figures = plain_figures();
  const auto work = nest_work(product(128, 32, 64),
                              tiled("L3[WIO] P2 - L2[WI] K16X - L1[O] K2 C4 P64 C16X - L0[W] N1"),
                              figures, 512 * 1024);
  EXPECT_NEAR(seconds_of(work, figures), (704 + 768 + 768) * 1e-9, kRounding);
  EXPECT_EQ(work.dram_read_bytes, 10240U);
}

TEST(NestWork, WhatACacheTooSmallForgetsComesFromDramAgain) {
  const auto figures = plain_figures();
  const auto work =
      nest_work(product(128, 32, 64),
                tiled("L3[WIO] P2 - L2[WI] K16X - L1[O] K2 C4 P64 C16X - L0[W] N1"), figures, 1024);
  EXPECT_EQ(work.dram_read_bytes, 10240U + 2048);
}

TEST(NestWork, ReductionsOutsideOfOutputsSendPartialSumsOutAndBack) {
  const auto figures = plain_figures();
  const auto inside = nest_work(
      product(64, 64, 64), tiled("L3[WIO] K2 C2 - L2[WI] K16X - L1[O] K2 C2 P64 C16X - L0[W] N1"),
      figures, 512 * 1024);
  const auto outside = nest_work(
      product(64, 64, 64), tiled("L3[WIO] C2 K2 - L2[WI] K16X - L1[O] K2 C2 P64 C16X - L0[W] N1"),
      figures, 512 * 1024);
  // 64·64 sums of 4 B leave once more than at the end, and come back.
  EXPECT_EQ(outside.dram_bytes() - inside.dram_bytes(), 2U * 4 * 64 * 64);
}

TEST(NestWork, DramMovesWholeLines) {
  auto figures = plain_figures();
  figures.line_bytes = 64;
  // Weights of 16 columns in rows of 1024: 64 lines of which a quarter is used.
  const auto work =
      nest_work(product(16, 1024, 64),
                tiled("L3[WIO] K64 - L2[WI] K16X - L1[O] C4 P16 C16X - L0[W] N1"), figures, 0);
  EXPECT_GE(work.dram_read_bytes, 4U * 64 * 1024);
}

RC_GTEST_PROP(NestWork, MovesTheCompulsoryBytesAndRunsNoFasterThanTheArray, ()) {
  const auto between = [](std::uint64_t low, std::uint64_t high) {
    return *rc::gen::inRange<std::uint64_t>(low, high + 1);
  };
  const auto figures = plain_figures();
  const auto m = between(1, 300), n = between(1, 300), k = between(1, 300);
  const auto problem = product(m, n, k);
  const auto found = best_nest(problem, figures, room_of(figures), figures.l3_bytes);
  RC_ASSERT(found.has_value());
  RC_ASSERT(found->work.dram_read_bytes >= m * k + k * n);
  RC_ASSERT(found->work.dram_write_bytes >= m * n);
  RC_ASSERT(found->seconds * 1e9 >= static_cast<double>(ceil_div(k, 16) * ceil_div(n, 16) * m));
  RC_ASSERT(seconds_of(found->work, figures) == found->seconds);
}

} // namespace
} // namespace fusesim::targets::tile
