#pragma once

#include "ir/tensor.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

namespace fusesim::ir {

/// Operator kinds, named after ATen. The table in op_table.cpp has exactly one entry per kind.
enum class OpKind : std::uint8_t {
  // contraction
  conv1d, conv2d, conv3d, conv_transpose2d, linear, matmul, multi_head_attention, scaled_dot_product_attention,
  // elementwise, one operand
  relu, relu6, silu, gelu, sigmoid, tanh, hardswish, hardsigmoid, hardtanh, leaky_relu, elu, mish, softplus, exp, log,
  sqrt, rsqrt, abs, neg, reciprocal, erf, sin, cos, pow, clamp, cast,
  // elementwise, several operands (broadcast)
  add, sub, mul, div, maximum, minimum, where, masked_fill, compare, logical,
  // normalisation
  batch_norm, layer_norm, group_norm, instance_norm, local_response_norm, rms_norm,
  // reduction
  softmax, log_softmax, mean, sum, amax, argmax, vector_norm, cumsum,
  // pooling and resampling
  max_pool2d, avg_pool2d, adaptive_avg_pool2d, adaptive_max_pool2d, upsample,
  // data movement (bytes move, nothing is computed)
  concat, stack, copy, roll, pad, index, embedding, fill, repeat, scatter,
  // view: another shape or stride of the same storage; no bytes, no launch
  view, permute, expand, slice, split, overlay,
  // identity at inference time; no bytes, no launch
  dropout, stochastic_depth, identity,
  // no tensor work at all: sizes, assertions, integer arithmetic
  bookkeeping,
  // not in the table: simulated as memory traffic and named in a warning
  opaque,
};

enum class OpClass : std::uint8_t {
  contraction, elementwise, normalisation, reduction, pooling, data_movement, view, identity, bookkeeping, opaque,
};

std::string_view name_of(OpClass c);

// ---- attributes: a closed set ---------------------------------------------------------------------------------

/// conv1d/2d/3d and conv_transpose2d; one entry per spatial axis. The kernel extent is in the weight's shape.
/// GraphBuilder completes what is given: nothing means the default (stride 1, no padding), one number means every axis.
struct ConvAttrs {
  Dims stride = {}, padding = {}, dilation = {}, output_padding = {};
  std::int64_t groups = 1;
  bool operator==(const ConvAttrs &) const = default;
};
/// max_pool2d, avg_pool2d: kernel, stride, padding, dilation, ceil_mode (completed as above; the default stride is the
/// kernel). adaptive_*: only output_size. local_response_norm: kernel = {number of channels}.
struct PoolAttrs {
  Dims kernel = {}, stride = {}, padding = {}, dilation = {}, output_size = {};
  bool ceil_mode = false;
  bool operator==(const PoolAttrs &) const = default;
};
/// layer_norm/rms_norm: `axes` = number of trailing dims normalised. group_norm: `groups`.
struct NormAttrs {
  std::int64_t axes = 1, groups = 1;
  bool operator==(const NormAttrs &) const = default;
};
/// softmax, reductions, concat, stack, cumsum, split: the dims worked on (non-negative), and keepdim for reductions.
struct AxisAttrs {
  Dims dims = {};
  bool keepdim = false;
  bool operator==(const AxisAttrs &) const = default;
};
/// multi_head_attention, scaled_dot_product_attention.
struct AttentionAttrs {
  std::int64_t num_heads = 1;
  bool causal = false;
  bool has_bias = true; ///< multi_head_attention: in- and out-projection carry biases
  bool operator==(const AttentionAttrs &) const = default;
};
/// linear and matmul: nothing; views and the rest: nothing (their shapes say it all).
using Attributes = std::variant<std::monostate, ConvAttrs, PoolAttrs, NormAttrs, AxisAttrs, AttentionAttrs>;

// ---- the operator table ---------------------------------------------------------------------------------------

/// Work of one operator, `physical` accounting. FLOPs as the field reports them are 2·macs; everything that runs on
/// vector ALUs (activations, normalisations, pooling windows, bias adds) is in vector_ops.
struct Work {
  Macs macs = 0;
  std::uint64_t vector_ops = 0;
};

/// Input order is fixed per kind (absent optional tensors are left out, never null):
///   conv*                 x, weight[, bias]
///   linear                x, weight(out×in)[, bias]
///   matmul                a, b  (batched and broadcast as torch.matmul; addmm/baddbmm import as matmul + add)
///   multi_head_attention  query, key, value, in_proj_weight(3E×E)[, in_proj_bias], out_proj_weight(E×E)[, out_proj_bias][, mask]
///                         batch first: N×L×E; q, k, v may be the same value
///   scaled_dot_product_attention  q, k, v [, mask]  (…×heads×L×head_dim)
///   batch_norm            x[, weight, bias], running_mean, running_var
///   layer_norm, group_norm, instance_norm, rms_norm   x[, weight[, bias]]
///   embedding             table, indices;   index: x, indices…;   where: cond, a, b;   scatter: base, patch
///   overlay               base, patch: the base once somebody wrote the patch into a part of its memory
struct OpInfo {
  OpKind kind;
  std::string_view name;
  OpClass op_class;
  /// Output types from attributes and input types; null when the caller must say (views, opaque, fill, …).
  std::vector<TensorType> (*infer)(const Attributes &, std::span<const TensorType> inputs);
  /// Work from attributes, input and output types; null = none.
  Work (*work)(const Attributes &, std::span<const TensorType> inputs, std::span<const TensorType> outputs);
};

const OpInfo &info(OpKind kind);
std::span<const OpInfo> op_table();
std::optional<OpKind> op_kind_from_name(std::string_view name);

inline std::string_view name_of(OpKind kind) { return info(kind).name; }
inline OpClass class_of(OpKind kind) { return info(kind).op_class; }
/// True for what moves no bytes and launches nothing: views, inference-time identities, bookkeeping.
bool is_free(OpKind kind);

} // namespace fusesim::ir
