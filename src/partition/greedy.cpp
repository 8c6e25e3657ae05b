// The strategy `greedy`, and the chain growth that other strategies share.
//
// A chain grows from its head, operator by operator, while (1) the next operator is the only reader
// of the last one, (2) it is in no other chain, (3) the vocabulary has a row for the pair, and (4)
// the next operator has no other producer, unless that row lets the chain join. Heads are taken in
// graph order; each operator is asked once.
//
//   x ─┬─> conv1 ─> bn1 ─> relu1 ──> conv2 ─> bn2 ─> add ─> relu2 ─┬─>
//      │  └───────── A ─────────┘   └──────────── B ───────^────┘  └─>
//      └───────────────────────────────────────────────────┘
//
//   x ─> conv1, x ─> add: fork (1).  relu1 ─> conv2: no row (3).  bn2 ─> add: its row joins (4).
//
// Why no cycle can arise. In a chain every result but the last one's is read by the next operator
// alone, so whatever leaves the chain leaves from its last operator; and whatever enters it, at a
// join or at the head, reaches that last operator. If chain A feeds chain B, then last(A) reaches
// last(B) in the graph. A circle of chains would thus be a circle in the graph, which has none.
// Transparent nodes behind the last operator change nothing: nothing enters there. Hence joins need
// no reachability search, growth is linear, and assemble()'s check is a safety net only.
#include "partition/grouping.hpp"

#include <algorithm>

namespace fusesim::partition {
namespace {

/// Whether `consumer` may follow `producer`, the last operator of `group`.
Match match_next(const Flow &flow, const Vocabulary &vocabulary, const Grouping &grouping,
                 ir::NodeId producer, ir::NodeId consumer, Stage stage) {
  const auto operands = flow.operands_of(consumer);
  const auto link = std::ranges::find(operands, producer, &Flow::Operand::producer);
  Match match = vocabulary.match({.producer = flow.label[producer],
                                  .consumer = flow.label[consumer],
                                  .stage = stage,
                                  .same_size = flow.elements[producer] == flow.elements[consumer],
                                  .main = link->main,
                                  .joins = operands.size() > 1});
  if (match.row != nullptr && grouping.group_of[consumer] != kNoGroup)
    return {nullptr, Refusal::join};
  return match;
}

void grow(const Flow &flow, const Vocabulary &vocabulary, Grouping &grouping, GroupId id) {
  Group &group = grouping.groups[id];
  Stage stage = Stage::plain;
  for (;;) {
    const ir::NodeId next = flow.sole_consumer[group.last];
    if (next == ir::kNoNode)
      return;
    const Match match = match_next(flow, vocabulary, grouping, group.last, next, stage);
    if (match.row == nullptr) {
      grouping.stopped[group.last] = match.refusal;
      return;
    }
    if (match.row->next != Stage::any)
      stage = match.row->next;
    grouping.group_of[next] = id;
    group.last = next;
  }
}

} // namespace

GroupId Grouping::add(Group group) {
  groups.push_back(group);
  return static_cast<GroupId>(groups.size() - 1);
}

void grow_chains(const Flow &flow, const Vocabulary &vocabulary, Grouping &grouping) {
  const auto count = static_cast<ir::NodeId>(flow.origin.size());
  for (ir::NodeId n = 0; n < count; ++n) {
    if (!flow.is_operator(n))
      continue;
    if (grouping.group_of[n] == kNoGroup)
      grouping.group_of[n] = grouping.add({.head = n, .last = n, .pattern = {}});
    const GroupId id = grouping.group_of[n];
    if (grouping.groups[id].head == n && grouping.groups[id].may_grow)
      grow(flow, vocabulary, grouping, id);
  }
}

Partition greedy(const ir::Graph &graph) {
  const Flow flow = flow_of(graph);
  Grouping grouping(graph.nodes().size());
  grow_chains(flow, modern_vocabulary(), grouping);
  return assemble(graph, flow, grouping, "greedy");
}

} // namespace fusesim::partition
