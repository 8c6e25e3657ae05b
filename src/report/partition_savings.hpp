#pragma once

#include "report/partition_report.hpp"

namespace fusesim::report {

/// What fusing saves against running every operator on its own: launches, bytes, per pattern.
std::string savings_text(const PartitionReport &report, const TextStyle &style = {});
/// One line per pattern, and one for all, whose pattern is "total".
std::string savings_csv(const PartitionReport &report);
Json savings_json(const PartitionReport &report);

} // namespace fusesim::report
