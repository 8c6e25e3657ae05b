#pragma once

#include "ir/graph.hpp"
#include "targets/runtime.hpp"

#include <cstdint>
#include <vector>

namespace fusesim::targets::gpu {

/// Which values lie in memory with another dim fastest than their last, where a runtime hands strides on
/// (Runtime::keeps_strides): permuted views, and what elementwise operators compute of them, since PyTorch's TensorIterator
/// lays a result out as its first operand. A ViT without class token adds its positions to patches that a convolution
/// wrote channel by channel, and its tokens stay like that to the end.
///
/// Followed are tokens, of three dims (N×L×C); images are a matter of the runtime's layout.
class Strides {
public:
  Strides(const ir::Graph &graph, const Runtime &runtime);

  /// Elements that `node`, alone in a kernel, loads each from a cache line of its own: of operands that lie otherwise than
  /// its result.
  std::uint64_t scattered_loads(const ir::Node &node) const;
  /// Whether `node` works on the rows of its first operand as they lie in memory, so that a transposed one is copied
  /// ahead of it.
  bool copies_operand(const ir::Node &node) const;
  /// Elements that a copy of a view of any number of dims loads each from a line of its own: all where permutations have
  /// moved its last dim, as of keys for their product with queries; else none.
  std::uint64_t scattered_when_copied(ir::ValueId view) const;

private:
  bool after(const ir::Node &node) const;
  bool is_tokens(ir::ValueId value) const;

  const ir::Graph &graph_;
  bool keeps_strides_;
  std::vector<bool> transposed_;
};

} // namespace fusesim::targets::gpu
