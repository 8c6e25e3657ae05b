#include "builders.hpp"
#include "sample_program.hpp"
#include "support/error.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <thread>
#include <tuple>
#include <unistd.h>

namespace fusesim::sim::test {
namespace {

Program some_kernels(std::size_t count) {
  Program program;
  for (std::size_t i = 0; i < count; ++i) {
    program.launches.push_back(kernel({tasks(10, 1000, 100)}));
    program.launches.back().dispatch_s = 1 * us;
  }
  return program;
}

std::size_t resident_pages() {
  std::ifstream statm("/proc/self/statm");
  std::size_t total = 0, resident = 0;
  statm >> total >> resident;
  return resident;
}

TEST(Run, ThousandsOfTimesInOneProcessWithoutGrowing) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "AddressSanitizer keeps freed memory";
#endif
  const Topology topology = machine(4);
  const Program program = some_kernels(20);
  const Picoseconds latency = run(topology, program).latency;
  for (int i = 0; i < 200; ++i)
    run(topology, program);
  const std::size_t before = resident_pages();
  for (int i = 0; i < 2000; ++i)
    ASSERT_EQ(run(topology, program).latency, latency);
  // A leaked module or event per run would be megabytes.
  EXPECT_LT(resident_pages(), before + 64);
}

TEST(Run, CostsHardlyMoreForManyTimesTheTasks) {
  // Events, not seconds: they are the same on every machine. 170 kernels, two waves each, then 100
  // times as many.
  const std::uint64_t small = run(sample_machine(), sample_program(300)).events;
  const std::uint64_t large = run(sample_machine(), sample_program(30'000)).events;
  EXPECT_LE(small, 170u * 20);
  EXPECT_LE(large, small * 3 / 2);
}

TEST(Run, ThrowsWhatGoesWrongInsideAndIsSoundAfterwards) {
  const Topology topology = machine(4);
  const RunResult before = run(topology, some_kernels(20));
  // Each kernel is legal, both together last longer than 2^62 ps.
  Program endless{.launches = {empty_kernel(0, 0, 4e6), empty_kernel(0, 0, 4e6)}};
  EXPECT_THAT([&] { run(topology, endless); },
              ::testing::ThrowsMessage<Error>(::testing::HasSubstr("longer than 2^62 ps")));
  const RunResult after = run(topology, some_kernels(20));
  EXPECT_EQ(after.latency, before.latency);
  EXPECT_EQ(after.attribution, before.attribution);
  EXPECT_EQ(after.events, before.events);
}

TEST(Run, StopsWhenInterruptedAndRunsAgain) {
  // One event per task and a million tasks: long enough to be caught in the middle.
  Program program;
  for (int i = 0; i < 20; ++i)
    program.launches.push_back(kernel({tasks(1'000'000, 1000)}));
  std::atomic<bool> over = false;
  // Again and again, for a request made before run() begins is forgotten.
  std::thread impatient([&] {
    while (!over) {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
      request_interrupt();
    }
  });
  EXPECT_THROW(run(machine(8), program, {.exact = true}), Interrupted);
  over = true;
  impatient.join();
  EXPECT_EQ(run(machine(8), {.launches = {kernel({tasks(8, 1000)})}}).latency, 1 * kUs);
}

TEST(Run, ForgetsARequestMadeBeforeIt) {
  request_interrupt();
  EXPECT_EQ(run(machine(1), {.launches = {kernel({tasks(1, 1000)})}}).latency, 1 * kUs);
}

// ---- timeline------------------------------------------------------------------------------------
// -------------------------------------------------------------------------------------------------

std::vector<Span> spans_of(const RunResult &result, Span::Lane lane) {
  std::vector<Span> spans;
  std::copy_if(result.timeline.begin(), result.timeline.end(), std::back_inserter(spans),
               [&](const Span &span) { return span.lane == lane; });
  std::sort(spans.begin(), spans.end(), [](const Span &a, const Span &b) {
    return std::tie(a.start, a.first) < std::tie(b.start, b.first);
  });
  return spans;
}

/// One kernel of 6 tasks of 1,000 items and 100 bytes on 4 units, dispatch 2, call 1, latency 1,
/// sync 3.
RunResult traced() {
  Topology topology = machine(4);
  topology.host.launch_latency_s = 1 * us;
  topology.host.sync_s = 3 * us;
  Program program{.launches = {kernel({tasks(6, 1000, 100)})}};
  program.launches[0].dispatch_s = 2 * us;
  program.launches[0].launch_s = 1 * us;
  return run(topology, program, {.timeline = true});
}

TEST(Timeline, IsEmptyUnlessAskedFor) {
  EXPECT_TRUE(run(machine(1), {.launches = {kernel({tasks(1, 1000)})}}).timeline.empty());
}

TEST(Timeline, ShowsTheHost) {
  const std::vector<Span> spans = spans_of(traced(), Span::Lane::host);
  ASSERT_EQ(spans.size(), 3u);
  EXPECT_EQ(spans[0].label, "dispatch");
  EXPECT_EQ(spans[0].end, 2 * kUs);
  EXPECT_EQ(spans[1].label, "launch");
  EXPECT_EQ(spans[1].start, 2 * kUs);
  EXPECT_EQ(spans[1].end, 3 * kUs);
  EXPECT_EQ(spans[2].label, "synchronise");
  EXPECT_EQ(spans[2].start, 6 * kUs);
  EXPECT_EQ(spans[2].end, 9 * kUs);
}

TEST(Timeline, ShowsStreamsAndTheUnitsOfEachWave) {
  const RunResult result = traced();
  const std::vector<Span> streams = spans_of(result, Span::Lane::stream);
  ASSERT_EQ(streams.size(), 1u);
  EXPECT_EQ(streams[0].label, "kernel");
  EXPECT_EQ(streams[0].start, 4 * kUs);
  EXPECT_EQ(streams[0].end, 6 * kUs);

  // Units 0..3 from 4 to 5, units 0..1 from 5 to 6.
  const std::vector<Span> units = spans_of(result, Span::Lane::unit);
  ASSERT_EQ(units.size(), 2u);
  EXPECT_EQ(units[0].label, "tasks");
  EXPECT_EQ(units[0].tasks, 1u);
  EXPECT_EQ(units[0].first, 0u);
  EXPECT_EQ(units[0].last, 3u);
  EXPECT_EQ(units[0].start, 4 * kUs);
  EXPECT_EQ(units[0].end, 5 * kUs);
  EXPECT_EQ(units[1].last, 1u);
  EXPECT_EQ(units[1].end, 6 * kUs);
}

TEST(Timeline, ShowsHowMuchOfALinkIsUsed) {
  // 100 bytes per task and µs are 1e8 bytes/s: 4e8 from 4 to 5, 2e8 from 5 to 6.
  const std::vector<Span> links = spans_of(traced(), Span::Lane::link);
  ASSERT_EQ(links.size(), 2u);
  EXPECT_DOUBLE_EQ(links[0].value, 4e8);
  EXPECT_EQ(links[0].start, 4 * kUs);
  EXPECT_EQ(links[0].end, 5 * kUs);
  EXPECT_DOUBLE_EQ(links[1].value, 2e8);
  EXPECT_EQ(links[1].end, 6 * kUs);
}

TEST(Timeline, ShowsWhatEachInstantIsChargedTo) {
  // Dispatch to 2, call to 3, latency to 4; six tasks on four units to 5, then two units idle to 6; synchronised at 9.
  const std::vector<Span> causes = spans_of(traced(), Span::Lane::cause);
  const std::vector<std::pair<Cause, Picoseconds>> expected{{Cause::host_dispatch, 2 * kUs},
                                                            {Cause::launch_gap, 4 * kUs},
                                                            {Cause::compute, 5 * kUs},
                                                            {Cause::tail, 6 * kUs},
                                                            {Cause::host_dispatch, 9 * kUs}};
  ASSERT_EQ(causes.size(), expected.size());
  Picoseconds start = 0;
  for (std::size_t i = 0; i < causes.size(); ++i) {
    EXPECT_EQ(causes[i].lane_class, static_cast<std::uint32_t>(expected[i].first)) << i;
    EXPECT_EQ(causes[i].start, start) << i;
    EXPECT_EQ(causes[i].end, expected[i].second) << i;
    start = causes[i].end;
  }
}

} // namespace
} // namespace fusesim::sim::test
