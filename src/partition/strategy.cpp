#include "partition/strategy.hpp"

#include "partition/grouping.hpp"
#include "support/error.hpp"
#include "support/nearest.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace fusesim::partition {
namespace {

constexpr StrategyInfo kStrategies[] = {
    {"unfused", "one operator per subgraph", unfused},
    {"sdpa",
     "unfused, but attention from scores to their application is one operator, as in PyTorch 2",
     sdpa},
    {"greedy", "chains of single-consumer operators along the pairs of the modern vocabulary",
     greedy},
    {"attention",
     "greedy, plus whole score-softmax-apply chains and the merge of Q, K and V projections",
     attention},
};

} // namespace

std::span<const StrategyInfo> strategies() { return kStrategies; }

Partition run_strategy(std::string_view name, const ir::Graph &graph) {
  const auto found = std::ranges::find(kStrategies, name, &StrategyInfo::name);
  if (found == std::end(kStrategies)) {
    std::vector<std::string> known;
    for (const StrategyInfo &strategy : kStrategies)
      known.emplace_back(strategy.name);
    throw Error("strategy", fmt::format("'{}' is unknown", name), nearest_names_hint(name, known));
  }
  Partition partition = found->run(graph);
  verify(graph, partition);
  return partition;
}

} // namespace fusesim::partition
