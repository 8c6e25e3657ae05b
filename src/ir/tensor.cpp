#include "ir/tensor.hpp"

#include "support/error.hpp"
#include "support/nearest.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>

namespace fusesim::ir {

namespace {

struct DTypeInfo {
  DType dtype;
  std::string_view name;
  Bytes size;
  bool floating;
};
constexpr std::array<DTypeInfo, 12> kDTypes{{{DType::f32, "f32", 4, true},
                                             {DType::tf32, "tf32", 4, true},
                                             {DType::f16, "f16", 2, true},
                                             {DType::bf16, "bf16", 2, true},
                                             {DType::f64, "f64", 8, true},
                                             {DType::qi8, "qi8", 1, true},
                                             {DType::i8, "i8", 1, false},
                                             {DType::u8, "u8", 1, false},
                                             {DType::i16, "i16", 2, false},
                                             {DType::i32, "i32", 4, false},
                                             {DType::i64, "i64", 8, false},
                                             {DType::boolean, "bool", 1, false}}};

consteval bool table_matches_enum() {
  for (std::size_t i = 0; i < kDTypes.size(); ++i)
    if (static_cast<std::size_t>(kDTypes[i].dtype) != i)
      return false;
  return true;
}
static_assert(table_matches_enum());

const DTypeInfo &info_of(DType dtype) { return kDTypes[static_cast<std::size_t>(dtype)]; }

std::int64_t parse_dim(std::string_view text, std::string_view whole) {
  std::int64_t dim = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), dim);
  if (status == std::errc::result_out_of_range)
    throw Error(fmt::format("shape '{}'", whole), fmt::format("'{}' is too large", text));
  if (status != std::errc() || end != text.data() + text.size() || dim <= 0)
    throw Error(fmt::format("shape '{}'", whole),
                fmt::format("'{}' is not a positive whole number", text),
                "write sizes joined by x and an optional type, as in 1x3x224x224 or 1x17:i64");
  return dim;
}

} // namespace

Bytes size_of(DType dtype) { return info_of(dtype).size; }
std::string_view name_of(DType dtype) { return info_of(dtype).name; }
bool is_floating(DType dtype) { return info_of(dtype).floating; }

DType dtype_from_name(std::string_view name) {
  std::vector<std::string> known;
  for (const auto &entry : kDTypes) {
    if (entry.name == name)
      return entry.dtype;
    known.emplace_back(entry.name);
  }
  throw Error({}, fmt::format("unknown element type '{}'", name), nearest_names_hint(name, known));
}

namespace {

/// Writes the shape down only for the error: sizes are asked for thousands of times per network.
std::uint64_t multiply(std::uint64_t a, std::uint64_t b, std::string_view what, const Dims &dims) {
  std::uint64_t result = 0;
  if (__builtin_mul_overflow(a, b, &result))
    return checked_mul(a, b, fmt::format("{} of {}", what, to_string(dims)));
  return result;
}

} // namespace

std::uint64_t TensorType::elements() const {
  std::uint64_t count = 1;
  for (const auto dim : dims) {
    if (dim < 0)
      throw Error("shape " + to_string(dims), "a size is negative");
    count = multiply(count, static_cast<std::uint64_t>(dim), "elements", dims);
  }
  return count;
}

Bytes TensorType::bytes() const { return multiply(elements(), size_of(dtype), "bytes", dims); }

std::string to_string(const Dims &dims) {
  return dims.empty() ? "scalar" : fmt::format("{}", fmt::join(dims, "x"));
}

std::string to_string(const TensorType &type) {
  return fmt::format("{}:{}", to_string(type.dims), name_of(type.dtype));
}

TensorType parse_tensor_type(std::string_view text) {
  TensorType type;
  auto shape = text;
  if (const auto colon = text.find(':'); colon != std::string_view::npos) {
    shape = text.substr(0, colon);
    try {
      type.dtype = dtype_from_name(text.substr(colon + 1));
    } catch (const Error &error) {
      throw Error(fmt::format("shape '{}'", text), error.what());
    }
  }
  for (std::size_t begin = 0; begin <= shape.size();) {
    const auto end = std::min(shape.find('x', begin), shape.size());
    type.dims.push_back(parse_dim(shape.substr(begin, end - begin), text));
    begin = end + 1;
  }
  (void)type.bytes(); // reports what does not fit in 64 bits here, where the text is known
  return type;
}

} // namespace fusesim::ir
