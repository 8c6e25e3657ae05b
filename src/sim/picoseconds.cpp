#include "sim/detail/picoseconds.hpp"

#include "support/error.hpp"

#include <cmath>
#include <fmt/format.h>

namespace fusesim::sim::detail {

namespace {

[[noreturn]] void reject(double picoseconds, const Place &place) {
  std::string where = fmt::format("launch '{}'", place.launch);
  if (!place.group.empty())
    where += fmt::format(", group '{}'", place.group);
  throw Error(where,
              fmt::format("{} of {:g} s cannot be simulated", place.field,
                          picoseconds / kPicosecondsPerSecond),
              "durations lie between 0 and 2^62 ps (53 days)");
}

} // namespace

Picoseconds to_ps(double seconds, const Place &place) {
  return round_ps(seconds * kPicosecondsPerSecond, place);
}

Picoseconds round_ps(double picoseconds, const Place &place) {
  // Written so that NaN is rejected too.
  if (!(picoseconds >= 0 && picoseconds <= static_cast<double>(kMaxTime)))
    reject(picoseconds, place);
  return std::llround(picoseconds);
}

Picoseconds later(Picoseconds time, Picoseconds duration) {
  if (duration > kMaxTime - time)
    throw Error("simulated time", "the run takes longer than 2^62 ps (53 days)",
                "check the rates and amounts of the slowest launch");
  return time + duration;
}

} // namespace fusesim::sim::detail
