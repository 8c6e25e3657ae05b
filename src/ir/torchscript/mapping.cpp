#include "ir/torchscript/mapping.hpp"

#include "ir/rules.hpp"
#include "ir/torchscript/rules.hpp"

#include <algorithm>
#include <array>

namespace fusesim::ir::torchscript {

namespace {

struct Mapping {
  std::string_view name; ///< without `aten::` and without the `_` of the in-place form
  OpKind kind;
  rules::Rule rule;
};

using enum OpKind;
namespace r = rules;

// Sorted by family, searched linearly once per call of the program: a few thousand comparisons per
// network. Where two ATen operators share a kind they cost the same per element (amin as amax, log2
// as log, …).
constexpr auto kTable = std::to_array<Mapping>({
    {"conv1d", conv1d, r::convolution},
    {"conv2d", conv2d, r::convolution},
    {"conv3d", conv3d, r::convolution},
    {"_convolution", conv2d, r::convolution},
    {"_convolution_mode", conv2d, r::convolution},
    {"convolution", conv2d, r::convolution},
    {"conv_transpose1d", conv_transpose2d, r::convolution},
    {"conv_transpose2d", conv_transpose2d, r::convolution},
    {"conv_transpose3d", conv_transpose2d, r::convolution},
    {"linear", linear, r::all},
    {"matmul", matmul, r::all},
    {"mm", matmul, r::all},
    {"bmm", matmul, r::all},
    {"mv", matmul, r::all},
    {"dot", matmul, r::all},
    {"addmm", matmul, r::addmm},
    {"addmv", matmul, r::addmm},
    {"baddbmm", matmul, r::addmm},
    {"einsum", matmul, r::einsum},
    {"_native_multi_head_attention", multi_head_attention, r::native_attention},
    {"_transformer_encoder_layer_fwd", multi_head_attention, r::encoder_layer},
    {"scaled_dot_product_attention", scaled_dot_product_attention, r::attention},
    {"_scaled_dot_product_attention", scaled_dot_product_attention, r::attention},

    {"relu", relu, r::all},
    {"relu6", relu6, r::all},
    {"silu", silu, r::all},
    {"gelu", gelu, r::all},
    {"sigmoid", sigmoid, r::all},
    {"tanh", tanh, r::all},
    {"hardswish", hardswish, r::all},
    {"hardsigmoid", hardsigmoid, r::all},
    {"hardtanh", hardtanh, r::clipped},
    {"leaky_relu", leaky_relu, r::all},
    {"prelu", leaky_relu, r::first},
    {"elu", elu, r::all},
    {"celu", elu, r::all},
    {"selu", elu, r::all},
    {"mish", mish, r::all},
    {"softplus", softplus, r::all},
    {"log_sigmoid", softplus, r::all}, // −softplus(−x)
    {"exp", exp, r::all},
    {"exp2", exp, r::all},
    {"expm1", exp, r::all},
    {"log", log, r::all},
    {"log2", log, r::all},
    {"log10", log, r::all},
    {"log1p", log, r::all},
    {"sqrt", sqrt, r::all},
    {"rsqrt", rsqrt, r::all},
    {"abs", abs, r::all},
    {"neg", neg, r::all},
    {"reciprocal", reciprocal, r::all},
    {"erf", erf, r::all},
    {"sin", sin, r::all},
    {"cos", cos, r::all},
    {"pow", pow, r::all},
    {"square", pow, r::all},
    {"clamp", clamp, r::all},
    {"clamp_min", clamp, r::all},
    {"clamp_max", clamp, r::all},

    {"add", add, r::all},
    {"sub", sub, r::all},
    {"rsub", sub, r::all},
    {"mul", mul, r::all},
    {"div", div, r::all},
    {"true_divide", div, r::all},
    {"floor_divide", div, r::all},
    {"remainder", div, r::all},
    {"fmod", div, r::all},
    {"addcmul", mul, r::multiplied_added},
    {"addcdiv", div, r::multiplied_added},
    {"maximum", maximum, r::all},
    {"minimum", minimum, r::all},
    {"where", where, r::all},
    {"masked_fill", masked_fill, r::all},
    {"eq", compare, r::all},
    {"ne", compare, r::all},
    {"lt", compare, r::all},
    {"le", compare, r::all},
    {"gt", compare, r::all},
    {"ge", compare, r::all},
    {"isnan", compare, r::all},
    {"isinf", compare, r::all},
    {"isfinite", compare, r::all},
    {"logical_and", logical, r::all},
    {"logical_or", logical, r::all},
    {"logical_xor", logical, r::all},
    {"logical_not", logical, r::all},
    {"bitwise_and", logical, r::all},
    {"bitwise_or", logical, r::all},
    {"bitwise_xor", logical, r::all},
    {"bitwise_not", logical, r::all},
    {"__and__", logical, r::all},
    {"__or__", logical, r::all},
    {"__xor__", logical, r::all},
    {"__iand__", logical, r::all},
    {"__ior__", logical, r::all},
    {"__ixor__", logical, r::all},

    {"batch_norm", batch_norm, r::batch_norm},
    {"native_batch_norm", batch_norm, r::batch_norm},
    {"layer_norm", layer_norm, r::layer_norm},
    {"native_layer_norm", layer_norm, r::layer_norm},
    {"rms_norm", rms_norm, r::layer_norm},
    {"group_norm", group_norm, r::group_norm},
    {"native_group_norm", group_norm, r::group_norm},
    {"instance_norm", instance_norm, r::batch_norm},

    {"softmax", softmax, r::along_dim},
    {"_softmax", softmax, r::along_dim},
    {"log_softmax", log_softmax, r::along_dim},
    {"_log_softmax", log_softmax, r::along_dim},
    {"mean", mean, r::reduced},
    {"sum", sum, r::reduced},
    {"amax", amax, r::reduced},
    {"amin", amax, r::reduced},
    {"any", amax, r::reduced},
    {"all", amax, r::reduced},
    {"max", maximum, r::extremum},
    {"min", minimum, r::extremum},
    {"argmax", argmax, r::reduced},
    {"argmin", argmax, r::reduced},
    {"norm", vector_norm, r::reduced},
    {"frobenius_norm", vector_norm, r::reduced},
    {"linalg_norm", vector_norm, r::reduced},
    {"linalg_vector_norm", vector_norm, r::reduced},
    {"cumsum", cumsum, r::along_dim},

    {"max_pool1d", max_pool2d, r::pool},
    {"max_pool2d", max_pool2d, r::pool},
    {"max_pool2d_with_indices", max_pool2d, r::pool},
    {"avg_pool1d", avg_pool2d, r::pool},
    {"avg_pool2d", avg_pool2d, r::pool},
    {"adaptive_avg_pool1d", adaptive_avg_pool2d, r::adaptive_pool},
    {"adaptive_avg_pool2d", adaptive_avg_pool2d, r::adaptive_pool},
    {"adaptive_max_pool1d", adaptive_max_pool2d, r::adaptive_pool},
    {"adaptive_max_pool2d", adaptive_max_pool2d, r::adaptive_pool},
    {"upsample_nearest1d", upsample, r::all},
    {"upsample_nearest2d", upsample, r::all},
    {"upsample_nearest3d", upsample, r::all},
    {"_upsample_nearest_exact1d", upsample, r::all},
    {"_upsample_nearest_exact2d", upsample, r::all},
    {"_upsample_nearest_exact3d", upsample, r::all},
    {"upsample_linear1d", upsample, r::all},
    {"upsample_bilinear2d", upsample, r::all},
    {"_upsample_bilinear2d_aa", upsample, r::all},
    {"upsample_bicubic2d", upsample, r::all},
    {"_upsample_bicubic2d_aa", upsample, r::all},
    {"upsample_trilinear3d", upsample, r::all},

    {"cat", concat, r::joined},
    {"concat", concat, r::joined},
    {"stack", stack, r::stacked},
    {"clone", copy, r::first},
    {"flip", copy, r::first},
    {"tril", copy, r::first},
    {"triu", copy, r::first},
    {"pixel_shuffle", copy, r::first},
    {"pixel_unshuffle", copy, r::first},
    {"channel_shuffle", copy, r::first},
    {"native_channel_shuffle", copy, r::first},
    {"copy", copy, r::overwritten},
    {"fill", fill, r::overwritten},
    {"zero", fill, r::none},
    {"roll", roll, r::rolled},
    {"pad", pad, r::first},
    {"constant_pad_nd", pad, r::first},
    {"reflection_pad1d", pad, r::first},
    {"reflection_pad2d", pad, r::first},
    {"reflection_pad3d", pad, r::first},
    {"replication_pad1d", pad, r::first},
    {"replication_pad2d", pad, r::first},
    {"replication_pad3d", pad, r::first},
    {"index", index, r::all},
    {"index_select", index, r::all},
    {"gather", index, r::all},
    {"take_along_dim", index, r::all},
    {"embedding", embedding, r::all},
    {"index_put", scatter, r::indexed_write},
    {"scatter", scatter, r::indexed_write},
    {"scatter_add", scatter, r::indexed_write},
    {"repeat", repeat, r::first},
    {"tile", repeat, r::first},
    {"repeat_interleave", repeat, r::first},

    {"empty", bookkeeping, r::none}, // reserves memory, writes none
    {"empty_like", bookkeeping, r::none},
    {"new_empty", bookkeeping, r::none},
    {"empty_strided", bookkeeping, r::none},
    {"zeros", fill, r::none},
    {"ones", fill, r::none},
    {"full", fill, r::none},
    {"zeros_like", fill, r::none},
    {"ones_like", fill, r::none},
    {"full_like", fill, r::none},
    {"new_zeros", fill, r::none},
    {"new_ones", fill, r::none},
    {"new_full", fill, r::none},
    {"arange", fill, r::none},
    {"linspace", fill, r::none},
    {"eye", fill, r::none},
    {"tensor", fill, r::none},
    {"rand", fill, r::none},
    {"randn", fill, r::none},
    {"rand_like", fill, r::none},
    {"randn_like", fill, r::none},
    {"bernoulli", fill, r::none},
    {"uniform", fill, r::none},
    {"normal", fill, r::none},

    {"view", view, r::first},
    {"view_as", view, r::first},
    {"reshape", view, r::first},
    {"reshape_as", view, r::first},
    {"_reshape_alias", view, r::first},
    {"_unsafe_view", view, r::first},
    {"flatten", view, r::first},
    {"unflatten", view, r::first},
    {"ravel", view, r::first},
    {"unsqueeze", view, r::first},
    {"squeeze", view, r::first},
    {"permute", permute, r::first},
    {"transpose", permute, r::first},
    {"t", permute, r::first},
    {"numpy_T", permute, r::first},
    {"mT", permute, r::first},
    {"swapaxes", permute, r::first},
    {"swapdims", permute, r::first},
    {"movedim", permute, r::first},
    {"moveaxis", permute, r::first},
    {"expand", expand, r::first},
    {"expand_as", expand, r::first},
    {"broadcast_to", expand, r::first},
    {"slice", slice, r::first},
    {"select", slice, r::first},
    {"narrow", slice, r::first},
    {"diagonal", slice, r::first},
    {"split", split, r::along_dim},
    {"split_with_sizes", split, r::along_dim},
    {"unsafe_split", split, r::along_dim},
    {"unsafe_split_with_sizes", split, r::along_dim},
    {"chunk", split, r::along_dim},
    {"unsafe_chunk", split, r::along_dim},
    {"tensor_split", split, r::along_dim},
    {"unbind", split, r::along_dim},

    {"dropout", dropout, r::first},
    {"feature_dropout", dropout, r::first},
    {"alpha_dropout", dropout, r::first},
    {"feature_alpha_dropout", dropout, r::first},
    {"native_dropout", dropout, r::first},
    {"contiguous", identity, r::first},
    {"to", identity, r::first},
    {"type_as", identity, r::first},
    {"_to_copy", identity, r::first},
    {"detach", identity, r::first},
    {"alias", identity, r::first},
    {"lift_fresh", identity, r::first},
    {"data", identity, r::first},
    {"requires_grad", identity, r::first},
    {"cpu", identity, r::first},
    {"cuda", identity, r::first},
});

std::vector<Step> opaque_steps(const Call &call) { return r::all(OpKind::opaque, call); }

} // namespace

std::vector<Step> translate(const Call &call) {
  constexpr std::string_view kPrefix = "aten::";
  if (!call.name.starts_with(kPrefix))
    return opaque_steps(call);
  const auto name = std::string_view(call.name).substr(kPrefix.size());
  const auto mapping = std::ranges::find(kTable, name, &Mapping::name);
  if (mapping == kTable.end())
    return opaque_steps(call);
  // An operator of numbers of the program alone writes its result and reads no tensor.
  if (call.operands().empty())
    return r::none(mapping->kind == OpKind::bookkeeping ? OpKind::bookkeeping : OpKind::fill, call);
  return mapping->rule(mapping->kind, call);
}

std::vector<TensorType> infer_results(const std::vector<Step> &steps) {
  const auto &last = steps.back();
  if (!last.types.empty())
    return last.types;
  if (!info(last.kind).infer)
    return {};
  return info(last.kind).infer(ir::rules::canonical(last.kind, last.attributes),
                               input_types(steps, last));
}

} // namespace fusesim::ir::torchscript
