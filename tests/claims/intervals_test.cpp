// Places where known functions pass known values.
#include "claims/intervals.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cmath>

namespace fusesim::claims {
namespace {

using testing::IsEmpty;

std::function<Side(double)> between(double least, double most, std::function<double(double)> f) {
  return [=](double x) {
    const double y = f(x);
    return y < least ? Side::below : y > most ? Side::above : Side::holds;
  };
}

double same(double x) { return x; }

TEST(Intervals, FindAThreshold) {
  const auto found = intervals_where(between(3.1, HUGE_VAL, same), {.from = 0, .to = 20});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_GE(found[0].from, 3.1); // ends hold
  EXPECT_NEAR(found[0].from, 3.1, 20 * 1e-3);
  EXPECT_EQ(found[0].to, 20);
}

TEST(Intervals, FindThresholdsOnLogarithmicAxes) {
  const auto found = intervals_where(between(0, 50, [](double x) { return x / 2; }),
                                     {.from = 1, .to = 1000, .logarithmic = true});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].from, 1);
  EXPECT_LE(found[0].to, 100);
  EXPECT_NEAR(std::log(found[0].to), std::log(100), 1e-3 * std::log(1000));
}

TEST(Intervals, AreExactOnWholeNumbers) {
  for (int last = 1; last < 256; ++last) {
    const auto found = intervals_where(between(0, last, same),
                                       {.from = 1, .to = 256, .logarithmic = true, .whole = true});
    ASSERT_EQ(found.size(), 1U) << last;
    EXPECT_EQ(found[0], (Interval{1, static_cast<double>(last)}));
  }
}

TEST(Intervals, AreAllOrNothingWhereNothingChanges) {
  const Axis axis{.from = 2, .to = 5};
  EXPECT_EQ(intervals_where(between(0, 9, same), axis), (std::vector<Interval>{{2, 5}}));
  EXPECT_THAT(intervals_where(between(6, 9, same), axis), IsEmpty());
}

// x² is 25 to 26 between 5 and 5.1: narrower than the distance of first points, 2.5.
TEST(Intervals, FindANarrowRangeThatTheValuePassesThrough) {
  const auto found =
      intervals_where(between(25, 26, [](double x) { return x * x; }), {.from = 0, .to = 20});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_NEAR(found[0].from, 5, 0.021);
  EXPECT_NEAR(found[0].to, std::sqrt(26), 0.021);
}

// sin is above a half from π/6 to 5π/6, and one period later.
TEST(Intervals, FindSeveral) {
  const double pi = std::acos(-1);
  const auto found = intervals_where(between(0.5, 2, [](double x) { return std::sin(x); }),
                                     {.from = 0, .to = 4 * pi, .points = 17});
  ASSERT_EQ(found.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_NEAR(found[i].from, pi / 6 + 2 * pi * static_cast<double>(i), 0.02);
    EXPECT_NEAR(found[i].to, 5 * pi / 6 + 2 * pi * static_cast<double>(i), 0.02);
  }
}

TEST(Intervals, OfAnyLineEndWhereTheLinePasses) {
  rc::check([] {
    const double slope = *rc::gen::inRange(1, 100) * (*rc::gen::arbitrary<bool>() ? 1 : -1);
    const double at = *rc::gen::inRange(0, 10'000) * 1e-3; // where it is 0, on an axis of 10
    const auto found = intervals_where(
        between(0, HUGE_VAL, [=](double x) { return slope * (x - at); }), {.from = 0, .to = 10});
    RC_ASSERT(found.size() <= 1);
    if (found.empty()) // above 0 only beyond the last point looked at
      RC_ASSERT((slope > 0 ? at > 10 - 0.011 : at < 0.011));
    else
      RC_ASSERT((std::abs((slope > 0 ? found[0].from : found[0].to) - at) < 0.011));
  });
}

// From 3 to 3.6, between the second and third of the first points, 2 and 4.
TEST(Intervals, AreFoundAroundAPlaceThatIsNamed) {
  const auto tip = [](double x) { return std::abs(x - 3.3) < 0.3 ? 1.0 : 0.0; };
  EXPECT_THAT(intervals_where(between(0.5, 2, tip), {.from = 0, .to = 16}), IsEmpty());
  const auto found =
      intervals_where(between(0.5, 2, tip), {.from = 0, .to = 16, .also = {3.3, 99}});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_NEAR(found[0].from, 3, 0.017);
  EXPECT_NEAR(found[0].to, 3.6, 0.017);
}

TEST(Intervals, LookAtFewPlaces) {
  int looks = 0;
  intervals_where(
      [&](double x) {
        ++looks;
        return x < 3.1 ? Side::below : Side::holds;
      },
      {.from = 0, .to = 20});
  EXPECT_LE(looks, 9 + 7); // an eighth of the axis to a thousandth: 7 halvings
}

} // namespace
} // namespace fusesim::claims
