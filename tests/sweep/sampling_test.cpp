#include "sweep/space.hpp"

#include "sweep_testing.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace fusesim::sweep::test {
namespace {

constexpr const char *kFields = "fields:\n"
                                "  dram_bandwidth_gbps: {linear: [100, 300]}\n"
                                "  l2_mib: {log: [1, 100]}\n"
                                "  sm_count: {linear: [10, 20]}\n"
                                "  ctas_per_sm: [8, 16]\n";

std::vector<double> numbers(const Space &space, const std::string &name) {
  std::vector<double> values;
  for (const auto &text : column(space, name))
    values.push_back(std::stod(text));
  return values;
}

class SamplingTest : public testing::Test {
protected:
  Space drawn(const std::string &sampling, const std::string &more = "") const {
    return space_of(folder_, kFields + more + "sampling: {" + sampling + "}\n");
  }
  Folder folder_;
};

TEST_F(SamplingTest, DrawsWithinRangesAndTheSameForTheSameSeed) {
  const auto a = drawn("method: random, count: 200, seed: 3");
  ASSERT_EQ(a.size(), 200U);
  EXPECT_THAT(numbers(a, "dram_bandwidth_gbps"),
              testing::Each(testing::AllOf(testing::Ge(100), testing::Le(300))));
  EXPECT_THAT(numbers(a, "ctas_per_sm"), testing::Each(testing::AnyOf(8, 16)));
  for (const double count : numbers(a, "sm_count"))
    EXPECT_EQ(count, std::round(count));
  EXPECT_EQ(column(a, "l2_mib"), column(drawn("method: random, count: 200, seed: 3"), "l2_mib"));
  EXPECT_NE(column(a, "l2_mib"), column(drawn("method: random, count: 200, seed: 4"), "l2_mib"));
}

TEST_F(SamplingTest, DrawsLogRangesEvenlyInTheLogarithm) {
  const auto values = numbers(drawn("method: random, count: 4000"), "l2_mib");
  const auto below = std::count_if(values.begin(), values.end(), [](double v) { return v < 10; });
  // Half of them, within four standard deviations: sqrt(4000)/2 = 32
  EXPECT_NEAR(static_cast<double>(below), 2000, 128);
}

TEST_F(SamplingTest, LatinHypercubesHaveOnePointInEverySlice) {
  const auto space = drawn("method: latin-hypercube, count: 50, seed: 9");
  std::set<int> slices;
  for (const double value : numbers(space, "dram_bandwidth_gbps"))
    slices.insert(static_cast<int>((value - 100) / 200 * 50));
  EXPECT_EQ(slices.size(), 50U);
  std::set<int> log_slices;
  for (const double value : numbers(space, "l2_mib"))
    log_slices.insert(static_cast<int>(std::log10(value) / 2 * 50));
  EXPECT_EQ(log_slices.size(), 50U);
}

TEST_F(SamplingTest, LatinHypercubesTakeListsInEqualShares) {
  const auto values = column(drawn("method: latin-hypercube, count: 50, seed: 9"), "ctas_per_sm");
  EXPECT_EQ(std::count(values.begin(), values.end(), "8"), 25);
}

TEST_F(SamplingTest, RandomPointsAreDrawnUntilEnoughSatisfyTheConstraints) {
  const auto space =
      drawn("method: random, count: 100", "constraints: [dram_bandwidth_gbps < 120]\n");
  EXPECT_EQ(space.size(), 100U);
  EXPECT_THAT(numbers(space, "dram_bandwidth_gbps"), testing::Each(testing::Lt(120)));
  EXPECT_THAT(error_of([&] {
                drawn("method: random, count: 2", "constraints: [dram_bandwidth_gbps < 100]\n");
              }),
              testing::HasSubstr("only 0 of"));
}

TEST_F(SamplingTest, GivesEveryCombinationTheSamePoints) {
  const auto space = drawn("method: random, count: 5", "strategies: [unfused, greedy]\n");
  ASSERT_EQ(space.size(), 10U);
  const auto values = column(space, "l2_mib");
  EXPECT_TRUE(std::equal(values.begin(), values.begin() + 5, values.begin() + 5));
}

TEST_F(SamplingTest, SaltelliBlocksExchangeOneColumnAtATime) {
  const auto space = drawn("method: saltelli, count: 8");
  const std::vector<std::string> names{"dram_bandwidth_gbps", "l2_mib", "sm_count", "ctas_per_sm"};
  ASSERT_EQ(space.size(), 8U * (4 + 2));
  for (std::size_t block = 0; block < 8; ++block)
    for (std::size_t k = 0; k < 4; ++k)
      for (std::size_t d = 0; d < 4; ++d) {
        const auto values = column(space, names[d]);
        const auto first = block * 6;
        EXPECT_EQ(values[first + 2 + k], values[first + (k == d ? 1 : 0)]);
      }
}

TEST_F(SamplingTest, OneAtATimeStartsFromTheMachine) {
  // A T4 has 320 GB/s and 4 MiB of L2: the nearest points are the base.
  const auto space = space_of(folder_, "fields:\n  dram_bandwidth_gbps: [100, 300, 900]\n"
                                       "  l2_mib: [4, 64]\nsampling: {method: one-at-a-time}\n");
  EXPECT_THAT(column(space, "dram_bandwidth_gbps"),
              testing::ElementsAre("300", "100", "900", "300"));
  EXPECT_THAT(column(space, "l2_mib"), testing::ElementsAre("4", "4", "4", "64"));
}

TEST_F(SamplingTest, NeedsACount) {
  EXPECT_THAT(error_of([&] { drawn("method: random"); }),
              testing::HasSubstr("sampling 'random' needs a count"));
  EXPECT_THAT(error_of([&] { drawn("method: radnom, count: 3"); }),
              testing::HasSubstr("did you mean 'random'"));
}

} // namespace
} // namespace fusesim::sweep::test
