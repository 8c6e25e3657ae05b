#include "partition/grid_wide.hpp"

#include "ir/cost.hpp"

#include <algorithm>
#include <ranges>

namespace fusesim::partition {
namespace {

using ir::Dims;
using ir::kNoNode;
using ir::NodeId;
using ir::OpClass;
using ir::OpKind;

constexpr std::uint64_t kOneElement = 1; ///< where each result comes from its own element

std::uint64_t size(std::int64_t dim) { return static_cast<std::uint64_t>(dim); }

std::uint64_t product(std::span<const std::int64_t> dims) {
  std::uint64_t product = 1;
  for (const std::int64_t dim : dims)
    product *= size(dim);
  return product;
}

std::uint64_t ratio(std::uint64_t whole, std::uint64_t part) {
  return part == 0 ? kOneElement : std::max(whole / part, kOneElement);
}

/// Height and width.
std::span<const std::int64_t> plane(const Dims &dims) {
  return std::span(dims).last(std::min<std::size_t>(dims.size(), 2));
}

std::uint64_t of_adaptive_pool(std::span<const std::int64_t> in,
                               std::span<const std::int64_t> out) {
  std::uint64_t window = 1;
  bool overlaps = false;
  for (std::size_t i = 0; i < in.size(); ++i) {
    overlaps |= in[i] % out[i] != 0;
    window *= size((in[i] + out[i] - 1) / out[i]);
  }
  return overlaps ? window : kOneElement;
}

/// Windows that do not overlap can each be whole in some CTA, if its tile is cut for it. One that is
/// all of the plane cannot, for planes are what tiles cut.
std::uint64_t of_pool(const ir::PoolAttrs &pool, const Dims &from, const Dims &to) {
  if (product(plane(to)) == 1)
    return product(plane(from));
  if (pool.kernel.empty())
    return of_adaptive_pool(plane(from), plane(to));
  for (std::size_t i = 0; i < pool.kernel.size(); ++i)
    if (pool.dilation[i] * (pool.kernel[i] - 1) + 1 > pool.stride[i])
      return product(pool.kernel);
  return kOneElement;
}

/// Elements behind the statistics that an element is normalised with.
std::uint64_t of_norm(const ir::Node &node, const ir::TensorType &x) {
  const std::span<const std::int64_t> dims = x.dims;
  switch (node.kind) {
  case OpKind::layer_norm:
  case OpKind::rms_norm:
    return product(
        dims.last(static_cast<std::size_t>(std::get<ir::NormAttrs>(node.attributes).axes)));
  case OpKind::group_norm:
    return ratio(x.elements(),
                 size(dims[0]) * size(std::get<ir::NormAttrs>(node.attributes).groups));
  case OpKind::instance_norm:
    return ratio(x.elements(), product(dims.first(2)));
  case OpKind::local_response_norm:
    return product(std::get<ir::PoolAttrs>(node.attributes).kernel);
  default: // batch_norm: its statistics are constants
    return kOneElement;
  }
}

std::uint64_t of_reduction(const ir::Node &node, const Dims &from, std::uint64_t to_elements) {
  const bool keeps_size = node.kind == OpKind::softmax || node.kind == OpKind::log_softmax ||
                          node.kind == OpKind::cumsum;
  if (!keeps_size)
    return ratio(product(from), to_elements);
  std::uint64_t elements = 1;
  for (const std::int64_t axis : std::get<ir::AxisAttrs>(node.attributes).dims)
    elements *= size(from[static_cast<std::size_t>(axis)]);
  return elements;
}

/// A query's elements all enter each of its scores; keys and values all enter each result.
std::uint64_t of_attention(std::size_t input, const Dims &from) {
  const std::size_t axes = input == 0 ? 1 : 2;
  return product(std::span(from).last(std::min(axes, from.size())));
}

/// How many elements of its operand number `input` one element of a node's result takes; where it
/// moves or goes element by element, one.
std::uint64_t elements_taken(const ir::Graph &graph, const ir::Node &node, std::size_t input) {
  if (const auto gemm = ir::gemm_of(graph, node))
    return gemm->k; // of both operands; further ones are added
  const ir::TensorType &from = graph.value(node.inputs[input]).type;
  const ir::TensorType &to = graph.value(node.outputs[0]).type;
  const OpClass op_class = ir::class_of(node.kind);
  if (op_class == OpClass::contraction)
    return of_attention(input, from.dims);
  if (input != 0) // scales, shifts
    return kOneElement;
  switch (op_class) {
  case OpClass::normalisation:
    return of_norm(node, from);
  case OpClass::reduction:
    return of_reduction(node, from.dims, to.elements());
  case OpClass::pooling:
    return node.kind == OpKind::upsample
               ? kOneElement
               : of_pool(std::get<ir::PoolAttrs>(node.attributes), from.dims, to.dims);
  default:
    return kOneElement;
  }
}

/// Loops, gathers and statistics of rows: whoever reads the result can as well read what it is made
/// of. What an opaque operator does nobody knows.
bool can_be_computed_where_read(OpKind kind) {
  switch (ir::class_of(kind)) {
  case OpClass::contraction:
    return false;
  case OpClass::normalisation:
    return kind == OpKind::batch_norm || kind == OpKind::layer_norm || kind == OpKind::rms_norm;
  case OpClass::reduction:
    return kind == OpKind::softmax || kind == OpKind::log_softmax;
  case OpClass::pooling:
    return kind == OpKind::upsample;
  default:
    return true;
  }
}

/// The most that one element of `consumer` takes of `producer`, through whichever operand.
std::uint64_t elements_taken(const ir::Graph &graph, const Flow &flow, NodeId producer,
                             NodeId consumer) {
  const ir::Node &node = graph.node(consumer);
  std::uint64_t most = kOneElement;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    const NodeId direct = graph.value(node.inputs[i]).producer;
    if (direct != kNoNode && flow.origin[direct] == producer)
      most = std::max(most, elements_taken(graph, node, i));
  }
  return most;
}

} // namespace

std::optional<GridWide> grid_wide_dependency(const ir::Graph &graph, const Flow &flow,
                                             std::span<const NodeId> members, NodeId producer,
                                             NodeId consumer) {
  const std::uint64_t elements = elements_taken(graph, flow, producer, consumer);
  if (elements == kOneElement)
    return std::nullopt;
  const auto behind = members.first(
      static_cast<std::size_t>(std::ranges::upper_bound(members, producer) - members.begin()));
  for (const NodeId member : behind | std::views::reverse)
    if (!can_be_computed_where_read(graph.node(member).kind))
      return GridWide{.spread_by = member, .elements = elements};
  return std::nullopt;
}

} // namespace fusesim::partition
