// TPU v4 on matrix products, as XLA's own timer saw it (data/measured/tpu_v4_gemm.csv), against the tile model. Fitted
// were three constants: sequencer_us of the runtime xla, dram_efficiency and streamer_bytes_per_clk of tpu-v4. Even
// rows alone and odd rows alone lead to the same three.
#include "ir/graph.hpp"
#include "targets/experiment.hpp"
#include "test_paths.hpp"
#include "validate/run.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace fusesim::validate {
namespace {

TEST(TpuV4, ProductsOfEveryShapeClassAreWithinEightPercentOnAverage) {
  const auto dataset =
      read_dataset(std::string(FUSESIM_SOURCE_DIR) + "/data/measured/tpu_v4_gemm.csv");
  Bench bench;
  const auto outcomes = run_cases(dataset, bench);
  const auto by_class = std::array{Label::model};
  const auto groups = group_by(outcomes, by_class);
  ASSERT_EQ(groups.size(), 3U);
  std::size_t rows = 0;
  for (const auto &group : groups) {
    EXPECT_LE(group.summary.mape, 0.08) << group.key;
    rows += group.summary.rows;
  }
  EXPECT_EQ(rows, 1198U); // all are predicted
}

double us(std::int64_t m, std::int64_t n, std::int64_t k) {
  static const auto machine = targets::load_machine("tpu-v4");
  static const auto runtime = targets::load_runtime(machine.default_runtime);
  ir::GraphBuilder b("product");
  const auto x = b.input("x", {ir::DType::f32, {m, k}}), y = b.input("y", {ir::DType::f32, {k, n}});
  b.output(b.add(ir::OpKind::matmul, "product", {x, y}));
  return targets::run_experiment(std::move(b).build(), machine, runtime).latency_us();
}

TEST(TpuV4, OneMoreThanAMultipleOfTheArrayCostsAFold) {
  // Bound by the arrays: 4096 × 4096 rows and depth. 8 column folds become 9, then nothing more until 9 · 128.
  const double at = us(4096, 1024, 4096), above = us(4096, 1025, 4096), next = us(4096, 1152, 4096),
               below = us(4096, 1023, 4096);
  EXPECT_NEAR((above - at) / at, 1.0 / 8, 0.03);
  EXPECT_LT((next - above) / at, 0.02);
  EXPECT_LE(below, at);
  EXPECT_GT(below / at, 0.99);
  // The same along k: 32 folds become 33.
  EXPECT_NEAR((us(4096, 1024, 4097) - at) / at, 1.0 / 32, 0.01);
}

} // namespace
} // namespace fusesim::validate
