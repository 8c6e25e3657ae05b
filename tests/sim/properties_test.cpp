#include "builders.hpp"
#include "random_programs.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

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

} // namespace
} // namespace fusesim::sim::test
