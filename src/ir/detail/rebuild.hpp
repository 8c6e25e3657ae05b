#pragma once

#include "ir/graph.hpp"

#include <algorithm>
#include <utility>
#include <vector>

/// How passes make a new graph from an old one. Internal to src/ir.
namespace fusesim::ir {

/// Old value ids to new ones; filled in the order in which the old graph was built.
using ValueMap = std::vector<ValueId>;

inline std::vector<ValueId> mapped(const ValueMap &map, const std::vector<ValueId> &old_ids) {
  std::vector<ValueId> ids;
  ids.reserve(old_ids.size());
  for (const auto id : old_ids)
    ids.push_back(map[id]);
  return ids;
}

/// Adds `value` (input or weight) as it is, but of type `type`.
inline ValueId add_source(GraphBuilder &builder, const Value &value, TensorType type) {
  return value.role == ValueRole::input ? builder.input(value.name, std::move(type))
                                        : builder.weight(value.name, std::move(type), value.role);
}

/// Walks values and nodes of `old` in the order in which they were made, so that a pass that
/// changes nothing keeps every id.
/// @param on_source  (builder, ValueId) -> ValueId for everything that no node produces
/// @param on_node    (builder, Node, ValueMap) -> new ids of the node's outputs
template <typename OnSource, typename OnNode>
Graph rebuild(const Graph &old, OnSource on_source, OnNode on_node) {
  GraphBuilder builder(old.name());
  ValueMap map(old.values().size());
  ValueId next = 0;
  const auto add_pending_sources = [&] {
    for (; next < old.values().size() && old.value(next).producer == kNoNode; ++next)
      map[next] = on_source(builder, next);
  };
  for (const auto &node : old.nodes()) {
    add_pending_sources();
    const std::vector<ValueId> outputs = on_node(builder, node, std::as_const(map));
    std::ranges::copy(outputs, map.begin() + next);
    next += static_cast<ValueId>(node.outputs.size());
  }
  add_pending_sources();
  for (const auto id : old.outputs())
    builder.output(map[id]);
  return std::move(builder).build();
}

} // namespace fusesim::ir
