#pragma once

#include "ir/torchscript/call.hpp"

/// How the arguments of ATen operators become inputs and attributes of IR operators. One function
/// per family; the table in mapping.cpp says which operator uses which.
namespace fusesim::ir::torchscript::rules {

using Rule = std::vector<Step> (*)(OpKind, const Call &);

// ---- rules_basic.cpp
std::vector<Step> all(OpKind kind, const Call &call);   ///< every tensor argument is an input
std::vector<Step> first(OpKind kind, const Call &call); ///< only the first tensor argument is read
std::vector<Step> none(OpKind kind, const Call &call);  ///< no tensor is read, only its shape
std::vector<Step> clipped(OpKind kind, const Call &call);   ///< hardtanh; between 0 and 6 a relu6
std::vector<Step> rolled(OpKind kind, const Call &call);    ///< first; dims from `dims`
std::vector<Step> along_dim(OpKind kind, const Call &call); ///< first; argument `dim` is the axis
std::vector<Step> stacked(OpKind kind, const Call &call);   ///< all; `dim` counts the new axis
std::vector<Step> joined(OpKind kind,
                         const Call &call); ///< all but empty tensors; `dim` is the axis
std::vector<Step> reduced(OpKind kind, const Call &call); ///< first; dims from `dim`, `keepdim`
std::vector<Step> extremum(OpKind kind,
                           const Call &call); ///< max/min: of two, of all, or with indices
std::vector<Step> overwritten(OpKind kind,
                              const Call &call); ///< copy_, fill_: self is written, not read
std::vector<Step> indexed_write(OpKind kind,
                                const Call &call); ///< index_put, scatter: self, patch, indices
std::vector<Step> multiplied_added(OpKind kind, const Call &call); ///< addcmul, addcdiv

// ---- rules_layer.cpp
std::vector<Step> convolution(OpKind kind, const Call &call);
std::vector<Step> pool(OpKind kind, const Call &call);
std::vector<Step> adaptive_pool(OpKind kind, const Call &call);
std::vector<Step> batch_norm(OpKind kind, const Call &call);
std::vector<Step> layer_norm(OpKind kind, const Call &call);
std::vector<Step> group_norm(OpKind kind, const Call &call);

// ---- rules_matrix.cpp
std::vector<Step> addmm(OpKind kind, const Call &call); ///< addmm, baddbmm, addmv
std::vector<Step> einsum(OpKind kind, const Call &call);
std::vector<Step> attention(OpKind kind, const Call &call);        ///< scaled_dot_product_attention
std::vector<Step> native_attention(OpKind kind, const Call &call); ///< _native_multi_head_attention
std::vector<Step> encoder_layer(OpKind kind, const Call &call); ///< _transformer_encoder_layer_fwd

} // namespace fusesim::ir::torchscript::rules
