#include "reference.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <stdexcept>

namespace fusesim::ir::testing {

namespace {

std::string joined(const std::vector<std::string> &texts) {
  std::string all;
  for (const auto &text : texts)
    all += (all.empty() ? "" : ", ") + text;
  return all;
}

bool may_be_absent(const Reference::Operator &op) {
  const bool without_dims = std::ranges::all_of(
      op.outputs, [](const std::string &output) { return output.starts_with("scalar"); });
  return without_dims || (!op.has_new_memory && !op.name.ends_with('_'));
}

class Alignment {
public:
  Alignment(const Graph &graph, const std::vector<Reference::Operator> &operators)
      : graph_(graph), operators_(operators) {
    for (const auto &node : graph.nodes())
      if (!node.foreign_name.empty())
        nodes_.push_back(&node);
  }

  std::string difference() {
    for (const auto &op : operators_) {
      const auto matched = matching_nodes(op);
      next_ += matched;
      if (matched == 0 && !may_be_absent(op))
        return "the run has " + op.name + " in '" + op.module + "' -> " + joined(op.outputs) +
               ", the graph has " + next();
    }
    return next_ == nodes_.size() ? "" : "the run has ended, the graph has " + next();
  }

private:
  std::vector<std::string> outputs(const Node &node) const {
    std::vector<std::string> texts;
    for (const auto &type : graph_.output_types(node))
      texts.push_back(to_string(type));
    return texts;
  }

  /// How many of the next nodes are the operator: mostly one, two for max with its indices; 0: they are not.
  std::size_t matching_nodes(const Reference::Operator &op) const {
    std::vector<std::string> texts;
    auto node = next_;
    for (; node < nodes_.size() && nodes_[node]->foreign_name == op.name &&
           nodes_[node]->name.starts_with(op.module) && (texts.size() < op.outputs.size());
         ++node)
      for (auto &text : outputs(*nodes_[node]))
        texts.push_back(std::move(text));
    if (texts == op.outputs)
      return node - next_;
    // By-products that nobody reads are no nodes.
    texts = node > next_ ? outputs(*nodes_[next_]) : texts;
    return !texts.empty() && texts.size() < op.outputs.size() &&
                   std::equal(texts.begin(), texts.end(), op.outputs.begin())
               ? 1
               : 0;
  }

  std::string next() const {
    if (next_ == nodes_.size())
      return "no further node";
    const auto &node = *nodes_[next_];
    return node.name + " (" + node.foreign_name + ") -> " + joined(outputs(node));
  }

  const Graph &graph_;
  const std::vector<Reference::Operator> &operators_;
  std::vector<const Node *> nodes_; ///< that came from an operator
  std::size_t next_ = 0;
};

} // namespace

std::string export_file(const std::string &name) {
  return std::string(FUSESIM_EXPORTS_DIR "/") + name;
}

Reference read_reference(const std::string &name) {
  std::ifstream stream(export_file(name + ".json"));
  if (!stream)
    throw std::runtime_error(export_file(name + ".json") + " is missing: run torchscript.export");
  const auto json = nlohmann::json::parse(stream);
  Reference reference;
  for (const auto &input : json.at("inputs"))
    reference.inputs.push_back(parse_tensor_type(input.get<std::string>()));
  reference.outputs = json.at("outputs").get<std::vector<std::string>>();
  reference.parameters = json.at("parameters").get<std::uint64_t>();
  if (json.at("operators").is_null())
    return reference;
  reference.operators.emplace();
  for (const auto &op : json.at("operators"))
    reference.operators->push_back({op.at("operator").get<std::string>(),
                                    op.at("module").get<std::string>(), op.at("new").get<bool>(),
                                    op.at("outputs").get<std::vector<std::string>>()});
  return reference;
}

std::string difference(const Graph &graph, const Reference &reference) {
  std::vector<std::string> outputs;
  for (const auto id : graph.outputs())
    outputs.push_back(to_string(graph.value(id).type));
  if (outputs != reference.outputs)
    return "outputs are " + joined(outputs) + ", the run gave " + joined(reference.outputs);
  return reference.operators ? Alignment(graph, *reference.operators).difference() : "";
}

ImportResult import_export(const std::string &name) {
  return import_torchscript(export_file(name + ".pt"), read_reference(name).inputs);
}

} // namespace fusesim::ir::testing
