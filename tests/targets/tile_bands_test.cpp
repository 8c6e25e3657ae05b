// Bands of lines with halos, prefetch and weights that stay: worked out by hand.
#include "targets/tile/chain_builder.hpp"
#include "targets/tile/line_bands.hpp"
#include "targets/tile/tile_program.hpp"
#include "targets/tile_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <set>

namespace fusesim::targets {
namespace {

using namespace fusesim::test;
using namespace tile;
using testing::HasSubstr;

// ---- lines ------------------------------------------------------------------------------------------------------

RC_GTEST_PROP(LineBands, LinesUnderAreThoseThatWindowsTouch, ()) {
  const auto between = [](std::uint64_t low, std::uint64_t high) {
    return *rc::gen::inRange<std::uint64_t>(low, high + 1);
  };
  StageLines lines;
  lines.kernel = between(1, 5);
  lines.stride = between(1, 3);
  lines.dilation = between(1, 2);
  lines.padding = between(0, (lines.kernel - 1) * lines.dilation / 2);
  lines.in = between((lines.kernel - 1) * lines.dilation + 1, 30);
  lines.out =
      (lines.in + 2 * lines.padding - (lines.kernel - 1) * lines.dilation - 1) / lines.stride + 1;
  const auto begin = between(0, lines.out - 1), end = between(begin + 1, lines.out);
  std::set<std::uint64_t> touched;
  for (auto line = begin; line < end; ++line)
    for (std::uint64_t tap = 0; tap < lines.kernel; ++tap) {
      const auto padded = line * lines.stride + tap * lines.dilation;
      if (padded >= lines.padding && padded < lines.in + lines.padding)
        touched.insert(padded - lines.padding);
    }
  const auto under = lines_under(lines, {begin, end});
  RC_ASSERT(under.begin <= *touched.begin() && under.end >= *touched.rbegin() + 1);
  if (lines.dilation == 1 && lines.stride <= lines.kernel)
    RC_ASSERT(under.begin == *touched.begin() && under.end == *touched.rbegin() + 1);
}

// conv_chain(1, 16, 32): maps of 16·32·32·2 B = 32 KiB, 1 KiB a line; weights of 4608 B.
constexpr Bytes kImage = 32768, kLine = 1024, kWeight = 4608;

/// 28 KiB of L3 to place data in; DRAM so slow that it is all that counts.
TileMachine starved_machine() {
  auto machine = round_machine(1);
  machine.l3_kib_per_tile = 32;
  machine.dram_bandwidth_gbps = 0.5;
  return machine;
}

TEST(LineBands, ReplaceSpillingWhereDramIsSlow) {
  // Two bands of 16 lines. Each needs 17 of the intermediate and, under those, 18 of the input (one is padding): 4
  // lines are fetched again, 2 made again. 17 KiB of intermediate and both weights fit into 28 KiB.
  const auto graph = conv_chain(1, 16, 32);
  const auto result = run_tile(graph, one_subgraph(graph), starved_machine());
  EXPECT_EQ(result.dram_bytes(), kImage + 4 * kLine + 2 * kWeight + kImage);
  EXPECT_THAT(result.notes(), HasSubstr("run in 2 bands of lines"));
  EXPECT_THAT(result.notes(), HasSubstr("4.1 kB fetched again"));
  EXPECT_THAT(result.notes(), Not(HasSubstr("spilled")));
  EXPECT_EQ(result.lowered.program.launches.at(0).stages.size(), 4U);
}

TEST(LineBands, GiveWayToSpillingWhereComputingTwiceTakesLonger) {
  auto machine = starved_machine();
  machine.dram_bandwidth_gbps = 64;
  const auto graph = conv_chain(1, 16, 32);
  const auto result = run_tile(graph, one_subgraph(graph), machine);
  EXPECT_EQ(result.dram_bytes(), 4 * kImage + 2 * kWeight);
  EXPECT_THAT(result.notes(), HasSubstr("'act' of 32.8 kB spilled to DRAM"));
}

// ---- row blocks ---------------------------------------------------------------------------------------------------

/// softmax(q·kᵀ)·v of `heads` heads, 64 positions of 16 elements, and the heads merged again: a permuted view, copied.
ir::Graph merged_attention(std::int64_t heads) {
  ir::GraphBuilder b("attention");
  const auto in = [&](const char *name, ir::Dims dims) {
    return b.input(name, {ir::DType::bf16, std::move(dims)});
  };
  const auto scores = b.add(ir::OpKind::matmul, "scores",
                            {in("q", {1, heads, 64, 16}), in("k", {1, heads, 16, 64})});
  const auto p = b.add(ir::OpKind::softmax, "softmax", {scores}, ir::AxisAttrs{{3}, false});
  const auto heads_apart = b.add(ir::OpKind::matmul, "apply", {p, in("v", {1, heads, 64, 16})});
  const ir::TensorType merged{ir::DType::bf16, {1, 64, heads, 16}};
  const auto view = b.add_typed(ir::OpKind::permute, "merge", {heads_apart}, {merged}).at(0);
  b.output(b.add_typed(ir::OpKind::copy, "copy", {view}, {merged}).at(0));
  return std::move(b).build();
}

// Scores of 8 heads in bf16 are 64 KiB, of one 8. L3 of 40 KiB holds those of two at a time, whose rows the copy then puts
// where they belong: DRAM sees q, k, v and the result, 16 KiB each.
TEST(RowBlocks, KeepScoresOnChipAlthoughHeadsAreMergedBehindThem) {
  auto machine = round_machine(1);
  machine.l3_kib_per_tile = 40;
  for (const Bytes heads : {8, 512}) { // of a large batch there are many
    const auto graph = merged_attention(static_cast<std::int64_t>(heads));
    const auto result = run_tile(graph, one_subgraph(graph), machine);
    EXPECT_EQ(result.dram_bytes(), 4 * heads * 64 * 16 * 2);
    EXPECT_THAT(result.notes(), HasSubstr("row blocks"));
    EXPECT_THAT(result.notes(), Not(HasSubstr("spilled")));
  }
}

/// A linear layer over images of 8×8 tokens, whose windows of 4×4 a copy then gathers for an activation.
ir::Graph windows_of(std::int64_t images) {
  ir::GraphBuilder b("windows");
  const auto x = b.input("x", {ir::DType::bf16, {images * 64, 32}}),
             w = b.weight("w", {ir::DType::bf16, {32, 32}});
  const auto y = b.add(ir::OpKind::linear, "fc", {x, w});
  const ir::TensorType split{ir::DType::bf16, {images, 2, 4, 2, 4, 32}},
      gathered{ir::DType::bf16, {images, 2, 2, 4, 4, 32}};
  const auto view = b.add_typed(ir::OpKind::view, "split", {y}, {split}).at(0);
  const auto windows = b.add_typed(ir::OpKind::permute, "windows", {view}, {gathered}).at(0);
  const auto copy = b.add_typed(ir::OpKind::copy, "copy", {windows}, {gathered}).at(0);
  b.output(b.add(ir::OpKind::softmax, "softmax", {copy}, ir::AxisAttrs{{5}, false}));
  return std::move(b).build();
}

// What an image's windows gather lies in the image: 16 of them, of 4 KiB each, go through an L3 of 32 KiB in blocks of
// whole images. DRAM sees x, w and the result.
TEST(RowBlocks, HoldImagesWhoseWindowsArePermuted) {
  auto machine = round_machine(1);
  machine.l3_kib_per_tile = 32;
  const auto graph = windows_of(16);
  const auto result = run_tile(graph, one_subgraph(graph), machine);
  EXPECT_EQ(result.dram_bytes(), 2U * 16 * 64 * 32 * 2 + 32 * 32 * 2);
  EXPECT_THAT(result.notes(), HasSubstr("row blocks"));
}

// Two images: a dim of 2 comes again behind, and either may have moved.
TEST(RowBlocks, AreNotCutWhereShapesDoNotTellWhatMoved) {
  auto machine = round_machine(1);
  machine.l3_kib_per_tile = 8;
  const auto graph = windows_of(2);
  const auto result = run_tile(graph, one_subgraph(graph), machine);
  EXPECT_THAT(result.notes(), HasSubstr("spilled"));
  EXPECT_THAT(result.notes(), Not(HasSubstr("row blocks")));
}

// ---- prefetch ---------------------------------------------------------------------------------------------------

/// A product bound by the array, then one bound by its weights.
ir::Graph busy_then_hungry() {
  ir::GraphBuilder b("two");
  const auto x = b.input("x", {ir::DType::bf16, {64, 512}}),
             y = b.input("y", {ir::DType::bf16, {8, 512}});
  const auto w1 = b.weight("w1", {ir::DType::bf16, {512, 512}}),
             w2 = b.weight("w2", {ir::DType::bf16, {512, 512}});
  b.output(b.add(ir::OpKind::linear, "busy", {x, w1}));
  b.output(b.add(ir::OpKind::linear, "hungry", {y, w2}));
  return std::move(b).build();
}

TEST(Prefetch, HidesTheNextSubgraphsWeightsBehindThisOnesProducts) {
  // busy:   8·64 folds of 512 + 14 cycles on one 8×8 array: 269311 ns; DRAM at 8 B/ns: (64·512·2 + 512·512) · 2 B =
  //         655360 B in 81920 ns. hungry: 64 folds, 33663 ns; 512 KiB of weights and 16 KiB more: 67584 ns.
  // Weights that it waits for come while the array is busy: then hungry takes as long as its products, the first piece
  // and the last ones included.
  auto machine = round_machine(1);
  machine.dram_bandwidth_gbps = 8;
  machine.l3_kib_per_tile = 4096;
  const auto graph = busy_then_hungry();
  const auto result = run_tile(graph, "unfused", machine);
  EXPECT_EQ(result.dram_bytes(), 655360U + (8 * 512 * 2 + 512 * 512) * 2);
  const auto &hungry = result.run.launches.at(1);
  const double ns = static_cast<double>(hungry.end - hungry.start) * 1e-3;
  EXPECT_GE(ns, 33663);
  EXPECT_LE(ns, 33663 + 400);
  ASSERT_EQ(result.lowered.stages.size(), 2U);
  EXPECT_GT(result.lowered.stages[1].prefetched_bytes, 200000U);
}

// What comes from DRAM comes over the mesh: a link of DRAM's own bandwidth is idle when DRAM is, and lets the weights pass;
// at 2 B/ns it is what both stages wait for, and the first one has no time left.
TEST(Prefetch, ComesOverTheMeshToo) {
  const auto prefetched = [](double link_gbps) {
    auto machine = round_machine(1);
    machine.dram_bandwidth_gbps = 8;
    machine.l3_kib_per_tile = 4096;
    machine.noc_link_gbps = link_gbps;
    const auto result = run_tile(busy_then_hungry(), "unfused", machine);
    EXPECT_EQ(result.dram_bytes(), 655360U + (8 * 512 * 2 + 512 * 512) * 2);
    return result.lowered.stages.at(1).prefetched_bytes;
  };
  EXPECT_GT(prefetched(8), 200000U);
  EXPECT_EQ(prefetched(2), 0U);
}

TEST(Prefetch, NeedsRoomUntilTheWeightsAreUsed) {
  auto machine = round_machine(1);
  machine.dram_bandwidth_gbps = 8;
  machine.l3_kib_per_tile = 600; // w1 rests in it; 1/8 is for streams
  const auto result = run_tile(busy_then_hungry(), "unfused", machine);
  EXPECT_LE(result.lowered.stages[1].prefetched_bytes, (600 - 75 - 512) * 1024U);
}

// ---- weights that stay ------------------------------------------------------------------------------------------

TEST(ResidentWeights, AreNotFetchedWhereTheyFitAndAreOtherwise) {
  const auto graph = busy_then_hungry();
  auto runtime = sequencer_runtime();
  runtime.resident_weights = true;
  auto machine = round_machine(1);
  machine.l3_kib_per_tile = 4096;
  const auto partition = partition::run_strategy("unfused", graph);
  const auto fetched = run_tile(graph, partition, machine);
  const auto kept = run_tile(graph, partition, machine, {}, runtime);
  EXPECT_EQ(fetched.dram_bytes() - kept.dram_bytes(), 2U * 512 * 512 * 2);
  EXPECT_LT(kept.latency_ns(), fetched.latency_ns());
  machine.l3_kib_per_tile = 128; // not even one of them
  EXPECT_EQ(run_tile(graph, partition, machine, {}, runtime).dram_bytes(),
            run_tile(graph, partition, machine).dram_bytes());
}

} // namespace
} // namespace fusesim::targets
