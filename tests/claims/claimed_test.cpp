#include "claims/claimed.hpp"

#include "claims/figures.hpp"
#include "claims_testing.hpp"

namespace fusesim::claims {
namespace {

using test::error_of;
using testing::HasSubstr;

Bounds bounds(const std::string &text, const std::string &tolerance = {}, double launch_us = 0) {
  const auto claimed = parse_claimed(text, tolerance, "here");
  return bounds_of(claimed, {[](const std::string &) { return std::size_t{1}; },
                             [=](const std::string &, std::size_t) { return launch_us; }});
}

TEST(Claimed, NumbersHoldToTheirLastDigit) {
  EXPECT_TRUE(bounds("60 launches").holds(60));
  EXPECT_FALSE(bounds("60 launches").holds(61));
  EXPECT_TRUE(bounds("19.6 %").holds(0.19551));
  EXPECT_TRUE(bounds("19.6 %").holds(0.1965));
  EXPECT_FALSE(bounds("19.6 %").holds(0.1966));
  EXPECT_TRUE(bounds("2.40 x").holds(2.397));
  EXPECT_FALSE(bounds("2.40 x").holds(2.394));
  EXPECT_TRUE(bounds("4.49 GFLOP").holds(4.486e9));
  EXPECT_FALSE(bounds("4.49 GFLOP").holds(3.63e9));
}

TEST(Claimed, TolerancesAreSharesOrInTheUnit) {
  EXPECT_TRUE(bounds("13 x", "10 %").holds(14.3));
  EXPECT_FALSE(bounds("13 x", "10 %").holds(14.4));
  EXPECT_TRUE(bounds("450 us", "50").holds(400));
  EXPECT_TRUE(bounds("450 us", "50 us").holds(500));
  EXPECT_FALSE(bounds("450 us", "50 us").holds(501));
  EXPECT_TRUE(bounds("17.8 ms", "1 ms").holds(18'700)); // figures are in us
  EXPECT_TRUE(bounds("20 %", "10 %").holds(0.22));      // a share, of percent, too
  EXPECT_FALSE(bounds("20 %", "10 %").holds(0.23));
  EXPECT_TRUE(bounds("20 %", "5").holds(0.25));
}

TEST(Claimed, RangesIncludeTheirEnds) {
  for (const auto *text : {"140 to 280 us", "140 us to 280 us"}) {
    EXPECT_TRUE(bounds(text).holds(140));
    EXPECT_TRUE(bounds(text).holds(280));
    EXPECT_FALSE(bounds(text).holds(139.9));
    EXPECT_FALSE(bounds(text).holds(281));
  }
  EXPECT_TRUE(bounds("5 to 10 %").holds(0.07));
}

TEST(Claimed, ComparisonsAreAsWritten) {
  EXPECT_FALSE(bounds("> 1 x").holds(1));
  EXPECT_TRUE(bounds(">= 1 x").holds(1));
  EXPECT_TRUE(bounds("≥ 1 x").holds(1));
  EXPECT_FALSE(bounds("< 30 %").holds(0.3));
  EXPECT_TRUE(bounds("<= 30 %").holds(0.3));
  EXPECT_TRUE(bounds("> 0").holds(1e-9));
}

TEST(Claimed, FormulasMayUseParameters) {
  EXPECT_TRUE(bounds("28 * launch_us us", "10 %", 5).holds(150));
  EXPECT_FALSE(bounds("28 * launch_us us", "10 %", 5).holds(160));
  EXPECT_TRUE(bounds("28 * launch_us to 30 * launch_us us", "", 5).holds(145));
}

TEST(Claimed, TruthIsAnythingFromOne) {
  EXPECT_TRUE(bounds("true").holds(1));
  EXPECT_FALSE(bounds("true").holds(0));
}

TEST(Claimed, SidesTellInWhichDirectionItFails) {
  EXPECT_EQ(bounds("5 to 10 %").side_of(0.01), Side::below);
  EXPECT_EQ(bounds("5 to 10 %").side_of(0.2), Side::above);
  EXPECT_EQ(bounds("> 1 x").side_of(1), Side::below);
  EXPECT_EQ(bounds("< 1 x").side_of(1), Side::above);
}

TEST(Claimed, RefusesWhatIsNoClaim) {
  EXPECT_THAT(error_of([] { bounds("28 * launch_us us"); }), HasSubstr("needs a tolerance"));
  EXPECT_THAT(error_of([] { bounds("1 to 2 x", "5 %"); }), HasSubstr("tolerance means nothing"));
  EXPECT_THAT(error_of([] { bounds("500 us to 10 ms"); }), HasSubstr("two units"));
  EXPECT_THAT(error_of([] { bounds("10 to 5 ms"); }), HasSubstr("ends before it begins"));
  EXPECT_THAT(error_of([] { bounds("> 2 x", "5 %"); }), HasSubstr("tolerance means nothing"));
  EXPECT_THAT(error_of([] { bounds("3 us", "5 MB"); }), HasSubstr("another unit"));
  EXPECT_THAT(error_of([] { bounds("3 us", "little"); }), HasSubstr("'little' is no number"));
  EXPECT_EQ(error_of([] { bounds("3 gb"); }),
            "here: '3 gb': unknown unit 'gb'; did you mean 'GB'?");
  EXPECT_THAT(error_of([] { bounds("28 * launch_us usec"); }),
              HasSubstr("unknown unit 'usec'; did you mean 'us'"));
  EXPECT_THAT(error_of([] { bounds("3 parsecs"); }),
              HasSubstr("unknown unit 'parsecs'; known: ns us"));
  EXPECT_THAT(error_of([] { bounds("> us"); }), HasSubstr("here: "));
}

TEST(Units, ShowValuesAsTheyAreClaimed) {
  EXPECT_EQ(in_unit(0.19608, "%"), "19.61 %");
  EXPECT_EQ(in_unit(7213.6, "ms"), "7.214 ms");
  EXPECT_EQ(in_unit(69, "launches"), "69 launches");
  EXPECT_EQ(in_unit(150, "us"), "150 µs");
  EXPECT_EQ(in_unit(14'524'416, "MB"), "14.52 MB");
  EXPECT_EQ(in_unit(2.5, ""), "2.5");
}

} // namespace
} // namespace fusesim::claims
