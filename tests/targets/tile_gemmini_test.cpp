// Gemmini's RTL, cycle by cycle on FireSim, against the loop-nest model: data/measured/gemmini_rtl_cycles.csv.
#include "support/error.hpp"
#include "targets/measured_rows.hpp"
#include "targets/tile/measured_layer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace fusesim::targets::tile {
namespace {

using test::MeasuredRow;

constexpr const char *kFile = "data/measured/gemmini_rtl_cycles.csv";

class GemminiRtl : public testing::Test {
protected:
  static MeasuredLayer layer_of(const MeasuredRow &row, const Machine &machine) {
    return read_layer(
        [&row](std::string_view column) -> const std::string & { return row.find(column)->second; },
        machine, "row");
  }

  const std::vector<MeasuredRow> rows_ = test::measured_rows(kFile);
  const Machine machine_ = load_machine("gemmini-16x16");
  const Runtime runtime_ = load_runtime(machine_.default_runtime);
};

TEST_F(GemminiRtl, CyclesOfGivenMappingsAreWithinTwelvePercentOnAverage) {
  ASSERT_EQ(rows_.size(), 105U);
  double error = 0;
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    const auto layer = layer_of(rows_[i], machine_);
    const double cycles = simulated_cycles(layer, tiling_of(layer.mapping), runtime_);
    const double measured = std::stod(rows_[i].at("rtl_cycles"));
    if (std::getenv("SHOW"))
      printf("%zu %.0f %.0f %.3f\n", i, measured, cycles, cycles / measured);
    error += std::abs(cycles / measured - 1);
  }
  printf("mean %.4f\n", error / 105);
  EXPECT_LE(error / static_cast<double>(rows_.size()), 0.12);
}

TEST_F(GemminiRtl, OurMappingIsNoSlowerThanTheGivenOneUnderTheModel) {
  std::size_t no_slower = 0;
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    const auto layer = layer_of(rows_[i], machine_);
    const auto &figures = layer.figures;
    const auto ours = best_nest(layer.problem, figures, layer.room, figures.l3_bytes);
    ASSERT_TRUE(ours);
    const auto given =
        nest_work(layer.problem, tiling_of(layer.mapping), figures, figures.l3_bytes);
    if (std::getenv("SHOW"))
      printf("%zu %.0f %.0f %.3f %s\n", i, seconds_of(given, figures) * 1e9, ours->seconds * 1e9,
             ours->seconds / seconds_of(given, figures),rows_[i].at("rtl_cycles_auto_tiling").c_str());
    no_slower += ours->seconds <= seconds_of(given, figures) * (1 + 1e-9);
  }
  printf("no slower %zu\n", no_slower);
  EXPECT_GE(static_cast<double>(no_slower), 0.95 * static_cast<double>(rows_.size()));
}

} // namespace
} // namespace fusesim::targets::tile
