#pragma once

#include "ir/graph.hpp"

namespace fusesim::targets::tile {

/// Lane-cycles of an operator on a vector engine whose lanes take one element per cycle and look
/// special functions up in a table: one per element for anything elementwise, four for softmax
/// (maximum, exponential, sum, scale), the IR's own count for pooling and normalisation. 0 for
/// operators that only move bytes.
std::uint64_t lane_ops(const ir::Graph &graph, const ir::Node &node);

/// Bytes that must be seen before the first result is known: a softmax row, a normalised group. 0:
/// it streams.
Bytes row_bytes(const ir::Graph &graph, const ir::Node &node);

/// Number of equal, contiguous parts into which the operator's output falls such that each needs
/// its own part of the first operand only (weights aside). 1: none known.
std::uint64_t row_units(const ir::Graph &graph, const ir::Node &node);

/// True for what can run inline on the drain of a contraction or behind other vector work:
/// elementwise operators and inference-time batch norm, which is a scale and a shift per channel.
bool is_inline(ir::OpKind kind);

} // namespace fusesim::targets::tile
