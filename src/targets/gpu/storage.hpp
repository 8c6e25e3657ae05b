#pragma once

#include "ir/graph.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace fusesim::targets::gpu {

/// A graph's tensors as memory sees them: views and identities resolved to the values that own
/// storage ("roots"). The TensorId of a root is its ValueId.
class Storage {
public:
  explicit Storage(const ir::Graph &graph);

  ir::ValueId root(ir::ValueId id) const { return root_[id]; }
  /// Nodes with work that read a root, through whatever views; ascending, each once.
  std::span<const ir::NodeId> readers(ir::ValueId root) const { return readers_[root]; }
  /// Whether a root, or a view of it, is a result of the network.
  bool is_result(ir::ValueId root) const { return is_result_[root]; }

private:
  std::vector<ir::ValueId> root_;
  std::vector<std::vector<ir::NodeId>> readers_;
  std::vector<bool> is_result_;
};

} // namespace fusesim::targets::gpu
