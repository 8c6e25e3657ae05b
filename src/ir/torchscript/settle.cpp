#include "ir/torchscript/mapping.hpp"

#include "ir/rules.hpp"
#include "support/error.hpp"

#include <algorithm>

namespace fusesim::ir::torchscript {

namespace {

bool is_view(OpKind kind) { return class_of(kind) == OpClass::view; }

/// What moves `in` to `out` when nothing shares their storage.
OpKind copying_kind(OpKind kind, const TensorType &in, const TensorType &out) {
  if (in.dtype != out.dtype && in.dims == out.dims)
    return OpKind::cast;
  if (in.elements() == out.elements())
    return OpKind::copy;
  return kind == OpKind::expand ? OpKind::repeat : OpKind::index;
}

OpKind view_kind(const TensorType &in, const TensorType &out) {
  if (in.elements() == out.elements())
    return OpKind::view;
  return in.elements() > out.elements() ? OpKind::slice : OpKind::expand;
}

/// The kind of a one-result step, given whether the result shares storage with an argument.
OpKind settled_kind(const Step &step, const TensorType &in, const Result &result) {
  const bool free_kind = is_view(step.kind) || step.kind == OpKind::identity;
  // A view of what an earlier step of the call made shares storage with that, and with no operand.
  if (is_view(step.kind) && std::holds_alternative<FromStep>(step.inputs[0]))
    return step.kind;
  if (free_kind && !result.aliases_operand)
    return copying_kind(step.kind, in, result.type);
  if (step.kind == OpKind::identity)
    return in.dims == result.type.dims ? step.kind : view_kind(in, result.type);
  if (step.kind != OpKind::dropout && !free_kind && result.aliases_operand)
    return view_kind(in, result.type);
  return step.kind;
}

/// Whether the table's rules accept the step at all. What PyTorch computed and the table cannot
/// describe (an operand type that no rule foresees) is counted as memory traffic.
bool table_accepts(const std::vector<Step> &steps, const Step &step) {
  try {
    const auto types = input_types(steps, step);
    const auto attributes = ir::rules::canonical(step.kind, step.attributes);
    if (info(step.kind).infer)
      (void)info(step.kind).infer(attributes, types);
    else
      ir::rules::check_given(step.kind, types, step.types);
    return true;
  } catch (const Error &) {
    return false;
  }
}

void make_opaque(Step &step) {
  step.kind = OpKind::opaque;
  step.attributes = {};
}

/// Number of outputs that the table gives a kind; the rest of a call's results are by-products.
std::size_t outputs_of(OpKind kind, std::size_t results) {
  const bool any_number = kind == OpKind::split || kind == OpKind::opaque;
  return any_number ? results : std::min<std::size_t>(results, 1);
}

} // namespace

void settle(const Call &call, std::vector<Step> &steps, const std::vector<Result> &results) {
  const auto claimed = [&](std::size_t result) {
    return std::ranges::any_of(
        steps, [&](const Step &step) { return std::ranges::count(step.results, result) > 0; });
  };
  std::vector<std::size_t> unclaimed;
  for (std::size_t i = 0; i < results.size(); ++i)
    if (!claimed(i))
      unclaimed.push_back(i);

  if (!unclaimed.empty()) {
    const auto count = outputs_of(steps.back().kind, unclaimed.size());
    steps.back().results.assign(unclaimed.begin(),
                                unclaimed.begin() + static_cast<std::ptrdiff_t>(count));
    for (std::size_t i = count; i < unclaimed.size(); ++i)
      steps.push_back({.kind = steps.back().kind == OpKind::fill ? OpKind::fill : OpKind::opaque,
                       .inputs = steps.back().inputs,
                       .attributes = {},
                       .types = {},
                       .results = {unclaimed[i]},
                       .only_if_used = true});
  }
  for (auto &step : steps) {
    if (step.results.empty())
      continue;
    step.types.clear();
    for (const auto result : step.results)
      step.types.push_back(results[result].type);
    const auto types = input_types(steps, step);
    if (!call.in_place && !types.empty() && step.types.size() == 1)
      step.kind = settled_kind(step, types[0], results[step.results[0]]);
    if (!table_accepts(steps, step))
      make_opaque(step);
  }
}

} // namespace fusesim::ir::torchscript
