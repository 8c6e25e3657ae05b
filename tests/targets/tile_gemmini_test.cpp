// Gemmini's RTL, cycle by cycle on FireSim (data/measured/gemmini_rtl_cycles.csv), against the loop-nest model.
#include "support/error.hpp"
#include "test_paths.hpp"
#include "validate/layer_case.hpp"
#include "validate/run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>

namespace fusesim::validate {
namespace {

using namespace targets::tile;

class GemminiRtl : public testing::Test {
protected:
  const Dataset dataset_ =
      read_dataset(std::string(FUSESIM_SOURCE_DIR) + "/data/measured/gemmini_rtl_cycles.csv");
};

TEST_F(GemminiRtl, CyclesOfGivenMappingsAreWithinTwelvePercentOnAverage) {
  Bench bench;
  const auto outcomes = run_cases(dataset_, bench);
  const auto summary = summarise(outcomes);
  EXPECT_EQ(summary.rows, 105U); // all are predicted
  EXPECT_LE(summary.mape, 0.12);
  EXPECT_LE(std::abs(summary.bias), 0.05);
  EXPECT_GE(summary.kendall_tau, 0.9);
  // The three calibrated constants serve either half.
  for (const std::size_t half : {0, 1}) {
    double error = 0, rows = 0;
    for (std::size_t i = half; i < outcomes.size(); i += 2, ++rows)
      error += std::abs(outcomes[i].error());
    EXPECT_LE(error / rows, 0.12) << half;
  }
}

TEST(GemminiFile, WithAMappingThatIsNotItsLayersIsAnErrorThatNamesTheLine) {
  const auto file = std::filesystem::temp_directory_path() / "fusesim_bad_mapping.csv";
  std::ofstream(file)
      << "op,N,C,K,P,Q,R,S,stride,pe,meshX,acc_bytes_entries,spad_entries,rtl_cycles,mapping\n"
         "gemm,1,16,16,16,1,1,1,1,256,16,256,4096,100,"
         "L3[WIO] N1 - L2[WI] K16X - L1[O] P8 C16X - L0[W] N1\n";
  try {
    read_dataset(file);
    FAIL();
  } catch (const Error &error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("fusesim_bad_mapping.csv:2"));
    EXPECT_THAT(error.what(), testing::HasSubstr("loops over P multiply to 8"));
  }
  std::filesystem::remove(file);
}

TEST_F(GemminiRtl, OurMappingIsNoSlowerThanTheGivenOneUnderTheModel) {
  const auto machine = std::get<targets::TileMachine>(targets::load_machine("gemmini-16x16").model);
  std::size_t no_slower = 0;
  for (const auto &row : dataset_.table.rows) {
    const auto layer = read_mapped_layer(Fields(dataset_.table, row), machine);
    const auto &figures = layer.figures;
    const auto given = nest_work(layer.problem, layer.tiling, figures, figures.l3_bytes);
    const auto ours = best_nest(layer.problem, figures, layer.room, figures.l3_bytes);
    ASSERT_TRUE(ours);
    const auto footprint = footprint_of(layer.problem, ours->tiling);
    EXPECT_LE(footprint.operands, layer.room.operands);
    EXPECT_LE(footprint.partial_sums, layer.room.partial_sums);
    no_slower += ours->seconds <= seconds_of(given, figures) ? 1 : 0;
  }
  EXPECT_GE(static_cast<double>(no_slower), 0.95 * static_cast<double>(dataset_.table.rows.size()));
}

} // namespace
} // namespace fusesim::validate
