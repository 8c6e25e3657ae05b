#pragma once

#include "partition/why.hpp"
#include "report/partition_report.hpp"

namespace fusesim::report {

/// Every edge between two subgraphs, with its reason, in graph order.
std::string decisions_text(const PartitionReport &report, const TextStyle &style = {});
std::string decisions_csv(const PartitionReport &report);
Json decisions_json(const PartitionReport &report);

/// Whether two operators were fused, and why not.
std::string why_text(const PartitionReport &report, const partition::Why &why,
                     const TextStyle &style = {});
std::string why_csv(const PartitionReport &report, const partition::Why &why);
Json why_json(const PartitionReport &report, const partition::Why &why);

} // namespace fusesim::report
