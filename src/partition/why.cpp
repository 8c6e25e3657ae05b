#include "partition/why.hpp"

#include "support/error.hpp"
#include "support/nearest.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>

namespace fusesim::partition {
namespace {

OperatorIndex find_operator(const PartitionSummary &summary, std::string_view name) {
  const auto found = std::ranges::find(summary.operators, name, &OperatorSummary::name);
  if (found != summary.operators.end())
    return static_cast<OperatorIndex>(found - summary.operators.begin());
  std::vector<std::string> known;
  for (const OperatorSummary &op : summary.operators)
    known.push_back(op.name);
  throw Error("--why", fmt::format("{} has no operator '{}'", summary.network, name),
              nearest_names_hint(name, known));
}

/// The edges from `producer` to `consumer`, through operators that count for nothing only; empty
/// when there is no such way.
std::vector<const EdgeSummary *> way(const PartitionSummary &summary, OperatorIndex producer,
                                     OperatorIndex consumer) {
  std::map<OperatorIndex, const EdgeSummary *> reached; // by which edge; graph order is topological
  for (const EdgeSummary &edge : summary.edges) {
    const bool begins = edge.producer == producer;
    const bool goes_on =
        !summary.operators[edge.producer].counts && reached.contains(edge.producer);
    if (begins || goes_on)
      reached.try_emplace(edge.consumer, &edge);
  }
  std::vector<const EdgeSummary *> edges;
  for (auto at = reached.find(consumer); at != reached.end();
       at = reached.find(at->second->producer)) {
    edges.push_back(at->second);
    if (at->second->producer == producer)
      break;
  }
  std::ranges::reverse(edges);
  return edges;
}

} // namespace

std::string_view name_of(Why::Relation relation) {
  switch (relation) {
  case Why::Relation::fused:
    return "fused";
  case Why::Relation::refused:
    return "refused";
  case Why::Relation::together:
    return "together";
  case Why::Relation::apart:
    return "apart";
  }
  throw InternalError("relation without a name");
}

Why why(const PartitionSummary &summary, std::string_view a, std::string_view b) {
  Why answer;
  answer.producer = find_operator(summary, a);
  answer.consumer = find_operator(summary, b);
  if (answer.producer == answer.consumer)
    throw Error("--why", fmt::format("'{}' was given twice", a), "name two operators");
  auto edges = way(summary, answer.producer, answer.consumer);
  if (edges.empty()) {
    edges = way(summary, answer.consumer, answer.producer);
    if (!edges.empty())
      std::swap(answer.producer, answer.consumer);
  }
  const bool together =
      summary.operators[answer.producer].subgraph == summary.operators[answer.consumer].subgraph;
  if (edges.empty()) {
    answer.relation = together ? Why::Relation::together : Why::Relation::apart;
    return answer;
  }
  answer.relation = together ? Why::Relation::fused : Why::Relation::refused;
  const auto refused = std::ranges::find_if(
      edges, [](const EdgeSummary *edge) { return edge->refusal.has_value(); });
  answer.edge = refused != edges.end() ? *refused : edges.back();
  for (std::size_t i = 1; i < edges.size(); ++i)
    answer.through.push_back(edges[i]->producer);
  return answer;
}

} // namespace fusesim::partition
