// claims, as users and CI run it.
#include "expect.hpp"
#include "test_paths.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace fusesim::test {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr int kNotAsExpected = 3;

// aot-fused launches for 2.7 us, in every shipped version of it.
const std::string kHead =
    "description: of a test\nsource: a test\ndefaults: {target: t4, runtime: aot-fused}\nclaims:\n";
std::string claim(const std::string &id, const std::string &claimed, const std::string &more = {}) {
  return "  - id: " + id + "\n    claim: a launch costs " + claimed +
         "\n    model: resnet18\n    value: fused.launch_us\n    claimed: " + claimed + "\n" + more;
}
const std::string
    kTrue = claim("right", "2.7 us"),
    kFalse = claim("wrong", "5 to 10 us"),
    kUnknown = "  - {id: other, claim: x, model: resnet19, value: fused.launches, claimed: 1, "
               "expected: not testable}\n";

class ClaimsTest : public testing::Test {
protected:
  std::string file(const std::string &claims) const {
    return folder_.write("mine.yaml", kHead + claims);
  }
  const TemporaryFolder folder_;
};

json json_of(std::vector<std::string> arguments, int exit_code = 0) {
  arguments.insert(arguments.begin(), "claims");
  arguments.insert(arguments.end(), {"--format", "json"});
  const Outcome outcome = run(arguments);
  EXPECT_EQ(outcome.exit_code, exit_code) << outcome.err;
  return json::parse(outcome.out);
}

TEST_F(ClaimsTest, SaysWhatItFindsAndIsContent) {
  const Outcome outcome = run({"claims", file(kTrue + kFalse + kUnknown)});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.err, "");
  for (const auto *text :
       {"right", "supported", "wrong", "refuted", "2.7 µs", "5 to 10 us", "other", "not testable",
        "resnet19", "3 claims: 1 supported, 1 refuted, 1 not testable"})
    EXPECT_THAT(outcome.out, HasSubstr(text));
}

TEST_F(ClaimsTest, ExitsWithThreeWhenAVerdictIsNotAsExpected) {
  Outcome outcome =
      run({"claims", file(kTrue + claim("wrong", "5 to 10 us", "    expected: supported\n"))});
  EXPECT_EQ(outcome.exit_code, kNotAsExpected);
  EXPECT_EQ(outcome.err, "fusesim: 1 of 2 claims not as expected: wrong\n");
  EXPECT_THAT(outcome.out, HasSubstr("✗ refuted (expected: supported)"));
  outcome = run({"claims", file(claim("wrong", "5 to 10 us", "    expected: refuted\n"))});
  EXPECT_EQ(outcome.exit_code, 0);
}

TEST_F(ClaimsTest, FailsOnVerdictsThatAreNotWanted) {
  const auto all = file(kTrue + kFalse + kUnknown);
  EXPECT_EQ(run({"claims", all, "--fail-on", "refuted"}).err,
            "fusesim: 1 of 3 claims not as expected: wrong\n");
  EXPECT_EQ(run({"claims", all, "--fail-on", "refuted,not-testable"}).err,
            "fusesim: 1 of 3 claims not as expected: wrong\n"); // the other one expects it
  const auto gap = file("  - {id: gap, claim: x, claimed: 1, not_testable: training}\n");
  EXPECT_EQ(run({"claims", gap}).exit_code, 0);
  EXPECT_EQ(run({"claims", gap, "--fail-on", "not-testable"}).exit_code, kNotAsExpected);
  EXPECT_EQ(run({"claims", all, "--fail-on", "conditional"}).exit_code, 0);
  // What a claim itself expects is wanted.
  const auto expected = file(claim("wrong", "5 to 10 us", "    expected: refuted\n"));
  EXPECT_EQ(run({"claims", expected, "--fail-on", "refuted"}).exit_code, 0);
}

// A misspelt name is a mistake of the file, at its line and before anything runs; so is what turns out not to run.
TEST_F(ClaimsTest, WhatCannotBeTestedIsAMistakeUnlessItIsExpected) {
  const auto misspelt = file(kTrue + "  - {id: other, claim: x, model: resnet19, "
                                     "value: fused.launches, claimed: 1}\n");
  Outcome outcome = run({"claims", misspelt});
  EXPECT_EQ(outcome.exit_code, kWrongInput);
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("mine.yaml:10: claim 'other': unknown model 'resnet19'"),
                                 HasSubstr("did you mean 'resnet18'")));
  const auto tile = file(kTrue + "  - {id: other, claim: x, model: resnet18, target: kpu-t64, "
                                 "value: fused.launches, claimed: 1, expected: supported}\n");
  outcome = run({"claims", tile});
  EXPECT_EQ(outcome.exit_code, kWrongInput);
  EXPECT_THAT(outcome.out, HasSubstr("right")); // the others' verdicts are given
  EXPECT_THAT(outcome.err,
              AllOf(HasSubstr("mine.yaml:10: claim 'other' cannot be tested"),
                    HasSubstr("drives gpu machines"), HasSubstr("say expected: not testable")));
  EXPECT_EQ(count_lines(outcome.err), 1U);
}

TEST_F(ClaimsTest, RefusesUnitsOfSomethingElse) {
  const auto all = file("  - {id: other, claim: x, model: resnet18, value: fused.latency_us, "
                        "claimed: 3 GB}\n");
  expect_refusal({"claims", all}, kWrongInput,
                 {"mine.yaml:5: claim 'other'", "'3 GB' is an amount of bytes",
                  "'fused.latency_us' is a time"});
}

TEST_F(ClaimsTest, ChoosesById) {
  const auto all = file(kTrue + kFalse + kUnknown);
  EXPECT_EQ(json_of({all, "--id", "r*"}).size(), 1U);
  EXPECT_EQ(json_of({all, "--id", "wrong", "--id", "right"}).at(0)["id"],
            "right"); // as in the file
  expect_refusal({"claims", all, "--id", "wrang"}, kWrongInput, {"--id", "'wrang'", "'wrong'"});
}

TEST_F(ClaimsTest, ListsWithoutSimulating) {
  const Outcome outcome = run({"claims", file(kTrue + kUnknown), "--list"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("right"), HasSubstr("a launch costs 2.7 us"),
                                 HasSubstr("other"), Not(HasSubstr("supported"))));
}

TEST_F(ClaimsTest, ListsTheNamesOfFormulas) {
  const Outcome outcome = run({"claims", "--names"});
  EXPECT_EQ(outcome.exit_code, 0);
  for (const auto *name :
       {"run.latency_us", "run.memory_reduction", "mean", "least_step", "contractions", "GFLOP"})
    EXPECT_THAT(outcome.out, HasSubstr(name));
}

// The keys are part of the interface.
TEST_F(ClaimsTest, JsonHasTheDocumentedKeys) {
  const auto all = json_of({file(
      claim("it", "\"> 5 us\"", "    vary: {launch_us: {from: 0, to: 20, name: launch cost}}\n"))});
  const auto &it = all.at(0);
  for (const auto *key :
       {"id", "file", "claim", "source", "claimed", "verdict", "condition", "unit", "value", "why"})
    EXPECT_TRUE(it[key].is_string()) << key;
  EXPECT_EQ(it["verdict"], "holds only if");
  EXPECT_EQ(it["simulated"], 2.7);
  EXPECT_TRUE(it["measured"].is_null());
  EXPECT_TRUE(it["expected"].is_null());
  EXPECT_EQ(it["as_expected"], true);
  EXPECT_EQ(it["claimed_from"], 5);
  EXPECT_TRUE(it["claimed_to"].is_null());
  EXPECT_EQ(it["holds"], false);
  EXPECT_EQ(it["inputs"]["fused.launch_us"], 2.7);
  const auto &run = it["runs"].at(0);
  EXPECT_EQ(run["run"], "fused");
  EXPECT_EQ(run["target"], "t4");
  EXPECT_EQ(run["runtime"], "aot-fused");
  double sum = 0;
  for (const auto &part : run["attribution_us"])
    sum += part.get<double>();
  EXPECT_NEAR(sum, run["figures"]["latency_us"].get<double>(), 1e-6);
  const auto &curve = it["curves"].at(0);
  EXPECT_EQ(curve["parameter"], "launch_us");
  EXPECT_EQ(curve["title"], "launch cost");
  EXPECT_EQ(curve["unit"], "us");
  ASSERT_GE(curve["points"].size(), 9U);
  for (const auto &point : curve["points"]) {
    EXPECT_EQ(point["x"], point["simulated"]);
    EXPECT_EQ(point["holds"], point["x"].get<double>() > 5);
  }
  EXPECT_NEAR(curve["intervals"].at(0)["from"].get<double>(), 5, 0.021);
  EXPECT_EQ(curve["intervals"].at(0)["to"], 20);
}

TEST_F(ClaimsTest, FormatsAgree) {
  const auto all = file(kTrue + kFalse);
  const Outcome csv = run({"claims", all, "--format", "csv"});
  EXPECT_EQ(count_lines(csv.out), 3U);
  EXPECT_THAT(csv.out, testing::StartsWith("file,id,verdict,condition,claimed"));
  EXPECT_THAT(csv.out, HasSubstr("mine.yaml,wrong,refuted,,5 to 10 us,us,5,10,2.7,"));
  const auto target = folder_.path("claims.md");
  const Outcome markdown = run({"claims", all, "--format", "markdown", "-o", target});
  EXPECT_EQ(markdown.out, "");
  const auto text = read_file(target);
  EXPECT_THAT(
      text,
      AllOf(HasSubstr("# Claims\n"), HasSubstr("## mine.yaml\n"), HasSubstr("of a test"),
            HasSubstr("| [a launch costs 5 to 10 us](#wrong) | refuted | 5 to 10 us | 2.7 µs |"),
            HasSubstr("### wrong\n")));
}

TEST_F(ClaimsTest, DetailsShowSentencesAttributionAndCurves) {
  const Outcome outcome =
      run({"claims", file(claim("it", "\"> 5 us\"", "    vary: {launch_us: {from: 0, to: 20}}\n")),
           "--details"});
  for (const auto *text : {"a launch costs", "a test", "fused.launch_us = 2.7 µs", "host dispatch",
                           "holds where launch_us ≥ 5"})
    EXPECT_THAT(outcome.out, HasSubstr(text));
}

TEST_F(ClaimsTest, AnyNumberOfProcessesSaysTheSame) {
  const auto all = file(kTrue + kFalse + kUnknown);
  const auto alone = run({"claims", all, "--format", "json", "-j", "1"}).out;
  EXPECT_EQ(run({"claims", all, "--format", "json", "-j", "2"}).out, alone);
  EXPECT_EQ(run({"claims", all, "--format", "json", "-j", "8"}).out, alone);
}

TEST_F(ClaimsTest, LooksRowsUpInTheGivenFiles) {
  const auto rows = folder_.write("rows.csv", "model,gpu,precision,runtime,batch,latency_ms\n"
                                              "resnet18,t4,f32,aot-fused,1,4\n");
  const auto all = folder_.write(
      "latency.yaml", kHead + "  - {id: it, claim: x, model: resnet18, runs: {fused: {}}, "
                              "value: fused.latency_us, claimed: 4 ms}\n");
  const auto it = json_of({all, "--measured", rows}).at(0);
  EXPECT_EQ(it["measured"], 4000);
  EXPECT_EQ(it["measurements"].at(0)["holds"], true);
}

TEST_F(ClaimsTest, RefusesWhatItCannotRead) {
  expect_refusal({"claims", "nowhere.yaml"}, kWrongInput, {"nowhere.yaml", "no such file"});
  expect_refusal({"claims", "lunches"}, kWrongInput,
                 {"unknown file of claims 'lunches'", "'launches'"});
  expect_refusal({"claims", file("  - id: a\n    clam: x\n")}, kWrongInput,
                 {"mine.yaml:6: claim 'a'", "unknown key 'clam'", "'claim'"});
  expect_refusal({"claims", file(kTrue + kTrue)}, kWrongInput,
                 {"mine.yaml", "claim 'right'", "taken"});
  const auto twice = folder_.write("again.yaml", kHead + kTrue);
  expect_refusal({"claims", file(kTrue), twice}, kWrongInput, {"again.yaml:5", "is also at"});
  expect_refusal({"claims", file(kTrue), "--measured", "nowhere.csv"}, kWrongInput,
                 {"nowhere.csv"});
}

TEST_F(ClaimsTest, RefusesUsageThatMeansNothing) {
  EXPECT_EQ(run({"claims", file(kTrue), "--format", "yaml"}).exit_code, kUsage);
  EXPECT_EQ(run({"claims", file(kTrue), "--fail-on", "never"}).exit_code, kUsage);
  EXPECT_EQ(run({"claims", file(kTrue), "-j", "0"}).exit_code, kUsage);
}

TEST(Claims, ShippedOnesAreFoundByNameAndFromAnywhere) {
  const TemporaryFolder folder;
  const Outcome outcome =
      run({"claims", "launches", "--id", "resnet18-*-launches"}, {.folder = folder.path("")});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("69 launches"));
}

} // namespace
} // namespace fusesim::test
