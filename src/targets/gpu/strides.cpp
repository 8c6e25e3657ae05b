#include "targets/gpu/strides.hpp"

#include "ir/op.hpp"

#include <algorithm>

namespace fusesim::targets::gpu {

using ir::OpClass;
using ir::OpKind;
using ir::ValueId;

namespace {

/// A permutation is told by its shapes; one that changes none exchanges dims of a size, the last one where it can be.
bool moves_last_dim(const ir::Dims &from, const ir::Dims &to) {
  if (from == to)
    return !from.empty() && std::ranges::count(from, from.back()) > 1;
  return from.back() != to.back();
}

} // namespace

Strides::Strides(const ir::Graph &graph, const Runtime &runtime)
    : graph_(graph), keeps_strides_(runtime.keeps_strides),
      transposed_(graph.values().size(), false) {
  if (!keeps_strides_)
    return;
  const bool channels_last = runtime.layout == Runtime::Layout::channels_last;
  for (const auto &node : graph.nodes()) {
    const bool is_conv = std::holds_alternative<ir::ConvAttrs>(node.attributes);
    const bool transposed = is_conv ? channels_last : after(node);
    for (const auto output : node.outputs)
      transposed_[output] = transposed;
  }
}

bool Strides::is_tokens(ValueId value) const { return graph_.value(value).type.dims.size() == 3; }

/// Whether the results of a node lie transposed.
bool Strides::after(const ir::Node &node) const {
  if (node.inputs.empty() || node.outputs.empty())
    return false;
  const auto first = node.inputs[0];
  const auto &from = graph_.value(first).type.dims, &to = graph_.value(node.outputs[0]).type.dims;
  switch (ir::class_of(node.kind)) {
  case OpClass::view: {
    if (node.kind == OpKind::permute)
      return is_tokens(first) && moves_last_dim(from, to) != transposed_[first];
    // Trailing dims may be merged; a row cut or taken apart otherwise has been copied.
    const bool keeps_rows =
        !from.empty() && !to.empty() && from.back() > 0 && to.back() % from.back() == 0;
    return keeps_rows && transposed_[first];
  }
  case OpClass::elementwise:
  case OpClass::identity:
  case OpClass::pooling: {
    const auto elements = graph_.value(node.outputs[0]).type.elements();
    const auto leading = std::ranges::find_if(node.inputs, [&](ValueId input) {
      return graph_.value(input).type.elements() == elements;
    });
    return transposed_[leading == node.inputs.end() ? first : *leading];
  }
  case OpClass::normalisation: // of images, channel by channel
    return node.kind == OpKind::batch_norm && transposed_[first];
  default:
    return false;
  }
}

std::uint64_t Strides::scattered_loads(const ir::Node &node) const {
  const auto kind = ir::class_of(node.kind);
  if (kind != OpClass::elementwise && kind != OpClass::data_movement)
    return 0;
  std::uint64_t elements = 0;
  const auto result = graph_.value(node.outputs[0]).type.elements();
  for (const auto input : node.inputs) {
    const auto own = graph_.value(input).type.elements();
    const bool is_broadcast = kind == OpClass::elementwise && own != result;
    if (is_tokens(input) && !is_broadcast && transposed_[input] != transposed_[node.outputs[0]])
      elements += std::min(own, result); // an index takes a part
  }
  return elements;
}

bool Strides::copies_operand(const ir::Node &node) const {
  switch (node.kind) {
  case OpKind::layer_norm:
  case OpKind::rms_norm:
  case OpKind::softmax:
  case OpKind::log_softmax:
  case OpKind::linear:
    return is_tokens(node.inputs[0]) && transposed_[node.inputs[0]];
  default:
    return false;
  }
}

std::uint64_t Strides::scattered_when_copied(ValueId view) const {
  bool moved = false;
  for (auto value = view; keeps_strides_;) {
    const auto producer = graph_.value(value).producer;
    if (producer == ir::kNoNode || ir::class_of(graph_.node(producer).kind) != OpClass::view)
      break;
    const auto from = graph_.node(producer).inputs[0];
    if (graph_.node(producer).kind == OpKind::permute &&
        moves_last_dim(graph_.value(from).type.dims, graph_.value(value).type.dims))
      moved = !moved;
    value = from;
  }
  return moved ? graph_.value(view).type.elements() : 0;
}

} // namespace fusesim::targets::gpu
