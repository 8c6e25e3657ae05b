#include "net.hpp"

#include "support/error.hpp"

namespace fusesim::test {
namespace {

using ir::OpKind;

TEST(Strategies, AreListedWithDescriptions) {
  std::vector<std::string> names;
  for (const auto &strategy : partition::strategies()) {
    names.emplace_back(strategy.name);
    EXPECT_FALSE(strategy.description.empty()) << strategy.name;
  }
  EXPECT_EQ(names, (std::vector<std::string>{"unfused", "sdpa", "greedy", "attention"}));
}

TEST(Strategies, UnknownOnesNameTheNearest) {
  Net net;
  const auto graph = std::move(net).build({net.op(OpKind::relu, "relu", {net.input("x", {4})})});
  try {
    partition::run_strategy("gredy", graph);
    FAIL() << "accepted";
  } catch (const Error &error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("gredy"));
    EXPECT_THAT(error.what(), testing::HasSubstr("greedy"));
  }
}

TEST(Unfused, LeavesEveryOperatorAlone) {
  Net net;
  auto x = net.input("x", {1, 3, 8, 8});
  x = net.op(OpKind::relu, "relu", {net.view("view", net.conv("conv", x, 4), {4, 64})});
  const auto graph = std::move(net).build({x});
  const auto partition = partition::run_strategy("unfused", graph);
  EXPECT_EQ(boxes(graph, partition), (std::vector<std::string>{"conv", "view", "relu"}));
  EXPECT_EQ(partition.subgraphs[0].pattern, "unfused");
  EXPECT_EQ(partition.subgraphs[1].pattern, "no_work");
}

} // namespace
} // namespace fusesim::test
