#pragma once

#include "ir/graph.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fusesim::ir {

/// The parts of a graph, whether or not they make a valid one.
struct GraphParts {
  std::span<const Node> nodes;
  std::span<const Value> values;
  std::span<const ValueId> inputs, outputs;
};
/// What verify(const Graph &) checks.
void verify(const GraphParts &parts);

/// Checks one operator alone: attributes, operand count, output types. Throws Error naming `place`.
void verify_operator(const std::string &place, const Node &node, std::span<const TensorType> inputs,
                     std::span<const TensorType> outputs);

/// Every size positive and the bytes within kMaxTensorBytes. Throws Error naming `place`.
void verify_type(const std::string &place, const TensorType &type);
/// No machine holds a tensor of an exbibyte; below it, sums and small multiples of sizes fit in 64
/// bits.
inline constexpr Bytes kMaxTensorBytes = Bytes{1} << 60;

/// "node 'layer1.0.conv1' (conv2d)"
std::string place_of(const Node &node);
std::string place_of_node(std::string_view name, OpKind kind);

} // namespace fusesim::ir
