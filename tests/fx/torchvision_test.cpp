// Every classification model of the installed torchvision, exported at test time.
#include "csv.hpp"
#include "ir/cost.hpp"
#include "ir/fx/fx_import.hpp"
#include "ir/zoo.hpp"
#include "partition/seed.hpp"
#include "test_paths.hpp"

#include <algorithm>
#include <set>

namespace fusesim::test {
namespace {

namespace seed = partition::seed;

ir::FxProgram exported(const std::string &model) {
  return ir::read_fx(FUSESIM_FX_EXPORTS "/" + model + ".json");
}

const std::vector<std::string> &models() {
  static const auto names = [] {
    std::ifstream stream(FUSESIM_FX_EXPORTS "/models.txt");
    std::vector<std::string> lines;
    for (std::string line; std::getline(stream, line);)
      lines.push_back(line);
    return lines;
  }();
  return names;
}

/// The FX node that a graph's node comes from: `swin_attention` for `swin_attention.roll`.
std::string source_name(const std::string &node) { return node.substr(0, node.find('.')); }

std::set<std::string> node_names(const ir::FxProgram &program) {
  std::set<std::string> names;
  for (const auto &node : program.nodes)
    if (!node.is_inner)
      names.insert(node.name);
  return names;
}

TEST(FxTorchvision, ImportsEveryModelWithItsNamesAndNoUnknownOperator) {
  ASSERT_GE(models().size(), 80u); // torchvision 0.14
  for (const auto &model : models()) {
    SCOPED_TRACE(model);
    const auto program = exported(model);
    const auto names = node_names(program);
    const auto imported = ir::graph_of(program);
    EXPECT_EQ(imported.warnings, std::vector<std::string>());
    EXPECT_EQ(imported.graph.name(), model);
    for (const auto &node : imported.graph.nodes())
      EXPECT_TRUE(names.contains(source_name(node.name))) << node.name;
  }
}

// data/torchvision_macs.csv was counted by intercepting the contractions of a real run.
TEST(FxTorchvision, CountsParametersAndMultiplyAddsAsARealRun) {
  const auto rows = read_csv(FUSESIM_SOURCE_DIR "/data/torchvision_macs.csv");
  EXPECT_EQ(rows.size(), 33u);
  for (const auto &row : rows) {
    SCOPED_TRACE(row.at("model"));
    const auto totals = totals_of(ir::graph_of(exported(row.at("model"))).graph);
    EXPECT_EQ(std::to_string(totals.parameters), row.at("params"));
    EXPECT_EQ(std::to_string(totals.macs), row.at("macs"));
  }
}

/// How many operators of each kind do work.
std::map<std::string, int> working_kinds(const ir::Graph &graph) {
  std::map<std::string, int> counts;
  for (const auto &node : graph.nodes())
    if (!ir::is_free(node.kind))
      ++counts[std::string(name_of(node.kind))];
  return counts;
}

// The zoo's own graphs are held against TorchScript's exports (tests/zoo/differential_test.cpp).
TEST(FxTorchvision, HasTheOperatorsOfTheZoo) {
  int compared = 0;
  for (const auto &entry : ir::zoo()) {
    if (!std::ranges::count(models(), entry.name))
      continue;
    SCOPED_TRACE(entry.name);
    const auto graph = ir::graph_of(exported(std::string(entry.name))).graph;
    ir::ZooOptions options;
    options.image_size = graph.value(graph.inputs()[0]).type.dims.back();
    const auto own = ir::build_zoo_model(std::string(entry.name), options);
    EXPECT_EQ(working_kinds(graph), working_kinds(own));
    EXPECT_EQ(totals_of(graph).vector_ops, totals_of(own).vector_ops);
    ++compared;
  }
  EXPECT_GE(compared, 25);
}

void expect_covered_once(const std::vector<seed::Node> &nodes,
                         const std::vector<seed::Subgraph> &subgraphs) {
  std::vector<int> covered(nodes.size(), 0);
  for (const auto &subgraph : subgraphs)
    for (const auto node : subgraph.nodes)
      ++covered[node];
  for (std::size_t i = 0; i < nodes.size(); ++i)
    ASSERT_EQ(covered[i], nodes[i].is_operator ? 1 : 0) << nodes[i].name;
}

/// Work, weights and the bytes of all edges, of which every one enters a chain or stays inside.
struct Totals {
  Macs macs = 0;
  Bytes weights = 0, edges = 0;
  bool operator==(const Totals &) const = default;
};

Totals totals_of_operators(const std::vector<seed::Node> &nodes) {
  Totals totals;
  for (const auto &node : nodes) {
    if (!node.is_operator)
      continue;
    totals.macs += node.macs;
    totals.weights += node.weight_bytes;
    for (const auto input : node.inputs)
      totals.edges += nodes[input].output_bytes;
  }
  return totals;
}

TEST(FxTorchvision, SeedCoversEveryOperatorOnceAndLosesNothing) {
  for (const auto &model : models()) {
    const auto nodes = seed::nodes_of(exported(model));
    const auto expected = totals_of_operators(nodes);
    for (const auto *vocabulary : {"v1", "v2", "v3"})
      for (const auto *strategy : {"greedy", "attention"}) {
        SCOPED_TRACE(model + " " + vocabulary + " " + strategy);
        const auto subgraphs =
            seed::subgraphs(nodes, seed::vocabulary(vocabulary), seed::strategy(strategy));
        expect_covered_once(nodes, subgraphs);
        const auto sum = seed::summarise(subgraphs);
        EXPECT_TRUE((Totals{sum.macs, sum.weight, sum.input + sum.internal}) == expected);
      }
  }
}

} // namespace
} // namespace fusesim::test
