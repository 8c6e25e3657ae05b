#pragma once

#include "sim/run.hpp"

#include <string_view>

namespace fusesim::sim::detail {

/// 2^62 ps are 53 days: half of what fits, so that a sum of two legal times never wraps.
inline constexpr Picoseconds kMaxTime = Picoseconds{1} << 62;
inline constexpr double kPicosecondsPerSecond = 1e12;

/// Where a duration stands in the program; only put into words when it is wrong.
struct Place {
  std::string_view launch, group, field;
};

/// Nearest picosecond. Throws Error when negative, not finite or beyond kMaxTime.
Picoseconds to_ps(double seconds, const Place &place);

/// The same for a duration that is already in picoseconds but not yet whole.
Picoseconds round_ps(double picoseconds, const Place &place);

/// time + duration. Throws Error beyond kMaxTime.
Picoseconds later(Picoseconds time, Picoseconds duration);

} // namespace fusesim::sim::detail
