#pragma once

#include "report/run_report.hpp"

namespace fusesim::report {

/// One model on one machine under one runtime, unfused against fused.
struct Comparison {
  RunReport unfused, fused;
  double speedup() const; ///< unfused latency / fused latency
};

/// Two rows per comparison: launches, DRAM bytes, latency, gain and every cause of the attribution.
std::string compare_text(std::span<const Comparison> comparisons, const TextStyle &style = {});
std::string compare_csv(std::span<const Comparison> comparisons);
/// [{"model","target","runtime","dtype","batch","unfused":{…},"fused":{…},"speedup"}]
Json compare_json(std::span<const Comparison> comparisons);

} // namespace fusesim::report
