#include "support/error.hpp"
#include "support/units.hpp"

#include <gtest/gtest.h>

using namespace fusesim;

TEST(CheckedArithmetic, ThrowsInsteadOfWrapping) {
  EXPECT_EQ(checked_mul(1ULL << 32, 1ULL << 31, "x"), 1ULL << 63);
  EXPECT_THROW(checked_mul(1ULL << 32, 1ULL << 32, "x"), Error);
  EXPECT_THROW(checked_add(~0ULL, 1, "x"), Error);
}

TEST(ErrorText, NamesPlaceFaultAndFixOnOneLine) {
  EXPECT_STREQ(Error("a.yaml:3", "unknown key 'smcount'", "did you mean 'sm_count'?").what(),
               "a.yaml:3: unknown key 'smcount'; did you mean 'sm_count'?");
}
