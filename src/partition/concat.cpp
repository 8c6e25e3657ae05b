// Concats that cost nothing: every producer writes its part straight into the concatenated result.
//
//   ─> conv ─> bn ─> relu ──┐
//   ─> conv ─> bn ─> relu ──┼─> concat ─┬─>         one subgraph, `concat_in_place`: three kernels,
//   ─> max_pool ────────────┘           └─>         and no copy
//
// The end of an Inception or Fire module. TensorRT gives all of them one buffer ("elimination of
// concatenation layers"), AITemplate gives the producers strided accessors to it. It takes producers
// that nobody else reads, for a tensor has one address; a DenseNet's concats read what later ones
// read again, and so do not qualify. Nor is it done where the concat runs into a loop anyway, as
// ahead of a batch norm: the loop then reads from each producer, and writes what it must write
// (row `movement`).
//
// A concat is a group from the start; the chains of its producers, as they grow up to it, become
// part of it (row `concat_producer`).
#include "ir/cost.hpp"
#include "partition/grouping.hpp"

#include <algorithm>
#include <set>

namespace fusesim::partition {
namespace {

using ir::kNoNode;
using ir::NodeId;

class ConcatGatherer {
public:
  ConcatGatherer(const ir::Graph &graph, const Flow &flow, const Vocabulary &vocabulary,
                 Grouping &grouping)
      : graph_(graph), flow_(flow), vocabulary_(vocabulary), grouping_(grouping) {}

  void run() {
    for (NodeId n = 0; n < graph_.nodes().size(); ++n)
      if (graph_.node(n).kind == ir::OpKind::concat && grouping_.group_of[n] == kNoGroup &&
          every_part_can_be_written(n) && !runs_into_a_loop(n))
        grouping_.group_of[n] = grouping_.add(
            {.head = n, .last = n, .pattern = "concat_in_place", .stage = Stage::gathering});
  }

private:
  bool every_part_can_be_written(NodeId concat) const {
    const auto operands = flow_.operands_of(concat);
    const auto &inputs = graph_.node(concat).inputs;
    if (operands.size() != inputs.size()) // a part that nothing computes, or one written twice
      return false;
    return std::ranges::equal(operands, inputs, [&](const auto &operand, ir::ValueId part) {
      const NodeId p = operand.producer;
      const GroupId group = grouping_.group_of[p];
      const bool free = group == kNoGroup || grouping_.groups[group].stage == Stage::gathering;
      return free && flow_.sole_consumer[p] == concat &&
             flow_.elements[p] == graph_.value(part).type.elements() && is_row(p, concat);
    });
  }

  bool is_row(NodeId producer, NodeId concat) const {
    return vocabulary_
               .match({.producer = flow_.label[producer],
                       .consumer = flow_.label[concat],
                       .joins = true,
                       .taken_by = Stage::gathering})
               .row != nullptr;
  }

  bool runs_into_a_loop(NodeId concat) const {
    const NodeId next = flow_.sole_consumer[concat];
    if (next == kNoNode)
      return false;
    const auto operands = flow_.operands_of(next);
    const auto link = std::ranges::find(operands, concat, &Flow::Operand::producer);
    return vocabulary_
               .match({.producer = flow_.label[concat],
                       .consumer = flow_.label[next],
                       .stage = Stage::loop,
                       .same_size = flow_.elements[concat] == flow_.elements[next],
                       .main = link->main,
                       .joins = operands.size() > 1})
               .row != nullptr;
  }

  const ir::Graph &graph_;
  const Flow &flow_;
  const Vocabulary &vocabulary_;
  Grouping &grouping_;
};

/// Looks at the concats of a partition from the last to the first.
class InPlaceFinder {
public:
  InPlaceFinder(const ir::Graph &graph, const Partition &partition)
      : graph_(graph), partition_(partition), in_place_(graph.nodes().size(), false) {}

  std::vector<bool> run() {
    for (auto n = static_cast<NodeId>(in_place_.size()); n-- > 0;)
      in_place_[n] = graph_.node(n).kind == ir::OpKind::concat && is_read_outside(n) &&
                     every_part_is_its_own(n);
    return std::move(in_place_);
  }

private:
  bool shares_subgraph(NodeId a, NodeId b) const {
    return partition_.subgraph_of[a] == partition_.subgraph_of[b];
  }

  bool is_read_outside(NodeId concat) const {
    std::vector<ir::ValueId> open = graph_.node(concat).outputs;
    while (!open.empty()) {
      const ir::ValueId id = open.back();
      open.pop_back();
      for (const NodeId reader : graph_.value(id).consumers) {
        const ir::Node &node = graph_.node(reader);
        if (ir::is_free(node.kind))
          open.insert(open.end(), node.outputs.begin(), node.outputs.end());
        else if (shares_subgraph(reader, concat) && !in_place_[reader])
          return false;
      }
    }
    return true;
  }

  bool every_part_is_its_own(NodeId concat) const {
    std::set<ir::ValueId> roots;
    return std::ranges::all_of(graph_.node(concat).inputs, [&](ir::ValueId part) {
      const ir::ValueId root = ir::storage_root(graph_, part);
      const NodeId producer = graph_.value(root).producer;
      return roots.insert(root).second && producer != kNoNode &&
             !ir::is_free(graph_.node(producer).kind) && shares_subgraph(producer, concat) &&
             is_read_by_one(part, concat);
    });
  }

  /// Whether `reader` alone reads `part`, and all of the tensor behind it; bookkeeping reads
  /// nothing.
  bool is_read_by_one(ir::ValueId part, NodeId reader) const {
    for (ir::ValueId id = part;;) {
      const ir::Value &value = graph_.value(id);
      const bool others = std::ranges::any_of(value.consumers, [&](NodeId consumer) {
        return consumer != reader && graph_.node(consumer).kind != ir::OpKind::bookkeeping;
      });
      if (others || graph_.is_output(id))
        return false;
      const ir::Node &producer = graph_.node(value.producer);
      if (!ir::is_free(producer.kind))
        return value.type.bytes() == graph_.value(part).type.bytes();
      reader = value.producer;
      id = producer.inputs[0];
    }
  }

  const ir::Graph &graph_;
  const Partition &partition_;
  std::vector<bool> in_place_;
};

} // namespace

std::vector<bool> concats_in_place(const ir::Graph &graph, const Partition &partition) {
  return InPlaceFinder(graph, partition).run();
}

void gather_concats(const ir::Graph &graph, const Flow &flow, const Vocabulary &vocabulary,
                    Grouping &grouping) {
  ConcatGatherer(graph, flow, vocabulary, grouping).run();
}

} // namespace fusesim::partition
