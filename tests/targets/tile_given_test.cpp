// Mappings that are given, and mappings that are kept from one program to the next.
#include "ir/passes.hpp"
#include "ir/zoo.hpp"
#include "support/error.hpp"
#include "targets/experiment.hpp"
#include "targets/tile/mapping_memo.hpp"
#include "targets/tile/nest_search.hpp"
#include "targets/tile_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace fusesim::targets {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class GivenMapping : public testing::Test {
protected:
  ~GivenMapping() override { std::filesystem::remove(file_); }

  Experiment run(const std::string &lines, const std::string &target = "gemmini-16x16") const {
    std::ofstream(file_) << lines;
    const auto machine = load_machine(target);
    return run_experiment(
        ir::build_zoo_model("resnet18"), machine, load_runtime(machine.default_runtime),
        {.strategy = {}, .dtype = ir::DType::i8, .tile = {.mapping_file = file_}});
  }
  std::string error_of(const std::string &lines,
                       const std::string &target = "gemmini-16x16") const {
    try {
      run(lines, target);
    } catch (const Error &error) {
      return error.what();
    }
    return "no error";
  }

  std::string file_ = std::filesystem::temp_directory_path() /
                      ("fusesim_given_mapping_" + std::to_string(getpid()) + ".yaml");
};

/// Of 64 → 64 channels, 3×3, 56×56 outputs.
constexpr auto *kNest =
    "layer1.0.conv1: 'L3[WIO] Q14 P4 C4 - L2[WI] K4 - L1[O] P14 Q4 R3 S3 C16X - "
    "L0[W] K16X'\n";

TEST_F(GivenMapping, IsSimulatedAsGiven) {
  // Passes of the array: 14·4 tiles of pixels × 4 of channels; in each 4·9 passes of 4 lines of 14 pixels, which a short
  // pass makes 6 + 0.45·14 = 12.3, below 14.
  const auto experiment = run(kNest);
  const auto stage =
      std::ranges::find(experiment.lowered.stages, "layer1.0.conv1", &ExplainedStage::name);
  ASSERT_NE(stage, experiment.lowered.stages.end());
  EXPECT_EQ(stage->mapping, "as given: Q14 P4 C4 over tiles of N1 C16 K64 P14 Q4 R3 S3");
  const double array_us = 14.0 * 4 * 4 * 4 * 9 * 4 * 14 * 1e-3;
  EXPECT_GE(stage->seconds * 1e6, array_us);
  EXPECT_LE(stage->seconds * 1e6, 1.3 * array_us);
}

TEST_F(GivenMapping, LeavesAllOtherLayersAsTheyWere) {
  const auto given = run(kNest), found = run("{}\n");
  ASSERT_EQ(given.lowered.stages.size(), found.lowered.stages.size());
  for (std::size_t s = 0; s < found.lowered.stages.size(); ++s)
    if (const auto &stage = found.lowered.stages[s]; stage.name != "layer1.0.conv1") {
      EXPECT_EQ(given.lowered.stages[s].mapping, stage.mapping) << stage.name;
    }
}

TEST_F(GivenMapping, OfNoLayerIsAnErrorThatNamesTheLineAndTheNearest) {
  EXPECT_THAT(error_of("\nlayer1.0.conv9: 'L3[WIO] N1 - L2[WI] N1 - L1[O] N1 - L0[W] N1'\n"),
              AllOf(HasSubstr(".yaml:2"), HasSubstr("layer1.0.conv9"),
                    HasSubstr("did you mean 'layer1.0.conv1'")));
}

TEST_F(GivenMapping, OfAnotherSizeIsAnErrorThatNamesTheDim) {
  EXPECT_THAT(error_of("conv1: 'L3[WIO] N1 - L2[WI] N1 - L1[O] N1 - L0[W] N1'\n"),
              AllOf(HasSubstr(":1: conv1"), HasSubstr("the loops over C multiply to 1"),
                    HasSubstr("extent, 3")));
}

TEST_F(GivenMapping, WhoseTilesDoNotFitIsAnErrorThatNamesTheRoom) {
  EXPECT_THAT(error_of("layer1.0.conv1: 'L3[WIO] N1 - L2[WI] C4 K4 P56 Q56 - L1[O] R3 S3 C16X - "
                       "L0[W] K16X'\n"),
              AllOf(HasSubstr("of one tile take"), HasSubstr("half of the")));
}

TEST_F(GivenMapping, WithSpatialLoopsOverTilesIsAnError) {
  EXPECT_THAT(error_of("layer1.0.conv1: 'L3[WIO] C4X Q14 P4 - L2[WI] K4 - L1[O] P14 Q4 R3 S3 C4 "
                       "C4X - L0[W] K16X'\n"),
              AllOf(HasSubstr("C4X"), HasSubstr("L3")));
}

TEST_F(GivenMapping, WhoseCountsOverflowIsAnError) { // 3 · 12297829382473034411 is 1 in 64 bits
  EXPECT_THAT(error_of("layer1.0.conv1: 'L3[WIO] Q14 P4 C4 - L2[WI] K4 - L1[O] P14 Q4 R3 S3 C16X "
                       "C3X C12297829382473034411X - L0[W] K16X'\n"),
              HasSubstr("loops over C multiply to more"));
}

TEST_F(GivenMapping, ThatIsNoNestOrNoMapIsAnErrorThatNamesTheLine) {
  EXPECT_THAT(error_of("conv1: fast\n"), HasSubstr(".yaml:1"));
  EXPECT_THAT(error_of("- conv1\n"), HasSubstr("is not a map"));
  EXPECT_THAT(error_of("conv1: [\n"), HasSubstr("broken YAML"));
}

TEST_F(GivenMapping, IsForMachinesThatRunNests) {
  EXPECT_THAT(error_of(kNest, "kpu-t64"), HasSubstr("gemmini-16x16"));
  EXPECT_THAT(error_of(kNest, "a100-sxm-40gb"), HasSubstr("gemmini-16x16"));
}

// A sweep meets machines in any order, and L3 of any size between two of equal engines.
RC_GTEST_PROP(MappingMemo, ChangesNothing, ()) {
  tile::MappingMemo memo;
  const auto graph = ir::with_float_dtype(ir::build_zoo_model("resnet18"), ir::DType::bf16);
  const auto partition = partition::run_strategy("attention", graph);
  for (int i = 0; i < 12; ++i) { // more machines than it holds
    auto machine = test::round_machine(*rc::gen::element(1U, 16U));
    machine.dataflow = *rc::gen::element<std::string>("any", "weight_stationary");
    machine.l3_kib_per_tile = *rc::gen::element(64.0, 256.0, 4096.0);
    machine.dram_bandwidth_gbps = *rc::gen::element(16.0, 32.0, 64.0, 128.0, 256.0);
    if (*rc::gen::arbitrary<bool>()) {
      machine.handover = TileMachine::Handover::tile;
      machine.dataflow = "weight_stationary";
      machine.accumulator_kib = 64;
    }
    const auto runtime = test::sequencer_runtime();
    const auto alone = lower_tile(graph, partition, machine, runtime);
    const auto remembered = lower_tile(graph, partition, machine, runtime, {{}, &memo});
    RC_ASSERT(alone.stages.size() == remembered.stages.size());
    for (std::size_t s = 0; s < alone.stages.size(); ++s) {
      RC_ASSERT(alone.stages[s].mapping == remembered.stages[s].mapping);
      RC_ASSERT(alone.stages[s].seconds == remembered.stages[s].seconds);
      RC_ASSERT(alone.stages[s].l3_bytes == remembered.stages[s].l3_bytes);
    }
  }
}

} // namespace
} // namespace fusesim::targets
