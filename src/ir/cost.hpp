#pragma once

#include "ir/graph.hpp"

#include <optional>

namespace fusesim::ir {

/// Work of a node, `physical` accounting: FLOPs = 2·macs.
Work work_of(const Graph &graph, const Node &node);

struct GraphTotals {
  std::uint64_t parameters = 0;
  Macs macs = 0;
  Flops flops = 0; ///< 2·macs
  std::uint64_t vector_ops = 0;
};
GraphTotals totals_of(const Graph &graph);

/// A contraction as the matrix products that a machine runs: `batch` independent products C[m×n] = A[m×k]·B[k×n].
/// For convolutions (implicit GEMM): m = N·OH·OW, n = Cout/groups, k = Cin/groups·KH·KW, batch = groups.
/// linear: m = product of leading dims. matmul: batch = product of batch dims (linear-like when b is 2-D).
/// Empty for composite attention (decompose first) and for everything that is no contraction.
struct Gemm {
  std::uint64_t batch = 1, m = 1, n = 1, k = 1;
};
std::optional<Gemm> gemm_of(const Graph &graph, const Node &node);

/// The value that owns the storage of `id`: follows view and identity operators upwards. The value itself when it is
/// no view.
ValueId storage_root(const Graph &graph, ValueId id);

/// Bytes that reading `id` must fetch: its own bytes, but never more than its storage root holds (expand).
Bytes read_bytes(const Graph &graph, ValueId id);

/// Bytes of operand number `index` that `node` fetches: read_bytes, except that gathers (embedding, index) fetch
/// only what they deliver.
Bytes operand_bytes(const Graph &graph, const Node &node, std::size_t index);

} // namespace fusesim::ir
