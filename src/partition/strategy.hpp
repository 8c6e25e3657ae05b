#pragma once

#include "partition/partition.hpp"

#include <span>
#include <string>
#include <string_view>

namespace fusesim::partition {

/// One row per strategy: `unfused`, `greedy`, `attention`. See each strategy's own file for how it
/// works.
struct StrategyInfo {
  std::string_view name, description;
  Partition (*run)(const ir::Graph &graph);
};
std::span<const StrategyInfo> strategies();

/// Runs a strategy by name and verifies its result. Throws Error with the nearest names when
/// unknown.
Partition run_strategy(std::string_view name, const ir::Graph &graph);

} // namespace fusesim::partition
