#pragma once

#include "report/partition_report.hpp"

namespace fusesim::report {

/// How the network falls into subgraphs: sizes, statistics, those of one operator with the
/// reasons, patterns, bottlenecks, recommendations.
std::string balance_text(const PartitionReport &report, const TextStyle &style = {});
Json balance_json(const PartitionReport &report);
/// All figures of the JSON, one "key,value" line each ("statistics.flops.mean,…").
std::string balance_csv(const PartitionReport &report);

} // namespace fusesim::report
