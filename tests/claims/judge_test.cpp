// Verdicts of claims whose answers are known: keys of config files, whose values stand there, and figures counted by hand.
#include "claims/judge.hpp"

#include "claims_testing.hpp"
#include "test_paths.hpp"

namespace fusesim::claims {
namespace {

using test::file_of;
using test::judged;
using test::load;
using testing::ElementsAre;
using testing::HasSubstr;

// aot-fused launches for 2.7 us.
constexpr const char *kLaunch = "    model: resnet18\n"
                                "    target: t4\n"
                                "    runs: {engine: {runtime: aot-fused}}\n"
                                "    value: engine.launch_us\n";

TEST(Judge, ComparesWithWhatIsClaimed) {
  EXPECT_EQ(judged(std::string(kLaunch) + "    claimed: 2.7 us\n").verdict, Verdict::supported);
  EXPECT_EQ(judged(std::string(kLaunch) + "    claimed: 5 to 10 us\n").verdict, Verdict::refuted);
  EXPECT_EQ(judged(std::string(kLaunch) + "    claimed: \"< 3 us\"\n").verdict, Verdict::supported);
}

TEST(Judge, ShowsWhatItRestsOn) {
  const auto outcome = judged(std::string(kLaunch) + "    claimed: 5 to 10 us\n");
  ASSERT_TRUE(outcome.simulated);
  EXPECT_EQ(outcome.simulated->value, 2.7);
  EXPECT_EQ(outcome.simulated->from, 5);
  EXPECT_EQ(outcome.simulated->to, 10);
  ASSERT_EQ(outcome.inputs.size(), 1U);
  EXPECT_EQ(outcome.inputs[0].name, "engine.launch_us");
  ASSERT_EQ(outcome.runs.size(), 1U);
  EXPECT_EQ(outcome.runs[0].run, "engine");
  EXPECT_GT(outcome.runs[0].figure("latency_us"), 0);
}

// 2 · launch_us + 1 = 8.4 at 3.7.
TEST(Judge, FindsTheThresholdOfAParameter) {
  const auto outcome = judged("    model: resnet18\n"
                              "    target: t4\n"
                              "    runs: {engine: {runtime: aot-fused}}\n"
                              "    value: 2 * engine.launch_us + 1\n"
                              "    claimed: \">= 8.4 us\"\n"
                              "    vary: {launch_us: {from: 0, to: 20, name: launch cost}}\n");
  EXPECT_EQ(outcome.verdict, Verdict::conditional);
  ASSERT_EQ(outcome.curves.size(), 1U);
  ASSERT_EQ(outcome.curves[0].intervals.size(), 1U);
  EXPECT_NEAR(outcome.curves[0].intervals[0].from, 3.7, 0.021);
  EXPECT_THAT(outcome.condition, testing::MatchesRegex("launch cost ≥ 3\\.7[0-2]? µs"));
  EXPECT_EQ(outcome.curves[0].base, "2.7"); // what the file has
  EXPECT_DOUBLE_EQ(outcome.simulated->value, 6.4);
}

// 320 GB/s (the T4's datasheet) are 320 bytes a nanosecond.
TEST(Judge, CalculatesInMicrosecondsAndBytesWhateverTheUnitsOfKeys) {
  const std::string claim = "    model: resnet18\n    target: t4\n    runs: {run: {}}\n";
  EXPECT_EQ(judged(claim + "    value: run.dram_bandwidth_gbps\n    claimed: 320 GB/s\n").verdict,
            Verdict::supported);
  const auto time = judged(claim + "    value: run.dram_bytes / run.dram_bandwidth_gbps\n"
                                   "    claimed: \"> 0 us\"\n");
  ASSERT_TRUE(time.simulated) << time.reason;
  EXPECT_NEAR(time.simulated->value, time.runs.at(0).figure("dram_bytes") / 320e9 * 1e6, 1e-6);
  EXPECT_EQ(time.inputs.at(0).value, 320); // shown as the file has it
}

TEST(Judge, FindsAllAndNothingAlongAParameter) {
  const std::string claim = "    model: resnet18\n"
                            "    target: t4\n"
                            "    runs: {engine: {runtime: aot-fused}}\n"
                            "    value: engine.launch_us\n"
                            "    vary: {launch_us: {from: 1, to: 9}}\n";
  EXPECT_EQ(judged(claim + "    claimed: \"< 10 us\"\n").verdict, Verdict::supported);
  EXPECT_EQ(judged(claim + "    claimed: \"> 10 us\"\n").verdict, Verdict::refuted);
}

TEST(Judge, FindsBatchesToTheImage) {
  const auto outcome = judged("    model: resnet18\n"
                              "    target: t4\n"
                              "    runs: {engine: {runtime: aot-fused}}\n"
                              "    value: engine.batch\n"
                              "    claimed: \"<= 11\"\n"
                              "    vary: {batch: {from: 1, to: 64, scale: log}}\n");
  EXPECT_EQ(outcome.verdict, Verdict::conditional);
  EXPECT_EQ(outcome.condition, "batch ≤ 11");
}

// 108 SMs, 80, 40.
TEST(Judge, NamesTheChoicesWhereItHolds) {
  const auto outcome = judged("    model: resnet18\n"
                              "    target: t4\n"
                              "    runs: {engine: {runtime: aot-fused}}\n"
                              "    value: engine.sm_count\n"
                              "    claimed: \">= 80\"\n"
                              "    vary: {target: [a100-sxm-40gb, v100-sxm2-16gb, t4]}\n");
  EXPECT_EQ(outcome.condition, "target is a100-sxm-40gb or v100-sxm2-16gb");
  EXPECT_EQ(outcome.simulated->value, 40); // of its own target
}

TEST(Judge, FollowsParametersOneByOne) {
  const auto outcome = judged("    model: resnet18\n"
                              "    target: t4\n"
                              "    runs: {engine: {runtime: aot-fused}}\n"
                              "    value: engine.batch + engine.launch_us\n"
                              "    claimed: \"<= 10\"\n"
                              "    vary:\n"
                              "      batch: [1, 2, 4, 8]\n"
                              "      launch_us: {from: 0, to: 20, at: 4}\n");
  EXPECT_EQ(outcome.simulated->value, 5); // batch 1, launch_us 4
  ASSERT_EQ(outcome.curves.size(), 2U);
  EXPECT_EQ(outcome.curves[0].condition, "batch ≤ 4");
  EXPECT_NEAR(outcome.curves[1].intervals.at(0).to, 9, 0.021);
}

TEST(Judge, ParametersMayStandInWhatIsClaimed) {
  const auto outcome = judged("    model: resnet18\n"
                              "    target: t4\n"
                              "    runs: {engine: {runtime: aot-fused}}\n"
                              "    value: 10 * engine.launch_us\n"
                              "    claimed: 2 * launch_us + 40 us\n"
                              "    tolerance: 0.1\n"
                              "    vary: {launch_us: {from: 0, to: 20}}\n");
  ASSERT_EQ(outcome.curves.at(0).intervals.size(), 1U); // equal at 5
  EXPECT_NEAR(outcome.curves[0].intervals[0].from, 5, 0.03);
}

TEST(Judge, AppliesParametersToTheRunsThatTheyName) {
  const auto outcome = judged("    model: resnet18\n"
                              "    target: t4\n"
                              "    runs: {one: {runtime: aot-fused}, many: {runtime: aot-fused}}\n"
                              "    value: many.batch / one.batch\n"
                              "    claimed: \"<= 4 x\"\n"
                              "    vary: {batch: {values: [1, 2, 4, 8], runs: many}}\n");
  EXPECT_EQ(outcome.condition, "batch ≤ 4");
}

// 11,689,512 and 25,557,032 parameters (torchvision).
TEST(Judge, CalculatesOverListsOfNetworks) {
  const auto outcome = judged("    model: [resnet18, resnet50]\n"
                              "    accounting: physical\n"
                              "    runs: {nets: {}}\n"
                              "    value: mean(nets.parameters)\n"
                              "    claimed: 18623272 parameters\n");
  EXPECT_EQ(outcome.verdict, Verdict::supported);
  ASSERT_EQ(outcome.series.size(), 1U);
  EXPECT_THAT(outcome.series[0].labels, ElementsAre("resnet18", "resnet50"));
  EXPECT_THAT(outcome.series[0].values, ElementsAre(11'689'512, 25'557'032));
  EXPECT_EQ(outcome.runs.size(), 2U);
  EXPECT_EQ(outcome.inputs.at(1).name, "nets.parameters[resnet50]");
}

// 1025 nodes, each an empty kernel (min_kernel_us) and the gap before it; one launch call and no framework.
TEST(Judge, LaunchesEmptyKernels) {
  const auto outcome =
      judged("    target: a100-sxm-40gb\n"
             "    runs: {graph: {runtime: cuda-graph, empty_kernels: 1025}}\n"
             "    value: graph.device_us / graph.launches - graph.graph_node_gap_us\n"
             "    claimed: 0.5 us\n    tolerance: 100 %\n");
  ASSERT_TRUE(outcome.simulated) << outcome.reason;
  ASSERT_EQ(outcome.runs.size(), 1U);
  EXPECT_NEAR(outcome.simulated->value, outcome.runs[0].figure("min_kernel_us"), 1e-6);
  EXPECT_EQ(outcome.runs[0].model, "1025 empty kernels");
  EXPECT_EQ(outcome.runs[0].figure("launches"), 1025);
  EXPECT_EQ(judged("    target: kpu-t64\n    runs: {launched: {empty_kernels: 3}}\n"
                   "    value: launched.latency_us\n    claimed: 1 us\n")
                .reason,
            "kpu-t64: is no GPU; launches are measured on GPUs");
}

TEST(Judge, SaysWhyNothingCanBeTested) {
  auto outcome = judged("    claimed: 2 x\n    not_testable: needs a GPU of 2040\n");
  EXPECT_EQ(outcome.verdict, Verdict::not_testable);
  EXPECT_EQ(outcome.reason, "needs a GPU of 2040");
  outcome =
      judged("    model: resnet19\n    target: t4\n    value: fused.launches\n    claimed: 2\n"
             "    expected: not testable\n");
  EXPECT_EQ(outcome.verdict, Verdict::not_testable);
  EXPECT_THAT(outcome.reason, HasSubstr("resnet19"));
  outcome = judged("    model: resnet18\n    target: kpu-t64\n    runtime: aot-fused\n"
                   "    value: fused.launches\n    claimed: 2\n");
  EXPECT_THAT(outcome.reason, HasSubstr("drives gpu machines"));
  outcome = judged("    model: resnet18\n    target: t4\n    dtype: f32\n"
                   "    value: fused.fx_nodes\n    claimed: 2\n");
  EXPECT_THAT(outcome.reason, HasSubstr("has no figure 'fx_nodes'"));
}

TEST(Judge, LeavesPointsThatCannotRunOutOfACurve) {
  const auto outcome = judged("    model: resnet18\n"
                              "    target: a100-sxm-40gb\n"
                              "    runs: {engine: {runtime: aot-fused}}\n"
                              "    value: engine.sm_count\n"
                              "    claimed: \">= 80\"\n"
                              "    vary: {target: [a100-sxm-40gb, kpu-t64]}\n");
  EXPECT_EQ(outcome.verdict, Verdict::supported);
  EXPECT_THAT(outcome.curves.at(0).points.at(1).error, HasSubstr("drives gpu machines"));
}

TEST(Judge, OneClaimDoesNotStopTheOthersInAnyNumberOfProcesses) {
  std::string text = "source: here\ndefaults: {target: t4, runtime: aot-fused}\nclaims:\n";
  for (int i = 0; i < 9; ++i)
    text += "  - {id: claim" + std::to_string(i) +
            ", claim: x, expected: not testable, model: " + (i == 4 ? "resnet19" : "resnet18") +
            ", value: fused.launch_us, claimed: 2.7 us}\n";
  const test::TemporaryFile file("many.yaml", text);
  const auto claims = read_claims(file.path());
  std::vector<const Claim *> all;
  for (const auto &claim : claims.claims)
    all.push_back(&claim);
  for (const unsigned jobs : {1U, 2U, 4U}) {
    Laboratory laboratory(load);
    const auto outcomes = judge_all(all, laboratory, {}, jobs);
    ASSERT_EQ(outcomes.size(), 9U);
    for (std::size_t i = 0; i < 9; ++i) {
      EXPECT_EQ(outcomes[i].id, "claim" + std::to_string(i));
      EXPECT_EQ(outcomes[i].verdict, i == 4 ? Verdict::not_testable : Verdict::supported);
    }
  }
}

} // namespace
} // namespace fusesim::claims
