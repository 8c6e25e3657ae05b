#include "ir/torchscript/rules.hpp"

namespace fusesim::ir::torchscript::rules {

namespace {

/// PyTorch takes one number for all axes.
Dims per_axis(Dims values, std::size_t axes, std::int64_t otherwise) {
  if (values.empty())
    return Dims(axes, otherwise);
  return values.size() == 1 ? Dims(axes, values[0]) : values;
}

std::vector<StepInput> present(const Call &call, std::initializer_list<const char *> names) {
  std::vector<StepInput> inputs;
  for (const auto *name : names)
    if (const auto operand = call.operand(name))
      inputs.emplace_back(*operand);
  return inputs;
}

TensorType with_dim(const TensorType &type, std::size_t from_back, std::int64_t dim) {
  TensorType out = type;
  out.dims.insert(out.dims.end() - static_cast<std::ptrdiff_t>(from_back), dim);
  return out;
}

/// `padding="same"`: pads in front, what `ConvAttrs::padding` says, and behind by up to one more.
struct SamePadding {
  Dims both;   ///< on both sides of each axis
  Dims behind; ///< 1 where the total is odd
};

SamePadding same_padding(const Dims &weight, const Dims &dilation) {
  SamePadding padding;
  for (std::size_t axis = 0; axis < dilation.size(); ++axis) {
    const auto total = dilation[axis] * (weight[axis + 2] - 1);
    padding.both.push_back(total / 2);
    padding.behind.push_back(total % 2);
  }
  return padding;
}

/// Pads as ATen's _convolution_same does, when some axis needs more behind than in front.
StepInput padded_behind(Steps &steps, StepInput x, const Dims &behind) {
  auto type = steps.type(x);
  const auto first = type.dims.size() - behind.size();
  bool needed = false;
  for (std::size_t axis = 0; axis < behind.size(); ++axis) {
    type.dims[first + axis] += behind[axis];
    needed = needed || behind[axis] != 0;
  }
  return needed ? StepInput(steps.add_shaped(OpKind::pad, {std::move(x)}, std::move(type))) : x;
}

/// One-dimensional transposed convolution and pooling run as two-dimensional ones of height 1, as
/// in ATen.
std::vector<Step> as_two_dimensional(Steps steps, OpKind kind, std::vector<StepInput> inputs,
                                     std::size_t planar, Attributes attributes) {
  for (std::size_t i = 0; i < planar; ++i)
    inputs[i] = steps.add_shaped(OpKind::view, {inputs[i]}, with_dim(steps.type(inputs[i]), 1, 1));
  const auto out = steps.add(kind, std::move(inputs), std::move(attributes));
  auto type = steps.type(out);
  type.dims.erase(type.dims.end() - 2);
  auto done = std::move(steps).finish(OpKind::view, {out});
  done.back().types = {type};
  return done;
}

std::vector<Step> transposed_convolution(Steps steps, std::vector<StepInput> inputs,
                                         ConvAttrs attrs, std::size_t axes) {
  if (axes == 2)
    return std::move(steps).finish(OpKind::conv_transpose2d, std::move(inputs), std::move(attrs));
  if (axes != 1)
    return std::move(steps).finish(OpKind::opaque, std::move(inputs));
  attrs.stride.insert(attrs.stride.begin(), 1);
  attrs.padding.insert(attrs.padding.begin(), 0);
  attrs.dilation.insert(attrs.dilation.begin(), 1);
  attrs.output_padding.insert(attrs.output_padding.begin(), 0);
  return as_two_dimensional(std::move(steps), OpKind::conv_transpose2d, std::move(inputs), 2,
                            std::move(attrs));
}

} // namespace

std::vector<Step> convolution(OpKind, const Call &call) {
  auto inputs = present(call, {"input", "weight", "bias"});
  const auto weight = call.operand("weight");
  if (!weight || !call.operand("input") || weight->type.dims.size() < 3)
    return Steps().finish(OpKind::opaque, std::move(inputs));
  const auto axes = weight->type.dims.size() - 2;
  ConvAttrs attrs{.stride = per_axis(call.ints("stride"), axes, 1),
                  .padding = per_axis(call.ints("padding"), axes, 0),
                  .dilation = per_axis(call.ints("dilation"), axes, 1),
                  .output_padding = per_axis(call.ints("output_padding"), axes, 0),
                  .groups = call.integer("groups", 1)};
  Steps steps;
  if (call.text("padding") == "same") {
    auto same = same_padding(weight->type.dims, attrs.dilation);
    inputs[0] = padded_behind(steps, inputs[0], same.behind);
    attrs.padding = std::move(same.both);
  }
  if (call.flag("transposed", call.name.starts_with("aten::conv_transpose")))
    return transposed_convolution(std::move(steps), std::move(inputs), std::move(attrs), axes);
  if (axes > 3)
    return std::move(steps).finish(OpKind::opaque, std::move(inputs));
  const auto kind = axes == 1 ? OpKind::conv1d : axes == 2 ? OpKind::conv2d : OpKind::conv3d;
  return std::move(steps).finish(kind, std::move(inputs), std::move(attrs));
}

std::vector<Step> pool(OpKind kind, const Call &call) {
  const bool planar = !call.name.ends_with("pool1d");
  const std::size_t axes = planar ? 2 : 1;
  PoolAttrs attrs{.kernel = per_axis(call.ints("kernel_size"), axes, 1),
                  .stride = call.ints("stride"),
                  .padding = per_axis(call.ints("padding"), axes, 0),
                  .dilation = per_axis(call.ints("dilation"), axes, 1),
                  .output_size = {},
                  .ceil_mode = call.flag("ceil_mode", false)};
  attrs.stride = attrs.stride.empty() ? attrs.kernel : per_axis(attrs.stride, axes, 1);
  if (planar)
    return Steps().finish(kind, {call.operands().at(0)}, std::move(attrs));
  attrs.kernel.insert(attrs.kernel.begin(), 1);
  attrs.stride.insert(attrs.stride.begin(), 1);
  attrs.padding.insert(attrs.padding.begin(), 0);
  attrs.dilation.insert(attrs.dilation.begin(), 1);
  return as_two_dimensional({}, kind, {call.operands().at(0)}, 1, std::move(attrs));
}

std::vector<Step> adaptive_pool(OpKind kind, const Call &call) {
  const bool planar = !call.name.ends_with("pool1d");
  auto size = per_axis(call.ints("output_size"), planar ? 2 : 1, 1);
  if (!planar)
    size.insert(size.begin(), 1);
  PoolAttrs attrs;
  attrs.output_size = std::move(size);
  const auto x = call.operands().at(0);
  return planar ? Steps().finish(kind, {x}, std::move(attrs))
                : as_two_dimensional({}, kind, {x}, 1, std::move(attrs));
}

std::vector<Step> batch_norm(OpKind kind, const Call &call) {
  return Steps().finish(kind,
                        present(call, {"input", "weight", "bias", "running_mean", "running_var"}));
}

std::vector<Step> layer_norm(OpKind kind, const Call &call) {
  const auto axes = static_cast<std::int64_t>(call.ints("normalized_shape").size());
  return Steps().finish(kind, present(call, {"input", "weight", "bias"}), NormAttrs{.axes = axes});
}

std::vector<Step> group_norm(OpKind kind, const Call &call) {
  const auto groups = call.integer("num_groups", call.integer("group", 1));
  return Steps().finish(kind, present(call, {"input", "weight", "bias"}),
                        NormAttrs{.groups = groups});
}

} // namespace fusesim::ir::torchscript::rules
