#include "partition/why.hpp"

#include "net.hpp"
#include "summarised_net.hpp"
#include "support/error.hpp"

namespace fusesim::test {
namespace {

using namespace fusesim::partition;
using testing::HasSubstr;

class WhyTest : public testing::Test {
protected:
  const SummarisedNet net_ = summarised_net();
  const PartitionSummary summary_ = summarise(net_.graph, net_.partition);

  const std::string &name(OperatorIndex op) const { return summary_.operators[op].name; }
  std::string error(std::string_view a, std::string_view b) const {
    try {
      (void)why(summary_, a, b);
    } catch (const Error &error) {
      return error.what();
    }
    return {};
  }
};

TEST_F(WhyTest, FindsAFusedEdge) {
  const Why answer = why(summary_, "conv1", "bn");
  EXPECT_EQ(answer.relation, Why::Relation::fused);
  ASSERT_NE(answer.edge, nullptr);
  EXPECT_FALSE(answer.edge->refusal);
}

TEST_F(WhyTest, FindsARefusedEdgeInEitherOrder) {
  for (const Why &answer : {why(summary_, "relu", "conv2"), why(summary_, "conv2", "relu")}) {
    EXPECT_EQ(answer.relation, Why::Relation::refused);
    EXPECT_EQ(name(answer.producer), "relu");
    EXPECT_EQ(name(answer.consumer), "conv2");
    EXPECT_EQ(answer.edge->refusal, Refusal::fork);
  }
}

TEST_F(WhyTest, LooksThroughViews) {
  const Why answer = why(summary_, "add", "softmax");
  EXPECT_EQ(answer.relation, Why::Relation::refused);
  EXPECT_EQ(answer.edge->refusal, Refusal::not_in_vocabulary);
  ASSERT_EQ(answer.through.size(), 1u);
  EXPECT_EQ(name(answer.through[0]), "flat");
}

TEST_F(WhyTest, DoesNotLookThroughOperators) {
  EXPECT_EQ(why(summary_, "conv1", "relu").relation, Why::Relation::together);
  const Why apart = why(summary_, "conv1", "softmax");
  EXPECT_EQ(apart.relation, Why::Relation::apart);
  EXPECT_EQ(apart.edge, nullptr);
}

TEST(Why, SaysWhichOrdersOfOneTensorMeet) {
  Net net; // x + xᵀ
  const auto x = net.linear("linear", net.input("x", {8, 4}), 8);
  const auto graph =
      std::move(net).build({net.op(ir::OpKind::add, "add", {x, net.permute("turn", x, {1, 0})})});
  const auto summary = summarise(graph, run_strategy("greedy", graph));
  for (const char *producer : {"linear", "turn"}) {
    const Why answer = why(summary, producer, "add");
    ASSERT_EQ(answer.relation, Why::Relation::refused);
    EXPECT_EQ(answer.edge->detail, "each element of add needs several elements of linear, which it "
                                   "reads as linear and turn");
  }
}

TEST_F(WhyTest, NamesTheNearestOperators) {
  EXPECT_THAT(error("conv3", "bn"), HasSubstr("no operator 'conv3'; did you mean 'conv1' or"));
  EXPECT_THAT(error("conv1", "bm"), HasSubstr("'bn'"));
  EXPECT_THAT(error("bn", "bn"), HasSubstr("given twice"));
}

} // namespace
} // namespace fusesim::test
