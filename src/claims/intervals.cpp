#include "claims/intervals.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace fusesim::claims {

namespace {

double between(const Axis &axis, double share) {
  const double value = axis.logarithmic ? axis.from * std::pow(axis.to / axis.from, share)
                                        : axis.from + (axis.to - axis.from) * share;
  return axis.whole ? std::round(value) : value;
}

double middle(const Axis &axis, double a, double b) {
  const double value = axis.logarithmic ? std::sqrt(a * b) : (a + b) / 2;
  return axis.whole ? std::max(std::floor(value), a + 1) : value;
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
    points.push_back(point);
  }
  for (const double point : axis.also)
    if (point >= axis.from && point <= axis.to)
      points.push_back(point);
  std::ranges::sort(points);
  points.erase(std::unique(points.begin(), points.end()), points.end());
  return points;
}

/// Everything looked at, by its place.
using Looks = std::map<double, Side>;

void refine(const std::function<Side(double)> &side_of, const Axis &axis, double a, double b,
            Looks &looks) {
  if (looks.at(a) == looks.at(b) || is_fine(axis, a, b))
    return;
  const double m = middle(axis, a, b);
  if (m <= a || m >= b) // finer than doubles are
    return;
  looks.emplace(m, side_of(m));
  refine(side_of, axis, a, m, looks);
  refine(side_of, axis, m, b, looks);
}

} // namespace

std::vector<Interval> intervals_where(const std::function<Side(double)> &side_of,
                                      const Axis &axis) {
  Looks looks;
  const auto points = first_points(axis);
  for (const double point : points)
    looks.emplace(point, side_of(point));
  for (std::size_t i = 1; i < points.size(); ++i)
    refine(side_of, axis, points[i - 1], points[i], looks);
  std::vector<Interval> intervals;
  bool open = false; // an interval goes on
  for (const auto &[point, side] : looks) {
    const bool holds = side == Side::holds;
    if (holds && !open)
      intervals.push_back({point, point});
    if (holds)
      intervals.back().to = point;
    open = holds;
  }
  return intervals;
}

} // namespace fusesim::claims
