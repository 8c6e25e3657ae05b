#include "ir/torchscript/program.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace fusesim::ir::torchscript {

namespace {

bool is_layer(OpKind kind) {
  const auto c = class_of(kind);
  return c == OpClass::contraction || c == OpClass::normalisation || kind == OpKind::embedding;
}

std::string joined(const std::string &path, std::string_view name) {
  return path.empty() ? std::string(name) : fmt::format("{}.{}", path, name);
}

} // namespace

Program::Program(Names names) : names_(names), sites_(1), stack_{0} {}

Ref Program::add_value(RecordedValue value) {
  values_.push_back(std::move(value));
  return static_cast<Ref>(values_.size() - 1);
}

Ref Program::add_input(std::string name, TensorType type) {
  return add_value({std::move(name), std::move(type), ValueRole::input, std::nullopt});
}

Ref Program::add_weight(std::string name, TensorType type, ValueRole role) {
  return add_value({std::move(name), std::move(type), role, std::nullopt});
}

std::vector<Ref> Program::add(OpKind kind, std::vector<Ref> inputs, std::vector<TensorType> outputs,
                              Attributes attributes, std::string foreign_name, bool only_if_used) {
  RecordedNode node{kind, stack_.back(),           std::move(attributes), std::move(inputs),
                    {},   std::move(foreign_name), only_if_used};
  for (auto &type : outputs)
    node.outputs.push_back(
        add_value({{}, std::move(type), ValueRole::intermediate, nodes_.size()}));
  if (!is_free(kind) && !only_if_used)
    ++sites_[node.site].operators;
  nodes_.push_back(std::move(node));
  return nodes_.back().outputs;
}

void Program::enter(std::string module_path) {
  sites_[stack_.back()].calls_modules = true;
  sites_.push_back({.path = std::move(module_path)});
  stack_.push_back(static_cast<SiteId>(sites_.size() - 1));
}

void Program::leave() { stack_.pop_back(); }

std::optional<Ref> Program::transposed_matrix(Ref ref) const {
  const auto producer = values_[ref].producer;
  if (!producer)
    return std::nullopt;
  const auto &node = nodes_[*producer];
  const auto &dims = values_[ref].type.dims;
  if (node.kind != OpKind::permute || dims.size() != 2)
    return std::nullopt;
  const auto &from = values_[node.inputs[0]].type.dims;
  const bool swapped = from == Dims{dims[1], dims[0]};
  return swapped ? std::optional(node.inputs[0]) : std::nullopt;
}

// ---- to a graph
// ---------------------------------------------------------------------------------------------------

bool Program::drops_when_unused(const RecordedNode &node) const {
  const auto c = class_of(node.kind);
  return node.only_if_used || c == OpClass::view || c == OpClass::bookkeeping ||
         node.kind == OpKind::identity;
}

std::vector<bool> Program::read_nodes(const std::vector<Ref> &outputs) const {
  std::vector<bool> is_read(values_.size(), false), kept(nodes_.size(), false);
  for (const auto output : outputs)
    is_read[output] = true;
  for (std::size_t i = nodes_.size(); i-- > 0;) {
    const auto &node = nodes_[i];
    kept[i] = !drops_when_unused(node) ||
              std::ranges::any_of(node.outputs, [&](Ref output) { return is_read[output]; });
    if (kept[i])
      for (const auto input : node.inputs)
        is_read[input] = true;
  }
  return kept;
}

/// Path of the module that owns the node's weight: `layer1.0.conv1` for `layer1.0.conv1.weight`. Of
/// several owners (tied weights) the current module, else the first.
std::string Program::weight_owner(const RecordedNode &node) const {
  if (!is_layer(node.kind))
    return {};
  std::string owner;
  for (const auto input : node.inputs) {
    const auto &name = values_[input].name;
    const auto dot = name.rfind('.');
    if (values_[input].role != ValueRole::parameter || dot == std::string::npos)
      continue;
    if (name.compare(0, dot, sites_[node.site].path) == 0)
      return name.substr(0, dot);
    if (owner.empty())
      owner = name.substr(0, dot);
  }
  return owner;
}

/// A module that is one operator gives its name to it. So does a module whose weight another one
/// uses, and in an inlined program the weight's owner is all that is left of the module.
std::string Program::name_of(const RecordedNode &node) const {
  const auto &site = sites_[node.site];
  const auto owner = weight_owner(node);
  if (!owner.empty() && owner != site.path)
    return owner;
  if (!site.path.empty() && !site.calls_modules && site.operators == 1 && !is_free(node.kind))
    return site.path;
  if (!site.path.empty() && !site.calls_modules && site.operators == 0 &&
      class_of(node.kind) == OpClass::identity)
    return site.path; // Dropout
  return joined(site.path, ir::name_of(node.kind));
}

std::vector<std::string> Program::node_names(const std::vector<bool> &kept) const {
  std::vector<std::string> names(nodes_.size());
  std::vector<bool> is_named(sites_.size(), false);
  for (std::size_t i = nodes_.size(); i-- > 0;) {
    if (!kept[i])
      continue;
    const auto &node = nodes_[i];
    if (names_ == Names::modules)
      names[i] = name_of(node);
    else
      names[i] = is_named[node.site] ? joined(sites_[node.site].path, ir::name_of(node.kind))
                                     : sites_[node.site].path;
    is_named[node.site] = true;
  }
  return names;
}

Graph Program::build(const std::string &name, const std::vector<Ref> &outputs) const {
  const auto kept = read_nodes(outputs);
  const auto names = node_names(kept);
  std::vector<bool> is_read(values_.size(), false);
  for (const auto output : outputs)
    is_read[output] = true;
  for (std::size_t i = 0; i < nodes_.size(); ++i)
    if (kept[i])
      for (const auto input : nodes_[i].inputs)
        is_read[input] = true;

  GraphBuilder builder(name);
  std::vector<ValueId> ids(values_.size());
  for (Ref ref = 0; ref < values_.size(); ++ref) {
    const auto &value = values_[ref];
    if (value.role == ValueRole::input)
      ids[ref] = builder.input(value.name, value.type);
    // A parameter that forward does not use is still part of the model.
    else if (value.role == ValueRole::parameter ||
             (value.role != ValueRole::intermediate && is_read[ref]))
      ids[ref] = builder.weight(value.name, value.type, value.role);
  }
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    if (!kept[i])
      continue;
    const auto &node = nodes_[i];
    std::vector<ValueId> inputs;
    std::vector<TensorType> types;
    for (const auto input : node.inputs)
      inputs.push_back(ids[input]);
    for (const auto output : node.outputs)
      types.push_back(values_[output].type);
    const auto added = builder.add_typed(node.kind, names[i], std::move(inputs), std::move(types),
                                         node.attributes, node.foreign_name);
    for (std::size_t k = 0; k < added.size(); ++k)
      ids[node.outputs[k]] = added[k];
  }
  for (const auto output : outputs)
    builder.output(ids[output]);
  return std::move(builder).build();
}

std::vector<std::string> Program::warnings(const Graph &graph) {
  struct Found {
    std::size_t count = 0;
    std::string first;
  };
  std::map<std::string, Found> opaque;
  for (const auto &node : graph.nodes()) {
    if (node.kind != OpKind::opaque)
      continue;
    auto &found = opaque[node.foreign_name];
    if (found.count++ == 0)
      found.first = node.name;
  }
  std::vector<std::string> lines;
  for (const auto &[name, found] : opaque)
    lines.push_back(fmt::format(
        "operator {} is not in the operator table: counted as memory "
        "traffic without arithmetic ({}, first at '{}')",
        name, found.count == 1 ? std::string("once") : fmt::format("{} times", found.count),
        found.first));
  return lines;
}

} // namespace fusesim::ir::torchscript
