#pragma once

#include <optional>
#include <vector>

/// Where something comes to hold along a number, from points at each of which it is only known
/// whether it holds there: "current status data".
namespace fusesim::sweep {

struct StatusPoint {
  double x = 0;
  bool holds = false;
};

/// The settings of everything else differ in where it comes to hold: the middle one, and where it
/// does for the first and the last quarter of them. Absent: not within the points, or not told
/// apart from chance.
struct StatusPlace {
  double half = 0;
  std::optional<double> quarter, three_quarters;
};

/// Where it comes to hold as x rises. Nothing when x does not decide: when the points on both sides
/// could be so different by chance, or most settings do not change.
std::optional<StatusPlace> place_where_it_holds(std::vector<StatusPoint> points);

/// Whether so many points can tell a place at all, `holding` of them holding.
bool can_tell_a_place(std::size_t points, std::size_t holding);

} // namespace fusesim::sweep
