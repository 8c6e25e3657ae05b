#include "validate/fields.hpp"

#include "support/error.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace fusesim::validate {

bool Fields::has(std::string_view column) const {
  const auto index = table_.column(column);
  return index && !row_.fields[*index].empty();
}

void Fields::fail(std::string_view column, std::string_view what, std::string_view hint) const {
  throw Error(place(), fmt::format("column '{}' {}", column, what), hint);
}

const std::string &Fields::text(std::string_view column) const {
  const auto index = table_.column(column);
  if (!index)
    fail(column, "is missing");
  if (row_.fields[*index].empty())
    fail(column, "is empty");
  return row_.fields[*index];
}

std::string Fields::text_or(std::string_view column, std::string_view otherwise) const {
  return has(column) ? text(column) : std::string(otherwise);
}

double Fields::number(std::string_view column) const {
  const auto &field = text(column);
  double value = 0;
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
  if (error != std::errc{} || end != field.data() + field.size() || !std::isfinite(value))
    fail(column, fmt::format("is no number: '{}'", field));
  return value;
}

double Fields::positive(std::string_view column) const {
  const double value = number(column);
  if (value <= 0)
    fail(column, fmt::format("is {}", value), "must be above 0");
  return value;
}

std::int64_t Fields::whole(std::string_view column, std::int64_t least) const {
  constexpr double kLargest = 1e15;
  const double value = number(column);
  if (value != std::floor(value) || value < static_cast<double>(least) || value > kLargest)
    fail(column, fmt::format("is {}", value), fmt::format("must be a whole number from {}", least));
  return static_cast<std::int64_t>(value);
}

std::int64_t Fields::count(std::string_view column) const { return whole(column, 1); }
std::int64_t Fields::size(std::string_view column) const { return whole(column, 0); }

std::int64_t Fields::count_or(std::string_view column, std::int64_t otherwise) const {
  return has(column) ? count(column) : otherwise;
}

} // namespace fusesim::validate
