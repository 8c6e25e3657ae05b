#include "partition/patterns.hpp"

#include <algorithm>

namespace fusesim::partition {
namespace {

using enum ir::OpKind;

// ---- kinds that a row treats alike --------------------------------------------------------------

constexpr LabelSet kConvolution{conv1d, conv2d, conv3d, conv_transpose2d};
constexpr LabelSet kProduct{linear, matmul, scaled_dot_product_attention};
constexpr LabelSet kContraction = kConvolution | kProduct;
constexpr LabelSet kBatchNorm{batch_norm}; // at inference a scale and a shift per channel
constexpr LabelSet kRowNorm{layer_norm, rms_norm};
constexpr LabelSet kStatistics =
    kRowNorm | LabelSet{group_norm, instance_norm, softmax, log_softmax};
constexpr LabelSet kActivation{relu, relu6,     silu,        gelu,     sigmoid,
                               tanh, hardswish, hardsigmoid, hardtanh, leaky_relu,
                               elu,  mish,      softplus,    clamp};
constexpr LabelSet kGate{sigmoid, hardsigmoid};
constexpr LabelSet kUnary = kActivation | LabelSet{ir::OpKind::exp,
                                                   ir::OpKind::log,
                                                   ir::OpKind::sqrt,
                                                   ir::OpKind::abs,
                                                   ir::OpKind::erf,
                                                   ir::OpKind::sin,
                                                   ir::OpKind::cos,
                                                   ir::OpKind::pow,
                                                   rsqrt,
                                                   neg,
                                                   reciprocal,
                                                   cast};
constexpr LabelSet kBinary{add,     sub,   mul,         ir::OpKind::div, maximum,
                           minimum, where, masked_fill, compare,         logical};
constexpr LabelSet kPointwise = kUnary | kBinary;
// The same elements stored in another order, as when heads are merged.
constexpr LabelSet kCopy{copy};
// The same elements read from elsewhere: windows that a Swin block shifts.
constexpr LabelSet kShift{roll, pad};
// Whatever computes no more than where to read each element.
constexpr LabelSet kMovement =
    kCopy | kShift | LabelSet{concat, stack, index, embedding, repeat, scatter, overlay};
constexpr LabelSet kGlobalPool{adaptive_avg_pool2d, mean};
constexpr LabelSet kWindow{max_pool2d, avg_pool2d, adaptive_avg_pool2d, adaptive_max_pool2d};
constexpr LabelSet kAnyCompute = kContraction | kBatchNorm | kStatistics | kPointwise | kCopy;

constexpr StageSet kOneLoop = Stage::loop | Stage::norm | Stage::rows;

// ---- the modern vocabulary ----------------------------------------------------------------------

constexpr Start kStarts[] = {
    {LabelSet{fill}, Stage::constant},
    {kPointwise | kMovement, Stage::loop},
    {kRowNorm, Stage::norm},
};

constexpr PairRow kModern[] = {
    // -- a contraction and its epilogue

    // x ─> conv ─> bn        scale and shift on the accumulators, or folded into the weights.
    //                        TensorRT ("convolution and scale"), Inductor when it freezes
    {"conv_norm", kConvolution, kBatchNorm, kMainOperand | kKeepsSize},
    // x ─> linear ─> bn      the same
    {"linear_norm", LabelSet{linear}, kBatchNorm, kMainOperand | kKeepsSize},
    // x ─> conv|linear|matmul|attention ─> act|scale|cast
    //                        TensorRT ("convolution and activation"), cuBLASLt, Inductor's Triton
    //                        templates, XLA's GEMM fusion
    {"epilogue", kContraction, kUnary, kKeepsSize | kReconverges},
    // x ─> conv|linear ─┬─> add|mul|…      the other operand is read by the epilogue: a residual
    // y ────────────────┘                  behind dropout, ConvNeXt's layer scale.
    //                        TensorRT ("convolution and elementwise operation"), AITemplate's
    //                        gemm_rcr_bias_add, CUTLASS's residual epilogues
    {"epilogue_join", kContraction, kBinary, kJoins | kKeepsSize | kReconverges},
    // conv ─> bn ─> act      as above
    {"norm_activation", kBatchNorm, kUnary, kKeepsSize | kReconverges},
    // conv ─> bn ─┬─> add ─> relu          the end of a residual block.
    // x ──────────┘          TensorRT, cuDNN's convolution-bias-add-activation
    {"norm_residual", kBatchNorm, kBinary, kJoins | kKeepsSize | kReconverges},
    // matmul ─> permute ─> copy            the tile is stored in another order.
    //                        AITemplate's gemm_rcr_permute, bmm_permute
    {"reorder", kAnyCompute, kCopy, kKeepsSize},

    // -- one loop

    // ─> add ─> relu ─┬─> mul ─>           every element on its own.
    // y ──────────────┘      Inductor, XLA, TensorRT ("pointwise fusion"), nvFuser
    {"pointwise", kPointwise | kCopy, kPointwise, kJoins | kKeepsSize | kReconverges},
    // ─> add ─> bn ─> relu                 pre-activation; the same
    {"pointwise_norm", kPointwise, kBatchNorm, kMainOperand | kKeepsSize},
    // ─┬─> concat ─> bn ─> relu            DenseNet: each element is read from where it is.
    // ─┘    index ─> add     XLA's loop fusion, TVM (injective operators); Inductor (gathers,
    //                        and pointwise_cat of up to eight tensors)
    {"movement", kMovement, kPointwise | kBatchNorm | kCopy, kJoins | kKeepsSize, kOneLoop},
    // ─> layer_norm ─> roll ─> permute ─> copy     a Swin block cuts its windows.
    //                        FasterTransformer's layernorm_shift_partition; without the norm,
    //                        NVIDIA's swin_window_process and Inductor
    {"shift", kStatistics | kPointwise | kMovement, kShift, kMainOperand | kKeepsSize, kOneLoop},
    // ─> overlay ─┬─> overlay              x[i:j] = y, again and again: one loop that selects.
    // y ──────────┘          Inductor (slice_scatter), XLA (dynamic-update-slice in a loop fusion)
    {"slice_assignment", kPointwise | kMovement, LabelSet{scatter, overlay},
     kJoins | kMainOperand | kKeepsSize, Stage::loop},
    // fill ─> any of these                 a constant is no memory access.
    //                        Inductor, XLA (a broadcast constant is fused into all its users)
    {"constant", LabelSet{fill}, kPointwise | kMovement, kJoins, Stage::constant, Stage::any,
     kOneLoop | Stage::plain},
    // ─> exp ─┬─> mul ─> add ─>            the other operand of a loop is a loop of its own and
    // ─> tanh ┘                            nobody else reads it: it is computed where it is read.
    //                        Inductor (inlines pointwise producers), XLA's loop fusion; for three
    //                        embeddings and their norm TensorRT's embLayerNorm plugin
    {"inlined", kPointwise | kMovement, kBinary, kJoins | kKeepsSize, Stage::loop, Stage::any,
     kOneLoop},

    // -- statistics of rows

    // ─> add ─> layer_norm|softmax         a row is computed where its statistics are.
    //                        Inductor (a reduction and its pointwise producers), XLA's input
    //                        fusion, FasterTransformer's add_residual_layernorm
    {"loop_statistics", kPointwise | kMovement, kStatistics, kMainOperand | kKeepsSize, Stage::loop,
     Stage::rows},
    // group_norm ─> act, layer_norm ─┬─> add       the second pass over the row goes on.
    // x ─────────────────────────────┘     Inductor, TensorRT's GroupNorm plugin (with Swish)
    {"row_norm_epilogue", kStatistics, kPointwise, kJoins | kKeepsSize},
    // layer_norm ─> linear                 every CTA recomputes statistics of its rows.
    //                        flash-attention's layer_norm_linear; not behind a loop, which every
    //                        CTA would recompute as well
    {"row_norm_linear", kRowNorm, LabelSet{linear}, kMainOperand, Stage::norm, Stage::plain},

    // -- across the whole grid: one launch with barriers (═>) where the machine has them

    // x ─┬─> pool ═> conv ─> act ═> conv ─> sigmoid|hardsigmoid ═> mul ─> …
    //    └─────────────────────────────────────────────────────────┘
    //                        squeeze-and-excitation; x forks and is read twice. Souffle (Xia et
    //                        al., ASPLOS 2024) with grid.sync() between its parts
    {"se_squeeze", kGlobalPool, LabelSet{conv2d}, kMainOperand, Stage::any, Stage::squeezed},
    {"se_excite", kActivation, LabelSet{conv2d}, kMainOperand, Stage::squeezed, Stage::excited},
    {"se_scale", kGate, LabelSet{mul}, kJoins, Stage::excited, Stage::plain},
    // x ─> pool ─> flatten ═> linear       the head of a classifier; the same compiler
    {"head", kGlobalPool, LabelSet{linear}, kMainOperand, Stage::any, Stage::plain},

    // -- several kernels, one buffer

    // ─> conv ─> relu ─┐
    // ─> pool ─────────┴─> concat          see concat.cpp
    {"concat_producer", kAnyCompute | kWindow | LabelSet{concat}, LabelSet{concat}, kJoins,
     Stage::any, Stage::any, Stage::gathering},
};

constexpr Vocabulary kModernVocabulary{"modern",
                                       "what fused engines run as one kernel: one contraction with "
                                       "its epilogue, loops and row statistics, SE blocks, heads, "
                                       "concats in place",
                                       kModern, kStarts};

bool holds(const PairRow &row, const Pair &pair) {
  return row.is_for(pair.producer, pair.consumer) && row.needs.contains(pair.stage) &&
         (!row.has(kMainOperand) || pair.main) && (!row.has(kKeepsSize) || pair.same_size);
}

} // namespace

Match Vocabulary::match(const Pair &pair) const {
  Match best;
  for (const PairRow &row : rows) {
    if (!holds(row, pair))
      continue;
    const bool joins = !pair.joins || row.has(kJoins);
    const bool is_to_be_had =
        pair.taken_by ? row.merges.contains(*pair.taken_by) : row.merges.empty();
    if (joins && is_to_be_had)
      return {&row, {}};
    if (row.merges.empty())
      best.refusal = Refusal::join;
  }
  return best;
}

Stage Vocabulary::start_of(Label head) const {
  const auto found =
      std::ranges::find_if(starts, [&](const Start &start) { return start.heads.contains(head); });
  return found == starts.end() ? Stage::plain : found->stage;
}

const Vocabulary &modern_vocabulary() { return kModernVocabulary; }

} // namespace fusesim::partition
