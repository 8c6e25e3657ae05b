#include "targets/tile/operator_contraction.hpp"

#include "ir/cost.hpp"

namespace fusesim::targets::tile {

namespace {

using ir::OpKind;

std::uint64_t size(std::int64_t dim) { return static_cast<std::uint64_t>(dim); }

/// Convolutions in one and two dims. In three a row block's halo is not known: it counts as
/// expanded.
std::optional<Window> window_of(const ir::Graph &graph, const ir::Node &node) {
  const auto *conv = std::get_if<ir::ConvAttrs>(&node.attributes);
  if (conv == nullptr || (node.kind != OpKind::conv2d && node.kind != OpKind::conv1d))
    return std::nullopt;
  const auto &x = graph.value(node.inputs[0]).type.dims;
  const auto &weight = graph.value(node.inputs[1]).type.dims;
  const auto &y = graph.value(node.outputs[0]).type.dims;
  Window w;
  w.in_w = size(x.back());
  w.out_w = size(y.back());
  w.kernel_w = size(weight.back());
  w.stride_w = size(conv->stride.back());
  w.dilation_w = size(conv->dilation.back());
  if (node.kind == OpKind::conv2d) {
    w.in_h = size(x[x.size() - 2]);
    w.out_h = size(y[y.size() - 2]);
    w.kernel_h = size(weight[2]);
    w.stride_h = size(conv->stride[0]);
    w.dilation_h = size(conv->dilation[0]);
  }
  return w;
}

} // namespace

std::optional<Contraction> contraction_of(const ir::Graph &graph, const ir::Node &node) {
  const auto gemm = ir::gemm_of(graph, node);
  if (!gemm)
    return std::nullopt;
  Contraction c;
  c.batch = gemm->batch;
  c.m = gemm->m;
  c.n = gemm->n;
  c.k = gemm->k;
  c.a_size = ir::size_of(graph.value(node.inputs[0]).type.dtype);
  c.b_size = ir::size_of(graph.value(node.inputs[1]).type.dtype);
  c.c_size = ir::size_of(graph.value(node.outputs[0]).type.dtype);
  c.window = window_of(graph, node);
  return c;
}

AttentionParts attention_contractions(const ir::Graph &graph, const ir::Node &node) {
  const auto &q = graph.value(node.inputs[0]).type;
  const auto &v = graph.value(node.inputs[2]).type;
  const auto rank = q.dims.size();
  const auto queries = size(q.dims[rank - 2]), depth = size(q.dims[rank - 1]);
  const auto keys = size(v.dims[v.dims.size() - 2]), width = size(v.dims.back());
  const auto bytes = ir::size_of(q.dtype);
  AttentionParts parts;
  parts.scores.batch = q.elements() / (queries * depth);
  parts.scores.m = queries;
  parts.scores.n = keys;
  parts.scores.k = depth;
  parts.scores.a_size = parts.scores.b_size = parts.scores.c_size = bytes;
  parts.apply = parts.scores;
  parts.apply.n = width;
  parts.apply.k = keys;
  const bool masked =
      node.inputs.size() > 3 || std::get<ir::AttentionAttrs>(node.attributes).causal;
  parts.scores.drain_ops += masked ? 1 : 0; // the scale rides with the drain's first pass
  constexpr std::uint64_t kSoftmaxOps = 4;
  parts.softmax_ops = kSoftmaxOps * parts.scores.batch * queries * keys;
  return parts;
}

} // namespace fusesim::targets::tile
