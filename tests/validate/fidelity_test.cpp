// How far simulated latencies are from those of data/measured: bounds that the model keeps today, with room for
// constants to be fitted anew. docs/validation.md has the figures themselves.
#include "validate_fixture.hpp"

#include "test_paths.hpp"

#include <algorithm>

using namespace fusesim;
using namespace fusesim::validate;

namespace {

/// A file of measurements with its predictions, made once for all tests of it.
struct Measured {
  explicit Measured(const char *name)
      : dataset(read_dataset(std::string(FUSESIM_SOURCE_DIR "/data/measured/") + name)),
        outcomes(run_cases(dataset, bench)) {}

  template <class Wanted> Summary where(Wanted wanted) const {
    std::vector<Outcome> some;
    std::ranges::copy_if(outcomes, std::back_inserter(some), [&](const Outcome &outcome) {
      return wanted(outcome.measurement->labels);
    });
    return summarise(std::span<const Outcome>(some));
  }
  Summary all() const { return summarise(std::span<const Outcome>(outcomes)); }

  Bench bench;
  Dataset dataset;
  std::vector<Outcome> outcomes;
};

const Measured &networks() {
  static const Measured measured("gpu_end_to_end.csv");
  return measured;
}
const Measured &operators() {
  static const Measured measured("gpu_operators.csv");
  return measured;
}

TEST(Fidelity, PredictsEveryRow) {
  for (const auto *measured : {&networks(), &operators()})
    for (const auto &outcome : measured->outcomes)
      EXPECT_TRUE(outcome.prediction) << outcome.failure;
}

TEST(Fidelity, OfAllNetworks) {
  const auto all = networks().all();
  EXPECT_LE(all.median_ape, 0.07);
  EXPECT_LE(all.mape, 0.11);
  EXPECT_GE(all.kendall_tau, 0.93);
}

TEST(Fidelity, OfFusedEnginesOnA100) {
  for (const auto *runtime : {"tensorrt", "aitemplate"}) {
    const auto summary = networks().where(
        [&](const Labels &labels) { return labels.runtime == runtime && labels.dtype == "f16"; });
    EXPECT_EQ(summary.rows, 9U);
    EXPECT_LE(summary.mape, 0.07) << runtime;
    EXPECT_DOUBLE_EQ(summary.kendall_tau, 1) << runtime;
  }
}

TEST(Fidelity, OfTwentyNetworksOnRtx3090) {
  const auto summary =
      networks().where([](const Labels &labels) { return labels.machine == "rtx-3090"; });
  EXPECT_EQ(summary.rows, 48U);
  EXPECT_LE(summary.mape, 0.07);
  EXPECT_GE(summary.kendall_tau, 0.95);
}

struct OperatorClass {
  const char *op;
  double median;
};
class OperatorFidelity : public ::testing::TestWithParam<OperatorClass> {};

TEST_P(OperatorFidelity, HasItsMedianError) {
  const auto summary =
      operators().where([](const Labels &labels) { return labels.model == GetParam().op; });
  EXPECT_GE(summary.rows, 200U);
  EXPECT_LE(summary.median_ape, GetParam().median);
}

INSTANTIATE_TEST_SUITE_P(Gpu, OperatorFidelity,
                         ::testing::Values(OperatorClass{"gemm", 0.12}, OperatorClass{"bmm", 0.16},
                                           OperatorClass{"conv2d", 0.15},
                                           OperatorClass{"add", 0.06}, OperatorClass{"mul", 0.06},
                                           OperatorClass{"relu", 0.06}, OperatorClass{"gelu", 0.06},
                                           OperatorClass{"softmax", 0.12},
                                           OperatorClass{"layer_norm", 0.12}),
                         [](const auto &info) { return std::string(info.param.op); });

TEST(Fidelity, OfLaunches) {
  const Measured launches("launch_overhead.csv");
  EXPECT_GE(launches.outcomes.size(), 4U);
  EXPECT_LE(launches.all().mape, 0.06);
}

} // namespace
