#include "claims/outcome.hpp"

#include "support/error.hpp"

#include <gtest/gtest.h>

namespace fusesim::claims {
namespace {

Outcome full_outcome() {
  Outcome outcome;
  outcome.id = "it";
  outcome.verdict = Verdict::conditional;
  outcome.expected = Verdict::refuted;
  outcome.condition = "batch ≤ 8";
  outcome.simulated = Sample{1.5, 1, {}, true, true};
  RunOutcome run;
  run.run = "fused";
  run.figures["launches"] = 22;
  run.attribution_us[3] = 0.1;
  outcome.runs = {run};
  outcome.inputs = {{"fused.launches", 22}};
  outcome.series = {{"a / b", {"x", "y"}, {1, 2}}};
  outcome.measured = {{1.25, true, "table", {{"a.latency_us", 580}}}};
  Curve curve;
  curve.key = "batch";
  curve.intervals = {{1, 8}};
  curve.points = {{1, "", Sample{2, {}, 3, false, true}, "", {{2.5, true, "table", {}}}},
                  {16, "", {}, "too large", {}}};
  outcome.curves = {curve};
  return outcome;
}

TEST(Outcome, SurvivesTheWayBetweenProcesses) {
  const auto back = unpacked(packed(full_outcome()));
  EXPECT_EQ(back.id, "it");
  EXPECT_EQ(back.verdict, Verdict::conditional);
  EXPECT_EQ(back.expected, Verdict::refuted);
  EXPECT_FALSE(back.as_expected());
  EXPECT_EQ(back.condition, "batch ≤ 8");
  EXPECT_EQ(back.simulated->value, 1.5);
  EXPECT_EQ(back.simulated->from, 1);
  EXPECT_FALSE(back.simulated->to);
  EXPECT_EQ(back.runs.at(0).figure("launches"), 22);
  EXPECT_EQ(back.runs.at(0).attribution_us[3], 0.1);
  EXPECT_EQ(back.series.at(0).labels.at(1), "y");
  EXPECT_EQ(back.measured.at(0).rows.at(0).value, 580);
  EXPECT_EQ(back.curves.at(0).points.at(0).measured.at(0).value, 2.5);
  EXPECT_EQ(back.curves.at(0).points.at(1).error, "too large");
  EXPECT_EQ(back.curves.at(0).intervals.at(0), (Interval{1, 8}));
  EXPECT_EQ(packed(back), packed(full_outcome()));
}

TEST(Outcome, WithoutExpectationIsAsExpected) { EXPECT_TRUE(Outcome().as_expected()); }

TEST(Outcome, RefusesOtherBytes) { EXPECT_THROW(unpacked("no outcome"), InternalError); }

} // namespace
} // namespace fusesim::claims
