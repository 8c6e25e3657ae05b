#include "ir/op.hpp"

#include "ir/rules.hpp"

#include <algorithm>

namespace fusesim::ir {

namespace {

using enum OpKind;
using C = OpClass;
namespace r = rules;
namespace o = rules::ops;

constexpr std::size_t kKinds = static_cast<std::size_t>(OpKind::opaque) + 1;

// Kind, name, class, shape rule (null: the caller gives the shape), work rule (null: none). Counts
// per element are explained where they are defined (rules.hpp) or in the comment of the line.
// clang-format off
constexpr std::array<OpInfo, kKinds> kTable{{
  {conv1d, "conv1d", C::contraction, r::conv1d, r::conv},
  {conv2d, "conv2d", C::contraction, r::conv2d, r::conv},
  {conv3d, "conv3d", C::contraction, r::conv3d, r::conv},
  {conv_transpose2d, "conv_transpose2d", C::contraction, r::conv_transpose2d, r::conv_transpose},
  {linear, "linear", C::contraction, r::linear, r::linear_work},
  {matmul, "matmul", C::contraction, r::matmul, r::matmul_work},
  {multi_head_attention, "multi_head_attention", C::contraction, r::multi_head_attention, r::multi_head_attention_work},
  {scaled_dot_product_attention, "scaled_dot_product_attention", C::contraction, r::scaled_dot_product_attention, r::scaled_dot_product_attention_work},

  {relu, "relu", C::elementwise, r::same, r::per_output<1>},              // max
  {relu6, "relu6", C::elementwise, r::same, r::per_output<2>},            // max, min
  {silu, "silu", C::elementwise, r::same, r::per_output<o::kSigmoid + 1>}, // x·sigmoid x
  {gelu, "gelu", C::elementwise, r::same, r::per_output<o::kGelu>},
  {sigmoid, "sigmoid", C::elementwise, r::same_float, r::per_output<o::kSigmoid>},
  {tanh, "tanh", C::elementwise, r::same_float, r::per_output<o::kTanh>},
  {hardswish, "hardswish", C::elementwise, r::same, r::per_output<5>},     // x·relu6(x + 3)/6: add, max, min, mul, mul
  {hardsigmoid, "hardsigmoid", C::elementwise, r::same, r::per_output<3>}, // x/6 + 1/2 (fma), max, min
  {hardtanh, "hardtanh", C::elementwise, r::same, r::per_output<2>},       // max, min
  {leaky_relu, "leaky_relu", C::elementwise, r::same, r::per_output<2>},   // mul, max (slope < 1)
  {elu, "elu", C::elementwise, r::same, r::per_output<o::kExp + 3>},       // exp, subtract 1, times alpha, select
  {mish, "mish", C::elementwise, r::same, r::per_output<o::kMish>},
  {softplus, "softplus", C::elementwise, r::same, r::per_output<o::kSoftplus>},
  {exp, "exp", C::elementwise, r::same_float, r::per_output<o::kExp>},
  {log, "log", C::elementwise, r::same_float, r::per_output<o::kLog>},
  {sqrt, "sqrt", C::elementwise, r::same_float, r::per_output<o::kSqrt>},
  {rsqrt, "rsqrt", C::elementwise, r::same_float, r::per_output<o::kRsqrt>},
  {abs, "abs", C::elementwise, r::same, r::per_output<1>},
  {neg, "neg", C::elementwise, r::same, r::per_output<1>},
  {reciprocal, "reciprocal", C::elementwise, r::same_float, r::per_output<o::kReciprocal>},
  {erf, "erf", C::elementwise, r::same_float, r::per_output<o::kErf>},
  {sin, "sin", C::elementwise, r::same_float, r::per_output<o::kTrig>},
  {cos, "cos", C::elementwise, r::same_float, r::per_output<o::kTrig>},
  {pow, "pow", C::elementwise, r::broadcast, r::per_output<o::kPow>},      // the exponent is not known here
  {clamp, "clamp", C::elementwise, r::broadcast, r::per_output<2>},        // max, min
  {cast, "cast", C::elementwise, nullptr, r::per_output<1>},               // one conversion

  {add, "add", C::elementwise, r::broadcast, r::per_output<1>},
  {sub, "sub", C::elementwise, r::broadcast, r::per_output<1>},
  {mul, "mul", C::elementwise, r::broadcast, r::per_output<1>},
  {div, "div", C::elementwise, r::broadcast_float, r::per_output<o::kDivide>},
  {maximum, "maximum", C::elementwise, r::broadcast, r::per_output<1>},
  {minimum, "minimum", C::elementwise, r::broadcast, r::per_output<1>},
  {where, "where", C::elementwise, r::where, r::per_output<1>},            // select
  {masked_fill, "masked_fill", C::elementwise, r::masked_fill, r::per_output<1>}, // select
  {compare, "compare", C::elementwise, r::broadcast_bool, r::per_output<1>},
  {logical, "logical", C::elementwise, r::broadcast_bool, r::per_output<1>},

  {batch_norm, "batch_norm", C::normalisation, r::channel_norm, r::per_output<o::kBatchNorm>},
  {layer_norm, "layer_norm", C::normalisation, r::trailing_norm, r::per_output<o::kMomentNorm>},
  {group_norm, "group_norm", C::normalisation, r::group_norm, r::per_output<o::kMomentNorm>},
  {instance_norm, "instance_norm", C::normalisation, r::channel_norm, r::per_output<o::kMomentNorm>},
  {local_response_norm, "local_response_norm", C::normalisation, r::same, r::local_response_norm},
  {rms_norm, "rms_norm", C::normalisation, r::trailing_norm, r::per_output<o::kRmsNorm>},

  {softmax, "softmax", C::reduction, r::along_axis, r::per_output<o::kSoftmax>},
  {log_softmax, "log_softmax", C::reduction, r::along_axis, r::per_output<o::kLogSoftmax>},
  {mean, "mean", C::reduction, r::reduce_float, r::per_input<1, 1>},       // sum; times 1/count
  {sum, "sum", C::reduction, r::reduce_sum, r::per_input<1>},
  {amax, "amax", C::reduction, r::reduce, r::per_input<1>},
  {argmax, "argmax", C::reduction, r::reduce_index, r::per_input<3>},      // compare, select value, select index
  {vector_norm, "vector_norm", C::reduction, r::reduce_float, r::per_input<1, o::kSqrt>}, // 2-norm: square into a sum (fma)
  {cumsum, "cumsum", C::reduction, r::cumulative, r::per_input<1>},

  {max_pool2d, "max_pool2d", C::pooling, r::max_pool2d, r::max_pool},
  {avg_pool2d, "avg_pool2d", C::pooling, r::avg_pool2d, r::avg_pool},
  {adaptive_avg_pool2d, "adaptive_avg_pool2d", C::pooling, r::adaptive_pool2d, r::adaptive_avg_pool},
  {adaptive_max_pool2d, "adaptive_max_pool2d", C::pooling, r::adaptive_pool2d, r::adaptive_max_pool},
  {upsample, "upsample", C::pooling, nullptr, r::per_output<o::kBilinear>}, // the mode is not kept: the dearer one

  {concat, "concat", C::data_movement, r::concat, nullptr},
  {stack, "stack", C::data_movement, r::stack, nullptr},
  {copy, "copy", C::data_movement, nullptr, nullptr},
  {roll, "roll", C::data_movement, r::same_as_first, nullptr},
  {pad, "pad", C::data_movement, nullptr, nullptr},
  {index, "index", C::data_movement, nullptr, nullptr},
  {embedding, "embedding", C::data_movement, r::embedding, nullptr},
  {fill, "fill", C::data_movement, nullptr, nullptr},
  {repeat, "repeat", C::data_movement, nullptr, nullptr},
  {scatter, "scatter", C::data_movement, r::same_as_first, nullptr},

  {view, "view", C::view, nullptr, nullptr},
  {permute, "permute", C::view, nullptr, nullptr},
  {expand, "expand", C::view, nullptr, nullptr},
  {slice, "slice", C::view, nullptr, nullptr},
  {split, "split", C::view, nullptr, nullptr},
  {overlay, "overlay", C::view, r::same_as_first, nullptr},

  {dropout, "dropout", C::identity, r::same, nullptr},
  {stochastic_depth, "stochastic_depth", C::identity, r::same, nullptr},
  {identity, "identity", C::identity, r::same, nullptr},

  {bookkeeping, "bookkeeping", C::bookkeeping, nullptr, nullptr},
  {opaque, "opaque", C::opaque, nullptr, nullptr},
}};
// clang-format on

consteval bool entries_in_enum_order() {
  for (std::size_t i = 0; i < kKinds; ++i)
    if (static_cast<std::size_t>(kTable[i].kind) != i)
      return false;
  return true;
}
static_assert(entries_in_enum_order(), "info() indexes the table by kind");

} // namespace

std::string_view name_of(OpClass c) {
  switch (c) {
  case OpClass::contraction:
    return "contraction";
  case OpClass::elementwise:
    return "elementwise";
  case OpClass::normalisation:
    return "normalisation";
  case OpClass::reduction:
    return "reduction";
  case OpClass::pooling:
    return "pooling";
  case OpClass::data_movement:
    return "data_movement";
  case OpClass::view:
    return "view";
  case OpClass::identity:
    return "identity";
  case OpClass::bookkeeping:
    return "bookkeeping";
  case OpClass::opaque:
    return "opaque";
  }
  return "opaque";
}

const OpInfo &info(OpKind kind) { return kTable[static_cast<std::size_t>(kind)]; }

std::span<const OpInfo> op_table() { return kTable; }

std::optional<OpKind> op_kind_from_name(std::string_view name) {
  const auto entry = std::ranges::find(kTable, name, &OpInfo::name);
  return entry == kTable.end() ? std::nullopt : std::optional(entry->kind);
}

bool is_free(OpKind kind) {
  const auto c = class_of(kind);
  return c == OpClass::view || c == OpClass::identity || c == OpClass::bookkeeping;
}

} // namespace fusesim::ir
