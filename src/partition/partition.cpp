#include "partition/partition.hpp"

#include "support/error.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace fusesim::partition {
namespace {
constexpr std::size_t kLongestFullName = 4; ///< kinds; longer patterns are cut to …
constexpr std::size_t kShownWhenCut = 3;
} // namespace

std::string_view name_of(Refusal refusal) {
  switch (refusal) {
  case Refusal::fork:
    return "fork";
  case Refusal::join:
    return "join";
  case Refusal::not_in_vocabulary:
    return "not_in_vocabulary";
  case Refusal::grid_wide:
    return "grid_wide";
  case Refusal::would_cycle:
    return "would_cycle";
  case Refusal::strategy:
    return "strategy";
  }
  throw InternalError("refusal without a name");
}

std::string name_pattern(const ir::Graph &graph, std::span<const ir::NodeId> nodes) {
  std::size_t working = 0;
  std::string name;
  for (const ir::NodeId n : nodes) {
    const ir::OpKind kind = graph.node(n).kind;
    if (ir::is_free(kind))
      continue;
    if (++working > kLongestFullName)
      continue;
    if (!name.empty())
      name += '+';
    name += ir::name_of(kind);
  }
  if (working == 0)
    return "no_work";
  if (working == 1)
    return "unfused";
  if (working > kLongestFullName)
    name = fmt::format("{}+{}more", name.substr(0, name.rfind('+')), working - kShownWhenCut);
  return name;
}

void producers_of(const ir::Graph &graph, ir::NodeId node, std::vector<ir::NodeId> &producers) {
  producers.clear();
  for (const ir::ValueId input : graph.node(node).inputs)
    if (const ir::NodeId producer = graph.value(input).producer; producer != ir::kNoNode)
      producers.push_back(producer);
  std::ranges::sort(producers);
  const auto repeated = std::ranges::unique(producers);
  producers.erase(repeated.begin(), repeated.end());
}

bool has_work(const ir::Graph &graph, const Subgraph &subgraph) {
  return std::ranges::any_of(subgraph.nodes,
                             [&](ir::NodeId n) { return !ir::is_free(graph.node(n).kind); });
}

} // namespace fusesim::partition
