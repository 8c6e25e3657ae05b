// Small graphs, written down as docs/fx-format.md says, and what they become.
#include "document.hpp"
#include "ir/cost.hpp"
#include "test_paths.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace fusesim::test {
namespace {

using ir::OpKind;

/// "name kind output-shape <- inputs" of every node.
std::vector<std::string> nodes_of(const ir::Graph &graph) {
  std::vector<std::string> lines;
  for (const auto &node : graph.nodes()) {
    auto line = fmt::format("{} {}", node.name, name_of(node.kind));
    for (const auto output : node.outputs)
      line += fmt::format(" {}", ir::to_string(graph.value(output).type.dims));
    line += " <-";
    for (const auto input : node.inputs)
      line += fmt::format(" {}", graph.value(input).name);
    lines.push_back(line);
  }
  return lines;
}
using Lines = std::vector<std::string>;

Json ref(const std::string &name) { return Document::node(name); }

TEST(FxImport, KeepsNamesModulesAndTheirWeights) {
  Document document;
  document.weight("stem.0.weight", {8, 1, 3, 3})
      .weight("stem.0.bias", {8})
      .weight("head.weight", {5, 3}) // used in training only
      .module("stem.0", "Conv2d", {{"weight", "stem.0.weight"}, {"bias", "stem.0.bias"}},
              {{"stride", {2, 2}}, {"padding", {1, 1}}, {"groups", 2}, {"padding_mode", "zeros"}})
      .input("x", {1, 2, 8, 8})
      .add(Document::call("stem_0", "call_module", "stem.0", {ref("x")},
                          Document::tensor({1, 8, 4, 4})))
      .output("stem_0");
  const auto graph = import_of(document).graph;
  EXPECT_EQ(nodes_of(graph), Lines{"stem_0 conv2d 1x8x4x4 <- x stem.0.weight stem.0.bias"});
  EXPECT_EQ(graph.parameter_count(), 8u * 9 + 8 + 15);
  EXPECT_EQ(totals_of(graph).macs, 8u * 4 * 4 * 9); // one input channel per group
}

TEST(FxImport, TurnsSizesAndAssertionsIntoNoNodes) {
  Document document;
  document.input("x", {2, 6})
      .function("getattr_1", "builtins.getattr", {ref("x"), "shape"}, {2, 6})
      .function("getitem", "operator.getitem", {ref("getattr_1"), 0}, 2)
      .function("eq", "operator.eq", {ref("getitem"), 2}, true)
      .function("_assert", "torch._assert", {ref("eq"), "two"}, nullptr)
      .method("view", "view", {ref("x"), ref("getitem"), 3, 2}, Document::view({2, 3, 2}, "x"))
      .output("view");
  EXPECT_EQ(nodes_of(import_of(document).graph), Lines{"view view 2x3x2 <- x"});
}

TEST(FxImport, TellsAReshapeThatCopiesFromAView) {
  Document document;
  document.input("x", {2, 6})
      .method("permute", "permute", {ref("x"), 1, 0}, Document::view({6, 2}, "x"))
      .method("reshape", "reshape", {ref("permute"), 12}, Document::tensor({12}))
      .method("reshape_1", "reshape", {ref("reshape"), 4, 3}, Document::view({4, 3}, "reshape"))
      .output("reshape_1");
  EXPECT_EQ(nodes_of(import_of(document).graph),
            (Lines{"permute permute 6x2 <- x", "reshape copy 12 <- permute",
                   "reshape_1 view 4x3 <- reshape"}));
}

TEST(FxImport, TakesTuplesApart) {
  Document document;
  document.input("x", {2, 6})
      .function("chunk", "torch.chunk", {ref("x"), 2},
                {Document::view({2, 3}, "x"), Document::view({2, 3}, "x")}, {{"dim", 1}})
      .function("getitem", "operator.getitem", {ref("chunk"), -1}, Document::view({2, 3}, "chunk"))
      .function("getitem_1", "operator.getitem", {ref("chunk"), 0}, Document::view({2, 3}, "chunk"))
      .function("cat", "torch.cat", {{ref("getitem"), ref("getitem_1")}, 1},
                Document::tensor({2, 6}))
      .output("cat");
  EXPECT_EQ(nodes_of(import_of(document).graph),
            (Lines{"chunk split 2x3 2x3 <- x", "cat concat 2x6 <- chunk.1 chunk.0"}));
}

// torch.nn.functional.batch_norm(input, running_mean, running_var, weight, bias) and embedding(input,
// weight) have their arguments in another order than the modules and ATen.
TEST(FxImport, KnowsTheOrderOfPythonsArguments) {
  Document document;
  for (const char *name : {"mean", "var"})
    document.weight(name, {4}, "buffer");
  for (const char *name : {"scale", "shift"})
    document.weight(name, {4});
  document.weight("table", {9, 4}).weight("ids", {3}, "constant", "i64");
  for (const char *name : {"mean", "var", "scale", "shift", "table"})
    document.add(Document::call(name, "get_attr", name, Json::array(),
                                Document::tensor(name == std::string("table")
                                                     ? std::vector<std::int64_t>{9, 4}
                                                     : std::vector<std::int64_t>{4})));
  document
      .add(Document::call("ids", "get_attr", "ids", Json::array(), Document::tensor({3}, "i64")))
      .function("embedding", "torch.nn.functional.embedding", {ref("ids"), ref("table")},
                Document::tensor({3, 4}))
      .function("batch_norm", "torch.nn.functional.batch_norm",
                {ref("embedding"), ref("mean"), ref("var"), ref("scale"), ref("shift")},
                Document::tensor({3, 4}))
      .output("batch_norm");
  const auto graph = import_of(document).graph;
  ASSERT_EQ(graph.nodes().size(), 2u);
  EXPECT_EQ(graph.value(graph.node(0).inputs[0]).name, "table");
  EXPECT_EQ(graph.value(graph.node(1).inputs[1]).name, "scale");
  EXPECT_EQ(graph.value(graph.node(1).inputs[3]).name, "mean");
}

Json with_body(Json call, Json nodes, Json result) {
  call["body"] = {{"nodes", nodes}, {"result", result}};
  return call;
}

TEST(FxImport, TakesCompositeCallsApart) {
  Document document;
  document.input("x", {2, 6})
      .add(with_body(Document::call("gate", "call_function", "mine.gate", {ref("x")},
                                    Document::tensor({2, 6})),
                     {Document::call("gate.sigmoid", "call_function", "torch.sigmoid", {ref("x")},
                                     Document::tensor({2, 6})),
                      Document::call("gate.mul", "call_function", "operator.mul",
                                     {ref("x"), ref("gate.sigmoid")}, Document::tensor({2, 6}))},
                     ref("gate.mul")));
  document.output("gate");
  const TemporaryFile file(document.json.dump());
  EXPECT_EQ(nodes_of(ir::import_fx(file.path).graph),
            (Lines{"gate.sigmoid sigmoid 2x6 <- x", "gate.mul mul 2x6 <- x gate.sigmoid"}));
  EXPECT_EQ(ir::read_fx(file.path).node_count(), 3u); // as torch.fx counts
}

TEST(FxImport, KeepsABodysNodesInside) {
  Document document;
  document.input("x", {2}).add(with_body(
      Document::call("twice", "call_function", "mine.twice", {ref("x")}, Document::tensor({2})),
      {Document::call("twice.neg", "call_method", "neg", {ref("x")}, Document::tensor({2}))},
      ref("twice.neg")));
  document.method("abs", "abs", {ref("twice.neg")}, Document::tensor({2})).output("abs");
  EXPECT_THAT(error_of(document.json.dump()),
              testing::AllOf(testing::HasSubstr("node 'abs'"), testing::HasSubstr("'twice.neg'")));
}

TEST(FxImport, ChecksWhatABodyReturns) {
  Document document;
  document.input("x", {2}).add(
      with_body(Document::call("f", "call_function", "mine.f", {ref("x")}, Document::tensor({3})),
                Json::array(), ref("x")));
  document.output("f");
  EXPECT_THAT(error_of(document.json.dump()),
              testing::HasSubstr("is said to return 3:f32, returns 2:f32"));
}

// mask = zeros(4); mask[0:2] = 1; x + mask: the sum reads the mask after it was written.
TEST(FxImport, FollowsWritesThroughViews) {
  Document document;
  auto fill = Document::call("fill_", "call_method", "fill_", {ref("getitem"), 1},
                             Document::view({2}, "getitem"));
  fill["writes"] = {"getitem"};
  document.input("x", {4})
      .function("zeros", "torch.zeros", {4}, Document::tensor({4}))
      .function("getitem", "operator.getitem", {ref("zeros"), {{"slice", {0, 2, nullptr}}}},
                Document::view({2}, "zeros"))
      .add(fill)
      .function("add", "operator.add", {ref("x"), ref("zeros")}, Document::tensor({4}))
      .output("add");
  const auto graph = import_of(document).graph;
  const auto &sum = graph.nodes().back();
  ASSERT_EQ(sum.kind, OpKind::add);
  const auto &mask = graph.node(graph.value(sum.inputs[1]).producer);
  EXPECT_EQ(mask.kind, OpKind::overlay);
  EXPECT_EQ(graph.value(mask.inputs[0]).name, "zeros");
  EXPECT_EQ(graph.node(graph.value(mask.inputs[1]).producer).kind, OpKind::fill);
}

TEST(FxImport, ReadsWhatAnInPlaceModuleLeft) {
  Document document;
  auto relu =
      Document::call("relu", "call_module", "relu", {ref("neg")}, Document::view({4}, "neg"));
  relu["writes"] = {"neg"};
  document.module("relu", "ReLU", Json::object(), {{"inplace", true}})
      .input("x", {4})
      .method("neg", "neg", {ref("x")}, Document::tensor({4}))
      .add(relu)
      .function("add", "operator.add", {ref("neg"), ref("relu")}, Document::tensor({4}))
      .output("add");
  EXPECT_EQ(nodes_of(import_of(document).graph),
            (Lines{"neg neg 4 <- x", "relu relu 4 <- neg", "add add 4 <- relu relu"}));
}

TEST(FxImport, NamesStepsOfOneCallAfterIt) {
  Document document;
  document.input("x", {2, 6})
      .function("normalize", "torch.nn.functional.normalize", {ref("x")}, Document::tensor({2, 6}),
                {{"dim", -1}})
      .output("normalize");
  EXPECT_EQ(nodes_of(import_of(document).graph),
            (Lines{"normalize.vector_norm vector_norm 2x1 <- x",
                   "normalize.clamp clamp 2x1 <- normalize.vector_norm",
                   "normalize div 2x6 <- x normalize.clamp"}));
}

TEST(FxImport, CountsWhatItDoesNotKnowAsTrafficAndSaysSo) {
  Document document;
  document.weight("rnn.weight", {8, 4})
      .module("rnn", "LSTM", {{"weight", "rnn.weight"}})
      .input("x", {2, 4})
      .add(Document::call("rnn", "call_module", "rnn", {ref("x")},
                          {Document::tensor({2, 4}), {Document::tensor({1, 4}), nullptr}}))
      .function("getitem", "operator.getitem", {ref("rnn"), 0}, Document::view({2, 4}, "rnn"))
      .function("f", "mine.f", {ref("getitem")}, Document::tensor({2, 4}))
      .output("f");
  const auto imported = import_of(document);
  EXPECT_EQ(nodes_of(imported.graph),
            (Lines{"rnn opaque 2x4 1x4 <- x rnn.weight", "f opaque 2x4 <- rnn.0"}));
  ASSERT_EQ(imported.warnings.size(), 2u);
  EXPECT_THAT(imported.warnings[0], testing::HasSubstr("mine.f"));
  EXPECT_THAT(imported.warnings[1], testing::HasSubstr("torch.nn.LSTM"));
}

// As torch.export writes a linear: addmm(bias, x, weight.t()).
TEST(FxImport, RecognisesTheLinearOfAnAtenGraph) {
  Document document;
  document.weight("fc.weight", {5, 3}).weight("fc.bias", {5});
  document.input("x", {2, 3})
      .add(Document::call("w", "get_attr", "fc.weight", Json::array(), Document::tensor({5, 3})))
      .add(Document::call("b", "get_attr", "fc.bias", Json::array(), Document::tensor({5})))
      .function("t", "torch.ops.aten.t.default", {ref("w")}, Document::view({3, 5}, "w"))
      .function("addmm", "torch.ops.aten.addmm.default", {ref("b"), ref("x"), ref("t")},
                Document::tensor({2, 5}))
      .output("addmm");
  EXPECT_EQ(nodes_of(import_of(document).graph), Lines{"addmm linear 2x5 <- x fc.weight fc.bias"});
}

TEST(FxImport, BearsAnEmptyTensorThatNobodyComputesWith) {
  Document document;
  document.input("x", {2})
      .function("empty", "torch.ops.aten.empty.memory_format", {Json{0}}, Document::tensor({0}))
      .method("neg", "neg", {ref("x")}, Document::tensor({2}))
      .output("neg");
  EXPECT_EQ(nodes_of(import_of(document).graph), Lines{"neg neg 2 <- x"});
}

// What tests/fx/aten_graph.py makes of ResNet-18; figures of data/torchvision_macs.csv.
TEST(FxImport, ReadsAnAtenGraphLikeALeafModuleGraph) {
  const auto graph = ir::import_fx(FUSESIM_SOURCE_DIR "/data/fx/resnet18_aten.json.gz").graph;
  const auto leaf = ir::import_fx(FUSESIM_SOURCE_DIR "/data/fx/resnet18.json.gz").graph;
  EXPECT_EQ(totals_of(graph).parameters, 11'689'512u);
  EXPECT_EQ(totals_of(graph).macs, 1'814'073'344u);
  EXPECT_EQ(totals_of(graph).vector_ops, totals_of(leaf).vector_ops);
}

TEST(FxImport, KnowsItsFilesByName) {
  EXPECT_TRUE(ir::is_fx_file("a/b.json"));
  EXPECT_TRUE(ir::is_fx_file("b.json.gz"));
  EXPECT_FALSE(ir::is_fx_file("b.pt"));
  EXPECT_FALSE(ir::is_fx_file("b.gz"));
}

} // namespace
} // namespace fusesim::test
