// What libraries run around a kernel, and in its place: layout conversions, copies of operands, Winograd's steps.
#include "targets/gpu/kernels_of.hpp"

#include "ir/op.hpp"

#include <algorithm>
#include <utility>

namespace fusesim::targets::gpu {

using ir::OpKind;
using ir::ValueId;

std::vector<Kernel> KernelBuilder::build(const Segment &segment) {
  auto group = build_whole(segment);
  read_parts(group);
  const auto bias = separate_bias(segment);
  if (!bias)
    return build_around(segment, std::move(group));
  const auto operand_of = [&](ValueId value) {
    return operand(value, graph_.value(value).type.bytes());
  };
  const auto result = operand_of(graph_.node(segment.anchor).outputs[0]),
             vector = operand_of(*bias);
  std::erase_if(group.accesses,
                [&](const sim::TensorAccess &access) { return access.tensor == vector.tensor; });
  StreamKernel added;
  added.name = group.name + ".bias";
  added.items = graph_.value(graph_.node(segment.anchor).outputs[0]).type.elements();
  added.reads = {vector};
  added.writes = {result};
  if (graph_.node(segment.anchor).kind ==
      OpKind::linear) { // ahead of the product, which adds to it
    add_read(group, result, result.bytes);
    auto kernels = build_around(segment, std::move(group));
    kernels.insert(kernels.begin(), {stream_group(device_, added), KernelShape::stream});
    return kernels;
  }
  added.reads.push_back(result);
  auto kernels = build_around(segment, std::move(group));
  kernels.push_back({stream_group(device_, added), KernelShape::stream});
  return kernels;
}

/// The bias of an operator that stands alone, where a kernel of its own handles it. PyTorch: at::addmm without cuBLASLt's
/// epilogue (before 1.12, or CUDA before 11.4) copies it into the result first, which the product then adds to;
/// at::_convolution adds it to cuDNN's result. Its own depthwise kernel for NCHW has it inside.
std::optional<ValueId> KernelBuilder::separate_bias(const Segment &segment) const {
  const auto &node = graph_.node(segment.anchor);
  if (segment.nodes.size() != 1 || node.inputs.size() < 3)
    return std::nullopt;
  const bool is_convolution = std::holds_alternative<ir::ConvAttrs>(node.attributes);
  const bool is_own_depthwise =
      segment.shape != KernelShape::gemm && runtime_.layout == Runtime::Layout::contiguous;
  const bool separate = is_convolution ? runtime_.adds_convolution_bias && !is_own_depthwise
                                       : node.kind == OpKind::linear && runtime_.copies_linear_bias;
  return separate ? std::optional(node.inputs[2]) : std::nullopt;
}

/// With what its library runs before and after it.
std::vector<Kernel> KernelBuilder::build_around(const Segment &segment, sim::TaskGroup group) {
  if (converts_layout(segment))
    return with_conversions(std::move(group));
  if (auto steps = winograd_steps(segment, group); !steps.empty())
    return steps;
  std::vector<Kernel> kernels;
  const auto &anchor = graph_.node(segment.anchor);
  if (segment.shape == KernelShape::gemm && transforms_filter(segment, gemm_shape(segment))) {
    // Winograd in one kernel, ahead of which another transforms its filters.
    const auto filter = anchor.inputs[1];
    const auto transformed = transformed_filter_bytes(graph_.value(filter).type.bytes());
    kernels.push_back(
        converted_ahead(group.name + ".transform_filter", group, filter, transformed, 0));
  }
  if (segment.nodes.size() == 1 && strides_.copies_operand(anchor)) {
    const auto &type = graph_.value(anchor.inputs[0]).type;
    kernels.push_back(converted_ahead(group.name + ".contiguous", group, anchor.inputs[0],
                                      type.bytes(), type.elements()));
  }
  if (copies_operands(segment))
    kernels = operand_copies(segment, group);
  kernels.push_back({std::move(group), segment.shape});
  return kernels;
}

// Libraries have it for float32 on CUDA cores.
std::optional<Winograd> KernelBuilder::winograd_of(const Segment &segment) const {
  const auto &node = graph_.node(segment.anchor);
  const auto *conv = std::get_if<ir::ConvAttrs>(&node.attributes);
  if (segment.shape != KernelShape::gemm || conv == nullptr || node.kind != OpKind::conv2d ||
      conv->groups != 1 || engine_of(node) != SmEngine::cuda)
    return std::nullopt;
  const auto &input = graph_.value(node.inputs[0]).type;
  const auto &weight = graph_.value(node.inputs[1]).type.dims;
  const auto &result = graph_.value(node.outputs[0]).type.dims;
  const auto is_one = [](std::int64_t extent) { return extent == 1; };
  if (input.dtype != ir::DType::f32 || input.dims.size() != 4 || weight[2] != 3 || weight[3] != 3 ||
      !std::ranges::all_of(conv->stride, is_one) || !std::ranges::all_of(conv->dilation, is_one))
    return std::nullopt;
  const auto extent = [](std::int64_t value) { return static_cast<std::uint64_t>(value); };
  return Winograd{extent(result[0]), extent(result[2]), extent(result[3]),
                  extent(weight[1]), extent(result[1]), ir::size_of(input.dtype)};
}

/// A convolution alone is handed filters as they are; what compiles fused kernels has transformed them ahead of time.
bool KernelBuilder::transforms_filter(const Segment &segment, const GemmShape &shape) {
  return shape.winograd == WinogradRole::whole && segment.nodes.size() == 1;
}

double KernelBuilder::seconds_of(const Segment &segment, const GemmShape &shape) {
  const double transform_s =
      transforms_filter(segment, shape)
          ? transform_seconds(device_, shape.b_bytes + transformed_filter_bytes(shape.b_bytes), 0)
          : 0;
  return estimated_seconds(device_, shape, plan_of(shape)) + transform_s;
}

std::vector<Kernel> KernelBuilder::winograd_steps(const Segment &segment,
                                                  const sim::TaskGroup &direct) {
  const auto conv = segment.nodes.size() == 1 ? winograd_of(segment) : std::nullopt;
  if (!conv)
    return {};
  const auto steps = steps_of(*conv);
  const auto &plan = plan_of(steps.product);
  const auto shape = gemm_shape(segment);
  // Each element is one of a tile's 36, which lie in as many matrices.
  const auto scattered = [](Bytes transformed) { return transformed / sizeof(float); };
  const auto stored_s = [&](Bytes direct_bytes, Bytes transformed) {
    return transform_seconds(device_, direct_bytes + transformed, scattered(transformed));
  };
  const double in_steps = estimated_seconds(device_, steps.product, plan) +
                          stored_s(shape.a_bytes, steps.input_bytes) +
                          stored_s(shape.b_bytes, steps.filter_bytes) +
                          transform_seconds(device_, steps.result_bytes + shape.c_bytes, 0);
  if (in_steps >= seconds_of(segment, shape))
    return {};
  const auto temporary = [&](Bytes bytes) { return Operand{tensor_count_++, bytes, bytes}; };
  const auto input = temporary(steps.input_bytes), filter = temporary(steps.filter_bytes),
             result = temporary(steps.result_bytes);
  GemmKernel product;
  product.name = direct.name + ".products";
  product.shape = steps.product;
  product.plan = plan;
  product.a = input;
  product.b = {filter};
  product.writes = {result};
  const auto memory = memory_of(segment);
  const auto &inputs = graph_.node(segment.anchor).inputs;
  const auto read = [&](std::size_t index) {
    for (const auto &[value, operand] : memory.reads)
      if (value == inputs[index])
        return operand;
    return Operand{};
  };
  std::vector<Kernel> kernels{
      conversion(direct.name + ".transform_filter", read(1), filter, scattered(steps.filter_bytes)),
      conversion(direct.name + ".transform_input", read(0), input, scattered(steps.input_bytes)),
      {gemm_group(device_, product), KernelShape::gemm},
      conversion(direct.name + ".transform_result", result, memory.writes.at(0))};
  if (const auto bias = inputs.size() > 2 ? read(2) : Operand{}; bias.bytes > 0)
    add_read(kernels.back().group, bias, bias.bytes);
  for (auto &kernel : kernels)
    read_parts(kernel.group);
  return kernels;
}

/// A kernel that makes `bytes` of a value; `whole`, which runs behind it, reads those instead.
Kernel KernelBuilder::converted_ahead(const std::string &name, sim::TaskGroup &whole, ValueId value,
                                      Bytes bytes, std::uint64_t scattered) {
  const auto from = operand(value, graph_.value(value).type.bytes());
  const Operand to{tensor_count_++, bytes, bytes};
  for (auto &access : whole.accesses)
    if (access.kind == sim::TensorAccess::Kind::read && access.tensor == from.tensor) {
      access.tensor = to.tensor;
      access.bytes = to.bytes;
    }
  auto kernel = conversion(name, from, to, scattered);
  read_parts(kernel.group);
  return kernel;
}

/// One batched product alone.
bool KernelBuilder::copies_operands(const Segment &segment) const {
  return runtime_.copies_permuted_operands && segment.shape == KernelShape::gemm &&
         segment.nodes.size() == 1 && graph_.node(segment.anchor).kind == OpKind::matmul;
}

/// Whether a value of four or more dims is a permuted view of what lies in memory.
bool KernelBuilder::is_permuted(ValueId value) const {
  if (graph_.value(value).type.dims.size() < 4)
    return false;
  while (true) {
    const auto producer = graph_.value(value).producer;
    if (producer == ir::kNoNode || ir::class_of(graph_.node(producer).kind) != ir::OpClass::view)
      return false;
    if (graph_.node(producer).kind == OpKind::permute)
      return true;
    value = graph_.node(producer).inputs[0];
  }
}

/// Copies of the permuted operands of a product; `product` reads them instead.
std::vector<Kernel> KernelBuilder::operand_copies(const Segment &segment, sim::TaskGroup &product) {
  std::vector<Kernel> copies;
  std::vector<std::pair<sim::TensorId, Operand>> operands; ///< where each lay, and what is read now
  for (const auto input : graph_.node(segment.anchor).inputs) {
    const auto bytes = graph_.value(input).type.bytes();
    const Operand original{storage_.root(input), bytes, bytes};
    auto &now = operands.emplace_back(original.tensor, original).second;
    if (!is_permuted(input))
      continue;
    now.tensor = tensor_count_++;
    copies.push_back(conversion(product.name + ".contiguous", original, now,
                                strides_.scattered_when_copied(input)));
  }
  if (copies.empty())
    return copies;
  // Queries and keys may lie in one tensor, of a packed projection: each takes its share of what was read of it.
  const auto accesses = std::exchange(product.accesses, {});
  for (const auto &access : accesses) {
    const auto is_read_of = [&](sim::TensorId tensor) {
      return access.kind == sim::TensorAccess::Kind::read && access.tensor == tensor;
    };
    double together = 0;
    for (const auto &[tensor, now] : operands)
      together += is_read_of(tensor) ? static_cast<double>(now.bytes) : 0;
    if (together <= 0)
      product.accesses.push_back(access);
    for (auto [tensor, now] : operands) {
      if (!is_read_of(tensor))
        continue;
      const double share = static_cast<double>(now.bytes) / together;
      if (now.tensor == tensor) // in place: an expanded view is larger than what it lies in
        now.bytes = now.storage_bytes = std::min(now.bytes, access.bytes);
      add_read(product, now, static_cast<Bytes>(static_cast<double>(access.front_bytes) * share));
    }
  }
  return copies;
}

std::vector<Kernel> KernelBuilder::with_conversions(sim::TaskGroup group) {
  // cuDNN's tensor-core kernels work on NHWC; for NCHW images it converts every operand to a tensor of its own, and the
  // result back (nchwToNhwcKernel, nhwcToNchwKernel in profiler traces).
  std::vector<Kernel> kernels;
  const auto fresh = [&](const sim::TensorAccess &access) {
    return Operand{tensor_count_++, access.bytes, access.bytes};
  };
  std::vector<Kernel> after;
  for (auto &access : group.accesses) {
    const Operand own{access.tensor, access.bytes, access.bytes};
    const bool is_write = access.kind == sim::TensorAccess::Kind::write;
    if (!is_write && graph_.value(access.tensor).type.dims.size() != 4)
      continue; // bias
    const auto converted = fresh(access);
    if (is_write)
      after.push_back(conversion(group.name + ".to_nchw", converted, own));
    else
      kernels.push_back(conversion(group.name + ".to_nhwc", own, converted));
    access.tensor = converted.tensor;
  }
  kernels.push_back({std::move(group), KernelShape::gemm});
  kernels.insert(kernels.end(), std::make_move_iterator(after.begin()),
                 std::make_move_iterator(after.end()));
  return kernels;
}

/// One convolution alone on tensor cores, images in NCHW.
bool KernelBuilder::converts_layout(const Segment &segment) const {
  const auto &anchor = graph_.node(segment.anchor);
  return runtime_.layout == Runtime::Layout::contiguous && segment.shape == KernelShape::gemm &&
         anchor.kind == OpKind::conv2d && segment.nodes.size() == 1 &&
         engine_of(anchor) != SmEngine::cuda;
}

Kernel KernelBuilder::conversion(const std::string &name, const Operand &from, const Operand &to,
                                 std::uint64_t scattered) const {
  StreamKernel kernel;
  kernel.name = name;
  kernel.items = std::max(from.bytes, to.bytes) / 4; // four bytes an item, whatever the type
  kernel.scattered = scattered;
  kernel.reads = {from};
  kernel.writes = {to};
  return {stream_group(device_, kernel), KernelShape::stream};
}

} // namespace fusesim::targets::gpu
