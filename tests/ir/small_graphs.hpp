#pragma once

#include "ir/graph.hpp"
#include "support/error.hpp"

#include <string>
#include <utility>
#include <vector>

namespace fusesim::test {

inline ir::TensorType f32(ir::Dims dims) { return {ir::DType::f32, std::move(dims)}; }

/// A network of one operator named "node" whose operands are all network inputs.
inline ir::Graph single_node(ir::OpKind kind, const std::vector<ir::TensorType> &operands,
                             const ir::Attributes &attributes = {}) {
  ir::GraphBuilder builder("single");
  std::vector<ir::ValueId> inputs;
  for (const auto &operand : operands)
    inputs.push_back(builder.input("x", operand));
  builder.output(builder.add(kind, "node", inputs, attributes));
  return std::move(builder).build();
}

/// The same for operators whose output the caller gives.
inline ir::Graph single_typed(ir::OpKind kind, const std::vector<ir::TensorType> &operands,
                              const ir::TensorType &output) {
  ir::GraphBuilder builder("single");
  std::vector<ir::ValueId> inputs;
  for (const auto &operand : operands)
    inputs.push_back(builder.input("x", operand));
  builder.output(builder.add_typed(kind, "node", inputs, {output}).at(0));
  return std::move(builder).build();
}

/// What the Error says that `action` throws; "no error" when it throws none.
template <typename Action> std::string error_of(Action action) {
  try {
    action();
  } catch (const Error &error) {
    return error.what();
  }
  return "no error";
}

} // namespace fusesim::test
