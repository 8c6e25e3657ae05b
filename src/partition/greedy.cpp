// The strategy `greedy`, and the chain growth that other strategies share.
//
// A chain grows from its head, operator by operator, while (1) the next operator is the only reader
// of the last one, (2) it is in no other chain, (3) the vocabulary has a row for the pair, and (4)
// the next operator has no other producer, unless that row lets the chain join. Heads are taken in
// graph order, constants last; each operator is asked once.
//
//   x ─┬─> conv1 ─> bn1 ─> relu1 ──> conv2 ─> bn2 ─> add ─> relu2 ─┬─>
//      │  └───────── A ─────────┘   └──────────── B ───────^────┘  └─>
//      └───────────────────────────────────────────────────┘
//
//   x ─> conv1, x ─> add: fork (1).  relu1 ─> conv2: no row (3).  bn2 ─> add: its row joins (4).
//
// Two things go beyond a line of operators:
//   (1') Readers that all come together again are one step: see region.cpp.
//   (2') Where a row merges, a chain whose next operator another chain has becomes part of that one:
//        a constant, a loop that another loop inlines, a producer that writes into a concat.
//
//        embedding ─> add ─> add ─> layer_norm        head first: embedding add add layer_norm
//        embedding ────┘      │                       then the other two, which it inlines
//        embedding ───────────┘
//
// Why no cycle can arise. In a chain all results but the last one's are read inside of it alone, so
// whatever leaves the chain leaves from its last operator; and whatever enters it, at a join, in a
// region or at the head, reaches that last operator. A merged chain left from its own last operator
// to one of the chain that took it, and so reaches that chain's last operator too: both still hold.
// If chain A feeds chain B, then last(A) reaches last(B) in the graph. A circle of chains would thus
// be a circle in the graph, which has none. Transparent nodes behind the last operator change
// nothing: nothing enters there. Hence joins need no reachability search, growth is linear, and
// assemble()'s check is a safety net only.
#include "partition/grouping.hpp"

#include <algorithm>
#include <numeric>

namespace fusesim::partition {
namespace {

using ir::kNoNode;
using ir::NodeId;

class Growth {
public:
  Growth(const Flow &flow, const Vocabulary &vocabulary, Grouping &grouping)
      : flow_(flow), vocabulary_(vocabulary), grouping_(grouping),
        merged_into_(grouping.groups.size()) {
    std::iota(merged_into_.begin(), merged_into_.end(), GroupId{0});
  }

  void run() {
    const auto count = static_cast<NodeId>(flow_.origin.size());
    std::vector<NodeId> constants;
    for (NodeId n = 0; n < count; ++n) {
      if (!flow_.is_operator(n))
        continue;
      if (grouping_.group_of[n] == kNoGroup)
        begin_at(n);
      const Group &group = grouping_.groups[grouping_.group_of[n]];
      if (group.head == n && group.stage == Stage::constant)
        constants.push_back(n); // what reads it is worth more to chains that compute
      else if (group.head == n && group.may_grow)
        grow(grouping_.group_of[n]);
    }
    for (const NodeId n : constants)
      grow(grouping_.group_of[n]);
    settle();
  }

private:
  void begin_at(NodeId head) {
    merged_into_.push_back(static_cast<GroupId>(merged_into_.size()));
    grouping_.group_of[head] = grouping_.add({.head = head,
                                              .last = head,
                                              .pattern = {},
                                              .stage = vocabulary_.start_of(flow_.label[head])});
  }

  void grow(GroupId id) {
    while (grow_by_one(id) || grow_by_region(id))
      ;
  }

  bool grow_by_one(GroupId id) {
    Group &group = grouping_.groups[id];
    const NodeId next = flow_.sole_consumer[group.last];
    if (next == kNoNode)
      return false;
    const Match match = match_next(group, next);
    if (match.row == nullptr) {
      grouping_.stopped[group.last] = match.refusal;
      return false;
    }
    if (grouping_.group_of[next] != kNoGroup) {
      merged_into_[id] = final_group(grouping_.group_of[next]);
      return false;
    }
    if (match.row->next != Stage::any)
      group.stage = match.row->next;
    grouping_.group_of[next] = id;
    group.last = next;
    return true;
  }

  bool grow_by_region(GroupId id) {
    Group &group = grouping_.groups[id];
    const auto region = reconvergent_region(flow_, vocabulary_, grouping_, group.last, group.stage);
    for (const NodeId node : region) {
      grouping_.group_of[node] = id;
      group.last = node;
    }
    return !region.empty();
  }

  Match match_next(const Group &group, NodeId next) {
    const auto operands = flow_.operands_of(next);
    const auto link = std::ranges::find(operands, group.last, &Flow::Operand::producer);
    const bool same_size = flow_.elements[group.last] == flow_.elements[next];
    Pair pair{.producer = flow_.label[group.last],
              .consumer = flow_.label[next],
              .stage = group.stage,
              .same_size = same_size && link->order != Flow::kSeveral,
              .main = link->main,
              .joins = operands.size() > 1};
    if (const GroupId taken = grouping_.group_of[next]; taken != kNoGroup)
      pair.taken_by = grouping_.groups[final_group(taken)].stage;
    return vocabulary_.match(pair);
  }

  /// The group that `id` is part of by now; shortens the way there.
  GroupId final_group(GroupId id) {
    while (merged_into_[id] != id) {
      merged_into_[id] = merged_into_[merged_into_[id]];
      id = merged_into_[id];
    }
    return id;
  }

  /// Numbers the groups that are left.
  void settle() {
    std::vector<GroupId> number(grouping_.groups.size(), kNoGroup);
    GroupId left = 0;
    for (GroupId id = 0; id < number.size(); ++id)
      if (merged_into_[id] == id) {
        number[id] = left;
        grouping_.groups[left++] = grouping_.groups[id];
      }
    grouping_.groups.resize(left);
    for (GroupId &group : grouping_.group_of)
      if (group != kNoGroup)
        group = number[final_group(group)];
  }

  const Flow &flow_;
  const Vocabulary &vocabulary_;
  Grouping &grouping_;
  std::vector<GroupId> merged_into_; ///< itself for a group that is in no other
};

} // namespace

GroupId Grouping::add(Group group) {
  groups.push_back(group);
  return static_cast<GroupId>(groups.size() - 1);
}

void grow_chains(const Flow &flow, const Vocabulary &vocabulary, Grouping &grouping) {
  Growth(flow, vocabulary, grouping).run();
}

Partition greedy(const ir::Graph &graph) {
  const Flow flow = flow_of(graph);
  Grouping grouping(graph.nodes().size());
  gather_concats(graph, flow, modern_vocabulary(), grouping);
  grow_chains(flow, modern_vocabulary(), grouping);
  return assemble(graph, flow, grouping, "greedy");
}

} // namespace fusesim::partition
