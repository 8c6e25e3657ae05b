#include "claims/conditions.hpp"

#include "claims/figures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace fusesim::claims {

namespace {

constexpr int kDigits = 3, kMostDigits = 9;

enum class Towards : std::uint8_t { up, down };

double rounded(double value, Towards way, int digits) {
  if (value == std::round(value))
    return value;
  const double unit = std::pow(10, std::floor(std::log10(std::abs(value))) + 1 - digits);
  return (way == Towards::up ? std::ceil(value / unit) : std::floor(value / unit)) * unit;
}

std::string number_text(double value, int digits, const Curve &curve) {
  const auto number = fmt::format("{:.{}g}", value, std::max(digits, 6));
  return curve.unit.empty() ? number : fmt::format("{} {}", number, shown_unit(curve.unit));
}

/// Rounded so that the claim still holds there: up at the lower end, down at the upper.
std::string end_text(double value, Towards way, const Curve &curve, int digits = kDigits) {
  return number_text(rounded(value, way, digits), digits, curve);
}

/// As many digits as keep both ends inside of the interval.
int digits_between(const Interval &interval) {
  int digits = kDigits;
  while (digits < kMostDigits &&
         rounded(interval.from, Towards::up, digits) > rounded(interval.to, Towards::down, digits))
    ++digits;
  return digits;
}

std::string named(const Curve &curve) {
  std::vector<std::string> labels;
  for (const auto &point : curve.points)
    if (point.error.empty() && point.sample.holds)
      labels.push_back(point.label);
  std::string text;
  for (std::size_t i = 0; i < labels.size(); ++i)
    text += (i == 0 ? "" : i + 1 == labels.size() ? " or " : ", ") + labels[i];
  return fmt::format("{} is {}", curve.title, text);
}

std::string numbered(const Curve &curve, const Interval &interval) {
  const bool from_start = interval.from <= curve.points.front().x;
  const bool to_end = interval.to >= curve.points.back().x;
  if (interval.from == interval.to && !to_end)
    return fmt::format("{} = {}", curve.title, number_text(interval.from, kDigits, curve));
  if (from_start)
    return fmt::format("{} ≤ {}", curve.title, end_text(interval.to, Towards::down, curve));
  if (to_end)
    return fmt::format("{} ≥ {}", curve.title, end_text(interval.from, Towards::up, curve));
  const int digits = digits_between(interval);
  return fmt::format("{} ≤ {} ≤ {}", end_text(interval.from, Towards::up, curve, digits),
                     curve.title, end_text(interval.to, Towards::down, curve, digits));
}

} // namespace

std::string condition_of(const Curve &curve) {
  if (!curve.numeric)
    return named(curve);
  std::string text;
  for (const auto &interval : curve.intervals)
    text += (text.empty() ? "" : " or ") + numbered(curve, interval);
  return text;
}

std::string condition_of(std::span<const Curve> curves) {
  std::string text;
  for (const auto &curve : curves)
    if (!curve.condition.empty())
      text += (text.empty() ? "" : "; ") + curve.condition;
  for (const auto &curve : curves)
    if (curve.condition.empty() && curve.nowhere && text.empty())
      text = fmt::format("{} is what the claim's own figure has", curve.title);
  return text;
}

} // namespace fusesim::claims
