#include "partition/savings.hpp"

#include <algorithm>

namespace fusesim::partition {

Savings savings_of(const PartitionSummary &summary) {
  const PartitionTotals totals = totals_of(summary);
  Savings savings{.unfused_launches = totals.operators,
                  .fused_launches = totals.launches,
                  .unfused_bytes = totals.unfused,
                  .fused_bytes = totals.external(),
                  .intermediates = totals.internal,
                  .shared_reads = 0,
                  .patterns = {}};
  if (savings.saved_bytes() > savings.intermediates)
    savings.shared_reads = savings.saved_bytes() - savings.intermediates;

  std::map<std::string, PatternSavings> patterns;
  for (const SubgraphSummary &subgraph : summary.subgraphs) {
    if (subgraph.size < 2)
      continue;
    PatternSavings &pattern = patterns[subgraph.pattern];
    ++pattern.subgraphs;
    pattern.launches_saved += subgraph.size - subgraph.launches;
    pattern.unfused += subgraph.unfused;
    pattern.fused += subgraph.external();
  }
  for (auto &[name, pattern] : patterns) {
    pattern.pattern = name;
    savings.patterns.push_back(std::move(pattern));
  }
  std::ranges::stable_sort(savings.patterns, std::greater<>{}, &PatternSavings::saved);
  return savings;
}

} // namespace fusesim::partition
