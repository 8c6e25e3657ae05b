// multi_head_attention of N×L×E queries against N×S×E keys and values, H heads of d = E/H, becomes
//
//   query ── q_proj ── view N×L×H×d ── permute N×H×L×d ──┐
//   key ──── k_proj ── view N×S×H×d ── permute N×H×d×S ── scores ── scale ── [mask] ── softmax ──┐
//   value ── v_proj ── view N×S×H×d ── permute N×H×S×d ───────────────────────────────────── apply
//                                                                                              │
//                             out_proj ── view N×L×E ── copy N×L×H×d ── permute N×L×H×d ───────┘
//
// scaled_dot_product_attention is the part from `scores` to `apply`.
#include "ir/detail/attention.hpp"
#include "ir/detail/rebuild.hpp"
#include "ir/passes.hpp"

#include <fmt/format.h>

#include <array>
#include <map>
#include <optional>

namespace fusesim::ir {

namespace {

using Triple = std::array<ValueId, 3>; ///< of q, k and v
constexpr std::array<std::string_view, 3> kRoles{"q", "k", "v"};

class Decomposer {
public:
  Decomposer(const Graph &graph, InProjection mode) : graph_(graph), mode_(mode) {}

  ValueId source(GraphBuilder &builder, ValueId id);
  std::vector<ValueId> node(GraphBuilder &builder, const Node &node, const ValueMap &map);

private:
  /// Whether the projection runs as three products: asked for, or q, k and v are not one value.
  bool runs_separate(const Node &attention) const;
  /// A weight that is nothing but the packed projection of nodes that run it as three.
  bool is_only_packed_projection(ValueId id) const;
  /// The three parts of a packed weight or bias: values of their own where source() made them, else
  /// views.
  Triple thirds(GraphBuilder &builder, const std::string &name, ValueId old_id, ValueId id) const;

  Triple project(GraphBuilder &builder, const Node &node, const AttentionLayout &layout,
                 const ValueMap &map) const;
  ValueId multi_head(GraphBuilder &builder, const Node &node, const ValueMap &map);
  ValueId scaled_dot_product(GraphBuilder &builder, const Node &node, const ValueMap &map);

  struct Core {
    ValueId q, k_transposed, v;
    std::optional<ValueId> mask;
    bool mask_keeps; ///< a boolean mask names what takes part, not what is hidden
    bool causal;
  };
  ValueId core(GraphBuilder &builder, const std::string &name, const Core &operands);
  ValueId causal_mask(GraphBuilder &builder, const TensorType &scores);

  const Graph &graph_;
  InProjection mode_;
  std::map<ValueId, Triple> thirds_; ///< old id of a packed weight to its parts
  std::map<std::pair<DType, Dims>, ValueId> causal_masks_;
};

bool Decomposer::runs_separate(const Node &attention) const {
  return mode_ == InProjection::separate || attention.inputs[0] != attention.inputs[1] ||
         attention.inputs[0] != attention.inputs[2];
}

bool Decomposer::is_only_packed_projection(ValueId id) const {
  const auto &value = graph_.value(id);
  if (value.consumers.empty() || value.role == ValueRole::input || graph_.is_output(id))
    return false;
  for (const auto consumer : value.consumers) {
    const auto &node = graph_.node(consumer);
    if (node.kind != OpKind::multi_head_attention || !runs_separate(node))
      return false;
    const auto layout =
        attention_layout(std::get<AttentionAttrs>(node.attributes), node.inputs.size());
    for (std::size_t i = 0; i < node.inputs.size(); ++i)
      if (node.inputs[i] == id && i != layout.in_weight && i != layout.in_bias)
        return false;
  }
  return true;
}

TensorType third_of(TensorType type, std::size_t axis) {
  type.dims[axis] /= 3;
  return type;
}

ValueId Decomposer::source(GraphBuilder &builder, ValueId id) {
  const auto &value = graph_.value(id);
  if (!is_only_packed_projection(id))
    return add_source(builder, value, value.type);
  auto &parts = thirds_[id];
  for (std::size_t i = 0; i < parts.size(); ++i)
    parts[i] = builder.weight(fmt::format("{}.{}", value.name, kRoles[i]), third_of(value.type, 0),
                              value.role);
  return parts[0]; // never read: every use goes through thirds()
}

std::vector<ValueId> split_in_three(GraphBuilder &builder, const std::string &name, ValueId id,
                                    std::size_t axis) {
  const auto part = third_of(builder.type(id), axis);
  return builder.add_typed(OpKind::split, name, {id}, {part, part, part},
                           AxisAttrs{{static_cast<std::int64_t>(axis)}, false});
}

Triple Decomposer::thirds(GraphBuilder &builder, const std::string &name, ValueId old_id,
                          ValueId id) const {
  if (const auto found = thirds_.find(old_id); found != thirds_.end())
    return found->second;
  const auto parts = split_in_three(builder, name, id, 0);
  return {parts[0], parts[1], parts[2]};
}

Triple Decomposer::project(GraphBuilder &builder, const Node &node, const AttentionLayout &layout,
                           const ValueMap &map) const {
  const auto inputs = mapped(map, node.inputs);
  if (!runs_separate(node)) {
    std::vector<ValueId> operands{inputs[0], inputs[layout.in_weight]};
    if (layout.in_bias)
      operands.push_back(inputs[*layout.in_bias]);
    const auto packed = builder.add(OpKind::linear, node.name + ".in_proj", operands);
    const auto parts = split_in_three(builder, node.name + ".qkv", packed, 2);
    return {parts[0], parts[1], parts[2]};
  }
  const auto weights = thirds(builder, node.name + ".in_proj_weight", node.inputs[layout.in_weight],
                              inputs[layout.in_weight]);
  std::optional<Triple> biases;
  if (layout.in_bias)
    biases = thirds(builder, node.name + ".in_proj_bias", node.inputs[*layout.in_bias],
                    inputs[*layout.in_bias]);
  Triple projected{};
  for (std::size_t i = 0; i < projected.size(); ++i) {
    std::vector<ValueId> operands{inputs[i], weights[i]};
    if (biases)
      operands.push_back((*biases)[i]);
    projected[i] =
        builder.add(OpKind::linear, fmt::format("{}.{}_proj", node.name, kRoles[i]), operands);
  }
  return projected;
}

ValueId Decomposer::causal_mask(GraphBuilder &builder, const TensorType &scores) {
  const Dims dims(scores.dims.end() - 2, scores.dims.end());
  const auto [entry, is_new] = causal_masks_.try_emplace({scores.dtype, dims});
  if (is_new)
    entry->second = builder.weight("causal_mask", {scores.dtype, dims}, ValueRole::constant);
  return entry->second;
}

/// A mask of (N·H)×L×S against scores of N×H×L×S; with N = 1 it broadcasts as it is.
bool folds_heads_into_batch(const Dims &mask, const Dims &scores) {
  return mask.size() == 3 && scores.size() == 4 && scores[0] > 1 &&
         mask[0] == scores[0] * scores[1];
}

ValueId Decomposer::core(GraphBuilder &builder, const std::string &name, const Core &operands) {
  auto scores = builder.add(OpKind::matmul, name + ".scores", {operands.q, operands.k_transposed});
  scores = builder.add(OpKind::mul, name + ".scale", {scores}); // the factor is a scalar
  const auto type = builder.type(scores);
  if (operands.causal)
    scores = builder.add(OpKind::add, name + ".causal", {scores, causal_mask(builder, type)});
  if (operands.mask) {
    auto mask = *operands.mask;
    if (folds_heads_into_batch(builder.type(mask).dims, type.dims))
      mask = builder.add_typed(OpKind::view, name + ".mask_view", {mask},
                               {{builder.type(mask).dtype, type.dims}})[0];
    const bool boolean = builder.type(mask).dtype == DType::boolean;
    const auto kind = !boolean              ? OpKind::add
                      : operands.mask_keeps ? OpKind::where
                                            : OpKind::masked_fill;
    const auto in = kind == OpKind::where ? std::vector{mask, scores} : std::vector{scores, mask};
    scores = builder.add_typed(kind, name + ".mask", in, {type})[0];
  }
  const auto innermost = static_cast<std::int64_t>(type.dims.size()) - 1;
  const auto weights =
      builder.add(OpKind::softmax, name + ".softmax", {scores}, AxisAttrs{{innermost}, false});
  return builder.add(OpKind::matmul, name + ".apply", {weights, operands.v});
}

ValueId Decomposer::multi_head(GraphBuilder &builder, const Node &node, const ValueMap &map) {
  const auto &attrs = std::get<AttentionAttrs>(node.attributes);
  const auto layout = attention_layout(attrs, node.inputs.size());
  const auto [batch, queries, keys, embedding] = attention_sizes(graph_.input_types(node));
  const auto heads = attrs.num_heads, head = embedding / heads;
  const auto &name = node.name;
  const auto projected = project(builder, node, layout, map);
  const auto dtype = builder.type(projected[0]).dtype;
  const auto split_heads = [&](std::size_t role, std::int64_t length, Dims permuted) {
    const auto view =
        builder.add_typed(OpKind::view, fmt::format("{}.{}_view", name, kRoles[role]),
                          {projected[role]}, {{dtype, {batch, length, heads, head}}})[0];
    return builder.add_typed(OpKind::permute, fmt::format("{}.{}_heads", name, kRoles[role]),
                             {view}, {{dtype, std::move(permuted)}})[0];
  };
  const auto q = split_heads(0, queries, {batch, heads, queries, head});
  const auto k = split_heads(1, keys, {batch, heads, head, keys});
  const auto v = split_heads(2, keys, {batch, heads, keys, head});
  std::optional<ValueId> mask;
  if (layout.mask)
    mask = map[node.inputs[*layout.mask]];
  const auto applied = core(builder, name, {q, k, v, mask, false, attrs.causal});

  const TensorType by_query{dtype, {batch, queries, heads, head}};
  auto merged = builder.add_typed(OpKind::permute, name + ".merge_heads", {applied}, {by_query})[0];
  merged = builder.add_typed(OpKind::copy, name + ".merge", {merged}, {by_query})[0];
  merged = builder.add_typed(OpKind::view, name + ".merge_view", {merged},
                             {{dtype, {batch, queries, embedding}}})[0];
  std::vector<ValueId> operands{merged, map[node.inputs[layout.out_weight]]};
  if (layout.out_bias)
    operands.push_back(map[node.inputs[*layout.out_bias]]);
  return builder.add(OpKind::linear, name + ".out_proj", operands);
}

ValueId Decomposer::scaled_dot_product(GraphBuilder &builder, const Node &node,
                                       const ValueMap &map) {
  const auto inputs = mapped(map, node.inputs);
  auto transposed = builder.type(inputs[1]);
  std::swap(transposed.dims.end()[-1], transposed.dims.end()[-2]);
  const auto k =
      builder.add_typed(OpKind::permute, node.name + ".k_transposed", {inputs[1]}, {transposed})[0];
  std::optional<ValueId> mask;
  if (inputs.size() == 4)
    mask = inputs[3];
  const bool causal = std::get<AttentionAttrs>(node.attributes).causal;
  return core(builder, node.name, {inputs[0], k, inputs[2], mask, true, causal});
}

std::vector<ValueId> Decomposer::node(GraphBuilder &builder, const Node &node,
                                      const ValueMap &map) {
  if (node.kind == OpKind::multi_head_attention)
    return {multi_head(builder, node, map)};
  if (node.kind == OpKind::scaled_dot_product_attention)
    return {scaled_dot_product(builder, node, map)};
  return builder.add_typed(node.kind, node.name, mapped(map, node.inputs),
                           graph_.output_types(node), node.attributes, node.foreign_name);
}

} // namespace

Graph decompose_attention(const Graph &graph, InProjection in_projection) {
  Decomposer decomposer(graph, in_projection);
  return rebuild(
      graph, [&](GraphBuilder &builder, ValueId id) { return decomposer.source(builder, id); },
      [&](GraphBuilder &builder, const Node &node, const ValueMap &map) {
        return decomposer.node(builder, node, map);
      });
}

} // namespace fusesim::ir
