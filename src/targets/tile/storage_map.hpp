#pragma once

#include "partition/partition.hpp"

#include <span>
#include <vector>

namespace fusesim::targets::tile {

/// Which tensor a value really is once views, inference-time identities and folded batch norms are
/// seen through, and who reads it.
class StorageMap {
public:
  /// `folds_batch_norm`: a batch_norm that is a convolution's only reader is folded into its
  /// weights.
  StorageMap(const ir::Graph &graph, const partition::Partition &partition, bool folds_batch_norm);

  /// The value that owns the bytes of `id`.
  ir::ValueId root(ir::ValueId id) const { return root_[id]; }
  /// The farthest value upwards that still holds exactly the bytes of `id`: stops at slices, which
  /// `root` passes.
  ir::ValueId source(ir::ValueId id) const { return source_[id]; }
  /// Into how many equal parts, one after the other, `id` and its root fall alike, whatever the views between them do
  /// inside of one: images whose windows are permuted. 0: into any number, the order of elements is kept.
  std::uint64_t equal_parts(ir::ValueId id) const { return equal_parts_[id]; }
  /// True when the node moves bytes or computes. A concat that its producers write does neither:
  /// what they make has to be in DRAM when their subgraph ends, as if it were a result.
  bool works(ir::NodeId id) const { return works_[id]; }
  /// Working nodes that read `root`, ascending, each once.
  std::span<const ir::NodeId> readers(ir::ValueId root) const { return readers_[root]; }
  /// True when `root` is a result of the network, itself or through views, or part of a concat that
  /// is written in place.
  bool is_result(ir::ValueId root) const { return is_result_[root]; }
  /// A weight that is in L3 before the program starts, and stays.
  void keep_resident(ir::ValueId root) { is_resident_[root] = true; }
  bool is_resident(ir::ValueId root) const { return is_resident_[root]; }

private:
  std::vector<ir::ValueId> root_, source_;
  std::vector<std::uint64_t> equal_parts_;
  std::vector<bool> works_, is_result_, is_resident_;
  std::vector<std::vector<ir::NodeId>> readers_;
};

} // namespace fusesim::targets::tile
