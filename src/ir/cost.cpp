#include "ir/cost.hpp"

#include "ir/op.hpp"
#include "support/error.hpp"

#include <algorithm>

namespace fusesim::ir {

namespace {

std::uint64_t size(std::int64_t dim) { return static_cast<std::uint64_t>(dim); }

// Implicit GEMM: one row per output position, one column per output channel of the group.
Gemm conv_gemm(const TensorType &weight, const TensorType &out, std::int64_t groups) {
  const auto out_channels = size(weight.dims[0]);
  std::uint64_t k = 1;
  for (std::size_t i = 1; i < weight.dims.size(); ++i)
    k *= size(weight.dims[i]);
  return {size(groups), out.elements() / out_channels, out_channels / size(groups), k};
}

// Backward-data form: one row per input position, one column per output channel and kernel tap of
// the group.
Gemm conv_transpose_gemm(const TensorType &x, const TensorType &weight, std::int64_t groups) {
  const auto in_channels = size(weight.dims[0]);
  std::uint64_t n = 1;
  for (std::size_t i = 1; i < weight.dims.size(); ++i)
    n *= size(weight.dims[i]);
  return {size(groups), x.elements() / in_channels, n, in_channels / size(groups)};
}

Gemm matmul_gemm(const TensorType &a, const TensorType &b, const TensorType &out) {
  Gemm gemm;
  gemm.k = size(a.dims.back());
  gemm.n = b.dims.size() > 1 ? size(b.dims.back()) : 1;
  const auto rows = out.elements() / gemm.n;
  if (b.dims.size() <= 2) { // one b for all rows of a
    gemm.m = rows;
    return gemm;
  }
  gemm.m = a.dims.size() > 1 ? size(a.dims[a.dims.size() - 2]) : 1;
  gemm.batch = rows / gemm.m;
  return gemm;
}

} // namespace

Work work_of(const Graph &graph, const Node &node) {
  const auto &op = info(node.kind);
  return op.work ? op.work(node.attributes, graph.input_types(node), graph.output_types(node))
                 : Work{};
}

GraphTotals totals_of(const Graph &graph) {
  GraphTotals totals;
  totals.parameters = graph.parameter_count();
  for (const auto &node : graph.nodes()) {
    const auto work = work_of(graph, node);
    totals.macs = checked_add(totals.macs, work.macs, graph.name());
    totals.vector_ops = checked_add(totals.vector_ops, work.vector_ops, graph.name());
  }
  totals.flops = checked_mul(2, totals.macs, graph.name());
  return totals;
}

std::optional<Gemm> gemm_of(const Graph &graph, const Node &node) {
  const auto type = [&](std::size_t input) -> const TensorType & {
    return graph.value(node.inputs[input]).type;
  };
  switch (node.kind) {
  case OpKind::conv1d:
  case OpKind::conv2d:
  case OpKind::conv3d:
    return conv_gemm(type(1), graph.value(node.outputs[0]).type,
                     std::get<ConvAttrs>(node.attributes).groups);
  case OpKind::conv_transpose2d:
    return conv_transpose_gemm(type(0), type(1), std::get<ConvAttrs>(node.attributes).groups);
  case OpKind::linear: {
    const auto in = size(type(1).dims[1]);
    return Gemm{1, type(0).elements() / in, size(type(1).dims[0]), in};
  }
  case OpKind::matmul:
    return matmul_gemm(type(0), type(1), graph.value(node.outputs[0]).type);
  default:
    return std::nullopt;
  }
}

ValueId storage_root(const Graph &graph, ValueId id) {
  for (;;) {
    const auto producer = graph.value(id).producer;
    if (producer == kNoNode)
      return id;
    const auto &node = graph.node(producer);
    const auto c = class_of(node.kind);
    if (c != OpClass::view && c != OpClass::identity)
      return id;
    id = node.inputs[0];
  }
}

Bytes read_bytes(const Graph &graph, ValueId id) {
  return std::min(graph.value(id).type.bytes(), graph.value(storage_root(graph, id)).type.bytes());
}

Bytes operand_bytes(const Graph &graph, const Node &node, std::size_t index) {
  const auto bytes = read_bytes(graph, node.inputs[index]);
  const bool gathers = node.kind == OpKind::embedding || node.kind == OpKind::index;
  return gathers && index == 0 ? std::min(bytes, graph.value(node.outputs[0]).type.bytes()) : bytes;
}

} // namespace fusesim::ir
