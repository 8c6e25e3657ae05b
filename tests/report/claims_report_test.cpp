#include "report/claims_report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fusesim::report {
namespace {

using claims::Outcome;
using claims::Verdict;
using testing::HasSubstr;
using testing::Not;

/// eager 8 us (5 host, 3 DRAM) against graph 4 us (1 host, 3 DRAM): twice.
Outcome twice() {
  Outcome outcome;
  outcome.id = "twice";
  outcome.claim = "graphs are twice as fast";
  outcome.source = "a | b";
  outcome.file = "some.yaml";
  outcome.formula = "eager.latency_us / graph.latency_us";
  outcome.claimed = "2 x";
  outcome.unit = "x";
  outcome.verdict = Verdict::supported;
  outcome.simulated = claims::Sample{2, 1.5, 2.5, false, true};
  for (const auto &[name, host] : {std::pair("eager", 5.0), std::pair("graph", 1.0)}) {
    claims::RunOutcome run;
    run.run = name;
    run.model = "net";
    run.simulated = true;
    run.figures = {{"latency_us", host + 3}, {"launches", 7}, {"dram_bytes", 1e6}};
    run.attribution_us[0] = host;
    run.attribution_us[3] = 3;
    outcome.runs.push_back(run);
    outcome.inputs.push_back({std::string(name) + ".latency_us", host + 3});
  }
  outcome.measured = {{3, false, "table", {{"eager.latency_us", 9}, {"graph.latency_us", 3}}}};
  return outcome;
}

// Rows along a parameter alone: which places they are of, and what they say there.
TEST(ClaimsReport, SaysWhatWasMeasuredAlongAParameter) {
  auto outcome = twice();
  outcome.measured.clear();
  claims::Curve curve;
  curve.title = "batch";
  curve.points = {{1, "", {}, "", {{2, true, "table", {}}}},
                  {8, "", {}, "", {{2.1, true, "table", {}}}},
                  {16, "", {}, "", {}},
                  {64, "", {}, "", {{5, false, "table", {}}}}};
  outcome.curves = {curve};
  EXPECT_EQ(measured_text(outcome), "agree at batch 1, 8, disagree at batch 64");
}

TEST(ClaimsReport, SaysWhichPartsOfTheLatencyDiffer) {
  EXPECT_EQ(why_text(twice()), "eager 8.00 µs → graph 4.00 µs: host dispatch −4.00 µs");
  auto outcome = twice();
  outcome.runs[1].attribution_us[0] = 4;
  outcome.runs[1].attribution_us[3] = 2.5;
  EXPECT_THAT(why_text(outcome), HasSubstr("host dispatch −1.00 µs, DRAM −500 ns"));
}

TEST(ClaimsReport, SaysWhatTheLatencyOfALoneRunGoesInto) {
  auto outcome = twice();
  outcome.runs.resize(1);
  EXPECT_EQ(why_text(outcome), "eager 8.00 µs: host dispatch 5.00 µs, DRAM 3.00 µs");
}

TEST(ClaimsReport, ShowsClaimedSimulatedAndMeasuredInOneUnit) {
  EXPECT_EQ(simulated_text(twice()), "2 x");
  EXPECT_EQ(measured_text(twice()), "3 x, disagrees");
  const auto text = claims_text({{twice()}, {}});
  for (const auto *part : {"twice", "supported", "2 x", "3 x, disagrees", "host dispatch",
                           "1 claim: 1 supported; 1 against what was measured\n"})
    EXPECT_THAT(text, HasSubstr(part));
  EXPECT_THAT(text, Not(HasSubstr("graphs are twice"))); // details
  EXPECT_THAT(claims_text({{twice()}, {}}, {}, true), HasSubstr("graphs are twice"));
}

TEST(ClaimsReport, SaysWhereMeasurementsSpeakAgainstTheSimulator) {
  auto outcome = twice(); // simulated 2 x as claimed, measured 3 x
  EXPECT_EQ(verdict_text(outcome), "supported, against what was measured");
  outcome.measured.push_back({2, true, "another table", {}}); // measurements disagree
  EXPECT_EQ(verdict_text(outcome), "supported");
  outcome.measured.clear();
  EXPECT_EQ(verdict_text(outcome), "supported");
}

TEST(ClaimsReport, CountsVerdicts) {
  std::vector<Outcome> outcomes(5, twice());
  outcomes[1].verdict = Verdict::refuted;
  outcomes[1].expected = Verdict::supported;
  outcomes[2].verdict = Verdict::conditional;
  outcomes[3].verdict = Verdict::conditional;
  EXPECT_EQ(claims_summary(outcomes), "5 claims: 2 supported, 1 refuted, 2 hold only if …; 5 "
                                      "against what was measured; 1 not as expected");
}

TEST(ClaimsReport, MarkdownKeepsItsTables) {
  const auto text = claims_markdown({{twice()}, {{"some.yaml", "About_some"}}});
  EXPECT_THAT(text, HasSubstr("## some.yaml\n\nAbout\\_some\n"));
  EXPECT_THAT(text, HasSubstr("a \\| b"));
  EXPECT_THAT(text, HasSubstr("| [graphs are twice as fast](#twice) | supported, against what was "
                              "measured | 2 x | 2 x | 3 x, disagrees |"));
}

TEST(ClaimsReport, JsonOfWhatCouldNotBeTestedHasNulls) {
  Outcome outcome;
  outcome.id = "it";
  outcome.verdict = Verdict::not_testable;
  outcome.reason = "no such machine";
  const auto json = claims_json({{outcome}, {}}).at(0);
  EXPECT_EQ(json["verdict"], "not testable");
  EXPECT_EQ(json["reason"], "no such machine");
  EXPECT_TRUE(json["simulated"].is_null());
  EXPECT_TRUE(json["holds"].is_null());
  EXPECT_TRUE(json["runs"].empty());
}

} // namespace
} // namespace fusesim::report
