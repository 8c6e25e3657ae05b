#include "partition/summary.hpp"

#include "ir/passes.hpp"
#include "ir/zoo.hpp"
#include "partition/savings.hpp"
#include "summarised_net.hpp"

namespace fusesim::test {
namespace {

using namespace fusesim::partition;
using testing::ElementsAre;
using testing::HasSubstr;

PartitionSummary summary() {
  const SummarisedNet net = summarised_net();
  return summarise(net.graph, net.partition);
}

TEST(Summary, CountsBytesOfEverySubgraph) {
  const auto s = summary();
  ASSERT_EQ(s.subgraphs.size(), 3u);

  // x and relu cross the border; what conv1 and bn write is neither written nor read
  EXPECT_EQ(s.subgraphs[0].input, 256u);
  EXPECT_EQ(s.subgraphs[0].output, 256u);
  EXPECT_EQ(s.subgraphs[0].weight, 64u + 64u);
  EXPECT_EQ(s.subgraphs[0].internal, 2 * (256u + 256u));
  EXPECT_EQ(s.subgraphs[0].flops, 2 * 256u);
  EXPECT_EQ(s.subgraphs[0].unfused, (256u + 64 + 256) + (256u + 64 + 256) + (256u + 256));
  EXPECT_EQ(s.subgraphs[0].saved(), s.subgraphs[0].internal);

  // relu is read by conv2 and by add: twice alone, once together
  EXPECT_EQ(s.subgraphs[1].external(), 256u + 64 + 256);
  EXPECT_EQ(s.subgraphs[1].internal, 2 * 256u);
  EXPECT_EQ(s.subgraphs[1].unfused, (256u + 64 + 256) + 3 * 256u);
  EXPECT_EQ(s.subgraphs[1].saved(), s.subgraphs[1].internal + 256);

  EXPECT_EQ(s.subgraphs[2].external(), 2 * 256u);
  EXPECT_EQ(s.subgraphs[2].saved(), 0u);
}

TEST(Summary, CountsOperatorsThatHaveWork) {
  const auto s = summary();
  EXPECT_EQ(s.subgraphs[1].size, 2u); // the view is none
  EXPECT_THAT(s.subgraphs[1].operators, ElementsAre(3, 4, 5));
  EXPECT_FALSE(s.operators[5].counts);
  EXPECT_EQ(s.operators[5].role, Role::view);
  EXPECT_TRUE(s.operators[5].is_structural());
  EXPECT_FALSE(s.operators[6].is_structural());
  EXPECT_EQ(s.operators[0].shape, "1x4x4x4");
  EXPECT_EQ(s.operators[6].shape, "1x64");
}

TEST(Summary, AddsUpToTotals) {
  const auto totals = totals_of(summary());
  EXPECT_EQ(totals.operators, 6u);
  EXPECT_EQ(totals.subgraphs, 3u);
  EXPECT_EQ(totals.launches, 3u);
  EXPECT_EQ(totals.single_operator, 1u);
  EXPECT_EQ(totals.largest, 3u);
  EXPECT_DOUBLE_EQ(totals.fusion_efficiency(), 2);
  EXPECT_EQ(totals.macs(), 2 * 256u);
  EXPECT_EQ(totals.external(), 640u + 576 + 512);
  EXPECT_EQ(totals.internal, 1024u + 512);
  EXPECT_DOUBLE_EQ(totals.memory_reduction(), 1536.0 / (1728 + 1536));
  EXPECT_DOUBLE_EQ(totals.mean_arithmetic_intensity, (512.0 / 640 + 512.0 / 576 + 0) / 3);
  EXPECT_EQ(totals.bottlenecks,
            (std::map<Bottleneck, std::uint64_t>{{Bottleneck::bandwidth_bound, 3}}));
}

TEST(Summary, ListsEveryEdgeWithItsReason) {
  const auto s = summary();
  std::vector<std::string> edges;
  for (const EdgeSummary &edge : s.edges)
    edges.push_back(s.operators[edge.producer].name + ">" + s.operators[edge.consumer].name + ":" +
                    (edge.refusal ? std::string(name_of(*edge.refusal)) : "fused"));
  EXPECT_THAT(edges,
              ElementsAre("conv1>bn:fused", "bn>relu:fused", "relu>conv2:fork", "relu>add:fork",
                          "conv2>add:fused", "add>flat:fused", "flat>softmax:not_in_vocabulary"));
  for (const EdgeSummary &edge : s.edges)
    EXPECT_EQ(edge.bytes, 256u);
  EXPECT_EQ(s.edges[2].detail, "relu is read by conv2 and add");
  EXPECT_THAT(s.edges[0].detail, HasSubstr("conv2d to batch_norm, and nothing else reads conv1"));
  EXPECT_EQ(s.edges[5].detail, "flat moves no bytes and stays with what it shows");
  EXPECT_THAT(s.edges[6].detail, HasSubstr("takes add to softmax"));
}

TEST(Summary, KnowsWhoReadsTheInput) {
  const auto s = summary();
  ASSERT_EQ(s.inputs.size(), 1u);
  EXPECT_EQ(s.inputs[0].name, "x");
  EXPECT_THAT(s.inputs[0].readers, ElementsAre(0));
}

TEST(Summary, ExplainsJoinsByTheOtherProducer) {
  const auto chosen = [](Refusal reason, const std::vector<ir::NodeId> &with_bn) {
    // a ─> conv ─> bn ─> add <─ relu <─ a
    Net net;
    const auto a = net.input("a", {1, 4, 4, 4});
    const auto bn = net.bn("bn", net.conv("conv", a, 4));
    const auto add = net.op(ir::OpKind::add, "add", {bn, net.op(ir::OpKind::relu, "relu", {a})});
    const auto graph = std::move(net).build({add});
    Partition partition;
    partition.strategy = "greedy";
    partition.subgraph_of = {0, 0, 1, with_bn.size() == 3 ? 0u : 2u};
    partition.subgraphs = {{0, "first", with_bn}, {1, "unfused", {2}}};
    if (with_bn.size() == 2) {
      partition.subgraphs.push_back({2, "unfused", {3}});
      partition.refusals = {{1, 3, reason}, {2, 3, reason}};
    } else {
      partition.refusals = {{2, 3, reason}};
    }
    return summarise(graph, partition).edges.back().detail;
  };
  EXPECT_EQ(chosen(Refusal::join, {0, 1, 3}),
            "add already runs with bn; the tensor is read there as its other operand");
  EXPECT_EQ(chosen(Refusal::join, {0, 1}), "add also reads bn, and no row lets add join that");
  EXPECT_EQ(chosen(Refusal::would_cycle, {0, 1}), "the subgraphs would wait for each other");
}

// conv_a and conv_b write into the concat's result, which two others read: two kernels, no copy.
TEST(Summary, CountsTheKernelsOfAConcatInPlace) {
  Net net;
  const auto x = net.input("x", {1, 4, 4, 4});
  const auto all =
      net.op(ir::OpKind::concat, "concat", {net.conv("conv_a", x, 4), net.conv("conv_b", x, 4)},
             ir::AxisAttrs{.dims = {1}});
  const auto graph = std::move(net).build({net.conv("left", all, 4), net.conv("right", all, 4)});
  Partition partition;
  partition.strategy = "greedy";
  partition.subgraph_of = {0, 0, 0, 1, 2};
  partition.subgraphs = {
      {0, "concat_in_place", {0, 1, 2}}, {1, "unfused", {3}}, {2, "unfused", {4}}};
  partition.refusals = {{2, 3, Refusal::fork}, {2, 4, Refusal::fork}};
  const auto s = summarise(graph, partition);
  EXPECT_EQ(s.subgraphs[0].size, 3u);
  EXPECT_EQ(s.subgraphs[0].launches, 2u);
  EXPECT_EQ(totals_of(s).launches, 4u);
  EXPECT_EQ(totals_of(s).working, 3u);
  EXPECT_EQ(savings_of(s).unfused_launches - savings_of(s).fused_launches, 1u); // the copy
}

TEST(Summary, JudgesBottlenecksByThePublishedThresholds) {
  EXPECT_EQ(bottleneck_of(50.1), Bottleneck::compute_bound);
  EXPECT_EQ(bottleneck_of(50), Bottleneck::balanced); // "above 50"
  EXPECT_EQ(bottleneck_of(10), Bottleneck::memory_bound);
  EXPECT_EQ(bottleneck_of(1), Bottleneck::bandwidth_bound);
  EXPECT_EQ(bottleneck_of(0), Bottleneck::bandwidth_bound);
}

TEST(Savings, DivideIntoIntermediatesAndSharedReads) {
  const Savings savings = savings_of(summary());
  EXPECT_EQ(savings.unfused_launches, 6u);
  EXPECT_EQ(savings.fused_launches, 3u);
  EXPECT_EQ(savings.unfused_bytes, 1664u + 1344 + 512);
  EXPECT_EQ(savings.fused_bytes, 1728u);
  EXPECT_EQ(savings.intermediates, 1536u);
  EXPECT_EQ(savings.shared_reads, 256u);
  ASSERT_EQ(savings.patterns.size(), 2u); // the softmax alone saves nothing
  EXPECT_EQ(savings.patterns[0].pattern, "conv2d+batch_norm+relu");
  EXPECT_EQ(savings.patterns[0].launches_saved, 2u);
  EXPECT_EQ(savings.patterns[0].saved(), 1024u);
  EXPECT_EQ(savings.patterns[1].saved(), 768u);
}

// For every strategy and network: alone, the operators move what the unfused partition moves.
TEST(Savings, MeasureAgainstTheUnfusedPartition) {
  const auto graph =
      ir::decompose_attention(ir::build_zoo_model("vit_b_16", {}), ir::InProjection::separate);
  const auto unfused = totals_of(summarise(graph, run_strategy("unfused", graph)));
  for (const StrategyInfo &strategy : strategies()) {
    const auto totals = totals_of(summarise(graph, run_strategy(strategy.name, graph)));
    EXPECT_EQ(totals.unfused, unfused.external()) << strategy.name;
    EXPECT_EQ(totals.operators, unfused.launches) << strategy.name;
    EXPECT_LE(totals.external() + totals.internal, totals.unfused) << strategy.name;
  }
}

// The Q/K/V merge reads the shared activation once instead of three times: 2·197·768·4 B in each of
// ViT-B/16's 12 layers.
TEST(Savings, OfTheMergedProjectionsAreTheSharedActivation) {
  const auto graph =
      ir::decompose_attention(ir::build_zoo_model("vit_b_16", {}), ir::InProjection::separate);
  const auto s = summarise(graph, run_strategy("attention", graph));
  std::uint64_t merges = 0;
  for (const SubgraphSummary &subgraph : s.subgraphs)
    if (subgraph.pattern == "qkv_merge") {
      ++merges;
      EXPECT_EQ(subgraph.saved(), 2u * 197 * 768 * 4);
      EXPECT_EQ(subgraph.weight, 3u * (768 * 768 + 768) * 4);
    }
  EXPECT_EQ(merges, 12u);
}

} // namespace
} // namespace fusesim::test
