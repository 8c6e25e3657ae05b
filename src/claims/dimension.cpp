#include "claims/dimension.hpp"

#include "support/error.hpp"

#include <fmt/format.h>

#include <cmath>
#include <functional>
#include <set>
#include <utility>

namespace fusesim::claims {

namespace {

/// What is written before or after a '/' in a unit, and its dimension. Whatever is not here is a plain number: %, x, launches,
/// SMs. MACs and FLOPs are two things, since one of the first is two of the second.
constexpr std::pair<std::string_view, std::string_view> kAtoms[] = {
    {"ns", "time"},       {"us", "time"},   {"µs", "time"},   {"ms", "time"},    {"s", "time"},
    {"clk", "clocks"},    {"B", "bytes"},   {"kB", "bytes"},  {"MB", "bytes"},   {"GB", "bytes"},
    {"KiB", "bytes"},     {"MiB", "bytes"}, {"FLOP", "FLOP"}, {"MFLOP", "FLOP"}, {"GFLOP", "FLOP"},
    {"TFLOP", "FLOP"},    {"TOP", "FLOP"},  {"MAC", "MAC"},   {"MMAC", "MAC"},   {"GMAC", "MAC"},
    {"GHz", "frequency"}, {"W", "power"},
};

void multiply(Dimension &dimension, std::string_view base, double power) {
  if (base == "frequency")
    return multiply(dimension, "time", -power);
  auto &sum = dimension[std::string(base)];
  sum += power;
  if (sum == 0)
    dimension.erase(std::string(base));
}

void multiply_by_unit(Dimension &dimension, std::string_view unit, double power) {
  for (const auto &[name, base] : kAtoms)
    if (name == unit)
      multiply(dimension, base, power);
}

/// From 1 to 2, another for each name, member and trial.
double some_number(const std::string &name, std::size_t member, std::size_t trial) {
  const auto hash = std::hash<std::string>{}(fmt::format("{} {} {}", name, member, trial));
  return 1 + static_cast<double>(hash % 9973) / 9973;
}

constexpr double kMuch = 1e12;

/// The formula's value when everything of `base` is `scale` times as large.
std::optional<double> value_at(const Formula &formula,
                               const std::function<Dimension(const std::string &)> &dimension_of,
                               const std::function<std::size_t(const std::string &)> &members,
                               const std::string &base, double scale, std::size_t trial) {
  try {
    const double value =
        formula.evaluate({members, [&](const std::string &name, std::size_t member) {
                            const auto dimension = dimension_of(name);
                            const auto power = dimension.find(base);
                            return some_number(name, member, trial) *
                                   (power == dimension.end() ? 1 : std::pow(scale, power->second));
                          }});
    return value == 0 ? std::nullopt : std::optional(value);
  } catch (const Error &) { // no number
    return std::nullopt;
  }
}

} // namespace

Dimension dimension_of_unit(std::string_view unit) {
  Dimension dimension;
  const auto slash = unit.find('/');
  multiply_by_unit(dimension, unit.substr(0, slash), 1);
  if (slash != std::string_view::npos)
    multiply_by_unit(dimension, unit.substr(slash + 1), -1);
  return dimension;
}

std::optional<Dimension>
dimension_of(const Formula &formula,
             const std::function<Dimension(const std::string &)> &dimension_of,
             const std::function<std::size_t(const std::string &)> &members) {
  std::set<std::string> bases;
  for (const auto &name : formula.names())
    for (const auto &[base, power] : dimension_of(name))
      bases.insert(base);
  Dimension dimension;
  for (const auto &base : bases) {
    std::optional<double> power;
    constexpr std::size_t kTrials = 3; // a comparison may give 0 in one of them
    for (std::size_t trial = 0; trial < kTrials && !power; ++trial) {
      const auto large = value_at(formula, dimension_of, members, base, kMuch, trial);
      const auto larger = value_at(formula, dimension_of, members, base, kMuch * kMuch, trial);
      if (large && larger)
        power = std::round(4 * std::log(std::abs(*larger / *large)) / std::log(kMuch)) / 4;
    }
    if (!power)
      return std::nullopt;
    if (*power != 0)
      dimension[base] = *power;
  }
  return dimension;
}

std::string name_of(const Dimension &dimension) {
  if (dimension.empty())
    return "a plain number";
  if (dimension == Dimension{{"time", 1}})
    return "a time";
  if (dimension == Dimension{{"bytes", 1}})
    return "an amount of bytes";
  if (dimension == Dimension{{"time", -1}})
    return "a frequency";
  const auto factors = [&](double sign) {
    std::string text;
    for (const auto &[base, power] : dimension)
      if (power * sign > 0)
        text += fmt::format("{}{}{}", text.empty() ? "" : "·", base,
                            std::abs(power) == 1 ? "" : fmt::format("^{:g}", std::abs(power)));
    return text;
  };
  const auto over = factors(1), under = factors(-1);
  return under.empty() ? over : fmt::format("{}/{}", over.empty() ? "1" : over, under);
}

} // namespace fusesim::claims
