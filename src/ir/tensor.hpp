#pragma once

#include "support/units.hpp"

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fusesim::ir {

/// Element types. `tf32` is stored as 4 bytes and multiplied on tensor cores; it never appears in an imported graph,
/// only after `with_float_dtype`. So does `qi8`: real numbers quantised to 1 byte, which compute as i8 does but stand
/// wherever a floating-point type may.
enum class DType : std::uint8_t { f32, tf32, f16, bf16, f64, qi8, i8, u8, i16, i32, i64, boolean };

Bytes size_of(DType dtype);
std::string_view name_of(DType dtype);        ///< "f32", "i64", "bool", …
DType dtype_from_name(std::string_view name); ///< throws Error with the nearest names
bool is_floating(DType dtype);

using Dims = std::vector<std::int64_t>;

/// Shape and element type of one tensor. A scalar has no dims and one element.
struct TensorType {
  DType dtype = DType::f32;
  Dims dims;

  std::uint64_t elements() const; ///< product of dims; throws Error on overflow or a negative dim
  Bytes bytes() const;            ///< elements × element size
  bool operator==(const TensorType &) const = default;
};

std::string to_string(const Dims &dims);       ///< "1x3x224x224"; "scalar" when empty
std::string to_string(const TensorType &type); ///< "1x3x224x224:f32"

/// Parses "1x3x224x224" or "1x17:i64" (default dtype f32). Throws Error on anything else, negative or zero dims.
TensorType parse_tensor_type(std::string_view text);

} // namespace fusesim::ir
