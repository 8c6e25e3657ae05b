#pragma once

#include "partition/partition.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace fusesim::targets::gpu {

/// A graph's tensors as memory sees them: views and identities resolved to the values that own
/// storage ("roots"). The TensorId of a root is its ValueId.
class Storage {
public:
  Storage(const ir::Graph &graph, const partition::Partition &partition);

  ir::ValueId root(ir::ValueId id) const { return root_[id]; }
  /// Nodes with work that read a root, through whatever views; ascending, each once.
  std::span<const ir::NodeId> readers(ir::ValueId root) const { return readers_[root]; }
  /// Whether a root, or a view of it, is a result of the network.
  bool is_result(ir::ValueId root) const { return is_result_[root]; }
  /// Of the result of a concat that its producers write themselves: the roots that they write, in
  /// order. Empty for any other value.
  std::span<const ir::ValueId> parts(ir::ValueId concatenated) const {
    return parts_[concatenated];
  }

private:
  void take_apart(const ir::Graph &graph, const partition::Partition &partition);

  std::vector<ir::ValueId> root_;
  std::vector<std::vector<ir::NodeId>> readers_;
  std::vector<bool> is_result_;
  std::vector<std::vector<ir::ValueId>> parts_;
};

} // namespace fusesim::targets::gpu
