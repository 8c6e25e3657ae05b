#pragma once

#include "ir/op.hpp"
#include "support/error.hpp"

#include <fmt/format.h>

#include <span>

/// What shape and work rules share. Internal to src/ir.
namespace fusesim::ir::rules {

template <typename... Args>
[[noreturn]] void fail(fmt::format_string<Args...> text, Args &&...args) {
  throw Error({}, fmt::format(text, std::forward<Args>(args)...));
}

inline void expect_inputs(std::span<const TensorType> inputs, std::size_t least, std::size_t most,
                          std::string_view order) {
  if (inputs.size() < least || inputs.size() > most)
    throw Error({}, fmt::format("{} inputs given", inputs.size()), fmt::format("takes {}", order));
}

inline std::int64_t rank(const TensorType &type) {
  return static_cast<std::int64_t>(type.dims.size());
}

/// The dim counted from the end: last(type, 0) is the innermost.
inline std::int64_t last(const TensorType &type, std::size_t from_end) {
  return type.dims[type.dims.size() - 1 - from_end];
}

template <typename T> const T &attributes_as(const Attributes &attributes) {
  const auto *found = std::get_if<T>(&attributes);
  if (!found)
    throw Error({}, "its attributes are missing or of another kind of operator");
  return *found;
}

} // namespace fusesim::ir::rules
