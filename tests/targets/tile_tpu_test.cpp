// TPU v4 on matrix products, as XLA's own timer saw it (data/measured/tpu_v4_gemm.csv), against the tile model. Fitted
// were three constants: sequencer_us of the runtime xla, dram_efficiency and streamer_bytes_per_clk of tpu-v4. Even
// rows alone and odd rows alone lead to the same three.
#include "targets/measured_rows.hpp"
#include "targets/tile/measured_gemm.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace fusesim::targets::tile {
namespace {

class TpuV4 : public testing::Test {
protected:
  double us(const MeasuredGemm &gemm) const { return simulated_us(gemm, machine_, runtime_); }

  const Machine machine_ = load_machine("tpu-v4");
  const Runtime runtime_ = load_runtime(machine_.default_runtime);
};

enum Class : std::size_t { small, medium, large };

Class class_of(const MeasuredGemm &g) {
  if (std::max({g.m, g.n, g.k}) <= 128)
    return small;
  return std::min({g.m, g.n, g.k}) >= 1024 ? large : medium;
}

TEST_F(TpuV4, ProductsOfEveryShapeClassAreWithinEightPercentOnAverage) {
  const auto rows = test::measured_rows("data/measured/tpu_v4_gemm.csv");
  ASSERT_EQ(rows.size(), 1198U);
  struct Sum {
    double error = 0, rows = 0;
    double mean() const { return error / rows; }
  };
  std::array<std::array<Sum, 2>, 3> halves{};
  std::array<Sum, 3> classes{};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto &row = rows[i];
    const auto gemm = read_gemm(
        [&row](std::string_view column) -> const std::string & { return row.find(column)->second; },
        "row");
    const double error = std::abs(us(gemm) / std::stod(row.at("latency_us")) - 1);
    for (auto *sum : {&classes[class_of(gemm)], &halves[class_of(gemm)][i % 2]}) {
      sum->error += error;
      sum->rows += 1;
    }
  }
  for (const auto kind : {small, medium, large}) {
    EXPECT_LE(classes[kind].mean(), 0.08) << kind;
    for (const auto &half : halves[kind])
      EXPECT_LE(half.mean(), 0.09) << kind;
  }
}

TEST_F(TpuV4, OneMoreThanAMultipleOfTheArrayCostsAFold) {
  // Bound by the arrays: 4096 × 4096 rows and depth. 8 column folds become 9, then nothing more until 9 · 128.
  const double at = us({4096, 1024, 4096}), above = us({4096, 1025, 4096}),
               next = us({4096, 1152, 4096}), below = us({4096, 1023, 4096});
  EXPECT_NEAR((above - at) / at, 1.0 / 8, 0.03);
  EXPECT_LT((next - above) / at, 0.02);
  EXPECT_LE(below, at);
  EXPECT_GT(below / at, 0.99);
  // The same along k.
  const double deeper = us({4096, 1024, 4097});
  EXPECT_NEAR((deeper - at) / at, 1.0 / 32, 0.01);
}

} // namespace
} // namespace fusesim::targets::tile
