#include "validate/statistics.hpp"

#include <gtest/gtest.h>

#include <cmath>

using namespace fusesim::validate;

namespace {

std::vector<Pair> pairs_of(const std::vector<double> &predicted,
                           const std::vector<double> &measured) {
  std::vector<Pair> pairs;
  for (std::size_t i = 0; i < predicted.size(); ++i)
    pairs.push_back({predicted[i], measured[i]});
  return pairs;
}
double tau(const std::vector<double> &predicted, const std::vector<double> &measured) {
  return kendall_tau(pairs_of(predicted, measured));
}

// Errors +10 %, -10 %, +50 % and none: |errors| sum to 0.7, errors to 0.5; the middle two are 0.1.
TEST(Summary, HasTheMeanTheMedianAndTheBiasOfRelativeErrors) {
  const auto summary =
      summarise(std::span<const Pair>(pairs_of({110, 180, 450, 20}, {100, 200, 300, 20})));
  EXPECT_EQ(summary.rows, 4U);
  EXPECT_NEAR(summary.mape, 0.175, 1e-12);
  EXPECT_NEAR(summary.median_ape, 0.1, 1e-12);
  EXPECT_NEAR(summary.bias, 0.125, 1e-12);
  EXPECT_DOUBLE_EQ(summary.kendall_tau, 1);
}

// Too slow is above 0, and relative to what was measured: 50 of 100 is -50 %, 100 of 50 is +100 %.
TEST(Summary, ErrsAgainstTheMeasurement) {
  EXPECT_DOUBLE_EQ(summarise(std::span<const Pair>(pairs_of({50}, {100}))).bias, -0.5);
  EXPECT_DOUBLE_EQ(summarise(std::span<const Pair>(pairs_of({100}, {50}))).bias, 1);
}

TEST(Summary, OfNothingIsZero) {
  const auto summary = summarise(std::span<const Pair>());
  EXPECT_EQ(summary.rows, 0U);
  EXPECT_EQ(summary.mape, 0);
  EXPECT_EQ(summary.kendall_tau, 0);
}

TEST(Median, IsTheMiddleOrTheMeanOfTheMiddleTwo) {
  const std::vector<double> odd{9, 1, 5}, even{8, 1, 2, 4};
  EXPECT_DOUBLE_EQ(median(odd), 5);
  EXPECT_DOUBLE_EQ(median(even), 3);
  EXPECT_EQ(median({}), 0);
}

// Of 6 pairs of rows one is in the wrong order: (5 - 1) / 6.
TEST(KendallTau, CountsPairsInTheRightAndInTheWrongOrder) {
  EXPECT_NEAR(tau({1, 2, 3, 4}, {1, 2, 4, 3}), 4.0 / 6, 1e-12);
  EXPECT_DOUBLE_EQ(tau({1, 2, 3}, {10, 20, 30}), 1);
  EXPECT_DOUBLE_EQ(tau({1, 2, 3}, {30, 20, 10}), -1);
}

// One of 6 pairs is tied on one side, five are in order: 5 / sqrt((6 - 1)·6).
TEST(KendallTau, CorrectsForTies) {
  EXPECT_NEAR(tau({1, 2, 2, 3}, {1, 3, 2, 4}), 5 / std::sqrt(30.0), 1e-12);
  // Tied on both sides at once: 2 concordant, one pair tied in each of both: 2 / sqrt(2·2).
  EXPECT_NEAR(tau({1, 2, 2}, {1, 3, 3}), 1, 1e-12);
  // The example in the documentation of scipy.stats.kendalltau.
  EXPECT_NEAR(tau({12, 2, 1, 12, 2}, {1, 4, 7, 1, 0}), -0.47140452079103173, 1e-12);
}

TEST(KendallTau, IsZeroWhereThereIsNoOrder) {
  EXPECT_EQ(tau({1}, {1}), 0);
  EXPECT_EQ(tau({1, 1, 1}, {1, 2, 3}), 0);
  EXPECT_EQ(kendall_tau({}), 0);
}

} // namespace
