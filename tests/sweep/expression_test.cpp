#include "sweep/expression.hpp"

#include "sweep_testing.hpp"

#include <gtest/gtest.h>

namespace fusesim::sweep::test {
namespace {

double value_of(const std::string &text, std::vector<double> values = {}) {
  return Expression(text, "here").evaluate([&](std::size_t name) { return values.at(name); });
}

TEST(Expression, CalculatesAsWritten) {
  EXPECT_EQ(value_of("2 + 3 * 4"), 14);
  EXPECT_EQ(value_of("2 ^ 10"), 1024);
  EXPECT_EQ(value_of("floor(2.7) + ceil(2.1)"), 5);
  EXPECT_EQ(value_of("1 < 2 && 3 >= 3"), 1);
  EXPECT_EQ(value_of("1 > 2 ? 5 : 7"), 7);
}

TEST(Expression, NamesWhatItUses) {
  const Expression formula("sm_count * clock / sm_count", "here");
  EXPECT_THAT(formula.names(), testing::ElementsAre("clock", "sm_count"));
  EXPECT_EQ(value_of("a - b", {10, 4}), 6); // by position in names()
}

TEST(Expression, NamesMayHaveParts) {
  const Expression formula("unfused.launches - 2.5 * fused.launches", "here");
  EXPECT_THAT(formula.names(), testing::ElementsAre("fused.launches", "unfused.launches"));
  EXPECT_EQ(value_of("a.x - 2.5 * b.x", {10, 4}), 0);
}

TEST(Expression, SaysWhereItIsBroken) {
  const auto message = error_of([] { Expression("2 *", "my.yaml:7"); });
  EXPECT_THAT(message, testing::StartsWith("my.yaml:7: "));
  EXPECT_THAT(message, testing::HasSubstr("2 *"));
}

TEST(Expression, RefusesWhatIsNoNumber) {
  const auto message = error_of([] { value_of("1 / a", {0}); });
  EXPECT_THAT(message, testing::HasSubstr("no finite number where a = 0"));
}

} // namespace
} // namespace fusesim::sweep::test
