#pragma once

#include "ir/op.hpp"

#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace fusesim::ir {

using NodeId = std::uint32_t;  ///< index into Graph::nodes(), which is a topological order
using ValueId = std::uint32_t; ///< index into Graph::values()
inline constexpr NodeId kNoNode = std::numeric_limits<NodeId>::max();

enum class ValueRole : std::uint8_t {
  input,        ///< given at run time
  parameter,    ///< trained weight; counted in Graph::parameter_count
  buffer,       ///< running statistics, position indices: loaded, not trained
  constant,     ///< tensor literal of the program
  intermediate, ///< produced by a node
};

struct Value {
  std::string name;
  TensorType type;
  ValueRole role = ValueRole::intermediate;
  NodeId producer = kNoNode;
  std::vector<NodeId> consumers; ///< each consuming node once, ascending
};

struct Node {
  std::string name; ///< module path (`layer1.0.conv1`), unique in the graph
  OpKind kind = OpKind::opaque;
  Attributes attributes;
  std::vector<ValueId> inputs; ///< order per kind: see OpInfo
  std::vector<ValueId> outputs;
  /// Importers: the operator there whose result this node delivers (`aten::relu_`). Empty for what else it became
  /// (a matmul of addmm) and for graphs that were built here.
  std::string foreign_name;
};

/// A network with every shape known. Immutable, verified, nodes in topological order.
class Graph {
public:
  const std::string &name() const { return name_; }
  std::span<const Node> nodes() const { return nodes_; }
  std::span<const Value> values() const { return values_; }
  const Node &node(NodeId id) const { return nodes_[id]; }
  const Value &value(ValueId id) const { return values_[id]; }
  std::span<const ValueId> inputs() const { return inputs_; }
  std::span<const ValueId> outputs() const { return outputs_; }

  std::uint64_t parameter_count() const; ///< elements of all `parameter` values
  std::vector<TensorType> input_types(const Node &node) const;
  std::vector<TensorType> output_types(const Node &node) const;
  bool is_weight(ValueId id) const { ///< loaded once, not computed: parameter, buffer or constant
    const auto role = values_[id].role;
    return role == ValueRole::parameter || role == ValueRole::buffer || role == ValueRole::constant;
  }
  bool is_output(ValueId id) const;

private:
  friend class GraphBuilder;
  std::string name_;
  std::vector<Node> nodes_;
  std::vector<Value> values_;
  std::vector<ValueId> inputs_, outputs_;
  std::vector<bool> is_output_;
};

/// Builds a Graph node by node. Every `add` checks what it is given (input ids, the operator's shape rule, unique
/// names: a taken name gets _1, _2, …) and throws Error naming the node.
class GraphBuilder {
public:
  explicit GraphBuilder(std::string name);

  ValueId input(std::string name, TensorType type);
  ValueId weight(std::string name, TensorType type, ValueRole role = ValueRole::parameter);

  /// One-output operator whose shape the table infers.
  ValueId add(OpKind kind, std::string name, std::vector<ValueId> inputs,
              Attributes attributes = {});
  /// Operator with given output types; where the table has a shape rule they must agree.
  std::vector<ValueId> add_typed(OpKind kind, std::string name, std::vector<ValueId> inputs,
                                 std::vector<TensorType> outputs, Attributes attributes = {},
                                 std::string foreign_name = {});

  const TensorType &type(ValueId id) const;
  void output(ValueId id);

  /// Verifies the whole (see verify) and hands the graph over; the builder is empty afterwards.
  Graph build() &&;

private:
  struct State;
  std::shared_ptr<State> state_;
};

/// Checks every invariant of a Graph: ids in range, topological order, producers and consumers consistent, unique
/// node names, shapes as the operator table infers them, element counts preserved by view and permute, positive
/// dims. Throws Error naming the first offending node.
void verify(const Graph &graph);

} // namespace fusesim::ir
