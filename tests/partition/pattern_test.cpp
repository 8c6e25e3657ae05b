// Every row of the modern vocabulary: a graph before, its subgraphs after.
#include "net.hpp"

namespace fusesim::test {
namespace {

using ir::OpKind;
using Boxes = std::vector<std::string>;

TEST(ModernVocabulary, RunsConvolutionNormAndActivationAsOne) {
  Net net;
  auto x = net.input("x", {1, 3, 8, 8});
  x = net.op(OpKind::relu, "relu", {net.bn("bn", net.conv("conv", x, 16, 3))});
  const auto graph = std::move(net).build({x});
  EXPECT_EQ(boxes(graph, "greedy"), (Boxes{"conv bn relu"}));
  EXPECT_EQ(partition::run_strategy("greedy", graph).subgraphs[0].pattern,
            "conv2d+batch_norm+relu");
}

TEST(ModernVocabulary, AddsTheResidualInTheChainThatProducesIt) {
  Net net; // a basic block of ResNet without downsampling
  const auto x = net.op(OpKind::relu, "stem", {net.input("x", {1, 16, 8, 8})});
  auto y = net.op(OpKind::relu, "relu1", {net.bn("bn1", net.conv("conv1", x, 16, 3))});
  y = net.op(OpKind::add, "add", {net.bn("bn2", net.conv("conv2", y, 16, 3)), x});
  const auto graph = std::move(net).build({net.op(OpKind::relu, "relu2", {y})});
  EXPECT_EQ(boxes(graph, "greedy"), (Boxes{"stem", "conv1 bn1 relu1", "conv2 bn2 add relu2"}));
}

TEST(ModernVocabulary, GivesAJoinToTheFirstChainAndOrdersTheOtherBeforeIt) {
  Net net; // with downsampling: both operands of the addition are convolutions
  const auto x = net.op(OpKind::relu, "stem", {net.input("x", {1, 16, 8, 8})});
  auto y = net.op(OpKind::relu, "relu1", {net.bn("bn1", net.conv("conv1", x, 32, 3))});
  y = net.bn("bn2", net.conv("conv2", y, 32, 3));
  y = net.op(OpKind::add, "add", {y, net.bn("down_bn", net.conv("down", x, 32))});
  const auto graph = std::move(net).build({net.op(OpKind::relu, "relu2", {y})});
  EXPECT_EQ(boxes(graph, "greedy"),
            (Boxes{"stem", "conv1 bn1 relu1", "down down_bn", "conv2 bn2 add relu2"}));
}

TEST(ModernVocabulary, KeepsTwoContractionsApart) {
  Net net; // an MLP: the second product would need whole rows of the first
  auto x = net.input("x", {1, 4, 32});
  x = net.op(OpKind::gelu, "gelu", {net.linear("up", x, 128)});
  x = net.op(OpKind::dropout, "dropout", {net.linear("down", x, 32)});
  const auto graph = std::move(net).build({x});
  EXPECT_EQ(boxes(graph, "greedy"), (Boxes{"up gelu", "down dropout"}));
}

TEST(ModernVocabulary, NormalisesRowsAheadOfALinear) {
  Net net; // the MLP of a transformer block with its residual
  const auto x = net.op(OpKind::add, "before",
                        {net.input("x", {1, 4, 32}), net.weight("position", {1, 4, 32})});
  auto y = net.op(OpKind::gelu, "gelu", {net.linear("up", net.ln("ln", x), 128)});
  y = net.op(OpKind::dropout, "dropout", {net.linear("down", y, 32)});
  const auto graph = std::move(net).build({net.op(OpKind::add, "add", {x, y})});
  EXPECT_EQ(boxes(graph, "greedy"), (Boxes{"before", "ln up gelu", "down dropout add"}));
}

TEST(ModernVocabulary, RunsASqueezeAndExcitationBlockAsOne) {
  for (const auto &[act, gate] : {std::pair{OpKind::silu, OpKind::sigmoid},        // EfficientNet
                                  std::pair{OpKind::relu, OpKind::hardsigmoid}}) { // MobileNetV3
    Net net;
    const auto x =
        net.op(act, "act", {net.bn("bn", net.conv("conv", net.input("x", {1, 8, 4, 4}), 16))});
    auto s = net.op(act, "reduced", {net.conv("reduce", net.pool("pool", x), 4)});
    s = net.op(gate, "gate", {net.conv("expand", s, 16)});
    const auto scaled = net.op(OpKind::mul, "scale", {s, x});
    const auto graph = std::move(net).build({net.bn("bn2", net.conv("project", scaled, 8))});
    EXPECT_EQ(boxes(graph, "greedy"),
              (Boxes{"conv bn act", "pool reduce reduced expand gate scale", "project bn2"}));
  }
}

TEST(ModernVocabulary, ChainsActivationAndConvolutionOnlyInsideSqueezeAndExcitation) {
  Net net;
  auto x = net.input("x", {1, 8, 4, 4});
  x = net.conv("second", net.op(OpKind::silu, "silu", {net.conv("first", x, 8)}), 8);
  const auto graph = std::move(net).build({x});
  EXPECT_EQ(boxes(graph, "greedy"), (Boxes{"first silu", "second"}));
}

TEST(ModernVocabulary, RunsPointwiseOperatorsAsOneLoop) {
  Net net; // a gated unit: the gate's operand comes from elsewhere
  const auto x = net.input("x", {2, 64});
  const auto y = net.input("y", {2, 64});
  auto z = net.op(OpKind::mul, "mul", {net.op(OpKind::exp, "exp", {x}), y});
  z = net.op(OpKind::tanh, "tanh", {net.op(OpKind::add, "add", {z, y})});
  const auto graph = std::move(net).build({z});
  EXPECT_EQ(boxes(graph, "greedy"), (Boxes{"exp mul add tanh"}));
}

TEST(ModernVocabulary, DoesNotBroadcastAChainIntoALargerLoop) {
  Net net; // 64 elements into 2×64: every row would compute exp again
  const auto row = net.op(OpKind::exp, "exp", {net.input("row", {64})});
  const auto graph =
      std::move(net).build({net.op(OpKind::add, "add", {net.input("x", {2, 64}), row})});
  EXPECT_EQ(boxes(graph, "greedy"), (Boxes{"exp", "add"}));
}

TEST(ModernVocabulary, ContinuesAPreActivationWithItsNorm) {
  Net net; // add ─> bn ─> relu, then a convolution of its own
  const auto sum =
      net.op(OpKind::add, "add", {net.input("x", {1, 8, 4, 4}), net.input("y", {1, 8, 4, 4})});
  const auto y = net.op(OpKind::relu, "relu", {net.bn("bn", sum)});
  const auto graph = std::move(net).build({net.conv("conv", y, 8)});
  EXPECT_EQ(boxes(graph, "greedy"), (Boxes{"add bn relu", "conv"}));
}

TEST(ModernVocabulary, GoesOnAfterARowNorm) {
  Net net; // Swin v2 normalises before it adds
  const auto x = net.input("x", {1, 4, 32});
  const auto y = net.ln("ln", net.linear("linear", x, 32));
  const auto graph = std::move(net).build({net.op(OpKind::add, "add", {x, y})});
  EXPECT_EQ(boxes(graph, "greedy"), (Boxes{"linear", "ln add"}));
}

TEST(ModernVocabulary, DoesNotChainThroughAWeightOperand) {
  Net net; // the chain computes the linear's weight, not its input
  const auto w = net.ln("ln", net.input("w", {8, 32}));
  const auto graph =
      std::move(net).build({net.op(OpKind::linear, "linear", {net.input("x", {2, 32}), w})});
  EXPECT_EQ(boxes(graph, "greedy"), (Boxes{"ln", "linear"}));
}

// ---- views and identities -----------------------------------------------------------------------

TEST(Views, AreTransparentInsideAChain) {
  Net net; // the end of a ConvNeXt block: linear ─> permute ─> layer scale ─> stochastic depth ─>
      // add
  const auto x = net.input("x", {1, 8, 4, 4});
  const auto rows = net.permute("to_rows", x, {0, 2, 3, 1});
  auto y = net.permute("to_maps", net.linear("linear", rows, 8), {0, 3, 1, 2});
  y = net.op(OpKind::mul, "scale", {y, net.weight("gamma", {8, 1, 1})});
  y = net.op(OpKind::stochastic_depth, "depth", {y});
  const auto graph = std::move(net).build({net.op(OpKind::add, "add", {y, x})});
  const auto partition = partition::run_strategy("greedy", graph);
  EXPECT_EQ(boxes(graph, partition), (Boxes{"to_rows linear to_maps scale depth add"}));
  EXPECT_EQ(partition.subgraphs[0].pattern, "linear+mul+add");
}

TEST(Views, BehindAnOperatorStayWithIt) {
  Net net; // a packed projection whose parts several products read
  const auto x = net.input("x", {1, 4, 32});
  const auto packed = net.linear("packed", x, 96);
  const ir::TensorType third{ir::DType::f32, {1, 4, 32}};
  const auto qkv = net.builder().add_typed(OpKind::split, "split", {packed}, {third, third, third},
                                           ir::AxisAttrs{.dims = {2}});
  const auto k = net.permute("k_t", qkv[1], {0, 2, 1});
  const auto scores = net.op(OpKind::matmul, "scores", {qkv[0], k});
  const auto graph = std::move(net).build({net.op(OpKind::matmul, "apply", {scores, qkv[2]})});
  EXPECT_EQ(boxes(graph, "greedy"), (Boxes{"packed split k_t", "scores", "apply"}));
}

TEST(Views, OfTheNetworksInputThatSeveralReadStayAlone) {
  Net net;
  const auto flat = net.view("flat", net.input("x", {2, 3, 4}), {2, 12});
  const auto a = net.linear("a", flat, 5), b = net.linear("b", flat, 6);
  const auto graph = std::move(net).build({a, b});
  const auto partition = partition::run_strategy("greedy", graph);
  EXPECT_EQ(boxes(graph, partition), (Boxes{"flat", "a", "b"}));
  EXPECT_EQ(partition.subgraphs[0].pattern, "no_work");
  EXPECT_FALSE(has_work(graph, partition.subgraphs[0]));
  EXPECT_TRUE(has_work(graph, partition.subgraphs[1]));
}

TEST(Bookkeeping, ThatNoTensorDependsOnIsNoFork) {
  Net net; // an assertion about the convolution's result
  const auto conv = net.conv("conv", net.input("x", {1, 3, 8, 8}), 4);
  net.builder().add_typed(OpKind::bookkeeping, "assert", {conv}, {{ir::DType::boolean, {}}});
  const auto graph = std::move(net).build({net.op(OpKind::relu, "relu", {conv})});
  EXPECT_EQ(boxes(graph, "greedy"), (Boxes{"conv assert relu"}));
}

TEST(Patterns, AreNamedAfterTheirFirstOperatorsWhenLong) {
  Net net;
  auto x = net.input("x", {4});
  for (const char *name : {"a", "b", "c", "d"})
    x = net.op(OpKind::exp, name, {x});
  const auto four = x;
  Net other;
  x = other.input("x", {4});
  for (const char *name : {"a", "b", "c", "d", "e"})
    x = other.op(OpKind::exp, name, {x});
  EXPECT_EQ(partition::run_strategy("greedy", std::move(net).build({four})).subgraphs[0].pattern,
            "exp+exp+exp+exp");
  EXPECT_EQ(partition::run_strategy("greedy", std::move(other).build({x})).subgraphs[0].pattern,
            "exp+exp+exp+2more");
}

} // namespace
} // namespace fusesim::test
