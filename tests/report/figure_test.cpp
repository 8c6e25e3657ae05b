#include "report/figure.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace fusesim::report {
namespace {

TEST(ForPeople, ScalesTimesToThreeDigits) {
  EXPECT_EQ(for_people(1230.4, Unit::microseconds), "1.23 ms");
  EXPECT_EQ(for_people(0.0421, Unit::microseconds), "42.1 ns");
  EXPECT_EQ(for_people(7.0, Unit::microseconds), "7.00 µs");
  EXPECT_EQ(for_people(12'345'678.0, Unit::microseconds), "12.3 s");
  EXPECT_EQ(for_people(0.0, Unit::microseconds), "0");
}

TEST(ForPeople, TakesTheNextUnitWhereRoundingReachesIt) {
  EXPECT_EQ(for_people(999.4, Unit::microseconds), "999 µs");
  EXPECT_EQ(for_people(999.6, Unit::microseconds), "1.00 ms"); // not "1000 µs"
  EXPECT_EQ(for_people(9.996, Unit::microseconds), "10.0 µs"); // not "10.00 µs"
  EXPECT_EQ(for_people(std::uint64_t{999'600}, Unit::bytes), "1.00 MB");
}

TEST(ForPeople, CountsBytesInPowersOfTen) {
  EXPECT_EQ(for_people(std::uint64_t{45'600'000}, Unit::bytes), "45.6 MB");
  EXPECT_EQ(for_people(std::uint64_t{512}, Unit::bytes), "512 B");
  EXPECT_EQ(for_people(std::uint64_t{0}, Unit::bytes), "0 B");
}

TEST(ForPeople, GroupsCountsExactlyAtAnySize) {
  EXPECT_EQ(for_people(std::uint64_t{25'557'032}, Unit::count), "25,557,032");
  EXPECT_EQ(for_people(std::uint64_t{999}, Unit::count), "999");
  EXPECT_EQ(for_people(std::int64_t{-1234}, Unit::count), "-1,234");
  // 2^64 − 1, which a double cannot hold
  EXPECT_EQ(for_people(std::numeric_limits<std::uint64_t>::max(), Unit::count),
            "18,446,744,073,709,551,615");
}

TEST(ForPeople, WritesRatiosSharesAndWork) {
  EXPECT_EQ(for_people(1.5, Unit::ratio), "1.50×");
  EXPECT_EQ(for_people(0.254, Unit::fraction), "25.4 %");
  EXPECT_EQ(for_people(std::uint64_t{8'178'368'512}, Unit::flops), "8.18 GFLOP");
}

TEST(ForPeople, ShowsAnAbsentValueAsADash) { EXPECT_EQ(for_people({}, Unit::bytes), "–"); }

TEST(ForMachines, WritesNumbersThatReadBackToTheSameValue) {
  for (const double value : {0.1, 1.0 / 3.0, 123456.789012, 4.35e-7, 1e22})
    EXPECT_EQ(std::stod(for_machines(value)), value);
  EXPECT_EQ(for_machines(std::numeric_limits<std::uint64_t>::max()), "18446744073709551615");
}

TEST(ForMachines, LeavesAnAbsentValueEmptyAndJoinsLists) {
  EXPECT_EQ(for_machines({}), "");
  EXPECT_EQ(for_machines(std::vector<std::string>{"conv1", "bn1"}), "conv1;bn1");
  EXPECT_EQ(for_machines(
                std::vector<TensorCell>{{"x", "input", "f32", {1, 3, 4, 4}}, {"i", "", "i64", {}}}),
            "1x3x4x4:f32;scalar:i64");
}

} // namespace
} // namespace fusesim::report
