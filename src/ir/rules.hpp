#pragma once

#include "ir/op.hpp"

#include <optional>
#include <span>
#include <vector>

/// Shape and work rules that the operator table is made of. Internal to src/ir: read the table, not
/// the rules. Shape rules follow PyTorch 1.13 and throw Error without a place; callers add the
/// node's name.
namespace fusesim::ir::rules {

using Inputs = std::span<const TensorType>;
using Outputs = std::span<const TensorType>;
using Types = std::vector<TensorType>;

// ---- shapes: shape_rules_window.cpp ---------------------------------------------------
Types conv1d(const Attributes &, Inputs);
Types conv2d(const Attributes &, Inputs);
Types conv3d(const Attributes &, Inputs);
Types conv_transpose2d(const Attributes &, Inputs);
Types max_pool2d(const Attributes &, Inputs);
Types avg_pool2d(const Attributes &, Inputs);
Types adaptive_pool2d(const Attributes &, Inputs);

// ---- shapes: shape_rules.cpp ----------------------------------------------------------
Types linear(const Attributes &, Inputs);
Types matmul(const Attributes &, Inputs);
Types multi_head_attention(const Attributes &, Inputs);
Types scaled_dot_product_attention(const Attributes &, Inputs);
Types same(const Attributes &, Inputs);            ///< one operand, type kept
Types same_float(const Attributes &, Inputs);      ///< one operand, integers become f32
Types same_as_first(const Attributes &, Inputs);   ///< any operands, type of the first
Types broadcast(const Attributes &, Inputs);       ///< shapes broadcast, dtypes promoted
Types broadcast_float(const Attributes &, Inputs); ///< the same, integers become f32
Types broadcast_bool(const Attributes &, Inputs);  ///< the same, the result is boolean
Types where(const Attributes &, Inputs);
Types masked_fill(const Attributes &, Inputs);
Types channel_norm(const Attributes &,
                   Inputs); ///< batch_norm, instance_norm: vectors of C = dims[1]
Types group_norm(const Attributes &, Inputs);
Types trailing_norm(const Attributes &, Inputs); ///< layer_norm, rms_norm
Types along_axis(const Attributes &, Inputs);    ///< softmax, log_softmax
Types cumulative(const Attributes &, Inputs);    ///< cumsum
Types reduce(const Attributes &, Inputs);        ///< amax
Types reduce_float(const Attributes &, Inputs);  ///< mean, vector_norm: integers become f32
Types reduce_sum(const Attributes &, Inputs);    ///< sum: integers and booleans become i64
Types reduce_index(const Attributes &, Inputs);  ///< argmax: i64
Types concat(const Attributes &, Inputs);
Types stack(const Attributes &, Inputs);
Types embedding(const Attributes &, Inputs);

/// Shapes broadcast as PyTorch does: aligned at the last dim, equal or 1. Throws Error.
Dims broadcast_dims(const Dims &a, const Dims &b);

// ---- shapes that the caller gives: shape_rules_given.cpp ------------------------------
/// Checks the outputs of kinds without a shape rule against their inputs, as far as the kind says
/// anything (views keep elements, expand broadcasts, …). Throws Error.
void check_given(OpKind kind, Inputs inputs, Outputs outputs);

/// Attributes in full: absent strides, paddings and dilations set to their defaults, single numbers
/// repeated per spatial axis. Throws Error when the kind takes other attributes.
Attributes canonical(OpKind kind, Attributes attributes);

// ---- work: work_rules.cpp -------------------------------------------------------------
Work conv(const Attributes &, Inputs, Outputs);
Work conv_transpose(const Attributes &, Inputs, Outputs);
Work linear_work(const Attributes &, Inputs, Outputs);
Work matmul_work(const Attributes &, Inputs, Outputs);
Work multi_head_attention_work(const Attributes &, Inputs, Outputs);
Work scaled_dot_product_attention_work(const Attributes &, Inputs, Outputs);
Work max_pool(const Attributes &, Inputs, Outputs);
Work avg_pool(const Attributes &, Inputs, Outputs);
Work adaptive_avg_pool(const Attributes &, Inputs, Outputs);
Work adaptive_max_pool(const Attributes &, Inputs, Outputs);
Work local_response_norm(const Attributes &, Inputs, Outputs);

/// `per_input` vector operations for every element of the first input and `per_output` for every
/// output element.
Work elementwise_work(Inputs, Outputs, std::uint64_t per_input, std::uint64_t per_output);
template <std::uint64_t PerOutput>
Work per_output(const Attributes &, Inputs inputs, Outputs outputs) {
  return elementwise_work(inputs, outputs, 0, PerOutput);
}
template <std::uint64_t PerInput, std::uint64_t PerOutput = 0>
Work per_input(const Attributes &, Inputs inputs, Outputs outputs) {
  return elementwise_work(inputs, outputs, PerInput, PerOutput);
}

// Vector operations of one function call, counted as ALU instructions of the formula as GPUs
// evaluate it. A fused multiply-add is one. The special-function unit answers a quarter as often as
// the FP32 pipe (16 against 64 per SM and clock at compute capability 8.0: CUDA C++ Programming
// Guide, table "Throughput of Native Arithmetic Instructions"), so 2^x, log2 x, 1/x, 1/sqrt x, sin,
// cos count 4.
namespace ops {
using Count = std::uint64_t;
inline constexpr Count kSpecial = 4;
inline constexpr Count kReciprocal = kSpecial;
inline constexpr Count kRsqrt = kSpecial;
inline constexpr Count kExp = 1 + kSpecial;               // 2^(x·log2 e)
inline constexpr Count kLog = kSpecial + 1;               // ln 2·log2 x
inline constexpr Count kSqrt = kRsqrt + 1;                // x·rsqrt x
inline constexpr Count kDivide = kReciprocal + 1;         // a·(1/b)
inline constexpr Count kTrig = 1 + kSpecial;              // range reduction first
inline constexpr Count kPow = kSpecial + 1 + kSpecial;    // 2^(y·log2 x)
inline constexpr Count kSigmoid = kExp + 1 + kReciprocal; // 1/(1 + e^-x); the sign is free
inline constexpr Count kTanh = kSigmoid + 1;              // 2·sigmoid(2x) - 1; the 2s fold in
inline constexpr Count kSoftplus = kExp + 1 + kLog + 2;   // ln(1 + e^x); compare, select
inline constexpr Count kMish = kSoftplus + kTanh + 1;     // x·tanh(softplus x)
// Abramowitz & Stegun 7.1.26: t = 1/(1 + p·x): fma, reciprocal; polynomial of degree 5 in t: 4 fma,
// mul; 1 - polynomial·e^(-x²): mul, exp, fma; sign of x: 1.
inline constexpr Count kErf = 1 + kReciprocal + 5 + 1 + kExp + 1 + 1;
inline constexpr Count kGelu = 1 + kErf + 1 + 1; // x/2·(1 + erf(x/√2)): mul, erf, fma, mul
inline constexpr Count kSoftmax = 1 + 1 + kExp + 1 + 1; // max, subtract, exp, sum, times 1/sum
inline constexpr Count kLogSoftmax = kSoftmax;          // the last step subtracts ln sum
// Two passes over the row: sum; subtract the mean, fma of the square; times 1/sigma; fma with
// weight and bias.
inline constexpr Count kMomentNorm = 1 + 2 + 1 + 1;
inline constexpr Count kRmsNorm = 1 + 1 + 1; // fma of the square, times 1/rms, times weight
inline constexpr Count kBatchNorm = 2;       // (x - mean)·(weight/sigma) + bias: sub, fma
inline constexpr Count kBilinear = 6;        // three interpolations of sub and fma
} // namespace ops

} // namespace fusesim::ir::rules
