#pragma once

#include "report/compare_report.hpp"
#include "report/document/document.hpp"
#include "targets/roofline.hpp"

namespace fusesim::report {

struct ComparisonRoofs {
  targets::Roofline unfused, fused;
};

struct CompareLimits {
  std::size_t subgraphs = 6000; ///< in the whole document; beyond, each run keeps its longest
};

/// "compare": {"comparisons": [{"model","target","runtime","dtype","batch","speedup","unfused",
/// "fused"}], "table"}; `roofs` by comparison.
Json compare_document(std::span<const Comparison> comparisons,
                      std::span<const ComparisonRoofs> roofs, const std::string &tool_version,
                      const CompareLimits &limits = {});

} // namespace fusesim::report
