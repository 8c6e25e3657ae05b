#pragma once

#include "claims/formula.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace fusesim::claims {

/// What a number counts: powers of "time", "bytes", "FLOP", …; empty: a plain number, as launches, shares and ratios are.
using Dimension = std::map<std::string, double>;

/// Of a unit of figures, of config keys or of units(), as "us", "GB/s" or "FLOP/B".
Dimension dimension_of_unit(std::string_view unit);

/// What one of a unit is in microseconds, bytes and FLOPs: 1e3 of "GB/s", 1024 of "KiB".
double scale_of_unit(std::string_view unit);

/// Whether a formula's value is 0 or 1, as a comparison's is; found by trying.
bool is_truth(const Formula &formula,
              const std::function<std::size_t(const std::string &)> &members);

/// Of a formula's value, found by trying: all times a million million times as large make a time as many times as large, and a
/// time over a time no larger. So a number that is added weighs nothing, and what is added to something of another dimension
/// gives one that is neither. Nothing where no trial has a finite result.
///
/// @param dimension_of  of each of the formula's names
/// @param members       how many values each stands for
std::optional<Dimension>
dimension_of(const Formula &formula,
             const std::function<Dimension(const std::string &)> &dimension_of,
             const std::function<std::size_t(const std::string &)> &members);

/// "a time", "an amount of bytes", "FLOP/bytes", "a plain number".
std::string name_of(const Dimension &dimension);

} // namespace fusesim::claims
