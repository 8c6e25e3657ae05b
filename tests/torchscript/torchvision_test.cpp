// Networks exported from the real torchvision, against real runs of the same files on the CPU and against the
// parameters and MACs that data/torchvision_macs.csv gives (counted by intercepting a real run of torchvision).
#include "ir/cost.hpp"
#include "reference.hpp"

#include <fstream>
#include <map>
#include <sstream>

namespace fusesim::ir {
namespace {

using testing::difference;
using testing::export_file;
using testing::import_export;
using testing::read_reference;

struct Row {
  std::int64_t image_size = 0;
  std::uint64_t parameters = 0, macs = 0;
};

std::map<std::string, Row> read_rows() {
  std::map<std::string, Row> rows;
  std::ifstream stream(FUSESIM_SOURCE_DIR "/data/torchvision_macs.csv");
  std::string line;
  for (std::getline(stream, line); std::getline(stream, line);) {
    std::istringstream fields(line);
    std::string model, size, parameters, macs;
    std::getline(fields, model, ',');
    std::getline(fields, size, ',');
    std::getline(fields, parameters, ',');
    std::getline(fields, macs);
    rows[model] = {std::stoll(size), std::stoull(parameters), std::stoull(macs)};
  }
  return rows;
}

std::vector<std::string> opaque_operators(const Graph &graph) {
  std::vector<std::string> names;
  for (const auto &node : graph.nodes())
    if (node.kind == OpKind::opaque)
      names.push_back(node.foreign_name);
  return names;
}

std::size_t count_of(const Graph &graph, OpKind kind) {
  return static_cast<std::size_t>(std::ranges::count(graph.nodes(), kind, &Node::kind));
}

void expect_counts(const Graph &graph, const std::string &model) {
  const auto row = read_rows().at(model);
  const auto totals = totals_of(graph);
  EXPECT_EQ(totals.parameters, row.parameters);
  EXPECT_EQ(totals.macs, row.macs);
}

// ---- every model of the table -------------------------------------------------------------------------------------

class Torchvision : public ::testing::TestWithParam<std::string> {};

TEST_P(Torchvision, HasTheShapesParametersAndMacsOfARealRun) {
  const auto &model = GetParam();
  const auto imported = import_export(model);
  EXPECT_EQ(difference(imported.graph, read_reference(model)), "");
  EXPECT_THAT(opaque_operators(imported.graph), ::testing::IsEmpty());
  EXPECT_THAT(imported.warnings, ::testing::IsEmpty());
  EXPECT_EQ(imported.graph.name(), model);
  expect_counts(imported.graph, model);
}

std::vector<std::string> all_models() {
  std::vector<std::string> names;
  for (const auto &[name, _] : read_rows())
    names.push_back(name);
  return names;
}
INSTANTIATE_TEST_SUITE_P(Models, Torchvision, ::testing::ValuesIn(all_models()),
                         [](const auto &info) { return info.param; });

TEST(TorchvisionTable, HoldsEveryModelThatTheseTestsAreToCover) {
  EXPECT_THAT(all_models(), ::testing::IsSupersetOf({"resnet18",
                                                     "resnet34",
                                                     "resnet50",
                                                     "resnet101",
                                                     "resnet152",
                                                     "wide_resnet50_2",
                                                     "resnext50_32x4d",
                                                     "mobilenet_v2",
                                                     "mobilenet_v3_large",
                                                     "mobilenet_v3_small",
                                                     "efficientnet_b0",
                                                     "efficientnet_b4",
                                                     "efficientnet_v2_s",
                                                     "vgg16",
                                                     "densenet121",
                                                     "googlenet",
                                                     "inception_v3",
                                                     "squeezenet1_0",
                                                     "shufflenet_v2_x1_0",
                                                     "regnet_x_8gf",
                                                     "regnet_y_400mf",
                                                     "convnext_tiny",
                                                     "mnasnet1_0",
                                                     "vit_b_16",
                                                     "vit_b_32",
                                                     "vit_l_16",
                                                     "swin_t",
                                                     "swin_s",
                                                     "swin_b",
                                                     "swin_v2_t",
                                                     "maxvit_t"}));
}

// ---- other inputs than the traced one -----------------------------------------------------------------------------

struct Variant {
  std::string model, suffix;
};
void PrintTo(const Variant &variant, std::ostream *out) {
  *out << variant.model << " " << variant.suffix;
}

class TorchvisionVariant : public ::testing::TestWithParam<Variant> {};

TEST_P(TorchvisionVariant, HasTheShapesOfARealRunOfTheSameFile) {
  const auto &[model, suffix] = GetParam();
  const auto reference = read_reference(model + "." + suffix);
  const auto imported = import_torchscript(export_file(model + ".pt"), reference.inputs);
  EXPECT_EQ(difference(imported.graph, reference), "");
  EXPECT_EQ(imported.graph.parameter_count(), read_rows().at(model).parameters);
}

INSTANTIATE_TEST_SUITE_P(
    Models, TorchvisionVariant,
    ::testing::Values(Variant{"resnet50", "batch3"}, Variant{"mobilenet_v3_large", "batch3"},
                      Variant{"densenet121", "batch3"}, Variant{"vit_b_32", "batch3"},
                      Variant{"swin_t", "batch3"}, Variant{"resnet18", "wide"},
                      Variant{"mobilenet_v3_small", "wide"}, Variant{"convnext_tiny", "wide"},
                      Variant{"swin_t", "wide"}),
    [](const auto &info) { return info.param.model + "_" + info.param.suffix; });

TEST(TorchvisionBatch, MultipliesMacsAndKeepsParameters) {
  const auto row = read_rows().at("resnet50");
  const auto graph =
      import_torchscript(export_file("resnet50.pt"), {parse_tensor_type("256x3x224x224")}).graph;
  EXPECT_EQ(totals_of(graph).macs, 256 * row.macs);
  EXPECT_EQ(graph.parameter_count(), row.parameters);
}

// ---- scripted instead of traced -----------------------------------------------------------------------------------

class Scripted : public ::testing::TestWithParam<std::string> {};

TEST_P(Scripted, GivesTheSameNetworkAsItsTrace) {
  const auto &model = GetParam();
  const auto scripted = import_export(model + ".scripted");
  const auto traced = import_export(model);
  EXPECT_EQ(difference(scripted.graph, read_reference(model + ".scripted")), "");
  expect_counts(scripted.graph, model);
  ASSERT_EQ(scripted.graph.nodes().size(), traced.graph.nodes().size());
  for (NodeId id = 0; id < traced.graph.nodes().size(); ++id) {
    const auto &a = scripted.graph.node(id), &b = traced.graph.node(id);
    ASSERT_EQ(a.kind, b.kind) << a.name << " against " << b.name;
    ASSERT_EQ(scripted.graph.output_types(a), traced.graph.output_types(b)) << a.name;
  }
}

INSTANTIATE_TEST_SUITE_P(Models, Scripted,
                         ::testing::Values("resnet18", "mobilenet_v2", "vit_b_16", "swin_t"),
                         [](const auto &info) { return info.param; });

// ---- what the graphs look like ------------------------------------------------------------------------------------

TEST(TorchvisionGraph, KeepsAttentionVisible) {
  // 12 encoder layers with one attention each; Swin-T has 2 + 2 + 6 + 2 blocks with two matmuls each.
  EXPECT_EQ(count_of(import_export("vit_b_16").graph, OpKind::multi_head_attention), 12u);
  const auto swin = import_export("swin_t").graph;
  EXPECT_EQ(count_of(swin, OpKind::matmul), 24u);
  EXPECT_EQ(count_of(swin, OpKind::softmax), 12u);
}

TEST(TorchvisionGraph, NamesNodesAfterModulesAndWeightsAfterAttributes) {
  const auto graph = import_export("resnet18").graph;
  std::vector<std::string> nodes, values;
  for (const auto &node : graph.nodes())
    nodes.push_back(node.name);
  for (const auto &value : graph.values())
    values.push_back(value.name);
  EXPECT_THAT(nodes, ::testing::IsSupersetOf({"conv1", "bn1", "relu", "maxpool", "layer1.0.conv1",
                                              "layer1.0.relu", "layer1.0.relu_1", "layer1.0.add",
                                              "layer2.0.downsample.0", "avgpool", "fc"}));
  EXPECT_THAT(values, ::testing::IsSupersetOf(
                          {"x", "layer1.0.conv1.weight", "layer4.1.bn2.running_var", "fc.bias"}));
}

TEST(TorchvisionGraph, TellsParametersFromBuffers) {
  const auto graph = import_export("resnet18").graph;
  for (const auto &value : graph.values()) {
    const bool statistics =
        value.name.ends_with("running_mean") || value.name.ends_with("running_var");
    if (graph.is_weight(static_cast<ValueId>(&value - graph.values().data()))) {
      EXPECT_EQ(value.role, statistics ? ValueRole::buffer : ValueRole::parameter) << value.name;
    }
  }
}

} // namespace
} // namespace fusesim::ir
