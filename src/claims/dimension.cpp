#include "claims/dimension.hpp"

#include "support/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>
#include <utility>
#include <vector>

namespace fusesim::claims {

namespace {

/// What is written before or after a '/' in a unit: its dimension, and what one of it is in microseconds, bytes, FLOPs.
/// Whatever is not here is a plain number: %, x, launches, SMs. MACs and FLOPs are two things, since one of the first is two of
/// the second.
struct Atom {
  std::string_view name, base;
  double scale;
};
constexpr Atom kAtoms[] = {
    {"ns", "time", 1e-3},    {"us", "time", 1},      {"µs", "time", 1},
    {"ms", "time", 1e3},     {"s", "time", 1e6},     {"clk", "clocks", 1},
    {"B", "bytes", 1},       {"kB", "bytes", 1e3},   {"MB", "bytes", 1e6},
    {"GB", "bytes", 1e9},    {"KiB", "bytes", 1024}, {"MiB", "bytes", 1 << 20},
    {"FLOP", "FLOP", 1},     {"MFLOP", "FLOP", 1e6}, {"GFLOP", "FLOP", 1e9},
    {"TFLOP", "FLOP", 1e12}, {"TOP", "FLOP", 1e12},  {"MAC", "MAC", 1},
    {"MMAC", "MAC", 1e6},    {"GMAC", "MAC", 1e9},   {"GHz", "frequency", 1e3},
    {"W", "power", 1},
};

const Atom *find_atom(std::string_view name) {
  const auto found = std::ranges::find(kAtoms, name, &Atom::name);
  return found == std::end(kAtoms) ? nullptr : found;
}

/// The atoms of a unit with their powers.
std::vector<std::pair<const Atom *, int>> atoms_of(std::string_view unit) {
  const auto slash = unit.find('/');
  std::vector<std::pair<const Atom *, int>> atoms;
  if (const auto *over = find_atom(unit.substr(0, slash)))
    atoms.emplace_back(over, 1);
  if (slash != std::string_view::npos)
    if (const auto *under = find_atom(unit.substr(slash + 1)))
      atoms.emplace_back(under, -1);
  return atoms;
}

void multiply(Dimension &dimension, std::string_view base, double power) {
  if (base == "frequency")
    return multiply(dimension, "time", -power);
  auto &sum = dimension[std::string(base)];
  sum += power;
  if (sum == 0)
    dimension.erase(std::string(base));
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
  for (const auto &[atom, power] : atoms_of(unit))
    multiply(dimension, atom->base, power);
  return dimension;
}

double scale_of_unit(std::string_view unit) {
  double scale = 1;
  for (const auto &[atom, power] : atoms_of(unit))
    scale *= power > 0 ? atom->scale : 1 / atom->scale;
  return scale;
}

bool is_truth(const Formula &formula,
              const std::function<std::size_t(const std::string &)> &members) {
  constexpr std::size_t kTrials = 3;
  for (std::size_t trial = 0; trial < kTrials; ++trial)
    try {
      const double value =
          formula.evaluate({members, [&](const std::string &name, std::size_t member) {
                              return some_number(name, member, trial);
                            }});
      if (value != 0 && value != 1)
        return false;
    } catch (const Error &) { // no number: nothing to tell by
    }
  return true;
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
