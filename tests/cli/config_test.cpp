#include "expect.hpp"
#include "test_paths.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace fusesim::test {
namespace {

const std::string kConfigs = FUSESIM_SOURCE_DIR "/configs";

class ConfigTest : public testing::Test {
protected:
  // A T4 with one line of the test's own, which is the third of the file.
  std::string machine(const std::string &line) const {
    return folder_.write("mine.yaml", "base: " + kConfigs + "/gpu/t4.yaml\n" +
                                          "description: a T4 of my own\n" + line + "\n");
  }
  TemporaryFolder folder_;
};

TEST_F(ConfigTest, AcceptsAMachineOfTheUsersOwn) {
  const Outcome outcome = run({"simulate", "resnet18", "--target",
                               machine("dram_bandwidth_gbps: 640"), "--format", "json"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(nlohmann::json::parse(outcome.out)["target"], "mine");
}

TEST_F(ConfigTest, ShowsTheResolvedValuesOfAMachine) {
  const Outcome outcome = run({"targets", machine("dram_bandwidth_gbps: 640"), "--format", "json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const auto json = nlohmann::json::parse(outcome.out);
  EXPECT_EQ(json["kind"], "gpu");
  std::map<std::string, nlohmann::json> values;
  for (const auto &setting : json["config"])
    values[setting["key"]] = setting["value"];
  EXPECT_EQ(values["dram_bandwidth_gbps"], 640); // from the file
  EXPECT_EQ(values["sm_count"], 40);             // from its base: T4 has 40 SMs (datasheet)
}

TEST_F(ConfigTest, NamesFileLineAndKeyOfAnUnknownKey) {
  const std::string file = machine("dram_bandwith_gbps: 300");
  expect_refusal({"simulate", "resnet18", "--target", file}, kWrongInput,
                 {file + ":3", "dram_bandwith_gbps", "'dram_bandwidth_gbps'"});
}

TEST_F(ConfigTest, RefusesNegativeAbsurdAndNonNumericValues) {
  for (const auto *value : {"-300", "0", "1e300", ".nan", ".inf", "fast", "[1, 2]"}) {
    const std::string file = machine(std::string("dram_bandwidth_gbps: ") + value);
    expect_refusal({"simulate", "resnet18", "--target", file}, kWrongInput,
                   {file + ":3", "dram_bandwidth_gbps"});
  }
}

TEST_F(ConfigTest, RefusesBrokenYaml) {
  const std::string file = folder_.write("mine.yaml", "description: [unclosed\n");
  expect_refusal({"simulate", "resnet18", "--target", file}, kWrongInput, {file});
}

TEST_F(ConfigTest, SaysWhereItLookedForConfigs) {
  expect_refusal({"targets"}, kWrongInput, {"FUSESIM_CONFIG_PATH", "/nowhere"},
                 {.environment = {{"FUSESIM_CONFIG_PATH", "/nowhere"}}});
}

TEST(Targets, ListEveryKeyWithUnitRangeAndMeaning) {
  for (const auto *kind : {"gpu", "tile", "runtime"}) {
    const Outcome outcome = run({"targets", "--keys", kind, "--format", "json"});
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    const auto keys = nlohmann::json::parse(outcome.out);
    EXPECT_GT(keys.size(), 10u);
    for (const auto &key : keys)
      EXPECT_NE(key["meaning"], "") << key;
  }
}

TEST(Targets, ListEveryShippedFile) {
  const Outcome outcome = run({"targets", "--format", "json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  std::map<std::string, std::string> kinds;
  for (const auto &entry : nlohmann::json::parse(outcome.out))
    kinds[entry["name"]] = entry["kind"];
  EXPECT_EQ(kinds["a100-sxm-40gb"], "gpu");
  EXPECT_EQ(kinds["kpu-t64"], "tile");
  EXPECT_EQ(kinds["pytorch-eager"], "runtime");
}

} // namespace
} // namespace fusesim::test
