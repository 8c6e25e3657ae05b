#include "partition/balance.hpp"

#include "summarised_net.hpp"

#include <rapidcheck/gtest.h>

#include <cmath>

namespace fusesim::test {
namespace {

using namespace fusesim::partition;

TEST(Statistics, AreThoseOfThePopulation) {
  // mean 16/4, squares of the differences 9+4+1+36 = 50, so 50/4; the two in the middle are 2 and 3
  const Statistics odd = statistics_of({10, 1, 3, 2});
  EXPECT_DOUBLE_EQ(odd.mean, 4);
  EXPECT_DOUBLE_EQ(odd.median, 2.5);
  EXPECT_DOUBLE_EQ(odd.stddev, std::sqrt(12.5));
  EXPECT_DOUBLE_EQ(odd.min, 1);
  EXPECT_DOUBLE_EQ(odd.max, 10);
  EXPECT_DOUBLE_EQ(statistics_of({7, 1, 4}).median, 4);
  EXPECT_NEAR(statistics_of({0.1, 0.1, 0.1}).stddev, 0, 1e-15);
  // 2^50 ± 1: a mean of squares less a squared mean would have lost the 1
  EXPECT_NEAR(statistics_of({0x1p50 - 1, 0x1p50 + 1}).stddev, 1, 1e-9);
  EXPECT_DOUBLE_EQ(statistics_of({}).mean, 0);
}

TEST(Balance, DescribesASmallPartition) {
  const SummarisedNet net = summarised_net();
  const PartitionSummary s = summarise(net.graph, net.partition);
  const Balance balance = balance_of(s);

  EXPECT_EQ(balance.sizes, (std::map<std::uint64_t, std::uint64_t>{{1, 1}, {2, 1}, {3, 1}}));
  EXPECT_DOUBLE_EQ(balance.size.mean, 2);
  EXPECT_DOUBLE_EQ(balance.size.stddev, std::sqrt(2.0 / 3));
  EXPECT_DOUBLE_EQ(balance.external.max, 640); // of 640, 576 and 512
  EXPECT_DOUBLE_EQ(balance.external.median, 576);

  EXPECT_TRUE(balance.structural.empty());
  ASSERT_EQ(balance.missed.size(), 1u);
  EXPECT_EQ(s.operators[balance.missed[0].op].name, "softmax");
  ASSERT_NE(balance.missed[0].before, nullptr);
  EXPECT_EQ(s.operators[balance.missed[0].before_op].name, "add"); // through the view
  EXPECT_EQ(balance.missed[0].after, nullptr);

  const auto &bandwidth =
      balance.bottlenecks[static_cast<std::size_t>(Bottleneck::bandwidth_bound)];
  EXPECT_EQ(bandwidth.subgraphs, 3u);
  EXPECT_EQ(bandwidth.external, 1728u);
}

TEST(Balance, AddsUpRefusedEdgesByWhatTheyConnect) {
  const SummarisedNet net = summarised_net();
  const PartitionSummary s = summarise(net.graph, net.partition);
  std::vector<std::string> pairs;
  Bytes between_layers = 0;
  for (const MissedPair &pair : balance_of(s).pairs) {
    pairs.push_back(pair.producer_kind + ">" + pair.consumer_kind + " " +
                    std::string(name_of(pair.reason)));
    EXPECT_EQ(pair.bytes, 256u);
    between_layers += pair.layer_bytes;
  }
  EXPECT_THAT(pairs, testing::UnorderedElementsAre("relu>conv2d fork", "relu>add fork",
                                                   "add>softmax not_in_vocabulary"));
  EXPECT_EQ(between_layers, 2 * 256u); // subgraphs 0 and 1 multiply, the softmax does not
}

TEST(Balance, TellsStructuralOperatorsFromMissedOnes) {
  Net net;
  const auto x = net.input("x", {1, 4, 4, 4});
  const auto pool = net.pool("pool", net.conv("conv", x, 4));
  const auto graph = std::move(net).build({pool});
  const PartitionSummary s = summarise(graph, run_strategy("unfused", graph));
  const Balance balance = balance_of(s);
  ASSERT_EQ(balance.structural.size(), 1u);
  EXPECT_EQ(s.operators[balance.structural[0].op].name, "pool");
  ASSERT_EQ(balance.missed.size(), 1u);
  EXPECT_EQ(s.operators[balance.missed[0].op].name, "conv");
  EXPECT_EQ(*balance.missed[0].after->refusal, Refusal::strategy);
}

// Every launch is in the histogram, every single operator in one of the two lists.
RC_GTEST_PROP(BalanceProperty, AccountsForEveryLaunch, ()) {
  Net net;
  auto x = net.input("x", {1, 4, 4, 4});
  for (int i = 0, count = *rc::gen::inRange(1, 12); i < count; ++i) {
    const std::string name = std::string("op").append(std::to_string(i));
    switch (*rc::gen::inRange(0, 4)) {
    case 0:
      x = net.conv(name, x, 4);
      break;
    case 1:
      x = net.bn(name, x);
      break;
    case 2:
      x = net.view(name, x, {1, 4, 4, 4});
      break;
    default:
      x = net.op(ir::OpKind::relu, name, {x});
    }
  }
  const auto graph = std::move(net).build({x});
  const auto s = summarise(graph, run_strategy("attention", graph));
  const auto totals = totals_of(s);
  const Balance balance = balance_of(s);
  std::uint64_t launches = 0, operators = 0;
  for (const auto &[size, count] : balance.sizes) {
    launches += count;
    operators += size * count;
  }
  RC_ASSERT(launches == totals.launches);
  RC_ASSERT(operators == totals.operators);
  RC_ASSERT(balance.structural.size() + balance.missed.size() == totals.single_operator);
}

} // namespace
} // namespace fusesim::test
