// Shapes of operators that slide no window, as PyTorch 1.13 infers them.
#include "ir/detail/attention.hpp"
#include "ir/detail/rule_helpers.hpp"
#include "ir/rules.hpp"

#include <algorithm>

namespace fusesim::ir::rules {

namespace {

void expect_dims(const TensorType &type, const Dims &dims, std::string_view what) {
  if (type.dims != dims)
    fail("{} is {}, not {}", what, to_string(type.dims), to_string(dims));
}

void expect_same_dtype(const TensorType &a, const TensorType &b) {
  if (a.dtype != b.dtype)
    fail("operands are of types {} and {}", name_of(a.dtype), name_of(b.dtype));
}

void expect_floating(const TensorType &type) {
  if (!is_floating(type.dtype))
    fail("input {} is not floating-point", to_string(type));
}

DType floated(DType dtype) { return is_floating(dtype) ? dtype : DType::f32; }

// ---- type promotion (PyTorch, "torch.result_type") ------------------------------------

/// 0 boolean, 1 integer, 2 floating.
int category(DType dtype) { return dtype == DType::boolean ? 0 : is_floating(dtype) ? 2 : 1; }

DType promote(DType a, DType b) {
  if (a == b)
    return a;
  if (category(a) != category(b))
    return category(a) > category(b) ? a : b;
  if (is_floating(a)) {
    if (a == DType::f64 || b == DType::f64)
      return DType::f64;
    if (a == DType::tf32 || b == DType::tf32)
      return DType::tf32;
    return DType::f32; // one of them is f32, or they are f16 and bf16
  }
  if (size_of(a) == size_of(b)) // i8 and u8
    return DType::i16;
  return size_of(a) > size_of(b) ? a : b;
}

/// Scalars only decide the dtype when their category is higher than that of every tensor with dims.
DType promoted(Inputs inputs) {
  std::optional<DType> dimensioned, scalar;
  for (const auto &input : inputs) {
    auto &slot = input.dims.empty() ? scalar : dimensioned;
    slot = slot ? promote(*slot, input.dtype) : input.dtype;
  }
  if (dimensioned && (!scalar || category(*dimensioned) >= category(*scalar)))
    return *dimensioned;
  return scalar.value_or(DType::f32);
}

Dims broadcast_all(Inputs inputs) {
  Dims dims = inputs[0].dims;
  for (const auto &input : inputs.subspan(1))
    dims = broadcast_dims(dims, input.dims);
  return dims;
}

std::size_t checked_axis(std::int64_t axis, std::int64_t axes) {
  if (axis < 0 || axis >= axes)
    fail("dim {} is not in 0..{}", axis, axes - 1);
  return static_cast<std::size_t>(axis);
}

std::size_t one_axis(const Attributes &attributes, std::int64_t axes) {
  const auto &dims = attributes_as<AxisAttrs>(attributes).dims;
  if (dims.size() != 1)
    fail("works on one dim, given {}", dims.size());
  return checked_axis(dims[0], axes);
}

/// No dims given means all of them.
Dims reduced_dims(const Attributes &attributes, const TensorType &x) {
  const auto &attrs = attributes_as<AxisAttrs>(attributes);
  std::vector<bool> gone(x.dims.size(), attrs.dims.empty());
  for (const auto axis : attrs.dims) {
    const auto i = checked_axis(axis, rank(x));
    if (gone[i])
      fail("dim {} is given twice", axis);
    gone[i] = true;
  }
  Dims dims;
  for (std::size_t i = 0; i < x.dims.size(); ++i)
    if (!gone[i])
      dims.push_back(x.dims[i]);
    else if (attrs.keepdim)
      dims.push_back(1);
  return dims;
}

void expect_channel_vectors(Inputs vectors, std::int64_t channels) {
  for (const auto &vector : vectors)
    expect_dims(vector, {channels}, "a per-channel operand");
}

bool broadcasts_to(const Dims &from, const Dims &to) {
  return from.size() <= to.size() &&
         std::equal(from.rbegin(), from.rend(), to.rbegin(),
                    [](auto mine, auto full) { return mine == full || mine == 1; });
}

void expect_mask(const TensorType &mask, const Dims &scores) {
  // PyTorch also takes the batch and head dims as one.
  if (scores.size() == 4 && mask.dims == Dims{scores[0] * scores[1], scores[2], scores[3]})
    return;
  if (!broadcasts_to(mask.dims, scores))
    fail("mask {} does not broadcast to scores {}", to_string(mask.dims), to_string(scores));
}

} // namespace

Dims broadcast_dims(const Dims &a, const Dims &b) {
  const auto &longer = a.size() >= b.size() ? a : b;
  const auto &shorter = a.size() >= b.size() ? b : a;
  Dims dims = longer;
  const std::size_t offset = longer.size() - shorter.size();
  for (std::size_t i = 0; i < shorter.size(); ++i) {
    auto &dim = dims[offset + i];
    if (dim != shorter[i] && dim != 1 && shorter[i] != 1)
      fail("shapes {} and {} do not broadcast", to_string(a), to_string(b));
    dim = dim == 1 ? shorter[i] : dim;
  }
  return dims;
}

// ---- contractions ---------------------------------------------------------------------

Types linear(const Attributes &, Inputs inputs) {
  expect_inputs(inputs, 2, 3, "x, weight(out x in)[, bias]");
  const auto &x = inputs[0], &weight = inputs[1];
  if (rank(x) < 1 || rank(weight) != 2 || last(x, 0) != last(weight, 0))
    fail("input {} does not match weight {} (out x in)", to_string(x.dims), to_string(weight.dims));
  expect_same_dtype(x, weight);
  if (inputs.size() == 3) {
    expect_dims(inputs[2], {weight.dims[0]}, "bias");
    expect_same_dtype(x, inputs[2]);
  }
  TensorType out = x;
  out.dims.back() = weight.dims[0];
  return {out};
}

Types matmul(const Attributes &, Inputs inputs) {
  expect_inputs(inputs, 2, 2, "a, b");
  const auto &a = inputs[0], &b = inputs[1];
  if (a.dims.empty() || b.dims.empty())
    fail("a scalar cannot be multiplied as a matrix");
  expect_same_dtype(a, b);
  if (last(a, 0) != last(b, rank(b) == 1 ? 0 : 1))
    fail("inner sizes of {} and {} differ", to_string(a.dims), to_string(b.dims));
  const auto batch_of = [](const Dims &dims) {
    return Dims(dims.begin(), dims.size() > 2 ? dims.end() - 2 : dims.begin());
  };
  TensorType out{a.dtype, broadcast_dims(batch_of(a.dims), batch_of(b.dims))};
  if (rank(a) > 1)
    out.dims.push_back(last(a, 1));
  if (rank(b) > 1)
    out.dims.push_back(last(b, 0));
  return {out};
}

Types multi_head_attention(const Attributes &attributes, Inputs inputs) {
  const auto &attrs = attributes_as<AttentionAttrs>(attributes);
  const auto layout = attention_layout(attrs, inputs.size());
  for (const auto &operand : inputs.first(3))
    if (rank(operand) != 3)
      fail("query, key and value are N x L x E, given {}", to_string(operand.dims));
  const auto [batch, queries, keys, embedding] = attention_sizes(inputs);
  expect_dims(inputs[1], {batch, keys, embedding}, "key");
  expect_dims(inputs[2], {batch, keys, embedding}, "value");
  if (attrs.num_heads < 1 || embedding % attrs.num_heads != 0)
    fail("embedding {} does not divide into {} heads", embedding, attrs.num_heads);
  expect_dims(inputs[layout.in_weight], {3 * embedding, embedding}, "in_proj_weight");
  expect_dims(inputs[layout.out_weight], {embedding, embedding}, "out_proj_weight");
  if (layout.in_bias)
    expect_dims(inputs[*layout.in_bias], {3 * embedding}, "in_proj_bias");
  if (layout.out_bias)
    expect_dims(inputs[*layout.out_bias], {embedding}, "out_proj_bias");
  if (layout.mask)
    expect_mask(inputs[*layout.mask], {batch, attrs.num_heads, queries, keys});
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (i != layout.mask)
      expect_same_dtype(inputs[0], inputs[i]);
  return {inputs[0]};
}

Types scaled_dot_product_attention(const Attributes &attributes, Inputs inputs) {
  (void)attributes_as<AttentionAttrs>(attributes);
  expect_inputs(inputs, 3, 4, "q, k, v[, mask]");
  const auto &q = inputs[0], &k = inputs[1], &v = inputs[2];
  if (rank(q) < 2 || rank(k) != rank(q) || rank(v) != rank(q))
    fail("q, k and v are of ranks {}, {} and {}", rank(q), rank(k), rank(v));
  expect_same_dtype(q, k);
  expect_same_dtype(q, v);
  if (last(q, 0) != last(k, 0))
    fail("head sizes of q {} and k {} differ", to_string(q.dims), to_string(k.dims));
  if (last(k, 1) != last(v, 1))
    fail("lengths of k {} and v {} differ", to_string(k.dims), to_string(v.dims));
  if (!std::equal(q.dims.begin(), q.dims.end() - 2, k.dims.begin()) ||
      !std::equal(q.dims.begin(), q.dims.end() - 2, v.dims.begin()))
    fail("leading sizes of q {}, k {} and v {} differ", to_string(q.dims), to_string(k.dims),
         to_string(v.dims));
  if (inputs.size() == 4) {
    Dims scores = q.dims;
    scores.back() = last(k, 1);
    expect_mask(inputs[3], scores);
  }
  TensorType out = q;
  out.dims.back() = last(v, 0);
  return {out};
}

// ---- elementwise ----------------------------------------------------------------------

Types same(const Attributes &, Inputs inputs) {
  expect_inputs(inputs, 1, 1, "x");
  return {inputs[0]};
}

Types same_float(const Attributes &, Inputs inputs) {
  expect_inputs(inputs, 1, 1, "x");
  return {{floated(inputs[0].dtype), inputs[0].dims}};
}

Types same_as_first(const Attributes &, Inputs inputs) {
  expect_inputs(inputs, 1, inputs.size(), "at least one input");
  return {inputs[0]};
}

Types broadcast(const Attributes &, Inputs inputs) {
  expect_inputs(inputs, 1, inputs.size(), "at least one input");
  return {{promoted(inputs), broadcast_all(inputs)}};
}

Types broadcast_float(const Attributes &attributes, Inputs inputs) {
  auto out = broadcast(attributes, inputs);
  out[0].dtype = floated(out[0].dtype);
  return out;
}

Types broadcast_bool(const Attributes &attributes, Inputs inputs) {
  auto out = broadcast(attributes, inputs);
  out[0].dtype = DType::boolean;
  return out;
}

Types where(const Attributes &, Inputs inputs) {
  // Fewer than three: one or both branches are scalars of the program.
  expect_inputs(inputs, 1, 3, "cond, a, b");
  const auto values = inputs.subspan(1);
  return {{values.empty() ? DType::f32 : promoted(values), broadcast_all(inputs)}};
}

Types masked_fill(const Attributes &, Inputs inputs) {
  expect_inputs(inputs, 2, 3, "x, mask[, value]");
  return {{inputs[0].dtype, broadcast_all(inputs)}};
}

// ---- normalisations -------------------------------------------------------------------

Types channel_norm(const Attributes &, Inputs inputs) {
  expect_inputs(inputs, 1, 5, "x[, weight, bias][, running_mean, running_var]");
  expect_floating(inputs[0]);
  if (inputs.size() % 2 == 0)
    fail("weight and bias, running_mean and running_var come in pairs; {} inputs given",
         inputs.size());
  if (rank(inputs[0]) < 2)
    fail("input {} has no channels", to_string(inputs[0].dims));
  expect_channel_vectors(inputs.subspan(1), inputs[0].dims[1]);
  return {inputs[0]};
}

Types group_norm(const Attributes &attributes, Inputs inputs) {
  expect_inputs(inputs, 1, 3, "x[, weight[, bias]]");
  expect_floating(inputs[0]);
  const auto groups = attributes_as<NormAttrs>(attributes).groups;
  if (rank(inputs[0]) < 2)
    fail("input {} has no channels", to_string(inputs[0].dims));
  const auto channels = inputs[0].dims[1];
  if (groups < 1 || channels % groups != 0)
    fail("{} channels do not divide into {} groups", channels, groups);
  expect_channel_vectors(inputs.subspan(1), channels);
  return {inputs[0]};
}

Types trailing_norm(const Attributes &attributes, Inputs inputs) {
  expect_inputs(inputs, 1, 3, "x[, weight[, bias]]");
  const auto &x = inputs[0];
  expect_floating(x);
  const auto axes = attributes_as<NormAttrs>(attributes).axes;
  if (axes < 1 || axes > rank(x))
    fail("normalises {} trailing dims of {}", axes, to_string(x.dims));
  const Dims normalised(x.dims.end() - axes, x.dims.end());
  for (const auto &operand : inputs.subspan(1))
    expect_dims(operand, normalised, "weight or bias");
  return {x};
}

// ---- reductions -----------------------------------------------------------------------

Types along_axis(const Attributes &attributes, Inputs inputs) {
  expect_inputs(inputs, 1, 1, "x");
  expect_floating(inputs[0]);
  if (!inputs[0].dims.empty())
    (void)one_axis(attributes, rank(inputs[0]));
  return {inputs[0]};
}

Types cumulative(const Attributes &attributes, Inputs inputs) {
  expect_inputs(inputs, 1, 1, "x");
  (void)one_axis(attributes, std::max<std::int64_t>(rank(inputs[0]), 1));
  return {{is_floating(inputs[0].dtype) ? inputs[0].dtype : DType::i64, inputs[0].dims}};
}

Types reduce(const Attributes &attributes, Inputs inputs) {
  expect_inputs(inputs, 1, 1, "x");
  return {{inputs[0].dtype, reduced_dims(attributes, inputs[0])}};
}

Types reduce_float(const Attributes &attributes, Inputs inputs) {
  auto out = reduce(attributes, inputs);
  out[0].dtype = floated(out[0].dtype);
  return out;
}

Types reduce_sum(const Attributes &attributes, Inputs inputs) {
  auto out = reduce(attributes, inputs);
  if (!is_floating(out[0].dtype))
    out[0].dtype = DType::i64;
  return out;
}

Types reduce_index(const Attributes &attributes, Inputs inputs) {
  auto out = reduce(attributes, inputs);
  out[0].dtype = DType::i64;
  return out;
}

// ---- data movement --------------------------------------------------------------------

Types concat(const Attributes &attributes, Inputs inputs) {
  expect_inputs(inputs, 1, inputs.size(), "at least one input");
  TensorType out{promoted(inputs), inputs[0].dims};
  const auto axis = one_axis(attributes, rank(out));
  for (const auto &input : inputs.subspan(1)) {
    Dims expected = inputs[0].dims;
    if (rank(input) == rank(out))
      expected[axis] = input.dims[axis];
    if (input.dims != expected)
      fail("{} cannot be concatenated to {} along dim {}", to_string(input.dims),
           to_string(inputs[0].dims), axis);
    if (__builtin_add_overflow(out.dims[axis], input.dims[axis], &out.dims[axis]))
      fail("the concatenated size does not fit in 64 bits");
  }
  return {out};
}

Types stack(const Attributes &attributes, Inputs inputs) {
  expect_inputs(inputs, 1, inputs.size(), "at least one input");
  for (const auto &input : inputs.subspan(1))
    expect_dims(input, inputs[0].dims, "a stacked tensor");
  TensorType out{promoted(inputs), inputs[0].dims};
  const auto axis = one_axis(attributes, rank(out) + 1);
  out.dims.insert(out.dims.begin() + static_cast<std::ptrdiff_t>(axis),
                  static_cast<std::int64_t>(inputs.size()));
  return {out};
}

Types embedding(const Attributes &, Inputs inputs) {
  expect_inputs(inputs, 2, 2, "table, indices");
  if (rank(inputs[0]) != 2)
    fail("table {} is not a matrix", to_string(inputs[0].dims));
  if (inputs[1].dtype != DType::i64 && inputs[1].dtype != DType::i32)
    fail("indices are {}, not i32 or i64", name_of(inputs[1].dtype));
  TensorType out{inputs[0].dtype, inputs[1].dims};
  out.dims.push_back(inputs[0].dims[1]);
  return {out};
}

} // namespace fusesim::ir::rules
