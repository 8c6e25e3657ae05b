// Every published figure (data/seed), from the graphs that tools/export_fx.py wrote (data/fx).
#include "csv.hpp"
#include "ir/fx/fx_import.hpp"
#include "partition/seed.hpp"
#include "test_paths.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>

namespace fusesim::test {
namespace {

namespace seed = partition::seed;
using Counts = std::map<std::string, std::int64_t>;

const std::string kData = FUSESIM_SOURCE_DIR "/data/seed/";

ir::FxProgram exported(const std::string &model) {
  return ir::read_fx(FUSESIM_SOURCE_DIR "/data/fx/" + model + ".json.gz");
}

std::vector<std::string> published_models() {
  std::vector<std::string> models;
  for (const auto &row : read_csv(kData + "fusion_table.csv"))
    models.push_back(row.at("model"));
  return models;
}

/// As the tables round: to four decimals.
double rounded(double value) { return std::stod(fmt::format("{:.4f}", value)); }

Counts counts_in(const std::string &json) { return nlohmann::json::parse(json).get<Counts>(); }

template <typename Project>
Counts counted(const std::vector<seed::Subgraph> &subgraphs, Project project) {
  Counts counts;
  for (const auto &subgraph : subgraphs)
    ++counts[project(subgraph)];
  return counts;
}

class Published : public testing::TestWithParam<std::string> {
protected:
  ir::FxProgram program_ = exported(GetParam());
  std::vector<seed::Node> nodes_ = seed::nodes_of(program_);
  std::vector<seed::Subgraph> subgraphs_ = seed::subgraphs(nodes_, seed::vocabulary("v3"));
};

INSTANTIATE_TEST_SUITE_P(Models, Published, testing::ValuesIn(published_models()),
                         [](const auto &info) { return info.param; });

TEST_P(Published, RowOfTheFusionTable) {
  const auto rows = read_csv(kData + "fusion_table.csv");
  auto row = *std::ranges::find(rows, GetParam(), [](const CsvRow &r) { return r.at("model"); });
  const auto take = [&](const char *column) {
    auto field = row.extract(column);
    return field.empty() ? std::string("no such column") : field.mapped();
  };
  const auto sum = seed::summarise(subgraphs_);
  EXPECT_EQ(take("model"), program_.name);
  EXPECT_EQ(take("params"), std::to_string(ir::graph_of(program_).graph.parameter_count()));
  EXPECT_EQ(take("fx_nodes"), std::to_string(program_.node_count()));
  EXPECT_EQ(take("ops"), std::to_string(sum.operators));
  EXPECT_EQ(take("subgraphs"), std::to_string(sum.subgraphs));
  EXPECT_EQ(std::stod(take("fusion_efficiency")), rounded(sum.fusion_efficiency()));
  EXPECT_EQ(take("single_op_subgraphs"), std::to_string(sum.single_operator));
  EXPECT_EQ(std::stod(take("fusion_coverage_pct")), rounded(100 * sum.coverage()));
  EXPECT_EQ(take("max_fusion_size"), std::to_string(sum.largest));
  EXPECT_EQ(take("external_bytes"), std::to_string(sum.external()));
  EXPECT_EQ(take("input_bytes"), std::to_string(sum.input));
  EXPECT_EQ(take("output_bytes"), std::to_string(sum.output));
  EXPECT_EQ(take("weight_bytes"), std::to_string(sum.weight));
  EXPECT_EQ(take("internal_bytes"), std::to_string(sum.internal));
  EXPECT_EQ(take("unfused_bytes"), std::to_string(sum.external() + sum.internal));
  EXPECT_EQ(std::stod(take("memory_reduction_pct")), rounded(100 * sum.memory_reduction()));
  EXPECT_EQ(take("flops"), std::to_string(2 * sum.macs));
  EXPECT_EQ(take("macs"), std::to_string(sum.macs));
  EXPECT_EQ(std::stod(take("mean_ai")), rounded(sum.mean_arithmetic_intensity));
  EXPECT_EQ(counts_in(take("size_histogram")), counted(subgraphs_, [](const auto &subgraph) {
              return std::to_string(subgraph.nodes.size());
            }));
  EXPECT_EQ(counts_in(take("patterns")),
            counted(subgraphs_, [](const auto &subgraph) { return subgraph.pattern; }));
  EXPECT_EQ(counts_in(take("bottlenecks")), counted(subgraphs_, [](const auto &subgraph) {
              return std::string(subgraph.bottleneck());
            }));
  EXPECT_TRUE(row.empty()) << "columns that no line above compares, first " << row.begin()->first;
}

TEST_P(Published, EveryLineOfItsSubgraphs) {
  const auto rows = read_csv(kData + "subgraphs/" + GetParam() + ".csv");
  ASSERT_EQ(rows.size(), subgraphs_.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto &subgraph = subgraphs_[i];
    std::string members;
    for (const auto node : subgraph.nodes)
      members += (members.empty() ? "" : " ") + nodes_[node].name;
    const CsvRow ours{{"id", std::to_string(i)},
                      {"pattern", subgraph.pattern},
                      {"nodes", members},
                      {"flops", std::to_string(subgraph.flops())},
                      {"macs", std::to_string(subgraph.macs)},
                      {"input_bytes", std::to_string(subgraph.input)},
                      {"output_bytes", std::to_string(subgraph.output)},
                      {"weight_bytes", std::to_string(subgraph.weight)},
                      {"internal_bytes", std::to_string(subgraph.internal)},
                      {"ai", rows[i].at("ai")}, // compared as a number below
                      {"bottleneck", std::string(subgraph.bottleneck())}};
    EXPECT_EQ(rows[i], ours);
    EXPECT_EQ(std::stod(rows[i].at("ai")), subgraph.arithmetic_intensity()) << "subgraph " << i;
  }
}

// "the evolution of EfficientNet-B0: 200 → 87 → 71 subgraphs", 14.6 %, 46.3 % and 46.4 % of memory
// traffic saved, the last at a mean intensity of 11.0 (data/seed/README.md).
TEST(PublishedEvolution, EfficientNetB0OverTheVocabularies) {
  const auto nodes = seed::nodes_of(exported("efficientnet_b0"));
  struct Version {
    const char *vocabulary;
    std::size_t subgraphs;
    const char *reduction_percent;
  };
  for (const auto &[vocabulary, subgraphs, reduction_percent] :
       {Version{"v1", 200, "14.6"}, Version{"v2", 87, "46.3"}, Version{"v3", 71, "46.4"}}) {
    const auto sum = seed::summarise(seed::subgraphs(nodes, seed::vocabulary(vocabulary)));
    EXPECT_EQ(sum.operators, 249u) << vocabulary;
    EXPECT_EQ(sum.subgraphs, subgraphs) << vocabulary;
    EXPECT_EQ(fmt::format("{:.1f}", 100 * sum.memory_reduction()), reduction_percent) << vocabulary;
    EXPECT_EQ(sum.macs, 385'814'752u) << vocabulary;
  }
}

/// Call nodes of the torch.fx graph by operation.
std::map<ir::FxOp, std::size_t> calls_of(const ir::FxProgram &program) {
  std::map<ir::FxOp, std::size_t> calls;
  for (const auto &node : program.nodes)
    if (!node.is_inner)
      ++calls[node.op];
  return calls;
}

// data/seed/README.md, "Attention (decomposed)". Per layer of 12: 9 functions, 12 methods, 8
// attributes more and one module less than with whole attention, which has 104 functions, 16
// methods, 112 modules and 2 attributes.
TEST(PublishedAttention, DecomposedViTHasItsCallNodes) {
  auto whole = calls_of(exported("vit_b_16")), calls = calls_of(exported("vit_b_16_decomposed"));
  EXPECT_EQ(calls[ir::FxOp::call_function], 212u);
  EXPECT_EQ(calls[ir::FxOp::call_method], 160u);
  EXPECT_EQ(calls[ir::FxOp::call_module], 100u);
  EXPECT_EQ(calls[ir::FxOp::call_function] - whole[ir::FxOp::call_function], 12 * 9u);
  EXPECT_EQ(calls[ir::FxOp::call_method] - whole[ir::FxOp::call_method], 12 * 12u);
  EXPECT_EQ(calls[ir::FxOp::get_attr] - whole[ir::FxOp::get_attr], 12 * 8u);
  EXPECT_EQ(whole[ir::FxOp::call_module] - calls[ir::FxOp::call_module], 12u);
}

TEST(PublishedAttention, DecomposedViTFusesToItsSubgraphs) {
  const auto nodes = seed::nodes_of(exported("vit_b_16_decomposed"));
  const auto greedy = seed::subgraphs(nodes, seed::vocabulary("v3"));
  EXPECT_EQ(seed::summarise(greedy).operators, 312u);
  EXPECT_EQ(greedy.size(), 264u);

  const auto merged = seed::subgraphs(nodes, seed::vocabulary("v3"), seed::strategy("attention"));
  const auto sum = seed::summarise(merged);
  EXPECT_EQ(sum.operators, 312u);
  EXPECT_EQ(sum.subgraphs, 204u);
  EXPECT_EQ(fmt::format("{:.2f}", sum.fusion_efficiency()), "1.53"); // mean operators
  auto patterns = counted(merged, [](const auto &subgraph) { return subgraph.pattern; });
  EXPECT_EQ(patterns["linear_linear_linear"], 12);
  EXPECT_EQ(patterns["matmul_mul_softmax_+1more"], 12);
}

TEST(PublishedAttention, SubgraphsStayInOrderOfTheirFirstOperators) {
  const auto nodes = seed::nodes_of(exported("vit_b_16_decomposed"));
  const auto subgraphs =
      seed::subgraphs(nodes, seed::vocabulary("v3"), seed::strategy("attention"));
  EXPECT_TRUE(std::ranges::is_sorted(
      subgraphs, {}, [](const seed::Subgraph &subgraph) { return subgraph.nodes.front(); }));
}

} // namespace
} // namespace fusesim::test
