#pragma once

#include "report/partition_report.hpp"

namespace fusesim::report {

/// Graphviz DOT: one cluster per subgraph, coloured by bottleneck, one box per operator; edges with
/// the tensor's shape, those that were not fused with their reason as tooltip.
std::string partition_dot(const PartitionReport &report);

} // namespace fusesim::report
