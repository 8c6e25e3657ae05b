// The strategy `attention`: first whole attention patterns, then `greedy` on what is left, growing
// on from them.
//
// 1. Attention chains. From every softmax over the last axis, upwards to the product of scores and
//    downwards to the product that applies them. All of it runs as one kernel that never writes the
//    scores (FlashAttention, Dao et al. 2022; TensorRT's fused attention, XLA's with cuDNN).
//    Without the second product it could not, so half a pattern is none. A scale on queries or
//    keys that nothing before could apply is applied as the kernel loads them.
//
//      q ─> [scale] ─┐                     mask ─┐                    v ─┐
//      k ─> [scale] ─┴> matmul ─> [scale ─> …] ──┴─> [add …] ─> softmax ─┴─> matmul ─> (grows on)
//           └───────────────────────────── one subgraph ───────────────────────┘
//
//    A Swin window's scores get a bias per pair of positions and, when shifted, a mask per window,
//    through views: matmul ─> add ─> view ─> add ─> view ─> softmax. FlexAttention (PyTorch) and
//    FasterTransformer's Swin run it so.
//
// 2. Merged projections. Three linears that read one value become one product that reads it once.
//
//           ┌─> linear (Q)
//      x ───┼─> linear (K)     ─>   one subgraph, `qkv_merge`
//           └─> linear (V)
//
//    x is their only producer, so no path leads from one of them to another. Put a node between x
//    and the three: it takes the part of the last operator in greedy.cpp's argument, and again no
//    cycle can arise.
#include "ir/cost.hpp"
#include "partition/grouping.hpp"

#include <algorithm>
#include <optional>

namespace fusesim::partition {
namespace {

using enum ir::OpKind;
using ir::kNoNode;
using ir::NodeId;

constexpr std::size_t kProjections = 3; // Q, K, V

/// Between the product of scores and the softmax: scale, bias, mask, soft cap, change of precision.
constexpr LabelSet kScoreOperators{mul,         ir::OpKind::div,  add,   sub, where,
                                   masked_fill, ir::OpKind::tanh, clamp, cast};
/// On queries or keys ahead of it.
constexpr LabelSet kScaleOperators{mul, ir::OpKind::div, cast};
constexpr LabelSet kSoftmax{softmax};
constexpr LabelSet kProduct{matmul};
constexpr LabelSet kCast{cast};

bool works_on_last_axis(const ir::Graph &graph, const ir::Node &node) {
  const auto *axes = std::get_if<ir::AxisAttrs>(&node.attributes);
  const auto rank = graph.value(node.inputs[0]).type.dims.size();
  return axes != nullptr && axes->dims == ir::Dims{static_cast<std::int64_t>(rank) - 1};
}

class PatternFinder {
public:
  PatternFinder(const ir::Graph &graph, const Flow &flow, Grouping &grouping)
      : graph_(graph), flow_(flow), grouping_(grouping) {}

  /// @param between  what may stand between the product of scores and the softmax
  void find_attention_chains(const LabelSet &between) {
    between_ = &between;
    for (NodeId n = 0; n < graph_.nodes().size(); ++n) {
      if (!is(kSoftmax, n) || !works_on_last_axis(graph_, graph_.node(n)))
        continue;
      const auto scores = product_above(n);
      const auto apply = product_below(n);
      if (scores && apply)
        take_chain(*scores, *apply);
    }
  }

  void find_merged_projections() {
    for (const ir::Value &value : graph_.values()) {
      std::vector<NodeId> linears;
      for (const NodeId reader : value.consumers)
        if (is_projection_of(value, reader))
          linears.push_back(reader);
      if (linears.size() != kProjections)
        continue;
      const GroupId group = grouping_.add({.head = linears.front(),
                                           .last = linears.back(),
                                           .pattern = "qkv_merge",
                                           .may_grow = false});
      for (const NodeId linear : linears)
        grouping_.group_of[linear] = group;
    }
  }

private:
  bool is(const LabelSet &set, NodeId node) const { return set.contains(flow_.label[node]); }
  bool is_taken(NodeId node) const { return grouping_.group_of[node] != kNoGroup; }

  /// The product whose result reaches `softmax` through score operators only, each the sole reader
  /// of the one before. Sole readers make these operators a tree with the softmax as its root, so
  /// all searches together are linear.
  std::optional<NodeId> product_above(NodeId softmax_node) const {
    std::vector<NodeId> open{softmax_node};
    while (!open.empty()) {
      const NodeId at = open.back();
      open.pop_back();
      if (is(kProduct, at))
        return at;
      const auto operands = flow_.operands_of(at);
      for (auto operand = operands.rbegin(); operand != operands.rend(); ++operand) {
        const NodeId p = operand->producer;
        const bool same_loop =
            flow_.sole_consumer[p] == at && flow_.elements[p] == flow_.elements[at];
        if (same_loop && !is_taken(p) && (is(kProduct, p) || is(*between_, p)))
          open.push_back(p);
      }
    }
    return std::nullopt;
  }

  /// The product that reads the softmax as its left operand.
  std::optional<NodeId> product_below(NodeId softmax_node) const {
    NodeId last = softmax_node;
    NodeId next = flow_.sole_consumer[last];
    while (next != kNoNode && is(kCast, next)) {
      last = next;
      next = flow_.sole_consumer[last];
    }
    if (next == kNoNode || !is(kProduct, next) || is_taken(next))
      return std::nullopt;
    const auto operands = flow_.operands_of(next);
    const auto link = std::ranges::find(operands, last, &Flow::Operand::producer);
    return link->main ? std::optional(next) : std::nullopt;
  }

  void take_chain(NodeId scores, NodeId apply) {
    const GroupId group = grouping_.add({.head = scores, .last = apply, .pattern = "attention"});
    for (NodeId n = scores; n != apply; n = flow_.sole_consumer[n])
      grouping_.group_of[n] = group;
    grouping_.group_of[apply] = group;
    for (const auto &operand : flow_.operands_of(scores))
      if (is_scale_of_its_own(operand.producer, scores))
        grouping_.group_of[operand.producer] = group;
  }

  /// A scale that only `scores` reads and that no producer could apply for it: what it scales has
  /// other readers, as the parts of a packed projection have.
  bool is_scale_of_its_own(NodeId node, NodeId scores) const {
    if (!is(kScaleOperators, node) || is_taken(node) || flow_.sole_consumer[node] != scores)
      return false;
    const auto operands = flow_.operands_of(node);
    return operands.size() <= 1 &&
           std::ranges::none_of(operands, [&](const Flow::Operand &operand) {
             return flow_.sole_consumer[operand.producer] == node;
           });
  }

  /// A linear that multiplies `value` by weights of its own.
  bool is_projection_of(const ir::Value &value, NodeId reader) const {
    const ir::Node &node = graph_.node(reader);
    const auto weights = std::span(node.inputs).subspan(1);
    return node.kind == linear && &graph_.value(node.inputs[0]) == &value &&
           std::ranges::all_of(weights, [&](ir::ValueId v) {
             return graph_.is_weight(ir::storage_root(graph_, v));
           });
  }

  const ir::Graph &graph_;
  const Flow &flow_;
  Grouping &grouping_;
  const LabelSet *between_ = &kScoreOperators;
};

} // namespace

Partition attention(const ir::Graph &graph) {
  const Flow flow = flow_of(graph);
  Grouping grouping(graph.nodes().size());
  PatternFinder finder(graph, flow, grouping);
  finder.find_attention_chains(kScoreOperators);
  finder.find_merged_projections();
  gather_concats(graph, flow, modern_vocabulary(), grouping);
  grow_chains(flow, modern_vocabulary(), grouping);
  return assemble(graph, flow, grouping, "attention");
}

// PyTorch's flash kernel takes no bias or mask; models that have one (Swin) give up most of what fusing saves by making
// the mask of every window and head, so they stay as they are.
Partition sdpa(const ir::Graph &graph) {
  const Flow flow = flow_of(graph);
  Grouping grouping(graph.nodes().size());
  PatternFinder(graph, flow, grouping).find_attention_chains(kScaleOperators);
  // What stands between two operators of a chain is part of it; every other view is a call of its own, as in `unfused`.
  const auto is_in_chain = [&, chains = grouping.group_of](NodeId n) {
    const NodeId origin = flow.is_operator(n) ? n : flow.origin[n];
    if (origin == kNoNode || chains[origin] == kNoGroup)
      return false;
    const NodeId reader = flow.sole_consumer[origin];
    return flow.is_operator(n) || (reader != kNoNode && chains[reader] == chains[origin]);
  };
  for (NodeId n = 0; n < graph.nodes().size(); ++n) {
    if (!is_in_chain(n))
      grouping.group_of[n] = grouping.add({.head = n, .last = n, .pattern = {}, .may_grow = false});
    grouping.stopped[n] = Refusal::strategy;
  }
  return assemble(graph, flow, grouping, "sdpa");
}

} // namespace fusesim::partition
