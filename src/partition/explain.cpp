#include "partition/explain.hpp"

#include "partition/grid_wide.hpp"
#include "support/error.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace fusesim::partition {
namespace {

using ir::kNoNode;
using ir::NodeId;

constexpr std::size_t kNamesShown = 3;

std::string_view kind_of(const ir::Graph &graph, NodeId node) {
  return ir::name_of(graph.node(node).kind);
}

} // namespace

std::string enumeration(std::size_t count,
                        const std::function<std::string_view(std::size_t)> &name_at) {
  const bool cut = count > kNamesShown;
  const std::size_t shown = cut ? kNamesShown - 1 : count;
  std::string text;
  for (std::size_t i = 0; i < shown; ++i)
    text.append(i == 0 ? "" : i + 1 == shown && !cut ? " and " : ", ").append(name_at(i));
  return cut ? fmt::format("{} and {} more", text, count - shown) : text;
}

Explainer::Explainer(const ir::Graph &graph, const Partition &partition,
                     const Vocabulary &vocabulary)
    : graph_(graph), partition_(partition), vocabulary_(vocabulary), flow_(flow_of(graph)),
      readers_(graph.nodes().size()), leaves_(graph.nodes().size()) {
  for (NodeId n = 0; n < graph.nodes().size(); ++n)
    if (flow_.is_operator(n))
      for (const Flow::Operand &operand : flow_.operands_of(n))
        readers_[operand.producer].push_back(n);
  for (const ir::ValueId output : graph.outputs())
    if (const NodeId producer = graph.value(output).producer;
        producer != kNoNode && flow_.origin[producer] != kNoNode)
      leaves_[flow_.origin[producer]] = true;
  together_.reserve(graph.nodes().size());
  for (NodeId n = 0; n < graph.nodes().size(); ++n)
    together_.push_back(std::ranges::all_of(readers_[n], [&](NodeId reader) {
      return partition.subgraph_of[reader] == partition.subgraph_of[n];
    }));
}

std::string Explainer::names(const std::vector<NodeId> &nodes) const {
  return enumeration(nodes.size(),
                     [&](std::size_t i) -> std::string_view { return name(nodes[i]); });
}

std::string Explainer::refused(const Decision &decision) const {
  switch (decision.reason) {
  case Refusal::fork:
    return fork(decision);
  case Refusal::join:
    return join(decision);
  case Refusal::not_in_vocabulary:
    return not_in_vocabulary(decision);
  case Refusal::grid_wide:
    return grid_wide(decision);
  case Refusal::would_cycle:
    return "the subgraphs would wait for each other";
  case Refusal::strategy:
    return fmt::format("the strategy {} fuses nothing", partition_.strategy);
  }
  throw InternalError("refusal without an explanation");
}

// An operator with several readers, or a view that no single operator owns.
std::string Explainer::fork(const Decision &decision) const {
  const NodeId origin = flow_.origin[decision.producer];
  if (origin == kNoNode)
    return fmt::format("{} shows a tensor that no operator computes", name(decision.producer));
  if (readers_[origin].size() > 1)
    return fmt::format("{} is read by {}{}", name(origin), names(readers_[origin]),
                       leaves_[origin] ? ", and is a result of the network" : "");
  if (leaves_[origin])
    return fmt::format("{} is a result of the network, too", name(origin));
  return fmt::format("{} is needed outside of its subgraph", name(origin));
}

std::string Explainer::join(const Decision &decision) const {
  const NodeId consumer = decision.consumer, origin = flow_.origin[decision.producer];
  std::vector<NodeId> others;
  for (const Flow::Operand &operand : flow_.operands_of(consumer))
    if (operand.producer != origin)
      others.push_back(operand.producer);
  for (const NodeId other : others)
    if (partition_.subgraph_of[other] == partition_.subgraph_of[consumer])
      return fmt::format("{} already runs with {}; the tensor is read there as its other operand",
                         name(consumer), name(other));
  if (others.empty())
    return fmt::format("{} belongs to another subgraph", name(consumer));
  return fmt::format("{} also reads {}, and no row lets {} join that", name(consumer),
                     names(others), kind_of(graph_, consumer));
}

// The nearest row that misses says most: wrong kinds last.
std::string Explainer::not_in_vocabulary(const Decision &decision) const {
  const NodeId origin = flow_.origin[decision.producer], consumer = decision.consumer;
  if (flow_.dead_end[consumer] != 0)
    return fmt::format("{} only checks or measures; no tensor depends on it", name(consumer));
  if (origin == kNoNode)
    return fmt::format("{} shows a tensor that no operator computes", name(decision.producer));
  const Flow::Operand link = operand(origin, consumer);
  const std::string pair =
      fmt::format("{} to {}", kind_of(graph_, origin), kind_of(graph_, consumer));
  std::vector<std::string_view> elsewhere; // rows that would hold behind another beginning
  for (const PairRow &row : vocabulary_.rows) {
    if (!row.is_for(flow_.label[origin], flow_.label[consumer]))
      continue;
    if (row.has(kKeepsSize) && link.order == Flow::kSeveral)
      return several_orders(origin, consumer);
    if (row.has(kMainOperand) && !link.main)
      return fmt::format("row {} wants {} as the first operand only", row.name, name(origin));
    if (row.has(kKeepsSize) && flow_.elements[origin] != flow_.elements[consumer])
      return fmt::format("row {} keeps the number of elements; here {} become {}", row.name,
                         flow_.elements[origin], flow_.elements[consumer]);
    elsewhere.push_back(row.name);
  }
  if (elsewhere.empty())
    return fmt::format("no row of {} takes {}", vocabulary_.name, pair);
  const std::string rows = enumeration(
      elsewhere.size(), [&](std::size_t i) -> std::string_view { return elsewhere[i]; });
  return fmt::format("only row {} takes {}, and not behind what {} runs with", rows, pair,
                     name(origin));
}

std::string Explainer::grid_wide(const Decision &decision) const {
  const NodeId origin = flow_.origin[decision.producer], consumer = decision.consumer;
  const Subgraph &around = partition_.subgraphs[partition_.subgraph_of[origin]];
  const auto found = grid_wide_dependency(graph_, flow_, around.nodes, origin, consumer);
  if (!found)
    throw InternalError("a dependency was called grid-wide that is none");
  const std::string spread =
      found->spread_by == origin
          ? "is spread over a whole grid"
          : fmt::format("{} spreads over a whole grid", name(found->spread_by));
  return fmt::format("each element of {} takes {} of {}, which {}: one kernel of both would need a "
                     "barrier across the grid, and the whole tensor on chip to save its bytes; {}",
                     name(consumer), found->elements, name(origin), spread,
                     not_in_vocabulary(decision));
}

// x + xᵀ: the loop over x that also adds has one element of x, and needs two.
std::string Explainer::several_orders(NodeId origin, NodeId consumer) const {
  std::vector<NodeId> shown;
  for (const ir::ValueId input : graph_.node(consumer).inputs)
    if (const NodeId direct = graph_.value(input).producer;
        direct != kNoNode && flow_.origin[direct] == origin &&
        std::ranges::find(shown, direct) == shown.end())
      shown.push_back(direct);
  return fmt::format("each element of {} needs several elements of {}, which it reads as {}",
                     name(consumer), name(origin), names(shown));
}

Flow::Operand Explainer::operand(NodeId producer, NodeId consumer) const {
  const auto operands = flow_.operands_of(consumer);
  const auto link = std::ranges::find(operands, producer, &Flow::Operand::producer);
  return link != operands.end() ? *link : Flow::Operand{.producer = producer, .main = false};
}

std::string Explainer::fused(NodeId producer, NodeId consumer) const {
  const NodeId origin = flow_.origin[producer];
  if (!flow_.is_operator(consumer))
    return fmt::format("{} moves no bytes and stays with what it shows", name(consumer));
  if (origin == kNoNode)
    return fmt::format("{} moves no bytes and stays with its only reader", name(producer));
  const SubgraphId here = partition_.subgraph_of[consumer];
  if (flow_.sole_consumer[origin] != consumer)
    return together_[origin]
               ? fmt::format("all readers of {} run here: {}", name(origin),
                             names(readers_[origin]))
               : fmt::format("the pattern {} holds both", partition_.subgraphs[here].pattern);
  const Flow::Operand link = operand(origin, consumer);
  for (const PairRow &row : vocabulary_.rows)
    if (row.is_for(flow_.label[origin], flow_.label[consumer]) &&
        (!row.has(kMainOperand) || link.main) &&
        (!row.has(kKeepsSize) || flow_.elements[origin] == flow_.elements[consumer]))
      return fmt::format("row {} takes {} to {}, and nothing else reads {}", row.name,
                         kind_of(graph_, origin), kind_of(graph_, consumer), name(origin));
  return fmt::format("the pattern {} holds both", partition_.subgraphs[here].pattern);
}

} // namespace fusesim::partition
