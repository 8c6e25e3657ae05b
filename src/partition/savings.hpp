#pragma once

#include "partition/summary.hpp"

namespace fusesim::partition {

struct PatternSavings {
  std::string pattern;
  std::uint64_t subgraphs = 0;
  std::uint64_t launches_saved = 0; ///< operators, less launches
  Bytes unfused = 0, fused = 0;     ///< external bytes of its operators one by one, and together

  Bytes saved() const { return unfused > fused ? unfused - fused : 0; }
};

/// What fusing saves against running every operator on its own, in the accounting's own figures.
struct Savings {
  std::uint64_t unfused_launches = 0, fused_launches = 0;
  Bytes unfused_bytes = 0, fused_bytes = 0; ///< external
  Bytes intermediates = 0; ///< saved by tensors that are never written (PartitionTotals::internal)
  Bytes shared_reads = 0;  ///< saved by reading once what several operators of a subgraph read
  std::vector<PatternSavings> patterns; ///< of more than one operator; most bytes saved first

  Bytes saved_bytes() const {
    return unfused_bytes > fused_bytes ? unfused_bytes - fused_bytes : 0;
  }
};
Savings savings_of(const PartitionSummary &summary);

} // namespace fusesim::partition
