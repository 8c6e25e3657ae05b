// assemble() makes any grouping of operators executable, also one that no strategy of ours would
// make.
#include "net.hpp"

#include "partition/grouping.hpp"

namespace fusesim::test {
namespace {

using ir::OpKind;
using partition::Refusal;

/// Groups given by operator names; the rest stays single.
partition::Partition assembled(const ir::Graph &graph,
                               const std::vector<std::vector<std::string>> &groups) {
  const auto flow = partition::flow_of(graph);
  partition::Grouping grouping(graph.nodes().size());
  for (const auto &names : groups) {
    const auto head = node_named(graph, names.front()), last = node_named(graph, names.back());
    const auto group =
        grouping.add({.head = head, .last = last, .pattern = "hand", .may_grow = false});
    for (const auto &name : names)
      grouping.group_of[node_named(graph, name)] = group;
  }
  const partition::Vocabulary nothing{"nothing", "no pair at all", {}};
  grow_chains(flow, nothing, grouping);
  auto partition = assemble(graph, flow, grouping, "hand");
  verify(graph, partition);
  return partition;
}

/// before ─> a ─> b ─> c ─> d ─> after ─> end
ir::Graph line() {
  Net net;
  auto x = net.input("x", {4});
  for (const char *name : {"before", "a", "b", "c", "d", "after", "end"})
    x = net.op(OpKind::exp, name, {x});
  return std::move(net).build({x});
}

TEST(Assemble, DissolvesGroupsThatWaitForEachOtherAndNoOthers) {
  // {a, c} waits for {b, d} (c reads b), which waits for {a, c} (b reads a). Around them {before}
  // and {after, end}.
  const auto graph = line();
  const auto partition = assembled(graph, {{"a", "c"}, {"b", "d"}, {"after", "end"}});
  EXPECT_EQ(boxes(graph, partition),
            (std::vector<std::string>{"before", "a", "b", "c", "d", "after end"}));
  EXPECT_EQ(partition.subgraphs[1].pattern, "unfused");
  EXPECT_EQ(partition.subgraphs[5].pattern, "hand");
}

TEST(Assemble, SaysWhichEdgesWouldMakeACircle) {
  Net net; // a feeds d directly and through b: {a, d} cannot hold both ends
  const auto a = net.op(OpKind::exp, "a", {net.input("x", {4})});
  const auto d = net.op(OpKind::add, "d", {a, net.op(OpKind::exp, "b", {a})});
  const auto graph = std::move(net).build({d});
  const auto partition = assembled(graph, {{"a", "d"}});
  EXPECT_EQ(boxes(graph, partition), (std::vector<std::string>{"a", "b", "d"}));
  std::vector<Refusal> reasons; // in order of consumers: a>b, a>d, b>d
  for (const auto &decision : partition.refusals)
    reasons.push_back(decision.reason);
  EXPECT_EQ(reasons,
            (std::vector{Refusal::fork, Refusal::would_cycle, Refusal::not_in_vocabulary}));
}

TEST(Assemble, RunsWhatBeginsFirstInTheGraphFirst) {
  Net net; // two independent branches, interleaved in the graph
  const auto x = net.input("x", {4});
  auto a = net.op(OpKind::exp, "a1", {x}), b = net.op(OpKind::exp, "b1", {x});
  a = net.op(OpKind::exp, "a2", {a}), b = net.op(OpKind::exp, "b2", {b});
  const auto graph = std::move(net).build({a, b});
  EXPECT_EQ(boxes(graph, assembled(graph, {{"b1", "b2"}, {"a1", "a2"}})),
            (std::vector<std::string>{"a1 a2", "b1 b2"}));
}

} // namespace
} // namespace fusesim::test
