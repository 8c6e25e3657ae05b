#include "ir/detail/verify.hpp"

#include "ir/rules.hpp"
#include "support/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

namespace fusesim::ir {

namespace {

/// Scalars of the program and `dtype=` arguments, which the table does not see, may change the
/// element type of what is computed one element at a time or reduced; shapes never.
bool dtype_is_certain(OpKind kind) {
  const auto c = class_of(kind);
  return c == OpClass::contraction || c == OpClass::pooling || c == OpClass::identity;
}

void expect_types(OpKind kind, std::span<const TensorType> given,
                  std::span<const TensorType> inferred) {
  if (given.size() != inferred.size())
    throw Error({}, fmt::format("{} outputs given, has {}", given.size(), inferred.size()));
  for (std::size_t i = 0; i < given.size(); ++i)
    if (given[i].dims != inferred[i].dims ||
        (dtype_is_certain(kind) && given[i].dtype != inferred[i].dtype))
      throw Error({}, fmt::format("output is given as {}, but must be {}", to_string(given[i]),
                                  to_string(inferred[i])));
}

std::string place_of(const Value &value) { return fmt::format("value '{}'", value.name); }

bool in_range(ValueId id, const GraphParts &parts) { return id < parts.values.size(); }

void verify_values(const GraphParts &parts) {
  std::unordered_set<std::string_view> names;
  for (ValueId id = 0; id < parts.values.size(); ++id) {
    const auto &value = parts.values[id];
    verify_type(place_of(value), value.type);
    if (!names.insert(value.name).second)
      throw Error(place_of(value), "another value has the same name");
    const bool produced = value.role == ValueRole::intermediate;
    if (produced != (value.producer != kNoNode))
      throw Error(place_of(value), produced ? "is intermediate, but nothing produces it"
                                            : "is no intermediate, but has a producer");
    if (produced && (value.producer >= parts.nodes.size() ||
                     !std::ranges::count(parts.nodes[value.producer].outputs, id)))
      throw Error(place_of(value), "is no output of its producer");
  }
}

void verify_consumers(const GraphParts &parts) {
  std::vector<std::vector<NodeId>> consumers(parts.values.size());
  for (NodeId id = 0; id < parts.nodes.size(); ++id)
    for (const auto input : parts.nodes[id].inputs)
      if (consumers[input].empty() || consumers[input].back() != id)
        consumers[input].push_back(id);
  for (ValueId id = 0; id < parts.values.size(); ++id)
    if (parts.values[id].consumers != consumers[id])
      throw Error(place_of(parts.values[id]), "its list of consumers is not what nodes read");
}

std::vector<TensorType> types_of(const GraphParts &parts, const std::vector<ValueId> &ids) {
  std::vector<TensorType> types;
  types.reserve(ids.size());
  for (const auto id : ids)
    types.push_back(parts.values[id].type);
  return types;
}

void verify_node(const GraphParts &parts, NodeId id) {
  const auto &node = parts.nodes[id];
  const auto place = place_of(node);
  for (const auto input : node.inputs) {
    if (!in_range(input, parts))
      throw Error(place, fmt::format("input {} is no value of the graph", input));
    const auto producer = parts.values[input].producer;
    if (producer != kNoNode && producer >= id)
      throw Error(place, fmt::format("input '{}' is produced later: nodes are not in "
                                     "topological order",
                                     parts.values[input].name));
  }
  for (const auto output : node.outputs) {
    if (!in_range(output, parts))
      throw Error(place, fmt::format("output {} is no value of the graph", output));
    if (parts.values[output].producer != id)
      throw Error(place,
                  fmt::format("output '{}' names another producer", parts.values[output].name));
    if (std::ranges::count(node.outputs, output) != 1)
      throw Error(place, fmt::format("output '{}' is listed twice", parts.values[output].name));
  }
  verify_operator(place, node, types_of(parts, node.inputs), types_of(parts, node.outputs));
}

void verify_interface(const GraphParts &parts) {
  for (const auto id : parts.inputs)
    if (!in_range(id, parts) || parts.values[id].role != ValueRole::input)
      throw Error("graph", fmt::format("input {} is no input value", id));
  const auto declared =
      static_cast<std::size_t>(std::ranges::count(parts.values, ValueRole::input, &Value::role));
  if (std::unordered_set<ValueId>(parts.inputs.begin(), parts.inputs.end()).size() != declared ||
      parts.inputs.size() != declared)
    throw Error("graph", "its inputs are not exactly its input values");
  if (parts.outputs.empty())
    throw Error("graph", "has no output");
  for (const auto id : parts.outputs)
    if (!in_range(id, parts))
      throw Error("graph", fmt::format("output {} is no value of the graph", id));
  if (std::unordered_set<ValueId>(parts.outputs.begin(), parts.outputs.end()).size() !=
      parts.outputs.size())
    throw Error("graph", "an output is listed twice");
}

} // namespace

std::string place_of_node(std::string_view name, OpKind kind) {
  return fmt::format("node '{}' ({})", name, name_of(kind));
}

std::string place_of(const Node &node) { return place_of_node(node.name, node.kind); }

void verify_type(const std::string &place, const TensorType &type) {
  for (const auto dim : type.dims)
    if (dim < 1)
      throw Error(place, fmt::format("size {} of {} is not positive", dim, to_string(type.dims)));
  Bytes bytes = size_of(type.dtype);
  for (const auto dim : type.dims)
    if (__builtin_mul_overflow(bytes, static_cast<Bytes>(dim), &bytes) || bytes > kMaxTensorBytes)
      throw Error(place, fmt::format("{} is larger than 2^60 bytes", to_string(type.dims)));
}

void verify_operator(const std::string &place, const Node &node, std::span<const TensorType> inputs,
                     std::span<const TensorType> outputs) {
  try {
    if (rules::canonical(node.kind, node.attributes) != node.attributes)
      throw Error({}, "its attributes are not given in full");
    const auto &op = info(node.kind);
    if (op.infer)
      expect_types(node.kind, outputs, op.infer(node.attributes, inputs));
    else
      rules::check_given(node.kind, inputs, outputs);
    if (op.work)
      (void)op.work(node.attributes, inputs, outputs); // reports counts beyond 64 bits
  } catch (const Error &error) {
    throw Error(place, error.what());
  }
}

void verify(const GraphParts &parts) {
  verify_values(parts);
  std::unordered_set<std::string_view> names;
  for (NodeId id = 0; id < parts.nodes.size(); ++id) {
    verify_node(parts, id);
    if (!names.insert(parts.nodes[id].name).second)
      throw Error(place_of(parts.nodes[id]), "another node has the same name");
  }
  verify_consumers(parts);
  verify_interface(parts);
}

void verify(const Graph &graph) {
  verify({graph.nodes(), graph.values(), graph.inputs(), graph.outputs()});
}

} // namespace fusesim::ir
