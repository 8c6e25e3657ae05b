#include "ir/graph.hpp"

#include "ir/detail/verify.hpp"
#include "ir/rules.hpp"
#include "support/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace fusesim::ir {

// ---- Graph ----------------------------------------------------------------------------

std::uint64_t Graph::parameter_count() const {
  std::uint64_t count = 0;
  for (const auto &value : values_)
    if (value.role == ValueRole::parameter)
      count = checked_add(count, value.type.elements(), "parameters of " + name_);
  return count;
}

namespace {
std::vector<TensorType> types_of(std::span<const Value> values, const std::vector<ValueId> &ids) {
  std::vector<TensorType> types;
  types.reserve(ids.size());
  for (const auto id : ids)
    types.push_back(values[id].type);
  return types;
}
} // namespace

std::vector<TensorType> Graph::input_types(const Node &node) const {
  return types_of(values_, node.inputs);
}
std::vector<TensorType> Graph::output_types(const Node &node) const {
  return types_of(values_, node.outputs);
}
bool Graph::is_output(ValueId id) const { return is_output_[id]; }

// ---- GraphBuilder ---------------------------------------------------------------------

namespace {

/// Hands out every name once: a taken one gets _1, _2, ….
class NamePool {
public:
  std::string unique(std::string name) {
    if (taken_.insert(name).second)
      return name;
    for (auto &next = next_[name];;) {
      auto candidate = fmt::format("{}_{}", name, ++next);
      if (taken_.insert(candidate).second)
        return candidate;
    }
  }

private:
  std::unordered_set<std::string> taken_;
  std::unordered_map<std::string, std::uint64_t> next_; ///< last suffix tried
};

} // namespace

struct GraphBuilder::State {
  Graph graph;
  NamePool node_names, value_names;

  ValueId new_value(std::string name, TensorType type, ValueRole role, NodeId producer) {
    Value value{value_names.unique(std::move(name)), std::move(type), role, producer, {}};
    graph.values_.push_back(std::move(value));
    return static_cast<ValueId>(graph.values_.size() - 1);
  }

  std::vector<TensorType> types(const std::string &place, const std::vector<ValueId> &ids) const {
    for (const auto id : ids)
      if (id >= graph.values_.size())
        throw Error(place, fmt::format("input {} is no value of the graph", id));
    return types_of(graph.values_, ids);
  }
};

GraphBuilder::GraphBuilder(std::string name) : state_(std::make_shared<State>()) {
  state_->graph.name_ = std::move(name);
}

ValueId GraphBuilder::input(std::string name, TensorType type) {
  verify_type(fmt::format("input '{}'", name), type);
  const auto id = state_->new_value(std::move(name), std::move(type), ValueRole::input, kNoNode);
  state_->graph.inputs_.push_back(id);
  return id;
}

ValueId GraphBuilder::weight(std::string name, TensorType type, ValueRole role) {
  verify_type(fmt::format("weight '{}'", name), type);
  if (role == ValueRole::input || role == ValueRole::intermediate)
    throw Error(fmt::format("weight '{}'", name), "is neither parameter, buffer nor constant");
  return state_->new_value(std::move(name), std::move(type), role, kNoNode);
}

ValueId GraphBuilder::add(OpKind kind, std::string name, std::vector<ValueId> inputs,
                          Attributes attributes) {
  const auto place = place_of_node(name, kind);
  const auto input_types = state_->types(place, inputs);
  const auto &op = info(kind);
  if (!op.infer)
    throw Error(place, "its output shape does not follow from its inputs", "use add_typed");
  std::vector<TensorType> outputs;
  try {
    attributes = rules::canonical(kind, std::move(attributes));
    outputs = op.infer(attributes, input_types);
  } catch (const Error &error) {
    throw Error(place, error.what());
  }
  return add_typed(kind, std::move(name), std::move(inputs), std::move(outputs),
                   std::move(attributes))
      .at(0);
}

std::vector<ValueId> GraphBuilder::add_typed(OpKind kind, std::string name,
                                             std::vector<ValueId> inputs,
                                             std::vector<TensorType> outputs, Attributes attributes,
                                             std::string foreign_name) {
  const auto place = place_of_node(name, kind);
  const auto input_types = state_->types(place, inputs);
  for (const auto &type : outputs)
    verify_type(place, type);
  try {
    attributes = rules::canonical(kind, std::move(attributes));
  } catch (const Error &error) {
    throw Error(place, error.what());
  }
  Node node{std::move(name),   kind, std::move(attributes),
            std::move(inputs), {},   std::move(foreign_name)};
  verify_operator(place, node, input_types, outputs);

  auto &graph = state_->graph;
  const auto id = static_cast<NodeId>(graph.nodes_.size());
  node.name = state_->node_names.unique(std::move(node.name));
  for (std::size_t i = 0; i < outputs.size(); ++i)
    node.outputs.push_back(
        state_->new_value(outputs.size() == 1 ? node.name : fmt::format("{}.{}", node.name, i),
                          std::move(outputs[i]), ValueRole::intermediate, id));
  for (const auto input : node.inputs)
    if (auto &consumers = graph.values_[input].consumers;
        consumers.empty() || consumers.back() != id)
      consumers.push_back(id);
  graph.nodes_.push_back(std::move(node));
  return graph.nodes_.back().outputs;
}

const TensorType &GraphBuilder::type(ValueId id) const {
  if (id >= state_->graph.values_.size())
    throw Error("graph " + state_->graph.name_, fmt::format("{} is no value of it", id));
  return state_->graph.values_[id].type;
}

void GraphBuilder::output(ValueId id) {
  (void)type(id);
  if (!std::ranges::count(state_->graph.outputs_, id))
    state_->graph.outputs_.push_back(id);
}

Graph GraphBuilder::build() && {
  Graph graph = std::move(state_->graph);
  state_ = std::make_shared<State>();
  graph.is_output_.assign(graph.values_.size(), false);
  for (const auto id : graph.outputs_)
    graph.is_output_[id] = true;
  verify(graph);
  return graph;
}

} // namespace fusesim::ir
