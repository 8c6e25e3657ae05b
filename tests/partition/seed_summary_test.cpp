#include "partition/seed_summary.hpp"

namespace fusesim::test {
namespace {

using namespace fusesim::partition;
using testing::ElementsAre;

/// x ─> conv1 ─> bn1 ─> relu ─┬─> conv2 ─> drop ─┬─> add ─> relu2 ─> output
///                            └──────────────────┘
/// Every result has 40 bytes, a convolution 12 bytes of weights and 100 multiply-accumulates.
std::vector<seed::Node> block() {
  return {{"x", "placeholder", false, {}, 0, 40, 0, "1x10"},
          {"conv1", "Conv2d", true, {0}, 100, 40, 12, "1x10"},
          {"bn1", "BatchNorm2d", true, {1}, 0, 40, 0, "1x10"},
          {"relu", "ReLU", true, {2}, 0, 40, 0, "1x10"},
          {"conv2", "Conv2d", true, {3}, 100, 40, 12, "1x10"},
          {"drop", "Dropout", true, {4}, 0, 40, 0, "1x10"},
          {"add", "add", true, {5, 3}, 0, 40, 0, "1x10"},
          {"relu2", "ReLU", true, {6}, 0, 40, 0, "1x10"},
          {"output", "output", false, {7}, 0, 40, 0, "1x10"}};
}

PartitionSummary summary(const std::string &strategy = "greedy") {
  const auto nodes = block();
  const Vocabulary &v3 = seed::vocabulary("v3");
  const Vocabulary nothing{v3.name, v3.description, {}};
  return seed::summarise("block", strategy, nodes,
                         seed::subgraphs(nodes, strategy == "unfused" ? nothing : v3), v3);
}

TEST(SeedSummary, HoldsTheSubgraphsAndTheirFigures) {
  const auto s = summary();
  EXPECT_EQ(s.accounting, "seed");
  EXPECT_EQ(s.vocabulary, "v3");
  EXPECT_EQ(s.fx_nodes, 9u);
  ASSERT_EQ(s.subgraphs.size(), 4u); // conv1 bn1 relu | conv2 | drop | add relu2
  EXPECT_THAT(s.subgraphs[0].operators, ElementsAre(0, 1, 2)); // without the placeholder
  EXPECT_EQ(s.subgraphs[0].pattern, "Conv2d_BatchNorm2d_ReLU");
  EXPECT_EQ(s.subgraphs[0].external(), 40u + 12 + 40);
  EXPECT_EQ(s.subgraphs[0].unfused, 92u + 80); // each intermediate counts once
  EXPECT_EQ(s.subgraphs[0].flops, 200u);
  EXPECT_EQ(s.subgraphs[0].bottleneck(), Bottleneck::memory_bound); // 200 / 92
  EXPECT_EQ(s.operators[0].shape, "1x10");
}

TEST(SeedSummary, AgreesWithTheSumOfTheTables) {
  const auto nodes = block();
  const auto expected = seed::summarise(seed::subgraphs(nodes, seed::vocabulary("v3")));
  const auto totals = totals_of(summary());
  EXPECT_EQ(totals.operators, expected.operators);
  EXPECT_EQ(totals.launches, expected.subgraphs); // every subgraph counts
  EXPECT_EQ(totals.single_operator, expected.single_operator);
  EXPECT_EQ(totals.external(), expected.external());
  EXPECT_EQ(totals.internal, expected.internal);
  EXPECT_DOUBLE_EQ(totals.mean_arithmetic_intensity, expected.mean_arithmetic_intensity);
  EXPECT_DOUBLE_EQ(totals.memory_reduction(), expected.memory_reduction());
}

TEST(SeedSummary, GivesEveryEdgeItsReason) {
  const auto s = summary();
  std::vector<std::string> reasons;
  for (const EdgeSummary &edge : s.edges)
    reasons.push_back(s.operators[edge.producer].name + ">" + s.operators[edge.consumer].name +
                      ":" + (edge.refusal ? std::string(name_of(*edge.refusal)) : "fused"));
  EXPECT_THAT(reasons, ElementsAre("conv1>bn1:fused", "bn1>relu:fused", "relu>conv2:fork",
                                   "conv2>drop:not_in_vocabulary", "relu>add:fork", "drop>add:join",
                                   "add>relu2:fused"));
  EXPECT_EQ(s.edges[2].detail, "relu is read by conv2 and add");
  EXPECT_EQ(s.edges[3].detail, "no row of v3 takes Conv2d to Dropout");
  EXPECT_EQ(s.edges[5].detail, "add also reads relu, and no row lets add join that");
  EXPECT_EQ(s.edges[6].detail, "row add takes add to ReLU, and nothing else reads add");
}

TEST(SeedSummary, OfTheUnfusedNetworkBlamesTheStrategy) {
  const auto s = summary("unfused");
  EXPECT_EQ(s.subgraphs.size(), 7u);
  for (const EdgeSummary &edge : s.edges)
    EXPECT_EQ(edge.refusal, Refusal::strategy);
}

TEST(SeedSummary, KnowsWhatTypesAreToFusion) {
  EXPECT_EQ(seed::role_of("AdaptiveAvgPool2d"), Role::pooling);
  EXPECT_EQ(seed::role_of("max_pool2d"), Role::pooling);
  EXPECT_EQ(seed::role_of("flatten"), Role::view);
  EXPECT_EQ(seed::role_of("getitem"), Role::view);
  EXPECT_EQ(seed::role_of("getattr"), Role::bookkeeping);
  EXPECT_EQ(seed::role_of("Dropout"), Role::identity);
  EXPECT_EQ(seed::role_of("cat"), Role::data_movement);
  EXPECT_EQ(seed::role_of("Conv2d"), Role::compute);
}

} // namespace
} // namespace fusesim::test
