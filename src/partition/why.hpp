#pragma once

#include "partition/summary.hpp"

namespace fusesim::partition {

/// How two operators of a partition relate.
struct Why {
  enum class Relation : std::uint8_t {
    fused,    ///< one reads the other, and they run in one subgraph
    refused,  ///< one reads the other, in another subgraph
    together, ///< neither reads the other, but they run in one subgraph
    apart,    ///< neither reads the other
  };
  Relation relation = Relation::apart;
  OperatorIndex producer = 0, consumer = 0; ///< in the order of the edge, where there is one
  /// Operators between the two that count for nothing (views, identities) and are looked through.
  std::vector<OperatorIndex> through;
  /// The edge that decides: the first refused one on the way, else the last; null without a way.
  const EdgeSummary *edge = nullptr;
};
std::string_view name_of(Why::Relation relation);

/// Points into `summary`. Throws Error with the nearest names when an operator is unknown or both
/// are the same.
Why why(const PartitionSummary &summary, std::string_view a, std::string_view b);

} // namespace fusesim::partition
