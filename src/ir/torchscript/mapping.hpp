#pragma once

#include "ir/torchscript/call.hpp"

namespace fusesim::ir::torchscript {

/// The IR nodes that a call of an ATen operator becomes. An operator that the table does not know
/// becomes one opaque node. Uses only the arguments: the types of the last step's outputs are not
/// known yet.
std::vector<Step> translate(const Call &call);

/// Types of the call's result as the operator table infers them; for operators that LibTorch cannot
/// run on meta tensors. Empty when the table has no shape rule. Throws Error when the shapes do not
/// fit.
std::vector<TensorType> infer_results(const std::vector<Step> &steps);

/// A tensor that the call really returned.
struct Result {
  TensorType type;
  bool aliases_operand =
      false; ///< shares storage with a tensor argument, and the call is not in place
};

/// Reconciles the translation with what the call returned: a reshape that had to copy is a copy,
/// one operator that returned a view is a view, the element type that PyTorch's promotion gave is
/// reached by a cast. Assigns every result to a step and sets its types.
void settle(const Call &call, std::vector<Step> &steps, const std::vector<Result> &results);

} // namespace fusesim::ir::torchscript
