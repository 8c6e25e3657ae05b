#include "validate_fixture.hpp"

#include <gmock/gmock.h>

using namespace fusesim;
using namespace fusesim::validate;
using test::add_case;
using ::testing::ElementsAre;

namespace {

std::function<double(Bench &)> always(double value) {
  return [value](Bench &) { return value; };
}

std::vector<std::string> keys(const std::vector<Group> &groups) {
  std::vector<std::string> result;
  for (const auto &group : groups)
    result.push_back(group.key);
  return result;
}

TEST(RunCases, KeepsTheOrderAndTurnsAnErrorIntoAFailure) {
  Dataset dataset;
  add_case(dataset, {"a", "t4", "pytorch-eager", "f16", 1}, 2, always(3));
  add_case(dataset, {"b", "t4", "pytorch-eager", "f16", 1}, 2,
           [](Bench &) -> double { throw Error("rows.csv:3", "is too hard"); });
  add_case(dataset, {"c", "t4", "pytorch-eager", "f16", 1}, 4, always(3));
  Bench bench;
  std::vector<std::size_t> done;
  const auto outcomes = run_cases(dataset, bench, [&](std::size_t n) { done.push_back(n); });
  EXPECT_THAT(done, ElementsAre(1U, 2U, 3U));
  ASSERT_EQ(outcomes.size(), 3U);
  EXPECT_DOUBLE_EQ(outcomes[0].error(), 0.5);
  EXPECT_FALSE(outcomes[1].prediction);
  EXPECT_EQ(outcomes[1].failure, "rows.csv:3: is too hard");
  EXPECT_DOUBLE_EQ(outcomes[2].error(), -0.25);
  // A failed row has no error: it neither counts nor weighs.
  const auto summary = summarise(std::span<const Outcome>(outcomes));
  EXPECT_EQ(summary.rows, 2U);
  EXPECT_DOUBLE_EQ(summary.mape, 0.375);
}

class GroupTest : public ::testing::Test {
protected:
  GroupTest() {
    for (const std::int64_t batch : {128, 2, 16}) {
      add_case(dataset_, {"resnet50", "t4", "pytorch-eager", "f16", batch}, 10, always(11));
      add_case(dataset_, {"resnet50", "a10", "pytorch-eager", "f16", batch}, 10, always(8));
    }
    outcomes_ = run_cases(dataset_, bench_);
  }
  Dataset dataset_;
  Bench bench_;
  std::vector<Outcome> outcomes_;
};

TEST_F(GroupTest, SummarisesRowsThatAgreeInALabel) {
  const Label by[] = {Label::machine};
  const auto groups = group_by(outcomes_, by);
  EXPECT_THAT(keys(groups), ElementsAre("machine=a10", "machine=t4"));
  EXPECT_EQ(groups[0].summary.rows, 3U);
  EXPECT_NEAR(groups[0].summary.bias, -0.2, 1e-12);
  EXPECT_NEAR(groups[1].summary.bias, 0.1, 1e-12);
}

TEST_F(GroupTest, SortsBatchesBySizeAndNotByDigits) {
  const Label by[] = {Label::batch};
  EXPECT_THAT(keys(group_by(outcomes_, by)), ElementsAre("batch=2", "batch=16", "batch=128"));
}

TEST_F(GroupTest, SplitsBySeveralLabelsAtOnce) {
  const Label by[] = {Label::machine, Label::batch};
  EXPECT_THAT(keys(group_by(outcomes_, by)),
              ElementsAre("machine=a10 batch=2", "machine=a10 batch=16", "machine=a10 batch=128",
                          "machine=t4 batch=2", "machine=t4 batch=16", "machine=t4 batch=128"));
}

TEST(Keys, NameTheLabel) {
  const Labels labels{"resnet50", "t4", "tensorrt", "f16", 8};
  EXPECT_EQ(key_of(labels, Label::model), "model=resnet50");
  EXPECT_EQ(key_of(labels, Label::machine), "machine=t4");
  EXPECT_EQ(key_of(labels, Label::runtime), "runtime=tensorrt");
  EXPECT_EQ(key_of(labels, Label::dtype), "dtype=f16");
  EXPECT_EQ(key_of(labels, Label::batch), "batch=8");
}

// Unfused 8 ms measured and 9 predicted, fused 2 and 3: 4 times faster is taken for 3 times.
TEST(SpeedUps, PairTheSameWorkUnderRuntimesThatFuseAndThatDoNot) {
  Dataset dataset;
  add_case(dataset, {"resnet50", "t4", "tensorrt", "f16", 1}, 2, always(3), "same");
  add_case(dataset, {"resnet50", "t4", "pytorch-eager", "f16", 1}, 8, always(9), "same");
  add_case(dataset, {"resnet50", "t4", "cuda-graph", "f16", 1}, 4, always(4), "same"); // unfused
  add_case(dataset, {"resnet50", "t4", "pytorch-eager", "f16", 2}, 8, always(9), "alone");
  add_case(dataset, {"resnet50", "t4", "tensorrt", "f16", 4}, 8, always(9)); // not to be paired
  Bench bench;
  const auto outcomes = run_cases(dataset, bench);
  const auto pairs = speed_ups(outcomes, bench);
  ASSERT_EQ(pairs.size(), 2U);
  EXPECT_EQ(pairs[0].unfused->measurement->labels.runtime, "pytorch-eager");
  EXPECT_EQ(pairs[0].fused->measurement->labels.runtime, "tensorrt");
  EXPECT_DOUBLE_EQ(pairs[0].measured, 4);
  EXPECT_DOUBLE_EQ(pairs[0].predicted, 3);
  EXPECT_DOUBLE_EQ(pairs[0].error(), -0.25);
  EXPECT_EQ(pairs[1].unfused->measurement->labels.runtime, "cuda-graph");
  EXPECT_DOUBLE_EQ(pairs[1].measured, 2);
}

TEST(SpeedUps, LeaveOutWhatCouldNotBePredicted) {
  Dataset dataset;
  add_case(dataset, {"resnet50", "t4", "tensorrt", "f16", 1}, 2, always(3), "same");
  add_case(
      dataset, {"resnet50", "t4", "pytorch-eagre", "f16", 1}, 8,
      [](Bench &bench) { return bench.runtime("pytorch-eagre").dispatch_us; }, "same");
  Bench bench;
  EXPECT_TRUE(speed_ups(run_cases(dataset, bench), bench).empty());
}

} // namespace
