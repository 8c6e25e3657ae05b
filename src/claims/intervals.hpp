#pragma once

#include <functional>
#include <vector>

namespace fusesim::claims {

/// Where a number may lie, and how finely to look.
struct Axis {
  double from = 0, to = 0;
  bool logarithmic = false;
  bool whole = false;         ///< whole numbers alone
  unsigned points = 9;        ///< looked at first, ends included
  std::vector<double> also{}; ///< looked at first, too; outside of the axis: not
  double resolution = 1e-3; ///< of an end that is found, as a share of the axis (of its logarithm)
};

/// From `from` to `to`, both included, everything looked at holds.
struct Interval {
  double from = 0, to = 0;
  bool operator==(const Interval &) const = default;
};

/// How a value lies to what is claimed of it.
enum class Side : signed char { below = -1, holds = 0, above = 1 };

/// The intervals of an axis where a claim holds: looks at evenly spread points, then halves the gap between neighbours that lie
/// on different sides until it is no more than the resolution (whole numbers: 1). So a narrow interval that the value passes
/// through is found, too. Ends are points that hold. What lies between two points of one side is taken to lie there.
std::vector<Interval> intervals_where(const std::function<Side(double)> &side_of, const Axis &axis);

} // namespace fusesim::claims
