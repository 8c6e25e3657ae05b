// Whole runs worked out by hand. A nanosecond is a cycle of round_machine().
#include "support/error.hpp"
#include "targets/tile_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fusesim::targets {
namespace {

using testing::HasSubstr;
using namespace fusesim::test;

constexpr double kSequencer = 1000;
constexpr double kRounding = 0.01; // every phase is rounded to a picosecond

TEST(TileByHand, ComputeBoundGemm) {
  // C[64×64] = A[64×256]·B[256×64] in bf16 on one 8×8 output-stationary array.
  //   array   (64/8)·(64/8) folds · (256 + 8 + 8 − 2) − 1                             = 17279 ns
  //   DRAM    (64·256 + 256·64 + 64·64)·2 B = 73728 B at 64 B/ns = 1152 ns, hidden
  //   fill    first access 100; the first piece, 8 rows and columns by 8 of k, (8·8 + 8·8)·2 B =
  //   256 B
  //           from DRAM at 64 B/ns 4, by block mover at 64 B/ns 4                      =   108 ns
  //   drain   64 results: vector engine 64/8 = 8; 128 B by block mover 2, to DRAM 2    =    12 ns
  const auto result = run_tile(linear_graph(64, 64, 256), "unfused", round_machine(1));
  EXPECT_EQ(result.dram_bytes(), 73728U);
  EXPECT_NEAR(result.latency_ns(), kSequencer + 108 + 17279 + 12, kRounding);
}

TEST(TileByHand, DramBoundGemm) {
  // C[8×2048] = A[8×64]·B[64×2048] in bf16 on four tiles, DRAM at 16 B/ns.
  //   DRAM    (8·64 + 64·2048 + 8·2048)·2 B = 295936 B at 16 B/ns                      = 18496 ns
  //   array   2048/8 folds over 4 tiles: 64·(64 + 14) − 1 = 4991 ns, hidden
  //   before  first access                                                             =   100 ns
  //   after   the last bytes pass the array: 8 of k, 8 + 14 − 1                        =    21 ns
  auto machine = round_machine(4);
  machine.dram_bandwidth_gbps = 16;
  const auto result = run_tile(linear_graph(8, 2048, 64), "unfused", machine);
  EXPECT_EQ(result.dram_bytes(), 295936U);
  EXPECT_NEAR(result.latency_ns(), kSequencer + 100 + 18496 + 21, kRounding);
}

TEST(TileByHand, DmaEnginesLimitDramWhenTheyAreSlower) {
  // As above, but one DMA engine of 8 B/ns in front of DRAM: 295936 / 8 = 36992 ns.
  auto machine = round_machine(4);
  machine.dma_engines = 1;
  machine.dma_bytes_per_clk = 8;
  const auto result = run_tile(linear_graph(8, 2048, 64), "unfused", machine);
  EXPECT_NEAR(result.latency_ns(), kSequencer + 100 + 36992 + 21, kRounding);
}

// conv_chain(1, 16, 32): x, the intermediate and y have 16·32·32·2 B = 32768 B each, a weight
// 16·16·9·2 B = 4608 B.
constexpr Bytes kImage = 32768, kWeight = 4608;

TEST(TileByHand, UnfusedChainGoesThroughDramAfterEveryOperator) {
  // conv1 reads x and w1, writes y; relu reads and writes it; conv2 reads it and w2, writes the
  // result.
  const auto result = run_tile(conv_chain(1, 16, 32), "unfused", round_machine(1));
  EXPECT_EQ(result.dram_bytes(), 6 * kImage + 2 * kWeight);
}

TEST(TileByHand, ChainThatFitsKeepsItsIntermediateOnChip) {
  // L3 of 64 KiB places 7/8 of it = 56 KiB: the intermediate's 32 KiB, beside 4.5 KiB of resting
  // weights, fit.
  auto machine = round_machine(1);
  machine.l3_kib_per_tile = 64;
  const auto graph = conv_chain(1, 16, 32);
  const auto result = run_tile(graph, one_subgraph(graph), machine);
  EXPECT_EQ(result.dram_bytes(), 2 * kImage + 2 * kWeight);
  EXPECT_EQ(result.notes(), "");
  ASSERT_EQ(result.lowered.program.launches.size(), 1U);
  EXPECT_EQ(result.lowered.program.launches[0].stages.size(), 2U); // relu rides on the first drain
}

TEST(TileByHand, ConcatInPlaceWritesEachPartOnceAndCopiesNothing) {
  // Two 1×1 convolutions of x into one map that two readers share: 8 channels of 16×16 in bf16 are
  // 4 KiB.
  ir::GraphBuilder b("concat");
  constexpr Bytes kMap = 8 * 16 * 16 * 2, kSquare = 8 * 8 * 2;
  const auto conv = [&](const char *name, ir::ValueId x, std::int64_t channels) {
    const auto w =
        b.weight(std::string(name) + ".w", {ir::DType::bf16, {channels, b.type(x).dims[1], 1, 1}});
    return b.add(ir::OpKind::conv2d, name, {x, w}, ir::ConvAttrs{});
  };
  const auto x = b.input("x", {ir::DType::bf16, {1, 8, 16, 16}});
  const auto all = b.add(ir::OpKind::concat, "all", {conv("a", x, 8), conv("b", x, 8)},
                         ir::AxisAttrs{.dims = {1}});
  b.output(conv("left", all, 8));
  b.output(conv("right", all, 8));
  const auto graph = std::move(b).build();
  // a and b: x once, as it stays in L3; two weights; two parts. Each reader: the whole map, weights of
  // twice the depth, its result.
  const auto fused = run_tile(graph, "greedy", round_machine(1));
  EXPECT_EQ(fused.dram_bytes(),
            kMap + 2 * kSquare + 2 * kMap + 2 * (2 * kMap + 2 * kSquare + kMap));
  // Unfused, x is read twice, and the concat reads and writes it all once more.
  const auto unfused = run_tile(graph, "unfused", round_machine(1));
  EXPECT_EQ(unfused.dram_bytes() - fused.dram_bytes(), kMap + 2 * (2 * kMap));
}

TEST(TileByHand, ChainThatDoesNotFitSpillsAndSaysSo) {
  // L3 of 32 KiB places 28 KiB: the intermediate's 32 KiB go to DRAM and come back.
  auto machine = round_machine(1);
  machine.l3_kib_per_tile = 32;
  const auto graph = conv_chain(1, 16, 32);
  const auto result = run_tile(graph, one_subgraph(graph), machine);
  EXPECT_EQ(result.dram_bytes(), 4 * kImage + 2 * kWeight);
  EXPECT_THAT(result.notes(), HasSubstr("'act' of 32.8 kB spilled to DRAM"));
  EXPECT_THAT(result.notes(), HasSubstr("28.7 kB"));
}

TEST(TileByHand, BatchOfChainsRunsImageByImageWhereTheWholeDoesNotFit) {
  // Four images: 128 KiB of intermediate. One image's 32 KiB and both weights fit into 56 KiB, two
  // images' do not.
  auto machine = round_machine(1);
  machine.l3_kib_per_tile = 64;
  const auto graph = conv_chain(4, 16, 32);
  const auto result = run_tile(graph, one_subgraph(graph), machine);
  EXPECT_EQ(result.dram_bytes(), 8 * kImage + 2 * kWeight);
  EXPECT_THAT(result.notes(), HasSubstr("4 row blocks"));
  EXPECT_EQ(result.lowered.program.launches[0].stages.size(), 8U);
}

TEST(TileByHand, WeightsTooLargeForL3AreFetchedOnceWhereTheInputRests) {
  // 8 rows: A of 8·1024·2 B = 16 KiB rests in L3's 56 KiB while 2 MiB of weights stream by once.
  auto machine = round_machine(1);
  machine.l3_kib_per_tile = 64;
  const auto result = run_tile(linear_graph(8, 1024, 1024), "unfused", machine);
  EXPECT_EQ(result.dram_bytes(), (8U * 1024 + 1024 * 1024 + 8 * 1024) * 2);
}

TEST(TileByHand, LatencyOfNothingButSequencing) {
  // Four relus on 64 elements, unfused: every launch waits for the sequencer once.
  ir::GraphBuilder b("relus");
  auto x = b.input("x", {ir::DType::bf16, {64}});
  for (int i = 0; i < 4; ++i)
    x = b.add(ir::OpKind::relu, "relu", {x});
  b.output(x);
  // Each: fill 100 + 128/64 + 128/64 = 104; 64/8 = 8 lane-cycles on two tiles of 64 B bursts: 4;
  // drain 1 + 1 on 64 B.
  //   per tile 64 B in: DRAM 1, mover 1; ops 4, mover (64 + 64)/64 = 2, streamer 1; out: mover 1,
  //   DRAM 1
  const auto result = run_tile(std::move(b).build(), "unfused", round_machine(2));
  EXPECT_NEAR(result.latency_ns(), 4 * (kSequencer + 100 + 1 + 1 + 4 + 1 + 1), 4 * kRounding);
}

TEST(TileErrors, TypeWithoutArithmeticNamesTheTypesThatTheMachineHas) {
  auto machine = round_machine(1);
  machine.bf16_macs_per_pe_per_clk = 0;
  try {
    run_tile(linear_graph(8, 8, 8), "unfused", machine);
    FAIL();
  } catch (const Error &error) {
    EXPECT_STREQ(error.what(), "fc: the machine has no bf16 arithmetic; use --dtype f32|i8");
  }
}

TEST(TileErrors, ScratchpadTooSmallForOneFold) {
  auto machine = round_machine(1);
  machine.l2_kib_per_tile = 0.0625; // 64 B; one bf16 fold of results takes 128
  EXPECT_THROW(run_tile(linear_graph(8, 8, 8), "unfused", machine), Error);
}

} // namespace
} // namespace fusesim::targets
