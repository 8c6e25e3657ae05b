#include "support/nearest.hpp"

#include <gtest/gtest.h>

using fusesim::nearest_names_hint;

TEST(NearestNames, SuggestTheClosestOfAFamily) {
  const std::vector<std::string> names{"resnet18", "resnet50", "vit_b_16"};
  EXPECT_EQ(nearest_names_hint("resnet5O", names), "did you mean 'resnet50' or 'resnet18'?");
}

TEST(NearestNames, PreferANameThatGoesOnAsTheGivenOneBegins) {
  const std::vector<std::string> names{"a10", "a100-sxm-40gb", "a100-sxm-80gb", "a30"};
  EXPECT_EQ(nearest_names_hint("a100", names),
            "did you mean 'a100-sxm-40gb', 'a100-sxm-80gb' or 'a10'?");
}

TEST(NearestNames, ListWhatIsKnownWhenNothingIsClose) {
  const std::vector<std::string> names{"resnet18", "vit_b_16"};
  EXPECT_EQ(nearest_names_hint("qqqqqqqqqqqqqqqqqqqq", names), "known: resnet18, vit_b_16");
}

TEST(NearestNames, SayNothingWithoutCandidates) { EXPECT_EQ(nearest_names_hint("x", {}), ""); }
