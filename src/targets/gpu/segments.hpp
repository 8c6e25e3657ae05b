#pragma once

#include "partition/partition.hpp"
#include "targets/gpu/storage.hpp"

#include <functional>
#include <vector>

namespace fusesim::targets::gpu {

/// What shape of kernel runs a segment.
enum class KernelShape : std::uint8_t {
  stream, ///< elementwise, data movement, pooling windows, depthwise convolution, opaque operators
  rows,   ///< reductions over rows: softmax, normalisations with statistics, means, global pooling
  gemm,   ///< implicit GEMM, with what is folded into its operand loads and its epilogue
  attention, ///< scores, softmax and their application
};

/// Operators of a subgraph that run as one kernel without any dependency across its grid. Between
/// segments stands such a dependency: a grid barrier, or the end of a kernel.
struct Segment {
  KernelShape shape = KernelShape::stream;
  std::vector<ir::NodeId> nodes;        ///< with work, and constants that they read; ascending
  ir::NodeId anchor = ir::kNoNode;      ///< the operator that gives the shape
  ir::NodeId last_anchor = ir::kNoNode; ///< attention: the product that applies the scores
  std::vector<ir::NodeId>
      siblings; ///< gemm: linears of the same input that run as more columns of it
  std::vector<ir::NodeId> folded;     ///< batch norms folded into the weights before them
  std::uint64_t elements = 0;         ///< of the results
  bool recomputes_statistics = false; ///< gemm: each CTA first normalises the rows that it loads
  bool waits = false;                 ///< reads what an earlier segment of the subgraph writes
};

struct SegmentOptions {
  bool folds_batch_norm = false;
  bool fuses_into_products = true;
  /// Whether there is an attention kernel for this many keys, with heads of this dimension and element size; empty:
  /// there is none.
  std::function<bool(std::uint64_t keys, std::uint64_t head_dim, Bytes element_bytes)>
      attention_fits;
};

/// Cuts a subgraph where its operators cannot share a kernel. Empty when nothing in it has work.
///
///   conv ─> bn ─> add ─> relu            one gemm with an epilogue
///   relu ─> conv                         one gemm; relu is applied to what the CTAs load
///   layer_norm ─> linear                 one gemm; every CTA recomputes the statistics of its rows
///   roll ─> copy, concat ─> layer_norm   one stream, one kernel over rows; it reads from elsewhere
///   q·kᵀ ─> scale ─> softmax ─> ·v       one attention kernel, with scales of q and k ahead of it
///   pool | conv ─> relu | conv ─> …      three segments: each needs all of the one before
///   conv ─> relu | conv ─> relu | concat two segments that write into one buffer; no concat
std::vector<Segment> segments_of(const ir::Graph &graph, const Storage &storage,
                                 const partition::Subgraph &subgraph,
                                 const SegmentOptions &options);

} // namespace fusesim::targets::gpu
