#include "sweep/space.hpp"

#include "sweep_testing.hpp"

#include <gtest/gtest.h>

namespace fusesim::sweep::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class SpaceTest : public testing::Test {
protected:
  Space space(const std::string &lines) const { return space_of(folder_, lines); }
  std::string error(const std::string &lines) const {
    return error_of([&] { space(lines); });
  }
  Folder folder_;
};

TEST_F(SpaceTest, CountsInTheOrderOfTheFileLastFastest) {
  const auto s = space("fields:\n  l2_mib: [4, 8]\n  sm_count: [20, 40, 60]\n");
  EXPECT_THAT(column(s, "l2_mib"), ElementsAre("4", "4", "4", "8", "8", "8"));
  EXPECT_THAT(column(s, "sm_count"), ElementsAre("20", "40", "60", "20", "40", "60"));
}

TEST_F(SpaceTest, PutsNamesBeforeSizesAndSizesBeforeFields) {
  const auto s = space("fields:\n  l2_mib: [4, 8]\nbatch: [1, 2]\nstrategies: [unfused, greedy]\n");
  EXPECT_THAT(column(s, "strategy"), ElementsAre("unfused", "unfused", "unfused", "unfused",
                                                 "greedy", "greedy", "greedy", "greedy"));
  EXPECT_THAT(column(s, "batch"), ElementsAre("1", "1", "2", "2", "1", "1", "2", "2"));
  EXPECT_THAT(column(s, "l2_mib"), ElementsAre("4", "8", "4", "8", "4", "8", "4", "8"));
}

TEST_F(SpaceTest, TiesFieldsToEachOtherAndToWhatTheMachineHas) {
  // The T4 has 40 SMs (its datasheet).
  const auto s = space("fields:\n  dram_bandwidth_gbps: [100, 200]\n"
                       "  l2_bandwidth_gbps: {expression: 4 * dram_bandwidth_gbps}\n"
                       "  l2_mib: {expression: sm_count / 10 + l2_bandwidth_gbps / 400}\n");
  EXPECT_THAT(column(s, "l2_bandwidth_gbps"), ElementsAre("400", "800"));
  EXPECT_THAT(column(s, "l2_mib"), ElementsAre("5", "6"));
}

TEST_F(SpaceTest, LeavesOutWhatConstraintsForbid) {
  // 20·4 = 80, 20·8 = 160, 40·4 = 160, 40·8 = 320
  const auto s = space("fields:\n  sm_count: [20, 40]\n  l2_mib: [4, 8]\n"
                       "constraints: [sm_count * l2_mib < 200]\n");
  EXPECT_EQ(s.size(), 3U);
  EXPECT_THAT(column(s, "sm_count"), ElementsAre("20", "20", "40"));
  EXPECT_THAT(column(s, "l2_mib"), ElementsAre("4", "8", "4"));
  EXPECT_EQ(s.at(2).number, 2U);
}

TEST_F(SpaceTest, MayHaveNothingLeft) {
  EXPECT_THAT(error("fields: {sm_count: [20, 40]}\nconstraints: [sm_count > 50]\n"),
              HasSubstr("no configuration satisfies the constraints"));
}

TEST_F(SpaceTest, GivesFieldsToTheFileThatTheyAreOf) {
  const auto s = space("fields: {sm_count: [20], launch_us: [3]}\n");
  const auto configuration = s.at(0);
  ASSERT_EQ(configuration.machine_fields.size(), 1U);
  EXPECT_EQ(configuration.machine_fields[0].key, "sm_count");
  ASSERT_EQ(configuration.runtime_fields.size(), 1U);
  EXPECT_EQ(configuration.runtime_fields[0].key, "launch_us");
}

TEST_F(SpaceTest, KnowsItsModelsBeforeAnythingRuns) {
  const auto error_of_model = [&](const std::string &model) {
    const auto file = folder_.write("m.yaml", "targets: [t4]\nmodels: [" + model + "]\n");
    return error_of([&] { Space space(read_spec(file)); });
  };
  EXPECT_THAT(error_of_model("resnet81"),
              testing::ContainsRegex("m.yaml:2: unknown model 'resnet81'; did you mean 'resnet"));
  EXPECT_THAT(error_of_model("./gone.pt"), HasSubstr("gone.pt: no such file"));
}

TEST_F(SpaceTest, RoundsRangesOfWhatIsCounted) {
  const auto s = space("fields:\n  sm_count: {linear: [1, 3], count: 9}\n");
  EXPECT_THAT(column(s, "sm_count"), ElementsAre("1", "2", "3"));
}

TEST_F(SpaceTest, FindsMistakesBeforeAnythingRuns) {
  EXPECT_THAT(error("fields: {sm_cout: [2]}\n"),
              HasSubstr("s.yaml:3: unknown field 'sm_cout'; did you mean 'sm_count'"));
  EXPECT_THAT(error("fields: {sm_count: [many]}\n"),
              HasSubstr("s.yaml:3: key 'sm_count': 'many' is not a number"));
  EXPECT_THAT(error("fields: {sm_count: [2000]}\n"), HasSubstr("2000 is out of range"));
  EXPECT_THAT(error("fields: {sm_count: [2.5]}\n"), HasSubstr("2.5 is not a whole number"));
  EXPECT_THAT(error("fields: {launch_us: {linear: [-1, 1], count: 3}}\n"),
              HasSubstr("-1 is out of range"));
  EXPECT_THAT(error("strategies: [gredy]\n"), HasSubstr("did you mean 'greedy'"));
  EXPECT_THAT(error("dtypes: [f61]\n"), HasSubstr("unknown dtype 'f61'"));
  EXPECT_THAT(error("runtimes: [kpu-runtime]\n"), HasSubstr("no runtime drives t4"));
  EXPECT_THAT(
      error("constraints: [sm_cout > 3]\n"),
      HasSubstr("s.yaml:3: 'sm_cout > 3': unknown name 'sm_cout'; did you mean 'sm_count'"));
  EXPECT_THAT(error("constraints: [sm_count]\n"), HasSubstr("compares nothing"));
  EXPECT_THAT(error("fields: {l2_mib: {expression: l2_mb * 2}}\n"),
              HasSubstr("unknown name 'l2_mb'"));
}

TEST_F(SpaceTest, CrossesTargetsWithTheRuntimesThatDriveThem) {
  const auto spec =
      read_spec(folder_.write("m.yaml", "models: [resnet18]\ntargets: [t4, kpu-t64]\n"
                                        "runtimes: [pytorch-eager, cuda-graph, kpu-runtime]\n"));
  const Space s(spec);
  EXPECT_THAT(column(s, "target"), ElementsAre("t4", "t4", "kpu-t64"));
  EXPECT_THAT(column(s, "runtime"), ElementsAre("pytorch-eager", "cuda-graph", "kpu-runtime"));
  EXPECT_THAT(column(s, "dtype"), ElementsAre("f32", "f32", "bf16")); // each machine's own
}

TEST_F(SpaceTest, RefusesFieldsThatSomeTargetsLack) {
  const auto message = error_of([&] {
    Space(read_spec(folder_.write(
        "m.yaml", "models: [resnet18]\ntargets: [t4, kpu-t64]\nfields: {tile_count: [64]}\n")));
  });
  EXPECT_THAT(message, HasSubstr("field 'tile_count' is no key of t4 (gpu)"));
}

TEST_F(SpaceTest, NamesStrategiesByTheRuntimesOwn) {
  // pytorch-eager runs unfused and fuses as "attention"; both names stay one configuration each.
  const auto s = space("strategies: [default, fused, unfused, attention]\n");
  EXPECT_THAT(column(s, "strategy"), ElementsAre("unfused", "attention"));
}

TEST_F(SpaceTest, IsTheSameSweepOnlyWithTheSameConfigurations) {
  const std::string lines = "fields: {l2_mib: [4, 8]}\n";
  const auto text = space(lines).identity_text();
  EXPECT_EQ(space("# a remark\n" + lines).identity_text(), text);
  EXPECT_NE(space("fields: {l2_mib: [4, 9]}\n").identity_text(), text);
  EXPECT_NE(space(lines + "batch: 2\n").identity_text(), text);
  folder_.write("t4.yaml", "base: t4\nsm_count: 41\n");
  const Space other(
      read_spec(folder_.write("s.yaml", "models: [resnet18]\ntargets: [./t4.yaml]\n" + lines)));
  EXPECT_NE(other.identity_text(), text);
}

} // namespace
} // namespace fusesim::sweep::test
