// The modules of small_modules.py, each there for one thing.
#include "ir/cost.hpp"
#include "reference.hpp"
#include "support/error.hpp"

namespace fusesim::ir {
namespace {

using testing::difference;
using ::testing::ElementsAre;
using testing::export_file;
using ::testing::HasSubstr;
using testing::import_export;
using testing::read_reference;

const Node &node_named(const Graph &graph, const std::string &name) {
  const auto found = std::ranges::find(graph.nodes(), name, &Node::name);
  if (found == graph.nodes().end())
    throw std::runtime_error("no node " + name);
  return *found;
}

std::vector<std::string> producers(const Graph &graph, const Node &node) {
  std::vector<std::string> names;
  for (const auto input : node.inputs)
    if (graph.value(input).producer != kNoNode)
      names.push_back(graph.node(graph.value(input).producer).name);
  return names;
}

std::vector<OpKind> kinds(const Graph &graph) {
  std::vector<OpKind> all;
  for (const auto &node : graph.nodes())
    all.push_back(node.kind);
  return all;
}

std::string error_of(const std::string &name, const std::vector<TensorType> &inputs) {
  try {
    (void)import_torchscript(export_file(name + ".pt"), inputs);
  } catch (const Error &error) {
    return error.what();
  }
  return "";
}

std::string error_of(const std::string &name) {
  return error_of(name, read_reference(name).inputs);
}

class SmallModule : public ::testing::TestWithParam<std::string> {};

TEST_P(SmallModule, HasTheShapesAndParametersOfARealRun) {
  const auto reference = read_reference(GetParam());
  const auto graph = import_export(GetParam()).graph;
  EXPECT_EQ(difference(graph, reference), "");
  EXPECT_EQ(graph.parameter_count(), reference.parameters);
}

INSTANTIATE_TEST_SUITE_P(Modules, SmallModule,
                         ::testing::Values("attention_with_weights", "branch_on_size",
                                           "convolutions_and_pools", "copies_and_views",
                                           "dict_output", "einsum", "elementwise", "encoder",
                                           "known_buffer", "loop_over_steps", "matrix_products",
                                           "nested_output", "normalisations", "optional_argument",
                                           "recurrent", "refuses", "tokens_and_mask",
                                           "unknown_operators", "writes_in_place"),
                         [](const auto &info) { return info.param; });

// ---- control flow -------------------------------------------------------------------------------------------------

TEST(ControlFlow, TakesTheBranchOfTheSizesGiven) {
  const auto file = export_file("branch_on_size.pt");
  EXPECT_THAT(kinds(import_torchscript(file, {parse_tensor_type("3x6")}).graph),
              ElementsAre(OpKind::relu));
  EXPECT_THAT(kinds(import_torchscript(file, {parse_tensor_type("2x6")}).graph),
              ElementsAre(OpKind::concat, OpKind::sigmoid));
}

TEST(ControlFlow, UnrollsLoopsOverSizes) {
  // Of n rows: one linear each of 6×6 MACs; the states of rows 0, 2, 4, … are stacked.
  const auto graph =
      import_torchscript(export_file("loop_over_steps.pt"), {parse_tensor_type("8x6")}).graph;
  EXPECT_EQ(totals_of(graph).macs, 8u * 36u);
  EXPECT_EQ(graph.value(graph.outputs()[0]).type, parse_tensor_type("4x6"));
  EXPECT_EQ(node_named(graph, "cell_7").kind, OpKind::linear);
}

TEST(ControlFlow, MayDependOnNumbersThatTheFileHolds) {
  // depth = 3 times two linears of 2·4·4 MACs
  EXPECT_EQ(totals_of(import_export("known_buffer").graph).macs, 6u * 32u);
}

TEST(ControlFlow, ThatDependsOnContentsIsAnErrorWithModuleAndLine) {
  const auto error = error_of("depends_on_contents");
  EXPECT_THAT(error, ::testing::StartsWith("decider ("));
  EXPECT_THAT(error, HasSubstr("small_modules.py:"));
  EXPECT_THAT(error, HasSubstr("depends on the contents of a tensor"));
}

TEST(ControlFlow, ShapesThatDependOnContentsAreErrors) {
  EXPECT_THAT(error_of("shape_depends_on_contents"),
              HasSubstr("aten::nonzero: its output shape depends on the contents"));
  EXPECT_THAT(error_of("mask_selects"), HasSubstr("depends on the contents"));
}

TEST(ControlFlow, RaisedExceptionIsAnErrorWithItsMessage) {
  const auto error = error_of("refuses", {parse_tensor_type("4x6x2")});
  EXPECT_THAT(error, HasSubstr("the module raises: "));
  EXPECT_THAT(error, HasSubstr("expected a matrix"));
  EXPECT_THAT(error, HasSubstr("small_modules.py:"));
}

// ---- inputs and outputs -------------------------------------------------------------------------------------------

TEST(Arguments, TooFewAreAnErrorThatNamesThem) {
  EXPECT_THAT(
      error_of("tokens_and_mask", {parse_tensor_type("2x7:i64")}),
      HasSubstr("forward needs 2 tensor inputs (ids, mask), 1 given; add --input for mask"));
}

TEST(Arguments, TooManyAreAnError) {
  const auto x = parse_tensor_type("4x6");
  EXPECT_THAT(error_of("nested_output", {x, x}),
              HasSubstr("forward takes 1 tensor input (x), 2 given"));
}

TEST(Arguments, OptionalOnesMayBeLeftOutOrGiven) {
  const auto file = export_file("optional_argument.pt");
  const auto x = parse_tensor_type("4x6");
  EXPECT_THAT(kinds(import_torchscript(file, {x}).graph), ElementsAre(OpKind::mul));
  EXPECT_THAT(kinds(import_torchscript(file, {x, parse_tensor_type("6")}).graph),
              ElementsAre(OpKind::add, OpKind::mul));
}

TEST(Arguments, OtherThanTensorsWithoutDefaultAreAnError) {
  EXPECT_THAT(error_of("number_argument"), HasSubstr("forward needs 'times' of type int"));
}

TEST(Arguments, AreNamedAsForwardNamesThem) {
  const auto graph = import_export("tokens_and_mask").graph;
  EXPECT_EQ(graph.value(graph.inputs()[0]).name, "ids");
  EXPECT_EQ(graph.value(graph.inputs()[1]).name, "mask");
}

TEST(Arguments, OfAWrongShapeAreAnErrorThatNamesTheOperator) {
  const auto channels = error_of("dict_output", {parse_tensor_type("2x5x8x8")});
  EXPECT_THAT(channels, ::testing::StartsWith("conv ("));
  EXPECT_THAT(channels, HasSubstr("5 channels"));
  EXPECT_THAT(error_of("matrix_products", {parse_tensor_type("6x4"), parse_tensor_type("9x5"),
                                           parse_tensor_type("2x6x4"), parse_tensor_type("2x4x5")}),
              HasSubstr("aten::addmm"));
}

TEST(Arguments, OfAWrongElementTypeAreAnError) {
  EXPECT_THAT(
      error_of("tokens_and_mask", {parse_tensor_type("2x7:f32"), parse_tensor_type("2x7:bool")}),
      HasSubstr("embedding"));
}

// ---- memory -------------------------------------------------------------------------------------------------------

TEST(InPlace, WritesToAPartReachEveryViewOfTheWhole) {
  const auto graph = import_export("writes_in_place").graph;
  // base[:, 1:4] = x[:, 1:4]: the copy is a patch of the base.
  EXPECT_THAT(producers(graph, node_named(graph, "overlay")), ElementsAre("fill", "copy"));
  // base[:, 0].add_(1) reads the base after that, and is the next patch.
  EXPECT_THAT(producers(graph, node_named(graph, "overlay_1")), ElementsAre("overlay", "add"));
  // whole.mul_(2) on a view of everything: relu reads its product through a view.
  EXPECT_THAT(producers(graph, node_named(graph, "view_1")), ElementsAre("mul"));
  EXPECT_THAT(producers(graph, node_named(graph, "relu")), ElementsAre("view_1"));
  // `early` was taken before all writes, and read after them.
  const auto early = producers(graph, node_named(graph, "exp"));
  ASSERT_EQ(early.size(), 1u);
  const auto outer = producers(graph, node_named(graph, early[0]));
  ASSERT_EQ(outer.size(), 1u);
  EXPECT_THAT(producers(graph, node_named(graph, outer[0])), ElementsAre("view_1"));
}

TEST(Views, ThatCopyAreCopiesAndUnreadOnesAreLeftOut) {
  const auto graph = import_export("copies_and_views").graph;
  EXPECT_EQ(node_named(graph, "copy").foreign_name, "aten::reshape");
  EXPECT_EQ(node_named(graph, "view").foreign_name, "aten::reshape");
  EXPECT_EQ(node_named(graph, "copy_1").foreign_name, "aten::contiguous");
  EXPECT_EQ(node_named(graph, "cast").foreign_name, "aten::to");
  for (const auto &node : graph.nodes())
    EXPECT_NE(node.foreign_name, "aten::unsqueeze");
}

// ---- operators ----------------------------------------------------------------------------------------------------

TEST(UnknownOperator, IsOpaqueAndNamedInOneWarningEach) {
  const auto imported = import_export("unknown_operators");
  EXPECT_THAT(kinds(imported.graph), ElementsAre(OpKind::opaque, OpKind::opaque, OpKind::opaque));
  EXPECT_THAT(imported.warnings,
              ElementsAre(::testing::AllOf(HasSubstr("aten::cdist"), HasSubstr("once")),
                          ::testing::AllOf(HasSubstr("aten::cumprod"), HasSubstr("2 times"))));
}

TEST(UnknownOperator, OfAnExtensionLibraryIsAnErrorThatNamesIt) {
  EXPECT_THAT(error_of("foreign_operator", {parse_tensor_type("2x4")}),
              HasSubstr("uses the operator fusesim_test::twice"));
}

TEST(Contractions, HaveTheMacsOfTheirShapes) {
  // scores 2·3·7·9·4, mixed 2·3·7·9·4, projection (2·7)·(3·4)·5
  EXPECT_EQ(totals_of(import_export("einsum").graph).macs, 1512u + 1512u + 840u);
  // per layer: projections 2·11·16·(48 + 16), scores and apply 2·(2·11·11·16), feed forward 2·(2·11·16·32)
  EXPECT_EQ(totals_of(import_export("encoder").graph).macs,
            2u * (2 * 11 * 16 * 64 + 2 * 2 * 11 * 11 * 16 + 2 * 2 * 11 * 16 * 32));
  // q: 2·11·16·16, k and v: 2·5·16·32, scores and apply: 2·(2·11·5·16), output: 2·11·16·16
  EXPECT_EQ(totals_of(import_export("attention_with_weights").graph).macs,
            2u * (2 * 11 * 16 * 16) + 2 * 5 * 16 * 32 + 2 * (2 * 11 * 5 * 16));
  // addmm 6·4·7, addmm and mm 6·4·5, bmm, baddbmm and @ 2·6·4·5, mv 6·4, linear 2·6·4·7
  EXPECT_EQ(totals_of(import_export("matrix_products").graph).macs,
            168u + 2 * 120 + 3 * 240 + 24 + 336);
}

TEST(Contractions, TransposedWeightOfAddmmIsALinear) {
  const auto graph = import_export("matrix_products").graph;
  EXPECT_EQ(node_named(graph, "linear").foreign_name, "aten::addmm");
  EXPECT_EQ(graph.value(node_named(graph, "linear").inputs[1]).name, "weight");
}

TEST(Convolutions, OfEveryKindHaveTheirMacs) {
  const auto graph = import_export("convolutions_and_pools").graph;
  // N·outputs·Cin/groups·kernel; a transposed one N·inputs·Cout·kernel
  const std::map<std::string, std::uint64_t> expected{
      {"same", 2 * 6 * 144 * 4 * 16},  {"valid", 2 * 6 * 64 * 4 * 9},
      {"grouped", 2 * 8 * 36 * 2 * 9}, {"up", 2 * 4 * 144 * 2 * 9},
      {"line", 2 * 6 * 15 * 4 * 4},    {"line_up", 2 * 4 * 15 * 3 * 4},
      {"volume", 1 * 2 * 64 * 4 * 27}};
  for (const auto &[owner, macs] : expected) {
    std::uint64_t sum = 0;
    for (const auto &node : graph.nodes())
      if (node.name == owner || node.name.starts_with(owner + "."))
        sum += work_of(graph, node).macs;
    EXPECT_EQ(sum, macs) << owner;
  }
}

TEST(TiedWeights, AreOneParameterAndNameNoOtherModule) {
  const auto graph = import_export("tokens_and_mask").graph;
  EXPECT_EQ(graph.parameter_count(), 50u * 12 + 12 + 12 + 50); // embedding, norm, bias of the head
  EXPECT_EQ(node_named(graph, "head").inputs[1], node_named(graph, "embedding").inputs[0]);
}

TEST(FrozenModule, KeepsItsWeightsAsParameters) {
  const auto graph = import_export("frozen").graph;
  EXPECT_EQ(graph.parameter_count(), 8u * 3 * 9 + 8 * 5 + 5);
  EXPECT_THAT(kinds(graph),
              ElementsAre(OpKind::conv2d, OpKind::relu, OpKind::mean, OpKind::linear));
}

} // namespace
} // namespace fusesim::ir
