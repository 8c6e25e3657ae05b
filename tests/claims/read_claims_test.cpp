#include "claims/claim.hpp"

#include "claims_testing.hpp"

namespace fusesim::claims {
namespace {

using test::error_of;
using test::file_of;
using testing::AllOf;
using testing::HasSubstr;

constexpr const char *kGood = "    model: resnet18\n"                          // line 5
                              "    target: t4\n"                               // 6
                              "    value: unfused.launches / fused.launches\n" // 7
                              "    claimed: 2 x\n";                            // 8

TEST(ReadClaims, FillsInTheUsualPair) {
  const auto file = file_of(kGood);
  const auto &claim = file.claims.at(0);
  EXPECT_EQ(claim.source, "here");
  ASSERT_EQ(claim.runs.size(), 2U);
  EXPECT_EQ(claim.runs[0].members.at(0).strategy, "unfused");
  EXPECT_EQ(claim.runs[1].members.at(0).strategy, "fused");
  EXPECT_EQ(claim.runs[1].members.at(0).target, "t4");
}

TEST(ReadClaims, NearerKeysWin) {
  const test::TemporaryFile file(
      "layers.yaml",
      "source: s\n"
      "defaults: {target: t4, dtype: f16, set: {launch_us: 1, sync_us: 2}}\n"
      "claims:\n"
      "  - id: a\n    claim: c\n    model: resnet18\n    dtype: f32\n    set: {launch_us: 3}\n"
      "    runs: {x: {target: l4, set: {launch_us: 4}}, y: {}}\n"
      "    value: x.launches - y.launches\n    claimed: 0\n"
      "  - id: b\n    claim: c\n    model: resnet18\n"
      "    runs: {x: {}}\n    value: x.launches\n    claimed: 0\n");
  const auto claims = read_claims(file.path()).claims;
  const auto set_of = [](const Experiment &experiment) {
    std::string text;
    for (const auto &one : experiment.set)
      text += one.key + "=" + one.value + " ";
    return text;
  };
  const auto &x = claims[0].runs[0].members[0], &y = claims[0].runs[1].members[0];
  EXPECT_EQ(x.target, "l4");
  EXPECT_EQ(y.target, "t4");
  EXPECT_EQ(x.dtype, "f32");
  EXPECT_EQ(set_of(x), "launch_us=4 sync_us=2 ");
  EXPECT_EQ(set_of(y), "launch_us=3 sync_us=2 ");
  EXPECT_EQ(set_of(claims[1].runs[0].members[0]), "launch_us=1 sync_us=2 "); // as the file says
  EXPECT_EQ(claims[1].runs[0].members[0].dtype, "f16");
}

TEST(ReadClaims, WhatIsCountedHasNoMachine) {
  const test::TemporaryFile file(
      "counted.yaml",
      "source: s\ndefaults: {target: t4, dtype: f16, set: {launch_us: 1}}\n"
      "claims:\n  - id: a\n    claim: c\n    accounting: seed\n    model: nets/a.json\n"
      "    value: fused.launches\n    claimed: 3\n    expected: not testable\n");
  const auto claims = read_claims(file.path()).claims;
  const auto &fused = claims[0].runs[1].members[0];
  EXPECT_FALSE(fused.is_simulated());
  EXPECT_EQ(fused.target, "");
  EXPECT_EQ(fused.dtype, "");
  EXPECT_TRUE(fused.set.empty());
  EXPECT_EQ(fused.model, (file.path().parent_path() / "nets/a.json").string()); // beside the file
}

struct Mistake {
  std::string yaml, line, what;
};

class Mistakes : public testing::TestWithParam<Mistake> {};

TEST_P(Mistakes, AreSaidWithTheirPlace) {
  const auto message = error_of([&] { file_of(GetParam().yaml); });
  EXPECT_THAT(message, AllOf(HasSubstr("claims.yaml:" + GetParam().line + ": claim 'it'"),
                             HasSubstr(GetParam().what)));
  EXPECT_EQ(message.find('\n'), std::string::npos);
}

const std::string kModel = "    model: resnet18\n", kTarget = "    target: t4\n",
                  kValue = "    value: fused.launches\n", kClaimed = "    claimed: 3\n";

INSTANTIATE_TEST_SUITE_P(
    Of, Mistakes,
    testing::Values(
        Mistake{kModel + kTarget + kValue, "3", "has no claimed"},
        Mistake{kModel + kTarget + kClaimed, "3", "has no value"},
        Mistake{kModel + kTarget + "    value: 1 > 0\n    claimed: true\n", "7",
                "no figure of any run"},
        Mistake{kTarget + kValue + kClaimed, "3", "has no model"},
        Mistake{kModel + kValue + kClaimed, "3", "neither target nor accounting"},
        Mistake{kModel + kTarget + kValue + kClaimed + "    tollerance: 5\n", "9",
                "unknown key 'tollerance' in a claim; did you mean 'tolerance'"},
        Mistake{kModel + kTarget + "    value: fused.lunches\n" + kClaimed, "7",
                "unknown figure 'lunches'; did you mean 'launches'"},
        Mistake{kModel + kTarget + "    value: fusd.launches\n" + kClaimed, "7",
                "no run 'fusd'; did you mean 'fused'"},
        Mistake{kModel + kTarget + "    value: launch_us\n" + kClaimed, "7",
                "unknown name 'launch_us'"},
        Mistake{kModel + kTarget + "    value: fused.launches +\n" + kClaimed, "7",
                "fused.launches"},
        Mistake{kModel + kTarget + kValue + "    claimed: 28 * fused.batch\n", "8",
                "needs a tolerance"},
        Mistake{kModel + kTarget + kValue + kClaimed + "    vary: {launch_uss: [1, 2]}\n", "9",
                "'launch_uss' is nothing that can vary; did you mean 'launch_us'"},
        Mistake{kModel + kTarget + kValue + kClaimed + "    vary: {launch_us: {from: 3, to: 2}}\n",
                "9", "ends before it begins"},
        Mistake{kModel + kTarget + kValue + kClaimed +
                    "    vary: {launch_us: {from: 0, to: 2, scale: log}}\n",
                "9", "a log range must be above 0"},
        Mistake{kModel + kTarget + kValue + kClaimed + "    vary: {batch: [0, 1]}\n", "9",
                "is no size"},
        Mistake{kModel + kTarget + kValue + kClaimed + "    vary: {runtime: {from: 0, to: 2}}\n",
                "9", "takes no numbers"},
        Mistake{kModel + kTarget + kValue + kClaimed + "    vary: {batch: [1]}\n", "9",
                "does not vary"},
        Mistake{kModel + kTarget + kValue + kClaimed + "    set: {launch: 3}\n", "9",
                "unknown key 'launch' in set"},
        Mistake{"    model: resnet19\n" + kTarget + kValue + kClaimed, "5",
                "unknown model 'resnet19'; did you mean 'resnet18'"},
        Mistake{"    model: nets/none.json\n" + kTarget + kValue + kClaimed, "5", "no such file"},
        Mistake{kModel + "    target: a100-sxm-40\n" + kValue + kClaimed, "6",
                "'a100-sxm-40'; did you mean 'a100-sxm-40gb'"},
        Mistake{kModel + kTarget + "    runtime: tensort\n" + kValue + kClaimed, "7",
                "'tensort'; did you mean 'tensorrt'"},
        Mistake{kModel + kTarget + "    dtype: f17\n" + kValue + kClaimed, "7",
                "unknown dtype 'f17'; did you mean 'f16'"},
        Mistake{kModel + kTarget + "    runs: {a: {strategy: gredy}}\n    value: a.launches\n" +
                    kClaimed,
                "7", "unknown strategy 'gredy'; did you mean 'greedy'"},
        Mistake{kModel + kTarget + "    set: {launch_us: -1}\n" + kValue + kClaimed, "7",
                "launch_us"},
        Mistake{kModel + kTarget + "    set: {l3_kib_per_tile: 4}\n" + kValue + kClaimed, "7",
                "'l3_kib_per_tile' is no key of t4 (gpu) or of runtimes"},
        Mistake{kModel + kTarget + kValue + kClaimed + "    vary: {target: [t4, t5]}\n", "9",
                "'t5'"},
        Mistake{kModel + kTarget + kValue + kClaimed +
                    "    vary: {launch_us: {from: 0, to: 1e9}}\n",
                "9", "launch_us"},
        Mistake{kModel + kTarget + "    value: fused.latency_us\n    claimed: 3 GB\n", "8",
                "claimed '3 GB' is an amount of bytes, and 'fused.latency_us' is a time; its units "
                "are ns us µs ms s"},
        Mistake{kModel + kTarget +
                    "    value: fused.latency_us / fused.dram_us\n    claimed: 3 us\n",
                "8", "is a plain number"},
        Mistake{kModel + kTarget +
                    "    empty_kernels: 3\n    runs: {a: {}}\n"
                    "    value: a.launches\n" +
                    kClaimed,
                "5", "launches empty kernels: 'model' means nothing"},
        Mistake{kModel + kTarget + "    value: fused.device_us\n" + kClaimed, "7",
                "is of a network, not of empty kernels"},
        Mistake{kTarget + "    runs: {a: {empty_kernels: 3}}\n    value: a.external_bytes\n" +
                    kClaimed,
                "7", "empty kernels have no 'external_bytes'"},
        Mistake{kModel + kTarget + kValue + "    claimed: true\n", "8", "is no comparison"},
        Mistake{kModel + kTarget + kValue + kClaimed + "    expected: suported\n", "9",
                "unknown verdict 'suported'; did you mean 'supported'"},
        Mistake{kModel + kTarget + kValue + kClaimed + "    where: launchs > 1\n", "9",
                "unknown figure 'launchs' of a subgraph"},
        Mistake{kModel + kTarget + kValue + kClaimed + "    accounting: sed\n", "9",
                "unknown 'sed'"},
        Mistake{kModel + kTarget + kValue + kClaimed + "    accounting: physical\n", "6",
                "is counted, not simulated: 'target' means nothing"},
        Mistake{kModel + "    value: fused.latency_us\n" + kClaimed + "    accounting: physical\n",
                "6", "is counted, not simulated"},
        Mistake{kModel + kTarget + kValue + kClaimed + "    vocabulary: v2\n", "3",
                "seed accounting"},
        Mistake{kModel + kTarget + "    runs: {a: {}, b: {}}\n    value: a.launches\n" + kClaimed,
                "7", "run 'b' is in no formula"},
        Mistake{kModel + kTarget + "    runs: {a-b: {}}\n    value: a.launches\n" + kClaimed, "7",
                "no name that a formula can use"},
        Mistake{kModel + kTarget + "    runs: {a: {modle: x}}\n    value: a.launches\n" + kClaimed,
                "7", "unknown key 'modle' in a run"},
        Mistake{kModel + kTarget + kValue + kClaimed + "    not_testable: no\n", "9",
                "leave one of them out"},
        Mistake{"    model: [resnet18, resnet34]\n" + kTarget + kValue + kClaimed, "7",
                "'fused.launches' stands for 2 values"},
        Mistake{"    model: [resnet18]\n" + kTarget + kValue + kClaimed, "5",
                "a list of one is no list"},
        Mistake{kModel + kTarget + "    batch: [1, 2]\n    dtype: [f16, f32]\n" + kValue + kClaimed,
                "8", "has two lists"}));

// `expected:` tells a known gap from a typing mistake.
TEST(ReadClaims, NamesMayBeUnknownWhereThatIsExpected) {
  EXPECT_NO_THROW(file_of("    model: resnet19\n    target: t5\n    dtype: f17\n"
                          "    set: {launch_us: -1}\n    value: fused.launches\n"
                          "    claimed: 3\n    expected: not testable\n"));
}

TEST(ReadClaims, RefusesFilesThatAreNone) {
  const auto message = [](const std::string &text) {
    const test::TemporaryFile file("none.yaml", text);
    return error_of([&] { read_claims(file.path()); });
  };
  EXPECT_THAT(message("- a\n"), HasSubstr("none.yaml:1: not a map"));
  EXPECT_THAT(message("claims: 3\n"), HasSubstr("must be a list of claims"));
  EXPECT_THAT(message("claims:\n  - id: a\n   b: c\n"), HasSubstr("none.yaml:3: broken YAML"));
  EXPECT_THAT(message("clames: []\n"),
              HasSubstr("unknown key 'clames' in a file of claims; did you mean 'claims'"));
  EXPECT_THAT(message("claims:\n  - claim: x\n"), HasSubstr("none.yaml:2: a claim has no id"));
  EXPECT_THAT(message("claims:\n  - id: a\n    claim: x\n"), HasSubstr("has no source"));
  EXPECT_THAT(message("source: s\nclaims:\n  - id: a\n    source: s\n"),
              HasSubstr("has no sentence"));
  const std::string same = "  - {id: a, claim: c, claimed: 1, not_testable: no}\n";
  EXPECT_THAT(message("source: s\nclaims:\n" + same + same),
              HasSubstr("none.yaml:4: claim 'a': this id is taken"));
  EXPECT_THAT(error_of([] { read_claims("nowhere.yaml"); }),
              HasSubstr("nowhere.yaml: no such file"));
}

} // namespace
} // namespace fusesim::claims
