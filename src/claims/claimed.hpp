#pragma once

#include "claims/claim.hpp"
#include "claims/intervals.hpp"

namespace fusesim::claims {

/// Reads what a claim says about its value:
///
///   60          60 launches     19.6 %       near, to half a unit of the last digit, or to `tolerance`
///   140 to 280 us               a range
///   > 1   >= 13 x   < 5 %       a comparison
///   28 * launch_us us           a formula, with a tolerance
///   true                        a value that is not 0
///
/// @param tolerance  "5 %": a share of what is claimed, whatever its unit; "5": in its unit; empty: none given
/// Throws Error at `place`, of an unknown unit with those near it.
Claimed parse_claimed(const std::string &text, const std::string &tolerance,
                      const std::string &place);

/// Where a value has to lie, in figures (not in the unit).
struct Bounds {
  std::optional<double> from, to;
  bool open = false; ///< the ends do not count
  Side side_of(double value) const;
  bool holds(double value) const { return side_of(value) == Side::holds; }
};
Bounds bounds_of(const Claimed &claimed, const Formula::Source &source);

} // namespace fusesim::claims
