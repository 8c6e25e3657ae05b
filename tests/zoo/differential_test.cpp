// The zoo against the real thing: a zoo model must equal, operator by operator, what importing
// torchvision's own export of it gives.
//
// Compared is everything that does work, in execution order: kind, shapes and element types read
// and written, parameters, multiply-accumulates; for operators with weights also the module path.
// Views, identities and bookkeeping do no work and may be written down differently.
#include "ir/importer.hpp"
#include "test_paths.hpp"
#include "zoo/zoo_testing.hpp"

#include <fmt/format.h>

#include <filesystem>

using namespace fusesim::ir;

namespace {

struct Case {
  std::string model;
  std::string file; ///< stem of the export
  std::int64_t batch;
  std::int64_t size; ///< of the image, or tokens
};

const ZooEntry &entry_of(std::string_view model) {
  return *std::ranges::find(zoo(), model, &ZooEntry::name);
}

std::string types_of(const Graph &graph, std::span<const ValueId> values) {
  std::string text;
  for (const auto value : values)
    text.append(" ").append(to_string(graph.value(value).type));
  return text;
}

std::uint64_t parameters_of(const Graph &graph, const Node &node) {
  std::uint64_t sum = 0;
  for (const auto input : node.inputs)
    if (graph.value(input).role == ValueRole::parameter)
      sum += graph.value(input).type.elements();
  return sum;
}

/// The importer names an operator after the module that owns its weight; GPT-2's head has none of
/// its own but the token table's.
std::string name_of_module(const Node &node) {
  return node.name == "transformer.wte_1" && node.kind == OpKind::linear ? "lm_head" : node.name;
}

/// One line per operator that does work.
std::vector<std::string> operators_of(const Graph &graph) {
  std::vector<std::string> lines;
  for (const auto &node : graph.nodes()) {
    if (is_free(node.kind))
      continue;
    lines.push_back(fmt::format("{}: {} reads{}, writes{}, {} parameters, {} macs",
                                name_of_module(node), name_of(node.kind),
                                types_of(graph, node.inputs), types_of(graph, node.outputs),
                                parameters_of(graph, node), work_of(graph, node).macs));
  }
  return lines;
}

/// The first difference with the operators before it, or nothing.
std::string difference(const std::vector<std::string> &zoo,
                       const std::vector<std::string> &imported) {
  const auto [in_zoo, in_import] = std::ranges::mismatch(zoo, imported);
  if (in_zoo == zoo.end() && in_import == imported.end())
    return {};
  std::string text;
  const auto index = in_zoo - zoo.begin();
  for (auto before = std::max<std::ptrdiff_t>(0, index - 2); before < index; ++before)
    text += fmt::format("\n  both     {}: {}", before, zoo[static_cast<std::size_t>(before)]);
  text += fmt::format("\n  zoo      {}: {}", index, in_zoo == zoo.end() ? "ends" : *in_zoo);
  text +=
      fmt::format("\n  imported {}: {}", index, in_import == imported.end() ? "ends" : *in_import);
  return text;
}

std::vector<Case> cases() {
  std::vector<Case> result;
  for (const auto &entry : zoo())
    if (entry.name != "vit_h_14") // exported small
      result.push_back({entry.name, entry.name, 1, entry.default_size});
  // Another batch and, where the network does not look at it, another image size or length.
  for (const auto *name : {"resnet50",
                           "mobilenet_v2",
                           "mobilenet_v3_large",
                           "efficientnet_b0",
                           "efficientnet_v2_s",
                           "densenet121",
                           "regnet_x_400mf",
                           "regnet_y_400mf",
                           "mnasnet0_75",
                           "shufflenet_v2_x1_0",
                           "alexnet",
                           "squeezenet1_0",
                           "squeezenet1_1",
                           "googlenet",
                           "inception_v3",
                           "vgg16",
                           "vgg11_bn",
                           "convnext_tiny",
                           "bert_base",
                           "gpt2"})
    result.push_back({name, name, 3, 161});
  // Where it does, another export.
  for (const std::int64_t size : {28, 100, 112, 160})
    result.push_back({"swin_t", fmt::format("swin_t.{}", size), 2, size});
  for (const std::int64_t size : {32, 100})
    result.push_back({"swin_v2_t", fmt::format("swin_v2_t.{}", size), 2, size});
  result.push_back({"maxvit_t", "maxvit_t", 3, 224});
  result.push_back({"maxvit_t", "maxvit_t.448", 2, 448});
  result.push_back({"vit_h_14", "vit_h_14.28", 2, 28});
  for (const std::int64_t size : {32, 160})
    result.push_back({"vit_b_16", fmt::format("vit_b_16.{}", size), 2, size});
  result.push_back({"swin_t", "swin_t", 3, 224});
  // One image whose last map is one pixel: cutting off the padding leaves it contiguous.
  result.push_back({"swin_t", "swin_t.28", 1, 28});
  return result;
}

std::vector<std::string> families() {
  std::vector<std::string> result;
  for (const auto &entry : zoo())
    if (result.empty() || result.back() != entry.family)
      result.push_back(entry.family);
  return result;
}

void expect_equal_to_export(const Case &c) {
  SCOPED_TRACE(fmt::format("{} at batch {}, size {}", c.model, c.batch, c.size));
  const auto file = std::filesystem::path(FUSESIM_EXPORTS_DIR) / (c.file + ".pt");
  ASSERT_TRUE(std::filesystem::exists(file)) << file << ": run ctest, which exports it first";
  const bool language = entry_of(c.model).is_language_model;
  const auto input = language ? TensorType{DType::i64, {c.batch, c.size}}
                              : TensorType{DType::f32, {c.batch, 3, c.size, c.size}};
  const auto imported = import_torchscript(file, {input}).graph;
  const auto built =
      language ? build_language(c.model, c.size, c.batch) : build(c.model, c.size, c.batch);

  // PyTorch 1.13 has no fused attention for an odd number of heads and computes DeiT-tiny's step by
  // step; to the zoo every attention is one operator.
  if (c.model != "vit_ti_16") {
    EXPECT_EQ(difference(operators_of(built), operators_of(imported)), "");
  }
  EXPECT_EQ(built.parameter_count(), imported.parameter_count());
  EXPECT_EQ(totals_of(built).macs, totals_of(imported).macs);
  EXPECT_EQ(types_of(built, built.outputs()), types_of(imported, imported.outputs()));
}

} // namespace

class ZooDifferential : public testing::TestWithParam<std::string> {};

TEST_P(ZooDifferential, EqualsTheImportedExportOperatorByOperator) {
  std::size_t compared = 0;
  for (const auto &c : cases())
    if (entry_of(c.model).family == GetParam()) {
      expect_equal_to_export(c);
      ++compared;
    }
  EXPECT_GT(compared, 0u);
}

INSTANTIATE_TEST_SUITE_P(Families, ZooDifferential, testing::ValuesIn(families()),
                         [](const auto &info) { return info.param; });
