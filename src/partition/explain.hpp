#pragma once

#include "partition/patterns.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace fusesim::partition {

/// Says in words why an edge was fused, or what a Refusal means for these two operators. The
/// referred objects must outlive it.
class Explainer {
public:
  Explainer(const ir::Graph &graph, const Partition &partition, const Vocabulary &vocabulary);

  /// "layer1.0.add also reads layer1.0.bn2"; one line, no final stop.
  std::string refused(const Decision &decision) const;
  /// "row conv_norm takes conv2d to batch_norm, and nothing else reads conv1".
  std::string fused(ir::NodeId producer, ir::NodeId consumer) const;

private:
  std::string fork(const Decision &decision) const;
  std::string join(const Decision &decision) const;
  std::string not_in_vocabulary(const Decision &decision) const;
  std::string grid_wide(const Decision &decision) const;
  const std::string &name(ir::NodeId node) const { return graph_.node(node).name; }
  std::string names(const std::vector<ir::NodeId> &nodes) const;
  std::string several_orders(ir::NodeId origin, ir::NodeId consumer) const;
  /// How `producer` arrives; as any operand for a view, which has none of its own.
  Flow::Operand operand(ir::NodeId producer, ir::NodeId consumer) const;

  const ir::Graph &graph_;
  const Partition &partition_;
  const Vocabulary &vocabulary_;
  Flow flow_;
  std::vector<std::vector<ir::NodeId>> readers_; ///< operators that read an operator
  std::vector<bool> leaves_;   ///< by operator: its result, or a view of it, leaves the network
  std::vector<bool> together_; ///< by operator: all its readers run in its own subgraph
};

/// "a", "a and b", "a, b and 4 more": of `count` names, each asked for when it is shown.
std::string enumeration(std::size_t count,
                        const std::function<std::string_view(std::size_t)> &name_at);

} // namespace fusesim::partition
