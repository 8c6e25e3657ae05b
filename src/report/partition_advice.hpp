#pragma once

#include "partition/balance.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace fusesim::report {

/// What would change the partition, or the speed of what it makes, in one sentence with its figures.
struct Advice {
  std::string_view topic; ///< stable, for scripts: "missed_pairs", "forks", "weights", …
  std::string text;
  Bytes bytes = 0; ///< external bytes that it is about
};

/// Only what the figures say, most bytes first; empty when nothing stands out.
std::vector<Advice> advice_on(const partition::PartitionSummary &summary,
                              const partition::Balance &balance);

} // namespace fusesim::report
