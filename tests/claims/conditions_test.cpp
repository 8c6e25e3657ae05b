#include "claims/conditions.hpp"

#include <gtest/gtest.h>

namespace fusesim::claims {
namespace {

Curve numbers(const std::string &title, const std::string &unit, std::vector<double> places,
              std::vector<Interval> intervals) {
  Curve curve;
  curve.title = title;
  curve.unit = unit;
  curve.intervals = std::move(intervals);
  for (const double x : places)
    curve.points.push_back({x, {}, {}, {}, {}});
  return curve;
}

TEST(Conditions, LeaveOutTheEndsOfWhatWasTried) {
  EXPECT_EQ(condition_of(numbers("launch cost", "us", {0, 3.102, 20}, {{3.102, 20}})),
            "launch cost ≥ 3.11 µs"); // rounded to where it holds
  EXPECT_EQ(condition_of(numbers("launch cost", "us", {0, 3.108, 20}, {{0, 3.108}})),
            "launch cost ≤ 3.1 µs");
  EXPECT_EQ(condition_of(numbers("batch", "", {1, 8, 256}, {{1, 8}})), "batch ≤ 8");
}

// 10.84 to 10.863: three digits would put the lower end above the upper one.
TEST(Conditions, HaveTheDigitsThatTheirEndsNeed) {
  EXPECT_EQ(condition_of(numbers("cost", "us", {0, 10.85, 20}, {{10.842, 10.863}})),
            "10.85 µs ≤ cost ≤ 10.86 µs");
  EXPECT_EQ(condition_of(numbers("cost", "us", {0, 10.8577, 20}, {{10.8577, 10.8577}})),
            "cost = 10.8577 µs");
}

// Nothing is below batch 1, and nothing was tried below 64.
TEST(Conditions, NameTheLowestPlaceWhereItAloneHolds) {
  EXPECT_EQ(condition_of(numbers("batch", "", {1, 2, 4}, {{1, 1}})), "batch = 1");
  EXPECT_EQ(condition_of(numbers("batch", "", {64, 128}, {{64, 64}})), "batch = 64");
  EXPECT_EQ(condition_of(numbers("batch", "", {1, 2, 4}, {{4, 4}})), "batch ≥ 4");
}

TEST(Conditions, NameEveryInterval) {
  EXPECT_EQ(condition_of(numbers("batch", "", {1, 2, 4, 8, 16}, {{2, 4}})), "2 ≤ batch ≤ 4");
  EXPECT_EQ(condition_of(numbers("batch", "", {1, 2, 4, 8, 16}, {{2, 2}})), "batch = 2");
  EXPECT_EQ(condition_of(numbers("batch", "", {1, 2, 4, 8, 16}, {{1, 1}, {8, 16}})),
            "batch = 1 or batch ≥ 8");
}

TEST(Conditions, NameChoices) {
  Curve curve;
  curve.title = "runtime";
  curve.numeric = false;
  for (const auto *name : {"xla", "tensorrt", "aitemplate", "cuda-graph"}) {
    CurvePoint point;
    point.label = name;
    point.sample.holds = std::string(name) != "xla";
    curve.points.push_back(point);
  }
  EXPECT_EQ(condition_of(curve), "runtime is tensorrt, aitemplate or cuda-graph");
}

TEST(Conditions, JoinCurvesThatHaveOne) {
  auto first = numbers("batch", "", {1, 8}, {{1, 1}}), second = first;
  first.condition = "batch = 1";
  second.condition = "launch cost ≥ 3 us";
  const Curve everywhere;
  EXPECT_EQ(condition_of(std::vector{first, everywhere, second}), "batch = 1; launch cost ≥ 3 us");
}

} // namespace
} // namespace fusesim::claims
