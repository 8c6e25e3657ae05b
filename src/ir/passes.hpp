#pragma once

#include "ir/graph.hpp"

namespace fusesim::ir {

/// The same graph with every floating-point tensor (weights included) stored as `dtype`; i8 stands for qi8, a network
/// quantised throughout.
Graph with_float_dtype(const Graph &graph, DType dtype);

/// How decompose_attention writes the input projection when q, k and v come from one value.
enum class InProjection {
  separate, ///< three E×E linears, siblings of one producer (what a partitioner can merge)
  packed,   ///< one 3E×E linear and a split, as PyTorch executes it
};

/// Replaces every multi_head_attention by linear projections, head views, score matmul, scale (mul), [mask add,]
/// softmax, apply matmul, head merge (copy) and output projection; names are `<node>.q_proj`, `.scores`, … .
/// MACs and parameters are unchanged (a packed weight is split into three values of the same total size).
Graph decompose_attention(const Graph &graph, InProjection in_projection);

} // namespace fusesim::ir
