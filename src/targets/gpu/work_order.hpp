#pragma once

#include "targets/gpu/storage.hpp"

#include <vector>

namespace fusesim::targets::gpu {

/// What a subgraph has to run.
struct WorkOrder {
  /// Operators with work in an executable order that keeps each chain together: an operator stands
  /// right behind what produces its last operand. Concats that their producers write, and the
  /// constants below, are no work.
  std::vector<ir::NodeId> nodes;
  /// Fills that only this subgraph reads: values, not memory, to whoever reads them. Ascending.
  std::vector<ir::NodeId> constants;
};
WorkOrder work_order_of(const ir::Graph &graph, const Storage &storage,
                        const partition::Subgraph &subgraph);

} // namespace fusesim::targets::gpu
