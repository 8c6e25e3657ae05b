#include "support/number.hpp"

#include <charconv>
#include <cmath>

namespace fusesim {

std::optional<double> number_in(std::string_view text) {
  double value = 0;
  const auto *end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  if (parsed.ec != std::errc{} || parsed.ptr != end || !std::isfinite(value))
    return std::nullopt;
  return value;
}

} // namespace fusesim
