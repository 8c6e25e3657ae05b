#include "builders.hpp"
#include "random_programs.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <cmath>

namespace fusesim::sim::test {
namespace {

void assert_identical(const RunResult &a, const RunResult &b) {
  RC_ASSERT(a.latency == b.latency);
  RC_ASSERT(a.attribution == b.attribution);
  RC_ASSERT(a.link_bytes == b.link_bytes);
  RC_ASSERT(a.launches.size() == b.launches.size());
  for (std::size_t i = 0; i < a.launches.size(); ++i) {
    RC_ASSERT(a.launches[i].start == b.launches[i].start);
    RC_ASSERT(a.launches[i].end == b.launches[i].end);
    RC_ASSERT(a.launches[i].attribution == b.launches[i].attribution);
  }
}

RC_GTEST_PROP(Simulation, CohortsChangeNothing, ()) {
  const Case c = *random_case();
  assert_identical(run(c.topology, c.program, {.exact = true}), run(c.topology, c.program));
}

/// One group at a time and hundreds of tasks: most waves are whole, repeat, and are skipped.
RC_GTEST_PROP(Simulation, SkippedWavesChangeNothing, ()) {
  Case c = *random_case({.streams = 1, .groups = 1});
  for (Launch &launch : c.program.launches)
    for (Stage &stage : launch.stages)
      stage.groups[0].count *= 1 + *rc::gen::inRange<std::uint64_t>(0, 30);
  assert_identical(run(c.topology, c.program, {.exact = true}), run(c.topology, c.program));
}

RC_GTEST_PROP(Simulation, RepeatsBitForBit, ()) {
  const Case c = *random_case();
  const RunResult first = run(c.topology, c.program), second = run(c.topology, c.program);
  assert_identical(first, second);
  RC_ASSERT(first.events == second.events);
}

RC_GTEST_PROP(Simulation, RecordingATimelineChangesNothing, ()) {
  const Case c = *random_case();
  assert_identical(run(c.topology, c.program, {.timeline = true}), run(c.topology, c.program));
}

RC_GTEST_PROP(Simulation, ChargesEveryInstantOnce, ()) {
  const Case c = *random_case();
  const RunResult result = run(c.topology, c.program);
  RC_ASSERT(sum(result.attribution) == result.latency);
  for (const LaunchResult &launch : result.launches)
    RC_ASSERT(sum(launch.attribution) == launch.end - launch.start);
}

/// The lane of causes is the attribution laid out in time.
RC_GTEST_PROP(Simulation, CausesOfTheTimelineCoverTheRunOnce, ()) {
  const Case c = *random_case();
  const RunResult result = run(c.topology, c.program, {.timeline = true});
  std::array<Picoseconds, kCauseCount> charged{};
  Picoseconds covered = 0;
  std::uint32_t before = kCauseCount;
  for (const Span &span : result.timeline) {
    if (span.lane != Span::Lane::cause)
      continue;
    RC_ASSERT(span.start == covered);
    RC_ASSERT(span.lane_class != before);
    before = span.lane_class;
    covered = span.end;
    charged[span.lane_class] += span.end - span.start;
  }
  RC_ASSERT(covered == result.latency);
  RC_ASSERT(charged == result.attribution);
}

/// What runs over a link in time is what is counted on it. Times are rounded to a picosecond and rates to a double, and
/// each task moves whole bytes of what its group reads through a cache.
RC_GTEST_PROP(Simulation, LinksOfTheTimelineMoveTheBytesOfTheRun, ()) {
  const Case c = *random_case();
  const RunResult result = run(c.topology, c.program, {.timeline = true});
  double tasks = 0;
  for (const Launch &launch : c.program.launches)
    for (const Stage &stage : launch.stages)
      for (const TaskGroup &group : stage.groups)
        tasks += static_cast<double>(group.count);
  std::vector<double> moved(result.link_bytes.size()), rounding(result.link_bytes.size());
  for (const Span &span : result.timeline) {
    if (span.lane != Span::Lane::link)
      continue;
    moved[span.lane_class] += span.value * static_cast<double>(span.end - span.start) * 1e-12;
    rounding[span.lane_class] += span.value * 4e-12;
  }
  for (std::size_t link = 0; link < moved.size(); ++link) {
    const double counted = static_cast<double>(result.link_bytes[link]);
    RC_ASSERT(moved[link] >= counted - rounding[link] - 1e-6 * counted - 1);
    RC_ASSERT(moved[link] <= counted + tasks + rounding[link] + 1e-6 * counted + 1);
  }
}

} // namespace
} // namespace fusesim::sim::test
