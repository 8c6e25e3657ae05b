// The verifier finds each way in which a partition can be wrong.
#include "net.hpp"

#include "support/error.hpp"

namespace fusesim::test {
namespace {

using ir::OpKind;
using partition::Partition;

class Verifier : public testing::Test {
protected:
  Verifier() : graph_(diamond()), good_(partition::run_strategy("unfused", graph_)) {}

  /// a ─> b ─> d, a ─> c ─> d
  static ir::Graph diamond() {
    Net net;
    const auto a = net.op(OpKind::exp, "a", {net.input("x", {4})});
    const auto b = net.op(OpKind::exp, "b", {a}), c = net.op(OpKind::exp, "c", {a});
    return std::move(net).build({net.op(OpKind::add, "d", {b, c})});
  }

  /// A partition with the given subgraphs, consistent in everything else.
  static Partition of(const std::vector<std::vector<ir::NodeId>> &groups) {
    Partition partition{
        .strategy = "hand", .subgraphs = {}, .subgraph_of = {0, 0, 0, 0}, .refusals = {}};
    for (const auto &nodes : groups) {
      const auto id = static_cast<partition::SubgraphId>(partition.subgraphs.size());
      partition.subgraphs.push_back({id, "p", nodes});
      for (const auto node : nodes)
        if (node < partition.subgraph_of.size())
          partition.subgraph_of[node] = id;
    }
    return partition;
  }

  void expect_rejected(const Partition &partition, const std::string &message) const {
    try {
      verify(graph_, partition);
      ADD_FAILURE() << "accepted; expected: " << message;
    } catch (const Error &error) {
      EXPECT_THAT(error.what(), testing::HasSubstr(message));
    }
  }

  ir::Graph graph_;
  Partition good_;
};

TEST_F(Verifier, AcceptsLegalPartitions) {
  EXPECT_NO_THROW(verify(graph_, good_));
  EXPECT_NO_THROW(verify(graph_, of({{0, 1, 2, 3}})));
  EXPECT_NO_THROW(verify(graph_, of({{0}, {2}, {1, 3}})));
}

TEST_F(Verifier, RejectsAMissingOperator) {
  expect_rejected(of({{0}, {1}, {2}}), "'d' is in no subgraph");
}

TEST_F(Verifier, RejectsAnOperatorHeldTwice) {
  expect_rejected(of({{0, 1}, {1, 2}, {3}}),
                  "subgraph_of places in"); // the map can name only one of them
  expect_rejected(of({{0}, {1, 1, 2}, {3}}), "holds 'b', which is in a subgraph already");
}

TEST_F(Verifier, RejectsAnEmptySubgraph) {
  expect_rejected(of({{0, 1, 2, 3}, {}}), "has no operator");
}

TEST_F(Verifier, RejectsIdsOutOfOrder) {
  std::swap(good_.subgraphs[1].id, good_.subgraphs[2].id);
  expect_rejected(good_, "carries the id 2");
}

TEST_F(Verifier, RejectsOperatorsOutOfOrder) {
  expect_rejected(of({{1, 0}, {2}, {3}}), "lists 'a' after a later");
}

TEST_F(Verifier, RejectsAnOperatorThatDoesNotExist) {
  expect_rejected(of({{0, 1, 2, 3, 4}}), "names operator 4 of 4");
}

TEST_F(Verifier, RejectsAMapOfTheWrongSizeOrContent) {
  auto wrong = good_;
  wrong.subgraph_of.pop_back();
  expect_rejected(wrong, "places 3 operators, the graph has 4");
  wrong = good_;
  wrong.subgraph_of[3] = 0;
  expect_rejected(wrong, "holds 'd', which subgraph_of places in 0");
}

TEST_F(Verifier, RejectsAnOrderThatCannotExecute) {
  expect_rejected(of({{1}, {0}, {2}, {3}}),
                  "reads 'a' in 'b', but that is produced by 'a' in the later subgraph 1");
}

TEST_F(Verifier, RejectsASubgraphThatIsNotConvex) {
  expect_rejected(of({{0, 1, 3}, {2}}),
                  "produced by 'c' in the later subgraph 1"); // a ─> c ─> d leaves and returns
  expect_rejected(of({{2}, {0, 1, 3}}),
                  "produced by 'a' in the later subgraph 1"); // in either order
}

} // namespace
} // namespace fusesim::test
