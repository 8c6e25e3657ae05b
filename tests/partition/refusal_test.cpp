// Every edge between two subgraphs says why it is one.
#include "net.hpp"

#include <map>

namespace fusesim::test {
namespace {

using ir::OpKind;

/// "producer>consumer" to reason.
std::map<std::string, std::string> refusals(const ir::Graph &graph, std::string_view strategy) {
  std::map<std::string, std::string> found;
  for (const auto &decision : partition::run_strategy(strategy, graph).refusals) {
    const auto edge = graph.node(decision.producer).name + ">" + graph.node(decision.consumer).name;
    EXPECT_TRUE(found.emplace(edge, name_of(decision.reason)).second) << edge << " is listed twice";
  }
  return found;
}
using Reasons = std::map<std::string, std::string>;

TEST(Refusals, NameForkJoinAndVocabulary) {
  Net net; // x forks; both branches end in one addition; no row shifts behind those
  const auto x = net.conv("stem", net.input("x", {1, 8, 4, 4}), 8);
  const auto a = net.bn("a_bn", net.conv("a", x, 8)), b = net.bn("b_bn", net.conv("b", x, 8));
  const auto sum = net.op(OpKind::add, "add", {a, b});
  const auto graph = std::move(net).build({net.roll("roll", sum)});
  EXPECT_EQ(refusals(graph, "greedy"), (Reasons{{"stem>a", "fork"},
                                                {"stem>b", "fork"},
                                                {"b_bn>add", "join"}, // the first branch took it
                                                {"add>roll", "not_in_vocabulary"}}));
}

TEST(Refusals, CallAJoinByARowThatDoesNotAllowItAJoin) {
  Net net; // the convolution's weight is computed: batch_norm's scale, too
  const auto scale = net.op(OpKind::exp, "exp", {net.weight("s", {8})});
  const auto conv = net.conv("conv", net.input("x", {1, 8, 4, 4}), 8);
  const auto graph = std::move(net).build(
      {net.op(OpKind::batch_norm, "bn",
              {conv, scale, net.weight("b", {8}), net.weight("m", {8}), net.weight("v", {8})})});
  EXPECT_EQ(refusals(graph, "greedy"),
            (Reasons{{"conv>bn", "join"}, {"exp>bn", "not_in_vocabulary"}}));
}

TEST(Refusals, ResultsOfTheNetworkForkLikeReaders) {
  Net net;
  const auto conv = net.conv("conv", net.input("x", {1, 8, 4, 4}), 8);
  const auto graph = std::move(net).build({conv, net.op(OpKind::relu, "relu", {conv})});
  EXPECT_EQ(refusals(graph, "greedy"), (Reasons{{"conv>relu", "fork"}}));
}

TEST(Refusals, AreOnTheLastViewOfAChain) {
  Net net;
  const auto view = net.view("view", net.conv("conv", net.input("x", {1, 8, 4, 4}), 8), {1, 8, 16});
  const auto graph = std::move(net).build({net.softmax("softmax", view)});
  EXPECT_EQ(refusals(graph, "greedy"), (Reasons{{"view>softmax", "grid_wide"}}));
}

TEST(Refusals, OfTheStrategyThatFusesNothingCoverEveryEdge) {
  Net net;
  const auto conv = net.conv("conv", net.input("x", {1, 8, 4, 4}), 8);
  const auto graph = std::move(net).build({net.op(OpKind::mul, "square", {conv, conv})});
  EXPECT_EQ(refusals(graph, "unfused"), (Reasons{{"conv>square", "strategy"}}));
}

} // namespace
} // namespace fusesim::test
