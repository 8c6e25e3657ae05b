// Shapes of operators that slide a window: convolutions and poolings. Formulas: PyTorch 1.13
// documentation of Conv2d, ConvTranspose2d, MaxPool2d, AvgPool2d; ceil_mode as ATen/native/Pool.h
// does it.
#include "ir/detail/rule_helpers.hpp"
#include "ir/rules.hpp"

#include <algorithm>
#include <limits>

namespace fusesim::ir::rules {

namespace {

// Attributes come from outside and may be absurd; no product of three 64-bit numbers is formed in
// 64 bits.
__extension__ using Wide = __int128;

std::int64_t narrow_dim(Wide dim) {
  if (dim > std::numeric_limits<std::int64_t>::max())
    fail("an output size does not fit in 64 bits");
  return static_cast<std::int64_t>(dim);
}

void expect_window_attribute(const Dims &values, std::size_t axes, std::int64_t least,
                             std::string_view name) {
  if (values.size() != axes)
    fail("{} has {} entries for {} spatial axes", name, values.size(), axes);
  for (const auto value : values)
    if (value < least)
      fail("{} {} is below {}", name, value, least);
}

/// x is (channels, spatial…) or (batch, channels, spatial…).
void expect_spatial_rank(const TensorType &x, std::size_t axes) {
  if (x.dims.size() != axes + 1 && x.dims.size() != axes + 2)
    fail("input {} has rank {}, not {} or {}", to_string(x), x.dims.size(), axes + 1, axes + 2);
}

void expect_groups(std::int64_t groups, std::int64_t in_channels, const Dims &weight) {
  if (groups < 1)
    fail("groups {} is below 1", groups);
  if (in_channels % groups != 0 || in_channels / groups != weight[1])
    fail("input has {} channels, but the weight takes {} per group in {} groups", in_channels,
         weight[1], groups);
  if (weight[0] % groups != 0)
    fail("{} output channels do not divide into {} groups", weight[0], groups);
}

void expect_operands(Inputs inputs, std::size_t axes, std::int64_t out_channels) {
  if (inputs.size() == 3 && inputs[2].dims != Dims{out_channels})
    fail("bias is {}, not {}", to_string(inputs[2]), out_channels);
  for (const auto &input : inputs)
    if (input.dtype != inputs[0].dtype)
      fail("operands are of types {} and {}", name_of(inputs[0].dtype), name_of(input.dtype));
  for (std::size_t axis = 0; axis < axes; ++axis)
    if (inputs[1].dims[axis + 2] < 1)
      fail("weight {} has an empty kernel", to_string(inputs[1]));
}

void expect_conv_operand_ranks(Inputs inputs, std::size_t axes) {
  expect_inputs(inputs, 2, 3, "x, weight[, bias]");
  expect_spatial_rank(inputs[0], axes);
  if (inputs[1].dims.size() != axes + 2)
    fail("weight {} has rank {}, not {}", to_string(inputs[1]), inputs[1].dims.size(), axes + 2);
}

Types convolution(const Attributes &attributes, Inputs inputs, std::size_t axes) {
  const auto &attrs = attributes_as<ConvAttrs>(attributes);
  expect_conv_operand_ranks(inputs, axes);
  expect_window_attribute(attrs.stride, axes, 1, "stride");
  expect_window_attribute(attrs.padding, axes, 0, "padding");
  expect_window_attribute(attrs.dilation, axes, 1, "dilation");
  const auto &x = inputs[0];
  const auto &weight = inputs[1].dims;
  expect_groups(attrs.groups, last(x, axes), weight);
  expect_operands(inputs, axes, weight[0]);

  TensorType out = x;
  const std::size_t first = x.dims.size() - axes;
  out.dims[first - 1] = weight[0];
  for (std::size_t axis = 0; axis < axes; ++axis) {
    const Wide padded = x.dims[first + axis] + 2 * Wide{attrs.padding[axis]};
    const Wide extent = Wide{attrs.dilation[axis]} * (weight[axis + 2] - 1) + 1;
    if (extent > padded)
      fail("kernel {} with dilation {} is larger than input size {} with padding {}",
           weight[axis + 2], attrs.dilation[axis], x.dims[first + axis], attrs.padding[axis]);
    out.dims[first + axis] = narrow_dim((padded - extent) / attrs.stride[axis] + 1);
  }
  return {out};
}

Wide floor_div(Wide a, Wide b) { return a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0); }

std::int64_t pooled_size(const PoolAttrs &attrs, std::int64_t size, std::size_t axis) {
  const Wide kernel = attrs.kernel[axis], stride = attrs.stride[axis], pad = attrs.padding[axis];
  const Wide free_space = size + 2 * pad - Wide{attrs.dilation[axis]} * (kernel - 1) - 1;
  Wide out = floor_div(free_space + (attrs.ceil_mode ? stride - 1 : 0), stride) + 1;
  // With ceil_mode the last window must start inside the input or the left padding.
  if (attrs.ceil_mode && (out - 1) * stride >= size + pad)
    --out;
  if (out < 1)
    fail("kernel {} with padding {} is too large for input size {}", attrs.kernel[axis],
         attrs.padding[axis], size);
  return narrow_dim(out);
}

Types windowed_pool(const Attributes &attributes, Inputs inputs) {
  const auto &attrs = attributes_as<PoolAttrs>(attributes);
  expect_inputs(inputs, 1, 1, "x");
  expect_spatial_rank(inputs[0], 2);
  expect_window_attribute(attrs.kernel, 2, 1, "kernel");
  expect_window_attribute(attrs.stride, 2, 1, "stride");
  expect_window_attribute(attrs.padding, 2, 0, "padding");
  expect_window_attribute(attrs.dilation, 2, 1, "dilation");
  TensorType out = inputs[0];
  for (std::size_t axis = 0; axis < 2; ++axis) {
    if (attrs.padding[axis] > attrs.kernel[axis] / 2)
      fail("padding {} is more than half of kernel {}", attrs.padding[axis], attrs.kernel[axis]);
    auto &size = out.dims[out.dims.size() - 2 + axis];
    size = pooled_size(attrs, size, axis);
  }
  return {out};
}

} // namespace

Types conv1d(const Attributes &attributes, Inputs inputs) {
  return convolution(attributes, inputs, 1);
}
Types conv2d(const Attributes &attributes, Inputs inputs) {
  return convolution(attributes, inputs, 2);
}
Types conv3d(const Attributes &attributes, Inputs inputs) {
  return convolution(attributes, inputs, 3);
}

Types conv_transpose2d(const Attributes &attributes, Inputs inputs) {
  constexpr std::size_t kAxes = 2;
  const auto &attrs = attributes_as<ConvAttrs>(attributes);
  expect_conv_operand_ranks(inputs, kAxes);
  expect_window_attribute(attrs.stride, kAxes, 1, "stride");
  expect_window_attribute(attrs.padding, kAxes, 0, "padding");
  expect_window_attribute(attrs.dilation, kAxes, 1, "dilation");
  expect_window_attribute(attrs.output_padding, kAxes, 0, "output_padding");
  const auto &x = inputs[0];
  const auto &weight = inputs[1].dims; // Cin × Cout/groups × KH × KW
  if (attrs.groups < 1)
    fail("groups {} is below 1", attrs.groups);
  if (last(x, kAxes) != weight[0] || weight[0] % attrs.groups != 0)
    fail("input has {} channels, but the weight takes {} in {} groups", last(x, kAxes), weight[0],
         attrs.groups);
  const auto out_channels = narrow_dim(Wide{weight[1]} * attrs.groups);
  expect_operands(inputs, kAxes, out_channels);

  TensorType out = x;
  const std::size_t first = x.dims.size() - kAxes;
  out.dims[first - 1] = out_channels;
  for (std::size_t axis = 0; axis < kAxes; ++axis) {
    if (attrs.output_padding[axis] >= std::max(attrs.stride[axis], attrs.dilation[axis]))
      fail("output_padding {} is not below stride {} or dilation {}", attrs.output_padding[axis],
           attrs.stride[axis], attrs.dilation[axis]);
    const Wide size =
        Wide{x.dims[first + axis] - 1} * attrs.stride[axis] - 2 * Wide{attrs.padding[axis]} +
        Wide{attrs.dilation[axis]} * (weight[axis + 2] - 1) + attrs.output_padding[axis] + 1;
    if (size < 1)
      fail("padding {} leaves nothing of the output", attrs.padding[axis]);
    out.dims[first + axis] = narrow_dim(size);
  }
  return {out};
}

Types max_pool2d(const Attributes &attributes, Inputs inputs) {
  return windowed_pool(attributes, inputs);
}

Types avg_pool2d(const Attributes &attributes, Inputs inputs) {
  if (const auto &dilation = attributes_as<PoolAttrs>(attributes).dilation; dilation != Dims{1, 1})
    fail("average pooling has no dilation, given {}", to_string(dilation));
  return windowed_pool(attributes, inputs);
}

Types adaptive_pool2d(const Attributes &attributes, Inputs inputs) {
  const auto &attrs = attributes_as<PoolAttrs>(attributes);
  expect_inputs(inputs, 1, 1, "x");
  expect_spatial_rank(inputs[0], 2);
  expect_window_attribute(attrs.output_size, 2, 1, "output_size");
  TensorType out = inputs[0];
  std::ranges::copy(attrs.output_size, out.dims.end() - 2);
  return {out};
}

} // namespace fusesim::ir::rules
