#include "ir/torchscript/call.hpp"

#include "ir/rules.hpp"

#include <algorithm>

namespace fusesim::ir::torchscript {

const Argument *Call::find(std::string_view argument) const {
  const auto found =
      std::ranges::find(arguments, argument, &decltype(arguments)::value_type::first);
  if (found == arguments.end() || std::holds_alternative<std::monostate>(found->second))
    return nullptr;
  return &found->second;
}

std::optional<Operand> Call::operand(std::string_view argument) const {
  const auto *found = find(argument);
  const auto *operand = found ? std::get_if<Operand>(found) : nullptr;
  return operand ? std::optional(*operand) : std::nullopt;
}

std::vector<Operand> Call::operands() const {
  std::vector<Operand> all;
  for (const auto &[_, argument] : arguments)
    if (const auto *one = std::get_if<Operand>(&argument))
      all.push_back(*one);
    else if (const auto *several = std::get_if<std::vector<Operand>>(&argument))
      all.insert(all.end(), several->begin(), several->end());
  return all;
}

std::int64_t Call::integer(std::string_view argument, std::int64_t otherwise) const {
  const auto *found = find(argument);
  const auto *value = found ? std::get_if<std::int64_t>(found) : nullptr;
  return value ? *value : otherwise;
}

bool Call::flag(std::string_view argument, bool otherwise) const {
  const auto *found = find(argument);
  const auto *value = found ? std::get_if<bool>(found) : nullptr;
  return value ? *value : otherwise;
}

std::string Call::text(std::string_view argument) const {
  const auto *found = find(argument);
  const auto *value = found ? std::get_if<std::string>(found) : nullptr;
  return value ? *value : std::string();
}

Dims Call::ints(std::string_view argument) const {
  const auto *found = find(argument);
  if (!found)
    return {};
  if (const auto *one = std::get_if<std::int64_t>(found))
    return {*one};
  const auto *several = std::get_if<Dims>(found);
  return several ? *several : Dims{};
}

FromStep Steps::add(OpKind kind, std::vector<StepInput> inputs, Attributes attributes) {
  Step step{.kind = kind, .inputs = std::move(inputs), .attributes = std::move(attributes)};
  step.attributes = ir::rules::canonical(kind, std::move(step.attributes));
  step.types = info(kind).infer(step.attributes, input_types(steps_, step));
  steps_.push_back(std::move(step));
  return {steps_.size() - 1};
}

FromStep Steps::add_shaped(OpKind kind, std::vector<StepInput> inputs, TensorType type,
                           Attributes attributes) {
  steps_.push_back({.kind = kind,
                    .inputs = std::move(inputs),
                    .attributes = std::move(attributes),
                    .types = {std::move(type)}});
  return {steps_.size() - 1};
}

std::vector<Step> Steps::finish(OpKind kind, std::vector<StepInput> inputs,
                                Attributes attributes) && {
  steps_.push_back(
      {.kind = kind, .inputs = std::move(inputs), .attributes = std::move(attributes)});
  return std::move(steps_);
}

const TensorType &Steps::type(const StepInput &input) const {
  if (const auto *operand = std::get_if<Operand>(&input))
    return operand->type;
  return steps_[std::get<FromStep>(input).step].types.front();
}

std::vector<TensorType> input_types(const std::vector<Step> &steps, const Step &step) {
  std::vector<TensorType> types;
  for (const auto &input : step.inputs)
    if (const auto *operand = std::get_if<Operand>(&input))
      types.push_back(operand->type);
    else
      types.push_back(steps[std::get<FromStep>(input).step].types.front());
  return types;
}

std::int64_t wrapped_dim(std::int64_t dim, std::size_t rank) {
  return dim < 0 ? dim + static_cast<std::int64_t>(rank) : dim;
}

} // namespace fusesim::ir::torchscript
