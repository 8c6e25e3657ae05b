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

/// What PyTorch's autocast makes of a float32 graph: matrix products read and write `lower` (f16 or bf16), softmax,
/// normalisation over features and sums read and write f32, everything else takes the widest type of its operands.
/// Operands of the wrong type get a `cast` node before them, each value once per type. Multi-head attention must be
/// decomposed first. Source: PyTorch documentation, "Autocast Op Reference", CUDA.
Graph with_autocast(const Graph &graph, DType lower);

/// Replaces every multi_head_attention by linear projections, head views, score matmul, scale (mul), [mask add,]
/// softmax, apply matmul, head merge (copy) and output projection; names are `<node>.q_proj`, `.scores`, … .
/// MACs and parameters are unchanged (a packed weight is split into three values of the same total size).
Graph decompose_attention(const Graph &graph, InProjection in_projection);

} // namespace fusesim::ir
