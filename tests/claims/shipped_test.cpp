// What configs/claims says about itself: CI learns here when a change of the model changes a verdict.
#include "claims/judge.hpp"

#include "claims_testing.hpp"
#include "targets/config_files.hpp"
#include "test_paths.hpp"

#include <chrono>
#include <set>

namespace fusesim::claims {
namespace {

std::vector<ClaimFile> shipped() {
  std::vector<ClaimFile> files;
  for (const auto &path : targets::shipped_configs("claims"))
    files.push_back(read_claims(path));
  return files;
}

TEST(ShippedClaims, AreManyAndEachSaysWhatToExpect) {
  std::set<std::string> ids;
  for (const auto &file : shipped()) {
    EXPECT_FALSE(file.description.empty()) << file.path;
    for (const auto &claim : file.claims) {
      EXPECT_TRUE(ids.insert(claim.id).second) << claim.place;
      EXPECT_TRUE(claim.expected) << claim.place;
    }
  }
  EXPECT_GE(ids.size(), 30U);
}

// In two processes, as on the machine that CI runs on.
TEST(ShippedClaims, HaveTheVerdictsThatTheyExpect) {
  const auto files = shipped();
  std::vector<const Claim *> claims;
  for (const auto &file : files)
    for (const auto &claim : file.claims)
      claims.push_back(&claim);
  Laboratory laboratory(test::load);
  const Measurements measurements(shipped_measurements());
  for (const auto &outcome : judge_all(claims, laboratory, measurements, 2))
    EXPECT_TRUE(outcome.as_expected())
        << outcome.place << ": " << outcome.id << " is " << name_of(outcome.verdict) << " "
        << outcome.condition << outcome.reason << ", expected " << name_of(*outcome.expected);
}

// data/seed/README.md, "Where the published texts are wrong": each is among the claims, and none is supported.
TEST(ShippedClaims, RefuteWhatThePublishedTextsHaveWrong) {
  const std::set<std::string> wrong{"resnet34-traffic-21-percent",
                                    "resnet50-intensity-47.2",
                                    "resnet50-49-percent-compute-bound",
                                    "resnet18-unfused-4.49-gflop",
                                    "mobilenet-v2-unfused-1.91-gflop",
                                    "mobilenet-v2-68-percent-of-flops-missing",
                                    "depthwise-stays-unfused",
                                    "transformers-99-percent-bandwidth-bound-physical",
                                    "transformers-0.5-flop-per-byte-physical",
                                    "qkv-2.3-mb-input",
                                    "qkv-55-mb-fewer-reads",
                                    "vit-b-16-156-launch-something",
                                    "vit-b-16-216-launch-something",
                                    "h100-600-gb-per-s"};
  std::set<std::string> found;
  Laboratory laboratory(test::load);
  for (const auto &file : shipped())
    for (const auto &claim : file.claims)
      if (wrong.contains(claim.id)) {
        found.insert(claim.id);
        EXPECT_EQ(judge(claim, laboratory, {}).verdict, Verdict::refuted) << claim.id;
      }
  EXPECT_EQ(found, wrong);
}

// "1.21 MB per layer, 14.5 MB" of reads saved, activations of 0.605 MB; 41.4 FLOP/B, 28.8 %, 17.6 % (data/seed/README.md).
TEST(ShippedClaims, ShowTheTrueFigures) {
  const std::map<std::string, double> truth{{"qkv-55-mb-fewer-reads", 14.5e6},
                                            {"qkv-2.3-mb-input", 0.605e6},
                                            {"resnet50-intensity-47.2", 41.4},
                                            {"resnet50-49-percent-compute-bound", 0.288},
                                            {"resnet34-traffic-21-percent", 0.176}};
  Laboratory laboratory(test::load);
  std::size_t seen = 0;
  for (const auto &file : shipped())
    for (const auto &claim : file.claims)
      if (const auto known = truth.find(claim.id); known != truth.end()) {
        ++seen;
        const auto outcome = judge(claim, laboratory, {});
        ASSERT_TRUE(outcome.simulated) << outcome.reason;
        EXPECT_NEAR(outcome.simulated->value / known->second, 1, 0.003) << claim.id;
      }
  EXPECT_EQ(seen, truth.size());
}

} // namespace
} // namespace fusesim::claims
