#pragma once

#include "ir/cost.hpp"
#include "ir/zoo.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace fusesim::ir {

inline Graph build(std::string_view name, std::int64_t image_size, std::int64_t batch = 1) {
  return build_zoo_model(name, {.batch = batch, .image_size = image_size});
}

inline Graph build_language(std::string_view name, std::int64_t length, std::int64_t batch = 1) {
  return build_zoo_model(name, {.batch = batch, .sequence_length = length});
}

inline const Node &node_named(const Graph &graph, std::string_view name) {
  const auto found = std::ranges::find(graph.nodes(), name, &Node::name);
  if (found == graph.nodes().end())
    throw std::runtime_error(graph.name() + " has no node " + std::string(name));
  return *found;
}

/// Dims of the first output of a node.
inline Dims shape_of(const Graph &graph, std::string_view name) {
  return graph.output_types(node_named(graph, name)).front().dims;
}

inline auto count(const Graph &graph, OpKind kind) {
  return std::ranges::count(graph.nodes(), kind, &Node::kind);
}

} // namespace fusesim::ir
