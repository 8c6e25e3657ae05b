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

bool is_result_of_work(const ir::Graph &graph, const Partition &partition, ir::ValueId id,
                       SubgraphId subgraph) {
  const NodeId producer = graph.value(id).producer;
  return producer != kNoNode && !ir::is_free(graph.node(producer).kind) &&
         partition.subgraph_of[producer] == subgraph;
}

/// Whether `reader` alone reads `part`, and all of the tensor behind it; bookkeeping reads nothing.
bool is_read_by_one(const ir::Graph &graph, ir::ValueId part, NodeId reader) {
  for (ir::ValueId id = part;;) {
    const ir::Value &value = graph.value(id);
    const bool others = std::ranges::any_of(value.consumers, [&](NodeId consumer) {
      return consumer != reader && graph.node(consumer).kind != ir::OpKind::bookkeeping;
    });
    if (others || graph.is_output(id) || value.producer == kNoNode)
      return false;
    const ir::Node &producer = graph.node(value.producer);
    if (!ir::is_free(producer.kind))
      return value.type.bytes() == graph.value(part).type.bytes();
    reader = value.producer;
    id = producer.inputs[0];
  }
}

} // namespace

bool is_written_in_place(const ir::Graph &graph, const Partition &partition, NodeId concat) {
  const ir::Node &node = graph.node(concat);
  if (node.kind != ir::OpKind::concat)
    return false;
  std::set<ir::ValueId> roots;
  for (const ir::ValueId part : node.inputs) {
    const ir::ValueId root = ir::storage_root(graph, part);
    if (!roots.insert(root).second || !is_read_by_one(graph, part, concat) ||
        !is_result_of_work(graph, partition, root, partition.subgraph_of[concat]))
      return false;
  }
  return true;
}

void gather_concats(const ir::Graph &graph, const Flow &flow, const Vocabulary &vocabulary,
                    Grouping &grouping) {
  ConcatGatherer(graph, flow, vocabulary, grouping).run();
}

} // namespace fusesim::partition
