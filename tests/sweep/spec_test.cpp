#include "sweep/spec.hpp"

#include "sweep_testing.hpp"

#include <gtest/gtest.h>

namespace fusesim::sweep::test {
namespace {

class SpecTest : public testing::Test {
protected:
  Spec read(const std::string &text) const { return read_spec(folder_.write("s.yaml", text)); }
  std::string error(const std::string &text) const {
    return error_of([&] { read(text); });
  }
  std::vector<std::string> points(const std::string &value) const {
    const auto spec = read("models: [resnet18]\ntargets: [t4]\nfields:\n  l2_mib: " + value + "\n");
    std::vector<std::string> all;
    for (const auto &point : spec.dimensions.back().points)
      all.push_back(to_string(point));
    return all;
  }
  Folder folder_;
};

using testing::ElementsAre;
using testing::HasSubstr;

TEST_F(SpecTest, TakesListsAndRanges) {
  EXPECT_THAT(points("[4, 8]"), ElementsAre("4", "8"));
  EXPECT_THAT(points("7"), ElementsAre("7"));
  EXPECT_THAT(points("{linear: [0, 1], count: 5}"), ElementsAre("0", "0.25", "0.5", "0.75", "1"));
  EXPECT_THAT(points("{linear: [2, 9], step: 3}"), ElementsAre("2", "5", "8"));
  EXPECT_THAT(points("{linear: [0, 0.3], step: 0.1}"), ElementsAre("0", "0.1", "0.2", "0.3"));
  EXPECT_THAT(points("{log: [1, 1000], count: 4}"), ElementsAre("1", "10", "100", "1000"));
}

TEST_F(SpecTest, NamesThePlaceOfEveryMistake) {
  EXPECT_THAT(error("targets: [t4]\n"), HasSubstr("s.yaml:1: key 'models' is missing"));
  EXPECT_THAT(error("model: [resnet18]\n"), HasSubstr("s.yaml:1: unknown key 'model'; did you mean "
                                                      "'models'"));
  EXPECT_THAT(error("models: [resnet18]\ntargets: [t4]\nbatch: [0]\n"),
              HasSubstr("s.yaml:3: key 'batch': '0' is no size"));
  EXPECT_THAT(error("models:\n  - a\n  - a\n"),
              HasSubstr("s.yaml:3: key 'models': 'a' is given twice"));
  EXPECT_THAT(error("models: []\n"), HasSubstr("s.yaml:1: key 'models' is an empty list; name"));
  EXPECT_THAT(error("models: {a: b}\n"), HasSubstr("key 'models' must be a value or a list"));
  EXPECT_THAT(error("a: [\n"), HasSubstr("broken YAML"));
  EXPECT_THAT(error("just a text"), HasSubstr("not a map"));
  EXPECT_THAT(error_of([] { read_spec("/nowhere/s.yaml"); }), HasSubstr("no such file"));
}

// YAML itself would take the first or the last of them, and nobody would know which.
TEST_F(SpecTest, TakesNoKeyTwice) {
  EXPECT_THAT(error("models: [a]\n\nmodels: [b]\n"),
              HasSubstr("s.yaml:3: key 'models' is given twice; first in line 1"));
  const std::string head = "models: [resnet18]\ntargets: [t4]\n";
  EXPECT_THAT(error(head + "fields:\n  l2_mib: 2\n  l2_mib: 4\n"),
              HasSubstr("s.yaml:5: key 'l2_mib' is given twice; first in line 4"));
  EXPECT_THAT(error(head + "fields:\n  l2_mib: {linear: [1, 9], count: 3, count: 4}\n"),
              HasSubstr("s.yaml:4: key 'count' is given twice"));
  EXPECT_THAT(error(head + "sampling: {method: random, count: 3, seed: 1, seed: 2}\n"),
              HasSubstr("key 'seed' is given twice"));
  EXPECT_THAT(error(head + "objectives: [{name: a, value: latency_us, name: b}]\n"),
              HasSubstr("key 'name' is given twice"));
}

TEST_F(SpecTest, RefusesRangesThatAreNone) {
  const auto field = [&](const std::string &value) {
    return error("models: [resnet18]\ntargets: [t4]\nfields:\n  l2_mib: " + value + "\n");
  };
  EXPECT_THAT(field("{linear: [9, 1], count: 3}"),
              HasSubstr("s.yaml:4: key 'l2_mib': the range ends"));
  EXPECT_THAT(field("{log: [0, 1], count: 3}"), HasSubstr("a log range must be above 0"));
  EXPECT_THAT(field("{linear: [0, 1], count: 3, step: 1}"), HasSubstr("count or step, not both"));
  EXPECT_THAT(field("{linear: [0, 1]}"), HasSubstr("a range needs a count or a step"));
  EXPECT_THAT(field("{liner: [0, 1]}"), HasSubstr("unknown key 'liner'; did you mean 'linear'"));
  EXPECT_THAT(field("{linear: [0, 1], expression: 2}"), HasSubstr("one of a list, a range and an"));
}

TEST_F(SpecTest, ReadsObjectives) {
  const auto spec = read("models: [resnet18]\ntargets: [t4]\nobjectives:\n  - latency_us\n"
                         "  - {name: rate, value: 1e6 / latency_us, goal: maximise}\n");
  ASSERT_EQ(spec.objectives.size(), 2U);
  EXPECT_EQ(spec.objectives[0].expression, "latency_us");
  EXPECT_FALSE(spec.objectives[0].maximise);
  EXPECT_EQ(spec.objectives[1].expression, "1e6 / latency_us");
  EXPECT_TRUE(spec.objectives[1].maximise);
}

} // namespace
} // namespace fusesim::sweep::test
