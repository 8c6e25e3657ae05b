#pragma once

#include "ir/op.hpp"

#include <string>
#include <utility>

namespace fusesim::ir::torchscript {

using Ref = std::uint32_t; ///< index of a value of the recorded Program

/// A tensor of the recorded program as an argument.
struct Operand {
  Ref ref = 0;
  TensorType type;
  /// Set when the operand is the transpose of this matrix; `addmm(bias, x, w.t())` is a linear.
  std::optional<std::pair<Ref, TensorType>> transpose_of;
};

/// What the mapping needs of an argument. `monostate` is None, or something without bearing on
/// shapes and cost: tensors whose value the program itself computes (sizes), devices, generators.
using Argument = std::variant<std::monostate, bool, std::int64_t, double, std::string, Dims,
                              std::vector<double>, Operand, std::vector<Operand>>;

/// One operator call of the program, free of LibTorch's types.
struct Call {
  std::string name; ///< `aten::add` for add, add_ and all their overloads
  std::string overload;
  bool in_place = false;
  std::vector<std::pair<std::string, Argument>> arguments; ///< named as in ATen's schema

  const Argument *find(std::string_view argument) const; ///< null when absent or None
  std::optional<Operand> operand(std::string_view argument) const;
  std::vector<Operand> operands() const; ///< every tensor argument in order, lists flattened
  std::int64_t integer(std::string_view argument, std::int64_t otherwise) const;
  bool flag(std::string_view argument, bool otherwise) const;
  std::string text(std::string_view argument) const;
  Dims ints(std::string_view argument) const; ///< one int is a list of one; empty when absent
};

/// Output number 0 of an earlier step.
struct FromStep {
  std::size_t step = 0;
};
using StepInput = std::variant<Operand, FromStep>;

/// One node of fusesim's IR that a call becomes (part of).
struct Step {
  OpKind kind = OpKind::opaque;
  std::vector<StepInput> inputs{};
  Attributes attributes{};
  std::vector<TensorType> types{}; ///< of outputs; empty until known
  std::vector<std::size_t>
      results{};             ///< which results of the call it delivers; none: feeds later steps
  bool only_if_used = false; ///< by-product, dropped when nobody reads it
};

/// Collects the steps of one call; infers the types of all but the last.
class Steps {
public:
  FromStep add(OpKind kind, std::vector<StepInput> inputs, Attributes attributes = {});
  FromStep add_shaped(OpKind kind, std::vector<StepInput> inputs, TensorType type,
                      Attributes attributes = {});
  /// Adds the step whose outputs are the call's results.
  std::vector<Step> finish(OpKind kind, std::vector<StepInput> inputs,
                           Attributes attributes = {}) &&;

  const TensorType &type(const StepInput &input) const;

private:
  std::vector<Step> steps_;
};

std::vector<TensorType> input_types(const std::vector<Step> &steps, const Step &step);

/// A dim as users write it (-1 is the last) as a non-negative one.
std::int64_t wrapped_dim(std::int64_t dim, std::size_t rank);

} // namespace fusesim::ir::torchscript
