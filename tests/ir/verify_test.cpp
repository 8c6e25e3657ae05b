// Each test breaks one invariant of a valid graph and expects the verifier to name it.
#include "ir/detail/verify.hpp"
#include "random_graph.hpp"
#include "small_graphs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

using namespace fusesim;
using namespace fusesim::ir;
using test::f32;
using testing::HasSubstr;

namespace {

class Verifier : public testing::Test {
protected:
  // x ─ fc(w) ─ act ─┬─ join ─ out
  //            └─────┘
  Verifier() {
    GraphBuilder builder("valid");
    x_ = builder.input("x", f32({2, 4}));
    w_ = builder.weight("w", f32({4, 4}));
    fc_ = builder.add(OpKind::linear, "fc", {x_, w_});
    act_ = builder.add(OpKind::relu, "act", {fc_});
    join_ = builder.add(OpKind::add, "join", {act_, fc_});
    builder.output(join_);
    const auto graph = std::move(builder).build();
    nodes_.assign(graph.nodes().begin(), graph.nodes().end());
    values_.assign(graph.values().begin(), graph.values().end());
    inputs_.assign(graph.inputs().begin(), graph.inputs().end());
    outputs_.assign(graph.outputs().begin(), graph.outputs().end());
  }

  std::string verdict() const {
    return test::error_of([&] { verify(GraphParts{nodes_, values_, inputs_, outputs_}); });
  }

  ValueId x_, w_, fc_, act_, join_;
  std::vector<Node> nodes_;
  std::vector<Value> values_;
  std::vector<ValueId> inputs_, outputs_;
};

TEST_F(Verifier, AcceptsTheUnbrokenGraph) { EXPECT_EQ(verdict(), "no error"); }

TEST_F(Verifier, RefusesInputsOutOfRange) {
  nodes_[1].inputs[0] = 99;
  EXPECT_EQ(verdict(), "node 'act' (relu): input 99 is no value of the graph");
}

TEST_F(Verifier, RefusesOutputsOutOfRange) {
  nodes_[1].outputs.push_back(99);
  EXPECT_EQ(verdict(), "node 'act' (relu): output 99 is no value of the graph");
}

TEST_F(Verifier, RefusesNodesThatReadWhatComesLater) {
  nodes_[1].inputs[0] = join_;
  EXPECT_THAT(verdict(), HasSubstr("node 'act' (relu): input 'join' is produced later"));
}

TEST_F(Verifier, RefusesNodesThatReadTheirOwnOutput) {
  nodes_[2].inputs[0] = join_;
  EXPECT_THAT(verdict(), HasSubstr("node 'join' (add): input 'join' is produced later"));
}

TEST_F(Verifier, RefusesTwoNodesOfOneName) {
  nodes_[2].name = "fc";
  EXPECT_EQ(verdict(), "node 'fc' (add): another node has the same name");
}

TEST_F(Verifier, RefusesTwoValuesOfOneName) {
  values_[w_].name = "x";
  EXPECT_EQ(verdict(), "value 'x': another value has the same name");
}

TEST_F(Verifier, RefusesTwoProducersOfOneValue) {
  nodes_[2].outputs[0] = act_;
  EXPECT_THAT(verdict(), HasSubstr("value 'join': is no output of its producer"));
  values_[join_].role = ValueRole::constant;
  values_[join_].producer = kNoNode;
  EXPECT_THAT(verdict(), HasSubstr("node 'join' (add): output 'act' names another producer"));
}

TEST_F(Verifier, RefusesAnOutputListedTwice) {
  nodes_[1].outputs.push_back(act_);
  EXPECT_EQ(verdict(), "node 'act' (relu): output 'act' is listed twice");
}

TEST_F(Verifier, RefusesRolesThatContradictProducers) {
  auto values = values_;
  values_[act_].role = ValueRole::parameter;
  EXPECT_EQ(verdict(), "value 'act': is no intermediate, but has a producer");
  values_ = values;
  values_[w_].role = ValueRole::intermediate;
  EXPECT_EQ(verdict(), "value 'w': is intermediate, but nothing produces it");
  values_ = values;
  values_[act_].producer = 77;
  EXPECT_EQ(verdict(), "value 'act': is no output of its producer");
}

TEST_F(Verifier, RefusesWrongConsumers) {
  values_[fc_].consumers = {1};
  EXPECT_EQ(verdict(), "value 'fc': its list of consumers is not what nodes read");
  values_[fc_].consumers = {2, 1};
  EXPECT_EQ(verdict(), "value 'fc': its list of consumers is not what nodes read");
}

TEST_F(Verifier, RefusesShapesThatTheTableDoesNotInfer) {
  values_[act_].type.dims = {4, 2};
  EXPECT_EQ(verdict(), "node 'act' (relu): output is given as 4x2:f32, but must be 2x4:f32");
}

TEST_F(Verifier, RefusesElementTypesThatTheTableDoesNotInfer) {
  values_[fc_].type.dtype = DType::f16;
  EXPECT_EQ(verdict(), "node 'fc' (linear): output is given as 2x4:f16, but must be 2x4:f32");
}

TEST_F(Verifier, RefusesSizesThatAreNotPositive) {
  values_[x_].type.dims = {0, 4};
  EXPECT_EQ(verdict(), "value 'x': size 0 of 0x4 is not positive");
}

TEST_F(Verifier, RefusesAttributesOfAnotherOperator) {
  nodes_[1].attributes = ConvAttrs{};
  EXPECT_EQ(verdict(), "node 'act' (relu): takes no attributes");
}

TEST_F(Verifier, RefusesAttributesInPart) {
  nodes_[1].kind = OpKind::max_pool2d;
  nodes_[1].attributes = PoolAttrs{.kernel = {2}};
  EXPECT_EQ(verdict(), "node 'act' (max_pool2d): its attributes are not given in full");
}

TEST_F(Verifier, RefusesAWrongInterface) {
  const auto inputs = inputs_;
  inputs_ = {w_};
  EXPECT_THAT(verdict(), HasSubstr("is no input value"));
  inputs_ = {};
  EXPECT_EQ(verdict(), "graph: its inputs are not exactly its input values");
  inputs_ = inputs;
  outputs_ = {};
  EXPECT_EQ(verdict(), "graph: has no output");
  outputs_ = {99};
  EXPECT_EQ(verdict(), "graph: output 99 is no value of the graph");
  outputs_ = {join_, join_};
  EXPECT_EQ(verdict(), "graph: an output is listed twice");
}

// Nodes that change places contradict the producers that values name.
RC_GTEST_PROP(VerifierOfRandomGraphs, RefusesAnyBrokenOrder, ()) {
  const auto graph = *test::arbitrary_graph(30);
  verify(graph);
  std::vector<Node> nodes(graph.nodes().begin(), graph.nodes().end());
  const std::vector<Value> values(graph.values().begin(), graph.values().end());
  if (nodes.size() < 2)
    return;
  const auto later = *rc::gen::inRange<std::size_t>(1, nodes.size());
  const auto id = *rc::gen::inRange<std::size_t>(0, later);
  std::swap(nodes[id], nodes[later]);
  RC_ASSERT_THROWS_AS(verify(GraphParts{nodes, values, graph.inputs(), graph.outputs()}), Error);
}

} // namespace
