// Rows of the modern vocabulary that make one loop, or one kernel over rows, of what only moves
// elements, of constants, and of several producers.
#include "net.hpp"

namespace fusesim::test {
namespace {

using ir::OpKind;
using Boxes = std::vector<std::string>;

// ---- row `movement` -----------------------------------------------------------------------------

TEST(Loops, ReadAConcatFromItsProducers) {
  Net net; // a layer of DenseNet: what is concatenated is read by later layers, too
  const auto x = net.conv("x", net.input("in", {1, 3, 8, 8}), 8, 3);
  const auto y = net.conv("y", x, 4, 3);
  const auto z = net.op(OpKind::relu, "relu", {net.bn("bn", net.concat("concat", {x, y}))});
  const auto next = net.conv("conv", z, 4);
  const auto graph = std::move(net).build({net.concat("later", {x, y, next})});
  EXPECT_EQ(working_boxes(graph, "unfused"), 7u);
  EXPECT_EQ(boxes(graph, "greedy"), (Boxes{"x", "y", "concat bn relu", "conv", "later"}));
}

TEST(Loops, GatherWhatTheyAdd) {
  Net net; // the bias per pair of positions of a Swin window: table[index] ─> permute ─> copy
  const auto table = net.weight("table", {169, 3});
  const auto index = net.builder().weight("index", {ir::DType::i64, {2401}}, ir::ValueRole::buffer);
  auto bias = net.builder()
                  .add_typed(OpKind::index, "gather", {table, index}, {{ir::DType::f32, {2401, 3}}})
                  .front();
  bias = net.view("pairs", bias, {49, 49, 3});
  bias = net.copy("copy", net.permute("heads_first", bias, {2, 0, 1}));
  const auto graph = std::move(net).build({bias});
  EXPECT_EQ(boxes(graph, "greedy"), (Boxes{"gather pairs heads_first copy"}));
}

// ---- rows `inlined` and `loop_statistics` -------------------------------------------------------

TEST(Loops, AddThreeEmbeddingsAndNormaliseThem) {
  Net net; // BERT's first layer
  const auto tokens = net.builder().input("tokens", {ir::DType::i64, {1, 16}});
  const auto embed = [&](const char *name, ir::ValueId ids) {
    return net.op(OpKind::embedding, name,
                  {net.weight(std::string(name).append(".weight"), {100, 32}), ids});
  };
  auto x = net.op(OpKind::add, "add", {embed("words", tokens), embed("types", tokens)});
  x = net.op(OpKind::add, "add_position", {x, embed("positions", tokens)});
  const auto graph = std::move(net).build({net.op(OpKind::dropout, "drop", {net.ln("ln", x)})});
  EXPECT_EQ(working_boxes(graph, "unfused"), 6u);
  EXPECT_EQ(boxes(graph, "greedy"), (Boxes{"words types add positions add_position ln drop"}));
  // Each embedding delivers 16·32·4 = 2048 bytes; tokens (16·8 = 128) are read once, not thrice.
  const auto partition = partition::run_strategy("greedy", graph);
  const auto traffic = traffic_of(graph, partition, partition.subgraphs[0]);
  EXPECT_EQ(traffic.input, 128u);
  EXPECT_EQ(traffic.weight, 3u * 2048 + 2 * 128);
  EXPECT_EQ(traffic.output, 2048u);
}

TEST(Loops, InlineBothOperandsOfAProduct) {
  Net net;
  const auto left = net.op(OpKind::exp, "exp", {net.input("x", {2, 8})});
  const auto right = net.op(OpKind::tanh, "tanh", {net.input("y", {2, 8})});
  const auto graph = std::move(net).build({net.op(OpKind::mul, "mul", {left, right})});
  EXPECT_EQ(boxes(graph, "greedy"), (Boxes{"exp tanh mul"}));
}

TEST(Loops, DoNotInlineIntoAnEpilogue) {
  Net net; // the exponential is read by a convolution's epilogue, from memory
  const auto left = net.conv("conv", net.input("x", {1, 8, 4, 4}), 8);
  const auto right = net.op(OpKind::exp, "exp", {net.input("y", {1, 8, 4, 4})});
  const auto graph = std::move(net).build({net.op(OpKind::mul, "mul", {left, right})});
  EXPECT_EQ(boxes(graph, "greedy"), (Boxes{"exp", "conv mul"}));
}

TEST(Loops, DoNotInlineASmallerOperandThatEveryRowWouldCompute) {
  Net net;
  const auto x = net.op(OpKind::tanh, "tanh", {net.input("x", {2, 8})});
  const auto row = net.op(OpKind::exp, "exp", {net.input("row", {8})});
  const auto graph = std::move(net).build({net.op(OpKind::mul, "mul", {x, row})});
  EXPECT_EQ(boxes(graph, "greedy"), (Boxes{"exp", "tanh mul"}));
}

TEST(Loops, EndInTheStatisticsOfTheirRowsAndGoOn) {
  for (const bool softmax : {true, false}) {
    Net net;
    const auto x = net.input("x", {4, 64}), y = net.input("y", {4, 64});
    const auto sum = net.op(OpKind::add, "add", {net.op(OpKind::mul, "mul", {x}), y});
    const auto rows = softmax ? net.softmax("rows", sum) : net.ln("rows", sum);
    const auto graph = std::move(net).build({net.op(OpKind::mul, "gate", {rows, y})});
    EXPECT_EQ(boxes(graph, "greedy"), (Boxes{"mul add rows gate"}));
  }
}

TEST(Loops, BehindAContractionDoNotReachStatistics) {
  Net net; // the end of a BERT layer: a CTA of the product has not the whole row
  const auto x = net.input("x", {1, 16, 32});
  const auto sum = net.op(OpKind::add, "add", {net.linear("linear", x, 32), x});
  const auto graph = std::move(net).build({net.ln("ln", sum)});
  EXPECT_EQ(boxes(graph, "greedy"), (Boxes{"linear add", "ln"}));
}

TEST(Loops, AheadOfANormKeepItFromTheLinearBehind) {
  Net net; // every CTA of the product would compute the loop again
  const auto x = net.input("x", {1, 16, 32});
  const auto norm = net.ln("ln", net.op(OpKind::add, "add", {x, net.input("y", {1, 16, 32})}));
  const auto graph =
      std::move(net).build({net.op(OpKind::gelu, "gelu", {net.linear("up", norm, 64)})});
  EXPECT_EQ(boxes(graph, "greedy"), (Boxes{"add ln", "up gelu"}));
}

// ---- row `shift` --------------------------------------------------------------------------------

TEST(Loops, StoreANormalisedMapShiftedAndCutIntoWindows) {
  Net net; // ahead of Swin's window attention: norm ─> roll ─> windows side by side
  auto x = net.ln("norm", net.input("x", {1, 4, 4, 8}));
  x = net.roll("roll", x);
  x = net.permute("by_window", net.view("cut", x, {1, 2, 2, 2, 2, 8}), {0, 1, 3, 2, 4, 5});
  x = net.copy("copy", x);
  const auto graph = std::move(net).build({net.linear("qkv", net.view("rows", x, {4, 4, 8}), 24)});
  EXPECT_EQ(working_boxes(graph, "unfused"), 4u);
  EXPECT_EQ(boxes(graph, "greedy"), (Boxes{"norm roll cut by_window copy rows", "qkv"}));
}

TEST(Loops, ReadAShiftedResidual) {
  Net net; // behind Swin's window attention: the product stores windows, the loop puts them back
  const auto x = net.input("x", {1, 4, 4, 8});
  auto y = net.linear("proj", net.input("windows", {4, 4, 8}), 8);
  y = net.permute("by_row", net.view("cut", y, {1, 2, 2, 2, 2, 8}), {0, 1, 3, 2, 4, 5});
  y = net.view("map", net.copy("copy", y), {1, 4, 4, 8});
  y = net.roll("roll", y);
  const auto graph = std::move(net).build({net.op(OpKind::add, "add", {x, y})});
  EXPECT_EQ(boxes(graph, "greedy"), (Boxes{"proj cut by_row copy map", "roll add"}));
}

TEST(Loops, DoNotShiftWhatAContractionMakes) {
  Net net; // no library stores its tiles elsewhere in a circle
  auto x = net.linear("linear", net.input("x", {1, 4, 8}), 8);
  x = net.roll("roll", x);
  const auto graph = std::move(net).build({x});
  EXPECT_EQ(boxes(graph, "greedy"), (Boxes{"linear", "roll"}));
}

// ---- rows `constant` and `slice_assignment` -----------------------------------------------------

TEST(Loops, ComputeConstantsWhereTheyAreRead) {
  Net net; // BERT's mask: (1 - ones)·lowest
  auto mask = net.view("view", net.fill("ones", {1, 16}), {1, 1, 1, 16});
  mask = net.op(OpKind::mul, "lowest", {net.op(OpKind::sub, "sub", {mask})});
  const auto graph = std::move(net).build({mask});
  EXPECT_EQ(boxes(graph, "greedy"), (Boxes{"ones view sub lowest"}));
}

TEST(Loops, AssignSlicesOneAfterTheOther) {
  Net net; // Swin numbers the regions of a shifted map: mask[a:b, c:d] = n
  auto mask = net.fill("mask", {8, 8});
  for (const char *n : {"1", "2", "3"}) {
    const auto patch = net.fill(std::string("patch").append(n), {4, 4});
    mask = net.op(OpKind::overlay, std::string("assign").append(n), {mask, patch});
  }
  mask = net.copy("copy", net.permute("turn", mask, {1, 0}));
  const auto graph = std::move(net).build({mask});
  EXPECT_EQ(working_boxes(graph, "unfused"), 5u);
  EXPECT_EQ(boxes(graph, "greedy"),
            (Boxes{"mask patch1 assign1 patch2 assign2 patch3 assign3 turn copy"}));
}

TEST(Loops, LeaveTheConsumerOfAConstantToAChainThatComputes) {
  Net net; // the constant comes first, and yet the convolution gets the addition
  const auto ones = net.fill("ones", {1, 8, 4, 4});
  const auto conv = net.conv("conv", net.input("x", {1, 8, 4, 4}), 8);
  const auto graph = std::move(net).build({net.op(OpKind::add, "add", {ones, conv})});
  EXPECT_EQ(boxes(graph, "greedy"), (Boxes{"ones conv add"}));
}

TEST(Loops, LeaveAConstantThatSeveralReadAlone) {
  Net net;
  const auto ones = net.fill("ones", {8});
  const auto x = net.input("x", {8});
  const auto a = net.op(OpKind::add, "a", {x, ones}), b = net.op(OpKind::mul, "b", {x, ones});
  const auto graph = std::move(net).build({a, b});
  EXPECT_EQ(boxes(graph, "greedy"), (Boxes{"ones", "a", "b"}));
}

} // namespace
} // namespace fusesim::test
