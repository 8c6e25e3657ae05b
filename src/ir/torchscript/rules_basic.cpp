#include "ir/torchscript/rules.hpp"

#include <algorithm>

namespace fusesim::ir::torchscript::rules {

namespace {

std::vector<StepInput> inputs_of(const std::vector<Operand> &operands) {
  return {operands.begin(), operands.end()};
}

std::vector<Step> one(OpKind kind, std::vector<StepInput> inputs, Attributes attributes = {}) {
  return Steps().finish(kind, std::move(inputs), std::move(attributes));
}

std::vector<StepInput> first_input(const Call &call) {
  auto operands = call.operands();
  operands.resize(std::min<std::size_t>(operands.size(), 1));
  return inputs_of(operands);
}

AxisAttrs axes_of(const Call &call, std::size_t rank) {
  AxisAttrs axes{.dims = call.ints("dim"), .keepdim = call.flag("keepdim", false)};
  for (auto &dim : axes.dims)
    dim = wrapped_dim(dim, rank);
  return axes;
}

} // namespace

std::vector<Step> all(OpKind kind, const Call &call) {
  return one(kind, inputs_of(call.operands()));
}

std::vector<Step> first(OpKind kind, const Call &call) { return one(kind, first_input(call)); }

std::vector<Step> none(OpKind kind, const Call &) { return one(kind, {}); }

std::vector<Step> clipped(OpKind kind, const Call &call) {
  // torch.nn.ReLU6 calls hardtanh.
  const auto is = [&](std::string_view argument, double number) {
    const auto *value = call.find(argument);
    const auto *real = value ? std::get_if<double>(value) : nullptr;
    const auto *integer = value ? std::get_if<std::int64_t>(value) : nullptr;
    return (real && *real == number) || (integer && static_cast<double>(*integer) == number);
  };
  return all(is("min_val", 0) && is("max_val", 6) ? OpKind::relu6 : kind, call);
}

std::vector<Step> along_dim(OpKind kind, const Call &call) {
  const auto operands = call.operands();
  const auto dim = wrapped_dim(call.integer("dim", 0), operands.at(0).type.dims.size());
  return one(kind, {operands[0]}, AxisAttrs{.dims = {dim}});
}

std::vector<Step> rolled(OpKind kind, const Call &call) {
  const auto operands = call.operands();
  AxisAttrs axes{.dims = call.ints("dims")}; // none: all elements as one row
  for (auto &dim : axes.dims)
    dim = wrapped_dim(dim, operands.at(0).type.dims.size());
  return one(kind, {operands[0]}, axes);
}

std::vector<Step> stacked(OpKind kind, const Call &call) {
  const auto operands = call.operands();
  const auto dim = wrapped_dim(call.integer("dim", 0), operands.at(0).type.dims.size() + 1);
  return one(kind, inputs_of(operands), AxisAttrs{.dims = {dim}});
}

std::vector<Step> joined(OpKind kind, const Call &call) {
  auto operands = call.operands();
  // torch.cat skips tensors of shape (0,) whatever the others' rank.
  std::erase_if(operands, [](const Operand &o) { return o.type.dims == Dims{0}; });
  const auto rank = operands.empty() ? 1 : operands[0].type.dims.size();
  return one(kind, inputs_of(operands),
             AxisAttrs{.dims = {wrapped_dim(call.integer("dim", 0), rank)}});
}

std::vector<Step> reduced(OpKind kind, const Call &call) {
  const auto operands = call.operands();
  return one(kind, {operands.at(0)}, axes_of(call, operands[0].type.dims.size()));
}

std::vector<Step> extremum(OpKind kind, const Call &call) {
  const auto operands = call.operands();
  if (operands.size() > 1 || call.overload == "other")
    return one(kind, inputs_of(operands));
  const auto axes = axes_of(call, operands.at(0).type.dims.size());
  if (axes.dims.empty())
    return one(OpKind::amax, {operands[0]}, axes);
  // The indices come from the same kernel; they cost a second pass only where somebody reads them.
  auto steps = one(OpKind::amax, {operands[0]}, axes);
  steps[0].results = {0};
  steps.push_back({.kind = OpKind::argmax,
                   .inputs = {operands[0]},
                   .attributes = axes,
                   .types = {},
                   .results = {1},
                   .only_if_used = true});
  return steps;
}

std::vector<Step> overwritten(OpKind, const Call &call) {
  const auto operands = call.operands();
  const auto self = call.operand("self");
  const auto source = call.operand(call.find("src") ? "src" : "value");
  if (!self || !source)
    return one(OpKind::fill, {});
  Steps steps;
  StepInput value = *source;
  if (source->type.dims != self->type.dims)
    value = steps.add_shaped(OpKind::expand, {value}, {source->type.dtype, self->type.dims});
  const auto kind = source->type.dtype == self->type.dtype ? OpKind::copy : OpKind::cast;
  return std::move(steps).finish(kind, {value});
}

std::vector<Step> indexed_write(OpKind kind, const Call &call) {
  const auto self = call.operand("self");
  const auto patch = call.operand(call.find("values") ? "values" : "src");
  std::vector<StepInput> inputs;
  if (self)
    inputs.emplace_back(*self);
  if (patch)
    inputs.emplace_back(*patch);
  for (const auto &operand : call.operands())
    if ((!self || operand.ref != self->ref) && (!patch || operand.ref != patch->ref))
      inputs.emplace_back(operand);
  const auto *mask = inputs.size() == 2 ? std::get_if<Operand>(&inputs[1]) : nullptr;
  const bool is_masked_fill = !patch && mask && mask->type.dtype == DType::boolean;
  return one(is_masked_fill ? OpKind::masked_fill : kind, std::move(inputs));
}

std::vector<Step> multiplied_added(OpKind kind, const Call &call) {
  std::vector<StepInput> factors;
  for (const auto *name : {"tensor1", "tensor2"})
    if (const auto operand = call.operand(name))
      factors.emplace_back(*operand);
  Steps steps;
  std::vector<StepInput> terms;
  if (const auto self = call.operand("self"))
    terms.emplace_back(*self);
  terms.emplace_back(steps.add(kind, std::move(factors)));
  return std::move(steps).finish(OpKind::add, std::move(terms));
}

} // namespace fusesim::ir::torchscript::rules
