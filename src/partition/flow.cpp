#include "partition/flow.hpp"

#include <algorithm>

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

/// Appends the distinct operators that feed `node`; origins of earlier nodes are known already.
void append_operands(const ir::Graph &graph, const ir::Node &node, Flow &flow) {
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
      flow.operands.push_back({producer, i == 0});
    else
      known->main = false;
  }
}

/// Remembers who reads each operator; the second different reader makes it a fork for good.
class ConsumerCount {
public:
  explicit ConsumerCount(std::size_t nodes) : forks_(nodes, false) {}

  void add(Flow &flow, NodeId producer, NodeId consumer) {
    auto &sole = flow.sole_consumer[producer];
    if (forks_[producer] || sole == consumer)
      return;
    if (sole == kNoNode)
      sole = consumer;
    else
      fork(flow, producer);
  }
  void fork(Flow &flow, NodeId producer) {
    flow.sole_consumer[producer] = kNoNode;
    forks_[producer] = true;
  }

private:
  std::vector<bool> forks_;
};

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

  ConsumerCount consumers(count);
  for (NodeId n = 0; n < count; ++n) {
    const ir::Node &node = graph.node(n);
    flow.label[n] = static_cast<Label>(node.kind);
    flow.elements[n] = node.outputs.empty() ? 0 : graph.value(node.outputs[0]).type.elements();
    flow.first_operand.push_back(static_cast<std::uint32_t>(flow.operands.size()));
    append_operands(graph, node, flow);

    const auto operands = std::span(flow.operands).subspan(flow.first_operand[n]);
    const bool reads_through = ir::is_free(node.kind) && operands.size() <= 1 &&
                               (node.kind != ir::OpKind::bookkeeping || flow.dead_end[n] != 0);
    if (reads_through) {
      flow.origin[n] = operands.empty() ? kNoNode : operands[0].producer;
      flow.operands.resize(flow.first_operand[n]);
      continue;
    }
    flow.origin[n] = n;
    if (flow.dead_end[n] == 0)
      for (const auto &operand : operands)
        consumers.add(flow, operand.producer, n);
  }
  flow.first_operand.push_back(static_cast<std::uint32_t>(flow.operands.size()));

  for (const ir::ValueId output : graph.outputs()) {
    const NodeId direct = graph.value(output).producer;
    if (direct != kNoNode && flow.origin[direct] != kNoNode)
      consumers.fork(flow, flow.origin[direct]);
  }
  return flow;
}

} // namespace fusesim::partition
