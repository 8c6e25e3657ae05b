#include "support/number.hpp"

#include <gtest/gtest.h>

namespace fusesim {
namespace {

TEST(Number, IsTheWholeText) {
  EXPECT_EQ(number_in("19.6"), 19.6);
  EXPECT_EQ(number_in("-1e3"), -1000);
  for (const auto *text : {"", " 1", "1 us", "1,5", "0x10", "one"})
    EXPECT_EQ(number_in(text), std::nullopt) << text;
}

TEST(Number, IsFinite) {
  for (const auto *text : {"inf", "nan", "1e400"})
    EXPECT_EQ(number_in(text), std::nullopt) << text;
}

} // namespace
} // namespace fusesim
