#include "support/units.hpp"

#include "support/error.hpp"

#include <fmt/format.h>

namespace fusesim {

std::uint64_t checked_mul(std::uint64_t a, std::uint64_t b, std::string_view where) {
  std::uint64_t result = 0;
  if (__builtin_mul_overflow(a, b, &result))
    throw Error(where, fmt::format("{} x {} does not fit in 64 bits", a, b));
  return result;
}

std::uint64_t checked_add(std::uint64_t a, std::uint64_t b, std::string_view where) {
  std::uint64_t result = 0;
  if (__builtin_add_overflow(a, b, &result))
    throw Error(where, fmt::format("{} + {} does not fit in 64 bits", a, b));
  return result;
}

} // namespace fusesim
