#include "partition/flow.hpp"

#include <algorithm>
#include <span>

namespace fusesim::partition {
namespace {

using ir::kNoNode;
using ir::NodeId;

bool leaves_network(const ir::Graph &graph, const ir::Node &node) {
  return std::ranges::any_of(node.outputs, [&](ir::ValueId v) { return graph.is_output(v); });
}

void mark_dead_ends(const ir::Graph &graph, Flow &flow) {
  for (auto n = static_cast<NodeId>(graph.nodes().size()); n-- > 0;) {
    const ir::Node &node = graph.node(n);
    const auto unread = [&](ir::ValueId v) {
      return std::ranges::all_of(graph.value(v).consumers,
                                 [&](NodeId c) { return flow.dead_end[c] != 0; });
    };
    flow.dead_end[n] = ir::is_free(node.kind) && !leaves_network(graph, node) &&
                       std::ranges::all_of(node.outputs, unread);
  }
}

bool keeps_order(ir::OpKind kind) {
  return kind == ir::OpKind::view || ir::class_of(kind) == ir::OpClass::identity;
}

/// Appends the distinct operators that feed `node`; origins of earlier nodes, and the last view
/// behind each that reorders, are known already.
void append_operands(const ir::Graph &graph, const ir::Node &node,
                     std::span<const NodeId> reordered, Flow &flow) {
  const auto begin = flow.operands.size();
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    const NodeId direct = graph.value(node.inputs[i]).producer;
    const NodeId producer = direct == kNoNode ? kNoNode : flow.origin[direct];
    if (producer == kNoNode)
      continue;
    const auto known =
        std::find_if(flow.operands.begin() + static_cast<std::ptrdiff_t>(begin),
                     flow.operands.end(), [&](const auto &o) { return o.producer == producer; });
    if (known == flow.operands.end())
      flow.operands.push_back({producer, i == 0, reordered[direct]});
    else
      *known = {producer, false, known->order == reordered[direct] ? known->order : Flow::kSeveral};
  }
}

/// Turns operands around. What a result of the network hangs on has no sole reader and, here, none.
void find_readers(const ir::Graph &graph, Flow &flow) {
  const auto count = graph.nodes().size();
  std::vector<bool> leaves(count, false);
  for (const ir::ValueId output : graph.outputs()) {
    const NodeId direct = graph.value(output).producer;
    if (direct != kNoNode && flow.origin[direct] != kNoNode)
      leaves[flow.origin[direct]] = true;
  }
  const auto for_each_edge = [&](auto visit) {
    for (NodeId n = 0; n < count; ++n)
      if (flow.is_operator(n) && flow.dead_end[n] == 0)
        for (const auto &operand : flow.operands_of(n))
          if (!leaves[operand.producer])
            visit(operand.producer, n);
  };
  flow.first_reader.assign(count + 1, 0);
  for_each_edge([&](NodeId producer, NodeId) { ++flow.first_reader[producer + 1]; });
  for (std::size_t n = 1; n <= count; ++n)
    flow.first_reader[n] += flow.first_reader[n - 1];
  flow.readers.resize(flow.first_reader.back());
  std::vector<std::uint32_t> next(flow.first_reader.begin(), flow.first_reader.end() - 1);
  for_each_edge([&](NodeId producer, NodeId reader) { flow.readers[next[producer]++] = reader; });
  for (NodeId n = 0; n < count; ++n)
    if (const auto readers = flow.readers_of(n); readers.size() == 1)
      flow.sole_consumer[n] = readers[0];
}

} // namespace

Flow flow_of(const ir::Graph &graph) {
  const auto count = graph.nodes().size();
  Flow flow;
  flow.label.resize(count);
  flow.origin.assign(count, kNoNode);
  flow.sole_consumer.assign(count, kNoNode);
  flow.elements.resize(count);
  flow.dead_end.resize(count);
  flow.first_operand.reserve(count + 1);
  mark_dead_ends(graph, flow);

  std::vector<NodeId> reordered(count, kNoNode);
  for (NodeId n = 0; n < count; ++n) {
    const ir::Node &node = graph.node(n);
    flow.label[n] = static_cast<Label>(node.kind);
    flow.elements[n] = node.outputs.empty() ? 0 : graph.value(node.outputs[0]).type.elements();
    flow.first_operand.push_back(static_cast<std::uint32_t>(flow.operands.size()));
    append_operands(graph, node, reordered, flow);

    const auto operands = std::span(flow.operands).subspan(flow.first_operand[n]);
    const bool reads_through = ir::is_free(node.kind) && operands.size() <= 1 &&
                               (node.kind != ir::OpKind::bookkeeping || flow.dead_end[n] != 0);
    if (reads_through) {
      flow.origin[n] = operands.empty() ? kNoNode : operands[0].producer;
      reordered[n] = operands.empty() || !keeps_order(node.kind) ? n : operands[0].order;
      flow.operands.resize(flow.first_operand[n]);
    } else {
      flow.origin[n] = n;
    }
  }
  flow.first_operand.push_back(static_cast<std::uint32_t>(flow.operands.size()));

  find_readers(graph, flow);
  return flow;
}

} // namespace fusesim::partition
