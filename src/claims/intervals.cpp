#include "claims/intervals.hpp"

#include <algorithm>
#include <cmath>

namespace fusesim::claims {

namespace {

double between(const Axis &axis, double share) {
  const double value = axis.logarithmic ? axis.from * std::pow(axis.to / axis.from, share)
                                        : axis.from + (axis.to - axis.from) * share;
  return axis.whole ? std::round(value) : value;
}

double middle(const Axis &axis, double a, double b) {
  const double value = axis.logarithmic ? std::sqrt(a * b) : (a + b) / 2;
  return axis.whole ? std::floor(value) : value;
}

bool is_fine(const Axis &axis, double a, double b) {
  if (axis.whole)
    return b - a <= 1;
  if (axis.logarithmic)
    return std::log(b / a) <= axis.resolution * std::log(axis.to / axis.from);
  return b - a <= axis.resolution * (axis.to - axis.from);
}

std::vector<double> first_points(const Axis &axis) {
  const auto count = std::max(axis.points, 2U);
  std::vector<double> points;
  for (unsigned i = 0; i < count; ++i) {
    const double point =
        i + 1 == count ? axis.to : between(axis, static_cast<double>(i) / (count - 1));
    if (points.empty() || point > points.back())
      points.push_back(point);
  }
  return points;
}

} // namespace

std::vector<Interval> intervals_where(const std::function<bool(double)> &holds, const Axis &axis) {
  std::vector<Interval> intervals;
  double last = 0;
  bool last_holds = false;
  for (const double point : first_points(axis)) {
    const bool here = holds(point);
    const bool is_first = point == axis.from;
    if (!is_first && here != last_holds) {
      double a = last, b = point; // a agrees with last, b with point
      while (!is_fine(axis, a, b)) {
        const double m = middle(axis, a, b);
        if (m <= a || m >= b) // the axis is wider than doubles are fine
          break;
        (holds(m) == last_holds ? a : b) = m;
      }
      if (here)
        intervals.push_back({b, b});
      else
        intervals.back().to = a;
    } else if (is_first && here) {
      intervals.push_back({point, point});
    }
    if (here)
      intervals.back().to = point;
    last = point;
    last_holds = here;
  }
  return intervals;
}

} // namespace fusesim::claims
