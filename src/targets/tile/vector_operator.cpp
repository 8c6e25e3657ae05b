#include "targets/tile/vector_operator.hpp"

#include "ir/cost.hpp"

#include <algorithm>

namespace fusesim::targets::tile {

namespace {

using ir::OpClass;
using ir::OpKind;

constexpr std::uint64_t kSoftmaxOps = 4;

std::uint64_t size(std::int64_t dim) { return static_cast<std::uint64_t>(dim); }

std::uint64_t product_from(const ir::Dims &dims, std::size_t first) {
  std::uint64_t product = 1;
  for (auto i = first; i < dims.size(); ++i)
    product *= size(dims[i]);
  return product;
}

std::uint64_t product_of_first(const ir::Dims &dims, std::size_t count) {
  std::uint64_t product = 1;
  for (std::size_t i = 0; i < count; ++i)
    product *= size(dims[i]);
  return product;
}

std::size_t leading_dims_in_common(const ir::Dims &x, const ir::Dims &y) {
  const auto first_other = std::ranges::mismatch(x, y).in1;
  return static_cast<std::size_t>(first_other - x.begin());
}

/// Elements that a normalisation or softmax looks at together; 0 for all else.
std::uint64_t row_elements(const ir::Node &node, const ir::TensorType &x) {
  const auto *norm = std::get_if<ir::NormAttrs>(&node.attributes);
  switch (node.kind) {
  case OpKind::softmax:
  case OpKind::log_softmax: {
    std::uint64_t row = 1;
    for (const auto axis : std::get<ir::AxisAttrs>(node.attributes).dims)
      row *= size(x.dims[size(axis)]);
    return row;
  }
  case OpKind::layer_norm:
  case OpKind::rms_norm:
    return norm ? product_from(x.dims, x.dims.size() - size(norm->axes)) : 0;
  case OpKind::group_norm:
    return norm ? product_from(x.dims, 1) / size(norm->groups) : 0;
  case OpKind::instance_norm:
    return product_from(x.dims, 2);
  default:
    return 0;
  }
}

} // namespace

bool is_inline(OpKind kind) {
  return ir::class_of(kind) == OpClass::elementwise || kind == OpKind::batch_norm;
}

std::uint64_t lane_ops(const ir::Graph &graph, const ir::Node &node) {
  const auto op_class = ir::class_of(node.kind);
  if (op_class == OpClass::data_movement || op_class == OpClass::opaque || node.inputs.empty())
    return 0;
  const auto elements = graph.value(node.outputs[0]).type.elements();
  if (is_inline(node.kind))
    return elements;
  if (node.kind == OpKind::softmax || node.kind == OpKind::log_softmax)
    return kSoftmaxOps * elements;
  return std::max(ir::work_of(graph, node).vector_ops, graph.value(node.inputs[0]).type.elements());
}

Bytes row_bytes(const ir::Graph &graph, const ir::Node &node) {
  if (node.inputs.empty())
    return 0;
  const auto &x = graph.value(node.inputs[0]).type;
  return row_elements(node, x) * ir::size_of(x.dtype);
}

std::uint64_t row_units(const ir::Graph &graph, const ir::Node &node) {
  if (node.inputs.empty())
    return 1;
  const auto &x = graph.value(node.inputs[0]).type;
  const auto &y = graph.value(node.outputs[0]).type;
  switch (node.kind) {
  case OpKind::linear:
    return ir::gemm_of(graph, node)->m;
  case OpKind::matmul: {
    const auto gemm = *ir::gemm_of(graph, node);
    return gemm.batch > 1 ? gemm.batch : gemm.m;
  }
  case OpKind::softmax:
  case OpKind::log_softmax: {
    const auto &axes = std::get<ir::AxisAttrs>(node.attributes).dims;
    const auto first = *std::min_element(axes.begin(), axes.end());
    return x.elements() / product_from(x.dims, size(first));
  }
  case OpKind::layer_norm:
  case OpKind::rms_norm:
    return x.elements() / std::max<std::uint64_t>(1, row_elements(node, x));
  case OpKind::concat:
    return product_of_first(y.dims, size(std::get<ir::AxisAttrs>(node.attributes).dims.front()));
  case OpKind::pad:
    return product_of_first(y.dims, leading_dims_in_common(x.dims, y.dims));
  case OpKind::roll: {
    const auto *rolled = std::get_if<ir::AxisAttrs>(&node.attributes);
    return rolled == nullptr || rolled->dims.empty()
               ? 1
               : product_of_first(x.dims, size(std::ranges::min(rolled->dims)));
  }
  default:
    break;
  }
  const auto op_class = ir::class_of(node.kind);
  if (op_class == OpClass::elementwise || node.kind == OpKind::copy)
    return y.elements();
  const bool by_image = op_class == OpClass::contraction || op_class == OpClass::pooling ||
                        op_class == OpClass::normalisation;
  return by_image && x.dims.size() >= 3 && y.dims[0] == x.dims[0] ? size(x.dims[0]) : 1;
}

} // namespace fusesim::targets::tile
