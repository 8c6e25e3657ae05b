#pragma once

#include <functional>
#include <vector>

namespace fusesim::claims {

/// Where a number may lie, and how finely to look.
struct Axis {
  double from = 0, to = 0;
  bool logarithmic = false;
  bool whole = false;   ///< whole numbers alone
  unsigned points = 9;  ///< looked at first, ends included
  double resolution = 1e-3; ///< of an end that is found, as a share of the axis (of its logarithm)
};

/// From `from` to `to`, both included, everything looked at holds.
struct Interval {
  double from = 0, to = 0;
  bool operator==(const Interval &) const = default;
};

/// The intervals of an axis where `holds` is true: looks at evenly spread points, then halves the gap between neighbours
/// that differ until it is no more than the resolution (whole numbers: 1). Ends are points that hold. What lies between two
/// points that agree is taken to agree with them.
std::vector<Interval> intervals_where(const std::function<bool(double)> &holds, const Axis &axis);

} // namespace fusesim::claims
