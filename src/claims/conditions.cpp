#include "claims/conditions.hpp"

#include "claims/figures.hpp"

#include <fmt/format.h>

#include <cmath>

namespace fusesim::claims {

namespace {

/// Rounded so that the claim still holds there: up at the lower end, down at the upper; three digits.
std::string end_text(double value, bool lower, const Curve &curve) {
  double shown = value;
  if (value != std::round(value)) {
    const double unit = std::pow(10, std::floor(std::log10(std::abs(value))) - 2);
    shown = (lower ? std::ceil(value / unit) : std::floor(value / unit)) * unit;
  }
  const auto number = fmt::format("{:.6g}", shown);
  return curve.unit.empty() ? number : fmt::format("{} {}", number, shown_unit(curve.unit));
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
    return fmt::format("{} = {}", curve.title, end_text(interval.from, true, curve));
  if (from_start)
    return fmt::format("{} ≤ {}", curve.title, end_text(interval.to, false, curve));
  if (to_end)
    return fmt::format("{} ≥ {}", curve.title, end_text(interval.from, true, curve));
  return fmt::format("{} ≤ {} ≤ {}", end_text(interval.from, true, curve), curve.title,
                     end_text(interval.to, false, curve));
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
