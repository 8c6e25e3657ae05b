#include "claims/dimension.hpp"

#include <gtest/gtest.h>

namespace fusesim::claims {
namespace {

// Names that end in _us are times, in _bytes bytes, all others plain; l_us is a list of three.
std::string dimension(const std::string &formula) {
  const auto found = dimension_of(
      Formula(formula, "here"),
      [](const std::string &name) {
        return dimension_of_unit(name.ends_with("_us")      ? "us"
                                 : name.ends_with("_bytes") ? "B"
                                                            : "");
      },
      [](const std::string &name) { return std::size_t{name == "l_us" ? 3U : 1U}; });
  return found ? name_of(*found) : "unknown";
}

TEST(Dimension, IsThatOfWhatAFormulaIsMadeOf) {
  EXPECT_EQ(dimension("a_us"), "a time");
  EXPECT_EQ(dimension("a_us - b_us"), "a time");
  EXPECT_EQ(dimension("a_us / b_us"), "a plain number");
  EXPECT_EQ(dimension("1 - a_bytes / b_bytes"), "a plain number");
  EXPECT_EQ(dimension("a_bytes / n"), "an amount of bytes");
  EXPECT_EQ(dimension("a_bytes / a_us"), "bytes/time");
  EXPECT_EQ(dimension("(a_us - b_us) / (a_us + b_us)"), "a plain number");
  EXPECT_EQ(dimension("sqrt(a_us * b_us)"), "a time");
  EXPECT_EQ(dimension("n - m"), "a plain number");
}

TEST(Dimension, OfListsIsThatOfTheirMembers) {
  EXPECT_EQ(dimension("mean(l_us)"), "a time");
  EXPECT_EQ(dimension("least_step(l_us / b_us)"), "a plain number");
  EXPECT_EQ(dimension("mean(l_us > b_us)"), "a plain number");
}

TEST(Dimension, IsNotChangedByNumbersThatAreAdded) {
  EXPECT_EQ(dimension("a_us / n + 0.1"), "a time");
  EXPECT_EQ(dimension("max(a_us, 5)"), "a time");
  EXPECT_EQ(dimension("a_us > 5 && b_us > 5"), "a plain number");
}

TEST(Dimension, OfUnlikeThingsAddedIsNeither) {
  EXPECT_EQ(dimension("a_us + b_bytes"), "bytes·time");
}

TEST(Dimension, UnitsAreSoManyMicrosecondsAndBytes) {
  EXPECT_DOUBLE_EQ(scale_of_unit("GB/s"), 1000); // bytes per microsecond
  EXPECT_DOUBLE_EQ(scale_of_unit("KiB"), 1024);
  EXPECT_DOUBLE_EQ(scale_of_unit("GHz"), 1000);
  EXPECT_DOUBLE_EQ(scale_of_unit("ns"), 1e-3);
  EXPECT_DOUBLE_EQ(scale_of_unit("launches"), 1);
}

TEST(Dimension, TruthsAreComparisons) {
  const auto truth = [](const char *text) {
    return is_truth(Formula(text, "here"), [](const std::string &) { return std::size_t{1}; });
  };
  EXPECT_TRUE(truth("a > b && c == 3"));
  EXPECT_FALSE(truth("a"));
  EXPECT_FALSE(truth("a - b"));
}

TEST(Dimension, OfUnits) {
  EXPECT_EQ(name_of(dimension_of_unit("GB/s")), "bytes/time");
  EXPECT_EQ(name_of(dimension_of_unit("FLOP/B")), "FLOP/bytes");
  EXPECT_EQ(name_of(dimension_of_unit("GHz")), "a frequency");
  EXPECT_EQ(name_of(dimension_of_unit("%")), "a plain number");
  EXPECT_EQ(name_of(dimension_of_unit("launches")), "a plain number");
}

} // namespace
} // namespace fusesim::claims
