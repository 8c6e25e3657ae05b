// Operators whose output shape the caller gives, and the canonical form of attributes.
#include "ir/detail/rule_helpers.hpp"
#include "ir/rules.hpp"

#include <algorithm>

namespace fusesim::ir::rules {

namespace {

void expect_one_to_one(Inputs inputs, Outputs outputs) {
  expect_inputs(inputs, 1, inputs.size(), "at least one input");
  if (outputs.size() != 1)
    fail("{} outputs given, has one", outputs.size());
}

void expect_same_elements(const TensorType &in, const TensorType &out) {
  if (in.elements() != out.elements())
    fail("{} and {} differ in number of elements", to_string(in.dims), to_string(out.dims));
}

void expect_permuted(const TensorType &in, const TensorType &out) {
  if (!std::ranges::is_permutation(in.dims, out.dims))
    fail("{} is no permutation of {}", to_string(out.dims), to_string(in.dims));
}

void expect_expanded(const TensorType &in, const TensorType &out) {
  if (broadcast_dims(in.dims, out.dims) != out.dims)
    fail("{} does not expand to {}", to_string(in.dims), to_string(out.dims));
}

/// Parts may overlap nowhere and may leave something out.
void expect_parts(const TensorType &whole, Outputs parts) {
  std::uint64_t total = 0;
  for (const auto &part : parts)
    total = checked_add(total, part.elements(), "elements of the parts");
  if (parts.empty() || total > whole.elements())
    fail("{} parts hold {} elements of {}", parts.size(), total, to_string(whole.dims));
}

void expect_repeated(const TensorType &in, const TensorType &out) {
  if (in.elements() == 0 || out.elements() % in.elements() != 0)
    fail("{} is no repetition of {}", to_string(out.dims), to_string(in.dims));
}

void expect_resampled(const TensorType &in, const TensorType &out) {
  if (rank(in) < 3 || rank(out) != rank(in) ||
      !std::equal(in.dims.begin(), in.dims.begin() + 2, out.dims.begin()))
    fail("{} does not resample to {}: batch and channels stay", to_string(in.dims),
         to_string(out.dims));
}

std::size_t spatial_axes(OpKind kind) {
  switch (kind) {
  case OpKind::conv1d:
    return 1;
  case OpKind::conv3d:
    return 3;
  default:
    return 2;
  }
}

/// Absent: `fallback` for each axis; one number: for every axis; else as it is.
void complete(Dims &values, std::size_t axes, const Dims &fallback) {
  if (values.empty())
    values = fallback;
  if (values.size() == 1)
    values.assign(axes, values[0]);
}

void complete(ConvAttrs &attrs, std::size_t axes) {
  complete(attrs.stride, axes, {1});
  complete(attrs.padding, axes, {0});
  complete(attrs.dilation, axes, {1});
  complete(attrs.output_padding, axes, {0});
}

void complete(PoolAttrs &attrs, OpKind kind) {
  if (kind == OpKind::local_response_norm)
    return;
  if (kind == OpKind::adaptive_avg_pool2d || kind == OpKind::adaptive_max_pool2d) {
    complete(attrs.output_size, 2, {});
    return;
  }
  complete(attrs.kernel, 2, {});
  complete(attrs.stride, 2, attrs.kernel);
  complete(attrs.padding, 2, {0});
  complete(attrs.dilation, 2, {1});
}

template <typename T> constexpr std::size_t alternative() { return Attributes(T{}).index(); }

/// Which alternative of Attributes the kind takes; monostate: none.
std::size_t expected_alternative(OpKind kind) {
  using enum OpKind;
  switch (kind) {
  case conv1d:
  case conv2d:
  case conv3d:
  case conv_transpose2d:
    return alternative<ConvAttrs>();
  case max_pool2d:
  case avg_pool2d:
  case adaptive_avg_pool2d:
  case adaptive_max_pool2d:
  case local_response_norm:
    return alternative<PoolAttrs>();
  case layer_norm:
  case rms_norm:
  case group_norm:
    return alternative<NormAttrs>();
  case softmax:
  case log_softmax:
  case mean:
  case sum:
  case amax:
  case argmax:
  case vector_norm:
  case cumsum:
  case concat:
  case stack:
    return alternative<AxisAttrs>();
  case multi_head_attention:
  case scaled_dot_product_attention:
    return alternative<AttentionAttrs>();
  default:
    return alternative<std::monostate>();
  }
}

} // namespace

void check_given(OpKind kind, Inputs inputs, Outputs outputs) {
  using enum OpKind;
  switch (kind) {
  case bookkeeping:
  case opaque:
    return;
  case fill:
    if (outputs.size() != 1)
      fail("{} outputs given, has one", outputs.size());
    return;
  case split:
    expect_inputs(inputs, 1, 1, "x");
    return expect_parts(inputs[0], outputs);
  default:
    expect_one_to_one(inputs, outputs);
  }
  const auto &in = inputs[0];
  const auto &out = outputs[0];
  switch (kind) {
  case view:
  case copy:
    return expect_same_elements(in, out);
  case permute:
    return expect_permuted(in, out);
  case expand:
    return expect_expanded(in, out);
  case slice:
    return expect_parts(in, outputs);
  case repeat:
    return expect_repeated(in, out);
  case upsample:
    return expect_resampled(in, out);
  case cast:
    if (in.dims != out.dims)
      fail("a cast keeps the shape; {} became {}", to_string(in.dims), to_string(out.dims));
    return;
  case pad:
    if (rank(in) != rank(out))
      fail("padding keeps the rank; {} became {}", to_string(in.dims), to_string(out.dims));
    return;
  default:
    return;
  }
}

Attributes canonical(OpKind kind, Attributes attributes) {
  const bool takes_none = expected_alternative(kind) == alternative<std::monostate>();
  const auto c = info(kind).op_class;
  // Kinds without a shape rule may note what they did (dims of a split or roll); nothing depends on
  // it.
  const bool may_note = c == OpClass::view || c == OpClass::data_movement || c == OpClass::opaque;
  if (attributes.index() != expected_alternative(kind) && !(takes_none && may_note))
    throw Error({}, takes_none ? "takes no attributes"
                               : "its attributes are missing or of another kind of operator");
  if (auto *conv = std::get_if<ConvAttrs>(&attributes))
    complete(*conv, spatial_axes(kind));
  if (auto *pool = std::get_if<PoolAttrs>(&attributes))
    complete(*pool, kind);
  return attributes;
}

} // namespace fusesim::ir::rules
