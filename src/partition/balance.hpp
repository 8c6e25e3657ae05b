#pragma once

#include "partition/summary.hpp"

#include <array>

/// How evenly a partition divides its network, and what it left apart that could have been fused.
namespace fusesim::partition {

struct Statistics {
  double mean = 0, median = 0;
  double stddev = 0; ///< of the population
  double min = 0, max = 0;
};
/// All 0 without values.
Statistics statistics_of(std::vector<double> values);

/// A subgraph of one operator that counts.
struct SingleOperator {
  OperatorIndex op = 0;
  SubgraphId subgraph = 0;
  /// Why it is alone: the first refused edge from the operators before, and to those after it.
  const EdgeSummary *before = nullptr, *after = nullptr;
  /// The operators at their other ends; views looked through.
  OperatorIndex before_op = 0, after_op = 0;
};

struct PatternTotal {
  std::string pattern;
  std::uint64_t subgraphs = 0, operators = 0;
  Flops flops = 0;
  Bytes external = 0;
};

struct BottleneckTotal {
  std::uint64_t subgraphs = 0;
  Flops flops = 0;
  Bytes external = 0;
};

/// Refused edges of one kind: what stands between two sorts of operators, and what it costs.
struct MissedPair {
  std::string producer_kind, consumer_kind;
  Refusal reason = Refusal::not_in_vocabulary;
  std::uint64_t edges = 0;
  Bytes bytes = 0;       ///< of the tensors on them, once each
  Bytes layer_bytes = 0; ///< of them, between two subgraphs that multiply: fusing fuses two layers
};

/// Points into the summary, which must outlive it.
struct Balance {
  std::map<std::uint64_t, std::uint64_t> sizes; ///< operators of a subgraph → subgraphs; 0 left out
  Statistics size, flops, external, intensity; ///< per working subgraph
  std::vector<SingleOperator> structural, missed;
  std::vector<PatternTotal> patterns; ///< most subgraphs first
  std::array<BottleneckTotal, kBottlenecks> bottlenecks{};
  std::vector<MissedPair> pairs; ///< between operators that are not structural; most bytes first
};
Balance balance_of(const PartitionSummary &summary);

} // namespace fusesim::partition
