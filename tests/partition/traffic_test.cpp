// Bytes by hand. All tensors are f32: 4 bytes per element.
#include "net.hpp"

namespace fusesim::test {
namespace {

using ir::OpKind;
using partition::Traffic;

Traffic traffic(const ir::Graph &graph, std::string_view strategy, std::string_view inside) {
  const auto partition = partition::run_strategy(strategy, graph);
  return traffic_of(graph, partition, box_of(graph, partition, inside));
}

void expect_traffic(const Traffic &t, Bytes input, Bytes output, Bytes weight, Bytes internal) {
  EXPECT_EQ(t.input, input);
  EXPECT_EQ(t.output, output);
  EXPECT_EQ(t.weight, weight);
  EXPECT_EQ(t.internal, internal);
  EXPECT_EQ(t.external(), input + output + weight);
}

ir::Graph conv_bn_relu() {
  Net net;
  const auto x = net.input("x", {1, 3, 8, 8});
  const auto y = net.op(OpKind::relu, "relu", {net.bn("bn", net.conv("conv", x, 16, 3))});
  return std::move(net).build({y});
}

TEST(Traffic, OfAChainIsItsEndsAndItsWeights) {
  // x 3·64·4 = 768; result 16·64·4 = 4096; weights 16·3·9·4 = 1728 and four vectors of 16·4 = 64
  // each, 256. Saved: conv's and bn's results, each written (4096) and read once (4096).
  expect_traffic(traffic(conv_bn_relu(), "greedy", "conv"), 768, 4096, 1984, 4 * 4096);
}

TEST(Traffic, OfSingleOperatorsCountsEveryIntermediateTwice) {
  const auto graph = conv_bn_relu();
  expect_traffic(traffic(graph, "unfused", "conv"), 768, 4096, 1728, 0);
  expect_traffic(traffic(graph, "unfused", "bn"), 4096, 4096, 256, 0);
  expect_traffic(traffic(graph, "unfused", "relu"), 4096, 4096, 0, 0);
}

TEST(Traffic, ReadsTheOtherOperandOfAJoin) {
  Net net; // residual: 8·16·4 = 512 bytes each
  const auto x = net.op(OpKind::relu, "stem", {net.input("x", {1, 8, 4, 4})});
  const auto y = net.op(OpKind::add, "add", {net.conv("conv", x, 8), x});
  const auto graph = std::move(net).build({net.op(OpKind::relu, "relu", {y})});
  // Here both operands are x's tensor, which one kernel fetches once; conv's weight is 8·8·4 = 256.
  expect_traffic(traffic(graph, "greedy", "conv"), 512, 512, 256, 4 * 512);
}

TEST(Traffic, OfSqueezeAndExcitationReadsTheScaledTensorFromOutside) {
  Net net;
  const auto x = net.op(OpKind::silu, "silu", {net.conv("conv", net.input("x", {1, 8, 4, 4}), 16)});
  auto s = net.op(OpKind::silu, "reduced", {net.conv("reduce", net.pool("pool", x), 4)});
  s = net.op(OpKind::sigmoid, "gate", {net.conv("expand", s, 16)});
  const auto graph = std::move(net).build({net.op(OpKind::mul, "scale", {s, x})});
  // x and the result 16·16·4 = 1024; weights 4·16·4 and 16·4·4, 512. Inside, each written and read:
  // pool 16·4 = 64, reduce 16, reduced 16, expand 64, gate 64: 2·224.
  expect_traffic(traffic(graph, "greedy", "pool"), 1024, 1024, 512, 448);
}

TEST(Traffic, LooksThroughViews) {
  Net net;
  auto x = net.view("flat", net.input("x", {2, 3, 4}), {2, 12}); // 96 bytes
  x = net.op(OpKind::dropout, "drop", {net.linear("linear", x, 5)});
  const auto graph = std::move(net).build({net.softmax("softmax", net.view("row", x, {10}))});
  expect_traffic(traffic(graph, "greedy", "linear"), 96, 40, 240, 0);
  expect_traffic(traffic(graph, "greedy", "softmax"), 40, 40, 0, 0);
  expect_traffic(traffic(graph, "unfused", "drop"), 0, 0, 0, 0);
  expect_traffic(traffic(graph, "unfused", "flat"), 0, 0, 0, 0);
}

TEST(Traffic, CountsSlicesByTheirOwnBytesAndTogetherNoMoreThanTheRoot) {
  Net net; // 12 elements; slices of 8 overlap
  const auto x = net.input("x", {12});
  const auto a = net.view("a", x, {8}, OpKind::slice), b = net.view("b", x, {8}, OpKind::slice);
  const auto graph =
      std::move(net).build({net.op(OpKind::add, "add", {a, b}), net.op(OpKind::exp, "exp", {a})});
  expect_traffic(traffic(graph, "unfused", "exp"), 32, 32, 0, 0);
  expect_traffic(traffic(graph, "unfused", "add"), 48, 32, 0, 0); // not 64
}

TEST(Traffic, CountsASliceReadTwiceOnce) {
  Net net;
  const auto a = net.view("a", net.input("x", {12}), {4}, OpKind::slice);
  const auto square = net.op(OpKind::mul, "square", {a, net.view("again", a, {4})});
  const auto graph = std::move(net).build({square});
  expect_traffic(traffic(graph, "greedy", "square"), 16, 16, 0, 0);
}

TEST(Traffic, OfAnExpandedTensorIsWhatItsStorageHolds) {
  Net net; // one row of 4, shown 100 times
  const auto row = net.view("rows", net.input("x", {1, 4}), {100, 4}, OpKind::expand);
  const auto graph = std::move(net).build({net.op(OpKind::exp, "exp", {row})});
  expect_traffic(traffic(graph, "greedy", "exp"), 16, 1600, 0, 0);
}

TEST(Traffic, OfALookupIsTheRowsItFetches) {
  Net net; // 3 of 1000 rows of 8: 3·8·4 = 96 bytes from the table, 3·8 bytes of indices
  const auto ids = net.builder().input("ids", {ir::DType::i64, {3}});
  const auto graph = std::move(net).build(
      {net.op(OpKind::embedding, "embed", {net.weight("table", {1000, 8}), ids})});
  expect_traffic(traffic(graph, "greedy", "embed"), 24, 96, 96, 0);
}

TEST(Traffic, WritesWhatOthersOrTheUserReadAndKeepsTheRest) {
  Net net; // q, k, v of one input; only q's result leaves the network
  const auto x = net.input("x", {1, 2, 4}); // 32 bytes, as every result
  const auto q = net.linear("q", x, 4), k = net.linear("k", x, 4), v = net.linear("v", x, 4);
  const auto sum = net.op(OpKind::add, "sum", {k, v});
  const auto graph = std::move(net).build({q, sum});
  expect_traffic(traffic(graph, "attention", "q"), 32, 96, 192, 0);
  // greedy joins k and sum: k's 32 bytes stay inside (written and read), v's are read.
  expect_traffic(traffic(graph, "greedy", "sum"), 64, 32, 64, 64);
}

} // namespace
} // namespace fusesim::test
