#pragma once

#include "ir/tensor.hpp"

#include <span>
#include <string>
#include <string_view>

namespace fusesim::targets {

/// In which types a network runs.
struct Precision {
  ir::DType dtype = ir::DType::f32; ///< of weights and activations; autocast: of matrix products
  /// PyTorch's autocast: float32 weights and activations, cast for each operator as its lists say.
  bool autocast = false;
  bool operator==(const Precision &) const = default;
};

/// "f32", "tf32", "f16", "bf16", "i8", "amp-f16", "amp-bf16".
std::span<const std::string_view> precision_names();
/// Also of the names in PyTorch and on datasheets: "float16", "fp16", "half", "int8", "amp". Throws Error with the nearest
/// names.
Precision precision_from_name(std::string_view name);
std::string name_of(const Precision &precision);

} // namespace fusesim::targets
