#include "partition/seed_summary.hpp"

#include "partition/explain.hpp"
#include "partition/seed_type.hpp"
#include "support/error.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <limits>

namespace fusesim::partition::seed {
namespace {

using ir::NodeId;

constexpr std::string_view kUnfused = "unfused";
constexpr OperatorIndex kNoOperator = std::numeric_limits<OperatorIndex>::max();

// Names of torch modules, functions and operators.* as torch.fx graphs of torchvision have them.
constexpr auto kViews = std::to_array<std::string_view>(
    {"flatten", "Flatten", "Unflatten", "permute", "Permute", "reshape", "view", "transpose",
     "unsqueeze", "squeeze", "expand", "chunk", "split", "unbind", "getitem", "contiguous"});
constexpr auto kIdentities = std::to_array<std::string_view>(
    {"Dropout", "dropout", "StochasticDepth", "stochastic_depth", "Identity"});
constexpr auto kBookkeeping = std::to_array<std::string_view>(
    {"getattr", "size", "dim", "floordiv", "eq", "ne", "_assert", "_assert_async", "tuple", "len"});
constexpr auto kDataMovement = std::to_array<std::string_view>(
    {"cat", "stack", "roll", "pad", "Embedding", "clone", "index", "repeat"});

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N> &names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

LabelSet types_of(const Vocabulary &vocabulary) {
  LabelSet types;
  for (const PairRow &row : vocabulary.rows)
    types = types | row.producers | row.consumers;
  return types;
}

class Summariser {
public:
  Summariser(std::span<const Node> nodes, const Vocabulary &vocabulary)
      : nodes_(nodes), vocabulary_(vocabulary), index_(nodes.size(), kNoOperator) {}

  void add_operators(PartitionSummary &summary) {
    const LabelSet types = types_of(vocabulary_);
    for (NodeId n = 0; n < nodes_.size(); ++n) {
      const Node &node = nodes_[n];
      if (!node.is_operator)
        continue;
      index_[n] = static_cast<OperatorIndex>(summary.operators.size());
      summary.operators.push_back(
          {.name = node.name,
           .kind = node.type,
           .shape = node.shape,
           .role = role_of(node.type),
           .in_vocabulary = types.contains(static_cast<Label>(type_from_name(node.type))),
           .counts = true,
           .subgraph = 0,
           .flops = 2 * node.macs});
    }
  }

  void add_subgraphs(std::span<const Subgraph> subgraphs, PartitionSummary &summary) {
    for (const Subgraph &subgraph : subgraphs) {
      SubgraphSummary figures{.id = static_cast<SubgraphId>(summary.subgraphs.size()),
                              .pattern = subgraph.pattern,
                              .operators = {},
                              .size = subgraph.nodes.size(),
                              .launches = 1,
                              .flops = subgraph.flops(),
                              .input = subgraph.input,
                              .output = subgraph.output,
                              .weight = subgraph.weight,
                              .internal = subgraph.internal,
                              .unfused = subgraph.external() + subgraph.internal};
      for (const NodeId n : subgraph.nodes) {
        figures.operators.push_back(index_[n]);
        summary.operators[index_[n]].subgraph = figures.id;
      }
      summary.subgraphs.push_back(std::move(figures));
    }
  }

  void add_edges(PartitionSummary &summary) const {
    std::vector<std::vector<NodeId>> readers(nodes_.size());
    for (NodeId n = 0; n < nodes_.size(); ++n)
      for (const NodeId input : nodes_[n].inputs)
        if (nodes_[n].is_operator && nodes_[input].is_operator)
          readers[input].push_back(n);
    for (NodeId n = 0; n < nodes_.size(); ++n) {
      auto producers = operands_of(n);
      std::ranges::sort(producers);
      for (const NodeId producer : producers) {
        EdgeSummary edge{.producer = index_[producer],
                         .consumer = index_[n],
                         .shape = nodes_[producer].shape,
                         .bytes = nodes_[producer].output_bytes,
                         .refusal = {},
                         .detail = {}};
        if (subgraph_of(summary, producer) != subgraph_of(summary, n))
          refuse(edge, producer, n, readers[producer], summary);
        else
          edge.detail = fused_text(producer, n);
        summary.edges.push_back(std::move(edge));
      }
    }
  }

  void add_inputs(PartitionSummary &summary) const {
    for (NodeId n = 0; n < nodes_.size(); ++n) {
      if (nodes_[n].type != "placeholder")
        continue;
      InputSummary input{.name = nodes_[n].name, .shape = nodes_[n].shape, .readers = {}};
      for (NodeId reader = n + 1; reader < nodes_.size(); ++reader)
        if (nodes_[reader].is_operator && std::ranges::count(nodes_[reader].inputs, n) > 0)
          input.readers.push_back(index_[reader]);
      summary.inputs.push_back(std::move(input));
    }
  }

private:
  SubgraphId subgraph_of(const PartitionSummary &summary, NodeId node) const {
    return summary.operators[index_[node]].subgraph;
  }

  std::vector<NodeId> operands_of(NodeId node) const {
    std::vector<NodeId> operands;
    if (nodes_[node].is_operator)
      for (const NodeId input : nodes_[node].inputs)
        if (nodes_[input].is_operator)
          operands.push_back(input);
    return operands;
  }

  std::string names(const std::vector<NodeId> &list) const {
    return enumeration(list.size(),
                       [&](std::size_t i) -> std::string_view { return nodes_[list[i]].name; });
  }

  Match match(NodeId producer, NodeId consumer, bool joins) const {
    return vocabulary_.match({.producer = static_cast<Label>(type_from_name(nodes_[producer].type)),
                              .consumer = static_cast<Label>(type_from_name(nodes_[consumer].type)),
                              .joins = joins});
  }

  std::string fused_text(NodeId producer, NodeId consumer) const {
    const Match found = match(producer, consumer, operands_of(consumer).size() > 1);
    if (found.row == nullptr)
      return "a pattern holds both";
    return fmt::format("row {} takes {} to {}, and nothing else reads {}", found.row->name,
                       nodes_[producer].type, nodes_[consumer].type, nodes_[producer].name);
  }

  /// The rules of growth, asked again of one edge.
  void refuse(EdgeSummary &edge, NodeId producer, NodeId consumer,
              const std::vector<NodeId> &readers, const PartitionSummary &summary) const {
    const Node &from = nodes_[producer], &to = nodes_[consumer];
    if (summary.strategy == kUnfused) {
      edge.refusal = Refusal::strategy;
      edge.detail = "the strategy unfused fuses nothing";
      return;
    }
    if (readers.size() > 1) {
      edge.refusal = Refusal::fork;
      edge.detail = fmt::format("{} is read by {}", from.name, names(readers));
      return;
    }
    auto others = operands_of(consumer);
    std::erase(others, producer);
    const Match found = match(producer, consumer, !others.empty());
    edge.refusal = found.row == nullptr ? found.refusal : Refusal::join;
    if (edge.refusal == Refusal::not_in_vocabulary)
      edge.detail =
          fmt::format("no row of {} takes {} to {}", vocabulary_.name, from.type, to.type);
    else if (found.row == nullptr)
      edge.detail = fmt::format("{} also reads {}, and no row lets {} join that", to.name,
                                names(others), to.type);
    else
      edge.detail = fmt::format("{} already runs in another subgraph", to.name);
  }

  std::span<const Node> nodes_;
  const Vocabulary &vocabulary_;
  std::vector<OperatorIndex> index_; ///< by node; operators only
};

} // namespace

Role role_of(std::string_view type) {
  if (type.find("Pool") != std::string_view::npos || type.find("pool") != std::string_view::npos)
    return Role::pooling;
  if (is_one_of(kViews, type))
    return Role::view;
  if (is_one_of(kIdentities, type))
    return Role::identity;
  if (is_one_of(kBookkeeping, type))
    return Role::bookkeeping;
  return is_one_of(kDataMovement, type) ? Role::data_movement : Role::compute;
}

PartitionSummary summarise(std::string network, std::string strategy, std::span<const Node> nodes,
                           std::span<const Subgraph> subgraphs, const Vocabulary &vocabulary) {
  PartitionSummary summary{.network = std::move(network),
                           .strategy = std::move(strategy),
                           .vocabulary = std::string(vocabulary.name),
                           .accounting = "seed",
                           .fx_nodes = nodes.size(),
                           .operators = {},
                           .subgraphs = {},
                           .edges = {},
                           .inputs = {}};
  Summariser summariser(nodes, vocabulary);
  summariser.add_operators(summary);
  summariser.add_subgraphs(subgraphs, summary);
  summariser.add_edges(summary);
  summariser.add_inputs(summary);
  return summary;
}

PartitionSummary summarise(std::string network, std::span<const Node> nodes,
                           std::string_view strategy, std::string_view vocabulary) {
  const Vocabulary &pairs = seed::vocabulary(vocabulary);
  const auto cut = strategy == kUnfused ? subgraphs(nodes, {pairs.name, pairs.description, {}})
                                        : subgraphs(nodes, pairs, seed::strategy(strategy));
  return summarise(std::move(network), std::string(strategy), nodes, cut, pairs);
}

} // namespace fusesim::partition::seed
