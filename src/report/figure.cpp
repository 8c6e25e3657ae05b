#include "report/figure.hpp"

#include "report/text.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>

namespace fusesim::report {

namespace {

template <class... F> struct Overloaded : F... { using F::operator()...; };
template <class... F> Overloaded(F...) -> Overloaded<F...>;

// Three significant digits without an exponent: 1.23, 12.3, 123, 1234.
std::string three_digits(double value) {
  const double magnitude = std::abs(value);
  if (value == 0)
    return "0";
  // 9.995 rounds to 10.0, so the limits are those of the rounded value.
  const int decimals = magnitude < 9.995 ? 2 : magnitude < 99.95 ? 1 : 0;
  return fmt::format("{:.{}f}", value, decimals);
}

std::string scaled(double value, std::string_view unit) {
  static constexpr std::array<std::string_view, 7> kPrefixes{"", "k", "M", "G", "T", "P", "E"};
  std::size_t prefix = 0;
  while (std::abs(value) >= 999.5 && prefix + 1 < kPrefixes.size()) {
    value /= 1000;
    ++prefix;
  }
  const bool exact = prefix == 0 && value == std::floor(value);
  return fmt::format("{} {}{}", exact ? fmt::format("{:.0f}", value) : three_digits(value),
                     kPrefixes[prefix], unit);
}

std::string human_time(double us) {
  const double magnitude = std::abs(us);
  if (us == 0)
    return "0";
  if (magnitude < 0.9995)
    return three_digits(us * 1e3) + " ns";
  if (magnitude < 999.5)
    return three_digits(us) + " µs";
  if (magnitude < 999.5e3)
    return three_digits(us * 1e-3) + " ms";
  return three_digits(us * 1e-6) + " s";
}

std::string with_thousands(std::string digits) {
  const std::size_t first = digits.starts_with('-') ? 1 : 0;
  for (std::size_t i = digits.size(); i > first + 3; i -= 3)
    digits.insert(i - 3, 1, ',');
  return digits;
}

std::string tensor_text(const TensorCell &tensor) {
  return fmt::format("{}:{}", shape_text(tensor.shape), tensor.dtype);
}

template <class T, class ToText>
std::string joined(const std::vector<T> &items, std::string_view separator, ToText to_text) {
  std::string text;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0)
      text += separator;
    text += to_text(items[i]);
  }
  return text;
}

} // namespace

std::string shape_text(std::span<const std::int64_t> shape) {
  if (shape.empty())
    return "scalar";
  return fmt::format("{}", fmt::join(shape, "x"));
}

std::string human(double value, Unit unit) {
  switch (unit) {
  case Unit::bytes:
    return scaled(value, "B");
  case Unit::flops:
    return scaled(value, "FLOP");
  case Unit::macs:
    return scaled(value, "MAC");
  case Unit::operations:
    return scaled(value, "op");
  case Unit::microseconds:
    return human_time(value);
  case Unit::ratio:
    return fmt::format("{:.2f}×", value);
  case Unit::fraction:
    return fmt::format("{:.1f} %", value * 100);
  case Unit::flops_per_byte:
    return three_digits(value);
  case Unit::number:
    return fmt::format("{:.4g}", value);
  case Unit::count:
    return with_thousands(fmt::format("{:.0f}", value));
  case Unit::none:
    break;
  }
  return fmt::format("{}", value);
}

std::string for_people(const Cell &cell, Unit unit) {
  const auto integer = [unit](auto value) {
    if (unit == Unit::count)
      return with_thousands(fmt::format("{}", value)); // exact beyond 2^53
    return unit == Unit::none ? fmt::format("{}", value) : human(static_cast<double>(value), unit);
  };
  return std::visit(Overloaded{[](std::monostate) -> std::string { return "–"; },
                               [](bool value) -> std::string { return value ? "yes" : "no"; },
                               [&](std::int64_t value) { return integer(value); },
                               [&](std::uint64_t value) { return integer(value); },
                               [unit](double value) { return human(value, unit); },
                               [](const std::string &value) { return printable(value); },
                               [](const std::vector<std::string> &values) {
                                 return joined(values, ", ",
                                               [](const std::string &s) { return printable(s); });
                               },
                               [](const std::vector<TensorCell> &tensors) {
                                 return joined(tensors, ", ", tensor_text);
                               }},
                    cell);
}

std::string for_machines(const Cell &cell) {
  return std::visit(Overloaded{[](std::monostate) { return std::string(); },
                               [](bool value) { return std::string(value ? "true" : "false"); },
                               [](std::int64_t value) { return fmt::format("{}", value); },
                               [](std::uint64_t value) { return fmt::format("{}", value); },
                               [](double value) { return fmt::format("{}", value); },
                               [](const std::string &value) { return value; },
                               [](const std::vector<std::string> &values) {
                                 return fmt::format("{}", fmt::join(values, ";"));
                               },
                               [](const std::vector<TensorCell> &tensors) {
                                 return joined(tensors, ";", tensor_text);
                               }},
                    cell);
}

bool is_number(const Cell &cell) {
  return std::holds_alternative<std::int64_t>(cell) ||
         std::holds_alternative<std::uint64_t>(cell) || std::holds_alternative<double>(cell);
}

} // namespace fusesim::report
