// A report on a large network is as linear as its partition: what every edge is told, too.
#include "partition/balance.hpp"
#include "partition/savings.hpp"
#include "partition/why.hpp"
#include "summarised_net.hpp"

#include <chrono>

namespace fusesim::test {
namespace {

using ir::OpKind;
using namespace fusesim::partition;

// Quadratic work on any of these would take minutes; a loaded machine and sanitizers need room.
constexpr std::chrono::seconds kLimit{30};
#if defined(__SANITIZE_ADDRESS__)
constexpr std::size_t kBlocks = 4'000; // there, addresses are what is looked for
#else
constexpr std::size_t kBlocks = 20'000;
#endif

std::string numbered(const char *name, std::size_t number) {
  return std::string(name).append(std::to_string(number));
}

void expect_report_in_time(const ir::Graph &graph) {
  const auto start = std::chrono::steady_clock::now();
  for (const StrategyInfo &strategy : strategies()) {
    const PartitionSummary s = summarise(graph, run_strategy(strategy.name, graph));
    EXPECT_EQ(s.operators.size(), graph.nodes().size());
    EXPECT_FALSE(balance_of(s).sizes.empty());
    EXPECT_GT(savings_of(s).unfused_launches, 0u);
    (void)why(s, s.operators.front().name, s.operators.back().name);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, kLimit);
}

TEST(SummaryScale, OfADeepNetwork) {
  Net net;
  auto x = net.input("x", {1, 4, 2, 2});
  for (std::size_t i = 0; i < kBlocks; ++i) {
    const auto at = [i](const char *name) { return numbered(name, i); };
    const auto y = net.bn(at("bn"), net.conv(at("conv"), x, 4));
    x = net.op(OpKind::relu, at("relu"), {net.op(OpKind::add, at("add"), {y, x})});
  }
  expect_report_in_time(std::move(net).build({x}));
}

TEST(SummaryScale, OfAForkWithThousandsOfReaders) {
  Net net;
  const auto x = net.linear("linear", net.input("x", {2, 4}), 8);
  std::vector<Net::Value> parts;
  for (std::size_t i = 0; i < kBlocks; ++i)
    parts.push_back(
        net.op(OpKind::exp, numbered("exp", i), {net.view(numbered("view", i), x, {4, 4})}));
  auto sum = parts.front();
  for (std::size_t i = 1; i < parts.size(); ++i)
    sum = net.op(OpKind::add, numbered("add", i), {sum, parts[i]});
  expect_report_in_time(std::move(net).build({sum}));
}

TEST(SummaryScale, OfAConcatOfThousands) {
  Net net;
  std::vector<Net::Value> parts;
  for (std::size_t i = 0; i < 5'000; ++i)
    parts.push_back(
        net.op(OpKind::relu, numbered("relu", i), {net.input(numbered("x", i), {1, 4})}));
  const auto all = net.op(OpKind::concat, "concat", parts, ir::AxisAttrs{.dims = {1}});
  expect_report_in_time(std::move(net).build({net.op(OpKind::relu, "last", {all})}));
}

} // namespace
} // namespace fusesim::test
