#pragma once

#include "report/document/document.hpp"
#include "report/sweep_report.hpp"

namespace fusesim::report {

struct SweepLimits {
  std::size_t rows = 30000; ///< of the study; beyond, an even choice of them
};

/// "sweep": {"description", "sampling", "dimensions", "objectives", "rows" (by column), "best",
/// "pareto", "sensitivity", "crossovers", "failures"}.
Json sweep_document(const SweepReport &report, const SweepLimits &limits = {});

} // namespace fusesim::report
