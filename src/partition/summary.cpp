#include "partition/summary.hpp"

#include "support/error.hpp"

#include <algorithm>

namespace fusesim::partition {
namespace {

// Thresholds of the published bottleneck classes, in FLOPs per byte (data/seed of the project's
// sources).
constexpr double kComputeBound = 50, kBalanced = 10, kMemoryBound = 1;

double ratio(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

} // namespace

Refusal EdgeSummary::reason() const {
  if (!refusal)
    throw InternalError("an edge within one subgraph has no reason to be refused");
  return *refusal;
}

std::string_view name_of(Role role) {
  switch (role) {
  case Role::compute:
    return "compute";
  case Role::data_movement:
    return "data_movement";
  case Role::pooling:
    return "pooling";
  case Role::view:
    return "view";
  case Role::identity:
    return "identity";
  case Role::bookkeeping:
    return "bookkeeping";
  }
  throw InternalError("role without a name");
}

std::string_view name_of(Bottleneck bottleneck) {
  switch (bottleneck) {
  case Bottleneck::none:
    return "none";
  case Bottleneck::bandwidth_bound:
    return "bandwidth_bound";
  case Bottleneck::memory_bound:
    return "memory_bound";
  case Bottleneck::balanced:
    return "balanced";
  case Bottleneck::compute_bound:
    return "compute_bound";
  }
  throw InternalError("bottleneck without a name");
}

Bottleneck bottleneck_of(double arithmetic_intensity) {
  return arithmetic_intensity > kComputeBound  ? Bottleneck::compute_bound
         : arithmetic_intensity > kBalanced    ? Bottleneck::balanced
         : arithmetic_intensity > kMemoryBound ? Bottleneck::memory_bound
                                               : Bottleneck::bandwidth_bound;
}

double SubgraphSummary::arithmetic_intensity() const { return ratio(flops, external()); }

Bottleneck SubgraphSummary::bottleneck() const {
  return size == 0 ? Bottleneck::none : bottleneck_of(arithmetic_intensity());
}

double PartitionTotals::fusion_efficiency() const {
  return launches == 0 ? 1 : ratio(operators, launches);
}
double PartitionTotals::memory_reduction() const { return ratio(internal, external() + internal); }

PartitionTotals totals_of(const PartitionSummary &summary) {
  PartitionTotals totals;
  totals.subgraphs = summary.subgraphs.size();
  for (const SubgraphSummary &subgraph : summary.subgraphs) {
    totals.operators += subgraph.size;
    totals.flops += subgraph.flops;
    totals.input += subgraph.input;
    totals.output += subgraph.output;
    totals.weight += subgraph.weight;
    totals.internal += subgraph.internal;
    totals.unfused += subgraph.unfused;
    if (subgraph.size == 0)
      continue;
    ++totals.working;
    totals.launches += subgraph.launches;
    totals.single_operator += subgraph.size == 1;
    totals.largest = std::max(totals.largest, subgraph.size);
    totals.mean_arithmetic_intensity += subgraph.arithmetic_intensity();
    ++totals.patterns[subgraph.pattern];
    ++totals.bottlenecks[subgraph.bottleneck()];
  }
  if (totals.working > 0)
    totals.mean_arithmetic_intensity /= static_cast<double>(totals.working);
  return totals;
}

} // namespace fusesim::partition
