#include "builders.hpp"

#include <gtest/gtest.h>

namespace fusesim::sim::test {
namespace {

Program empty_launches(std::size_t count, double dispatch_s, double launch_s, double duration_s) {
  Program program;
  for (std::size_t i = 0; i < count; ++i)
    program.launches.push_back(empty_kernel(dispatch_s, launch_s, duration_s));
  return program;
}

Topology eager_machine() {
  Topology topology = machine(1);
  topology.host = {.launch_latency_s = 3 * us, .gap_s = 0.5 * us, .sync_s = 10 * us};
  return topology;
}

TEST(EagerHost, SixtyEmptyLaunchesBoundByTheHost) {
  // Each launch costs the host 5 + 2 = 7; kernels last 1 and start 3 after submission.
  // Launch i (0-based) is submitted at 7(i+1), starts at 7(i+1)+3, ends 1 later: long before the
  // next one. Latency = 60*7 + 3 + 1 + 10 (sync) = 434.
  const RunResult result = run(eager_machine(), empty_launches(60, 5 * us, 2 * us, 1 * us));
  EXPECT_EQ(result.latency, 434 * kUs);
  for (int i = 0; i < 60; ++i) {
    EXPECT_EQ(result.launches[static_cast<std::size_t>(i)].start, (7 * (i + 1) + 3) * kUs);
    EXPECT_EQ(result.launches[static_cast<std::size_t>(i)].end, (7 * (i + 1) + 4) * kUs);
  }
  // Device time: 60 kernels of 1, all fill_drain (nothing in them).
  // Of the idle time the launch calls (60 * 2) are launch_gap, less none: a kernel runs 3..4 after
  // its submission, when the host is 3..4 into the next 5 of dispatch. After the last submission 3
  // of launch latency: launch_gap. Dispatch: the first 5, then 5 - 1 = 4 for each of 59; and the
  // synchronisation: 5 + 236 + 10 = 251.
  EXPECT_EQ(charged(result, Cause::fill_drain), 60 * kUs);
  EXPECT_EQ(charged(result, Cause::launch_gap), 123 * kUs);
  EXPECT_EQ(charged(result, Cause::host_dispatch), 251 * kUs);
  EXPECT_EQ(sum(result.attribution), result.latency);
}

TEST(EagerHost, SixtyEmptyLaunchesBoundByTheDevice) {
  // The host needs 0.2 + 0.3 = 0.5 per launch and runs ahead; kernels last 4, with a gap of 0.5.
  // Start i = 0.5 + 3 (latency) + 4.5 i. Latency = 3.5 + 59*4.5 + 4 + 10 (sync) = 283.
  const RunResult result = run(eager_machine(), empty_launches(60, 0.2 * us, 0.3 * us, 4 * us));
  EXPECT_EQ(result.latency, 283 * kUs);
  for (int i = 0; i < 60; ++i)
    EXPECT_EQ(result.launches[static_cast<std::size_t>(i)].start, 3'500 * kNs + i * 4'500 * kNs);
  // Idle: 59 gaps (29.5), and the first 3.5, in which the host submits 7 launches: 1.4 of
  // dispatch, 2.1 of calls.
  EXPECT_EQ(charged(result, Cause::fill_drain), 240 * kUs);
  EXPECT_EQ(charged(result, Cause::launch_gap), 31'600 * kNs);
  EXPECT_EQ(charged(result, Cause::host_dispatch), 11'400 * kNs);
}

TEST(EagerHost, WaitsWhileTheQueueIsFull) {
  // Five kernels of 10, host 0.6 + 0.4 each, no latency, no gap; then a host-only step of 0.5.
  Topology topology = machine(1);
  Program program = empty_launches(5, 0.6 * us, 0.4 * us, 10 * us);
  program.launches.push_back(empty_kernel(0.5 * us, 0, 0));
  program.launches.back().kind = Launch::Kind::host_only;

  // Depth 1: every kernel is submitted 1 after its predecessor has ended. 5 * 11 = 55, and the
  // host-only step, which takes no place in the queue, begins with the last submission at 4*11 + 1
  // = 45.
  topology.host.queue_depth = 1;
  const RunResult one = run(topology, program);
  EXPECT_EQ(one.latency, 55 * kUs);
  EXPECT_EQ(one.launches[5].start, 45 * kUs);
  EXPECT_EQ(one.launches[5].end, 45'500 * kNs);

  // Depth 2: the kernels run back to back from 1 on: 51. Kernel 4 waits for the end of kernel 2 at
  // 31: host-only at 32.
  topology.host.queue_depth = 2;
  const RunResult two = run(topology, program);
  EXPECT_EQ(two.latency, 51 * kUs);
  EXPECT_EQ(two.launches[5].start, 32 * kUs);

  // Deep enough: the host never waits and gets there at 5.
  topology.host.queue_depth = 5;
  EXPECT_EQ(run(topology, program).launches[5].start, 5 * kUs);
}

TEST(EagerHost, IsTheBottleneckOfTwoShortKernels) {
  // Kernels compute 1,000 items at 1e9/s: 1. Host 5 + 2 per launch, latency 3, sync 10.
  // Kernel 0: submitted 7, runs 10..11. Kernel 1: submitted 14, runs 17..18. Latency 28.
  Program program;
  for (int i = 0; i < 2; ++i) {
    program.launches.push_back(kernel({tasks(1, 1000)}));
    program.launches.back().dispatch_s = 5 * us;
    program.launches.back().launch_s = 2 * us;
  }
  const RunResult result = run(eager_machine(), program);
  EXPECT_EQ(result.launches[0].start, 10 * kUs);
  EXPECT_EQ(result.launches[1].start, 17 * kUs);
  EXPECT_EQ(result.latency, 28 * kUs);
  EXPECT_EQ(charged(result, Cause::compute), 2 * kUs);
  // Dispatch: 0..5, 7..10 and 11..12 (the kernel runs in between), then sync 18..28. The rest is
  // calls and latency.
  EXPECT_EQ(charged(result, Cause::host_dispatch), (5 + 3 + 1 + 10) * kUs);
  EXPECT_EQ(charged(result, Cause::launch_gap), (2 + 2 + 3) * kUs);
}

TEST(EagerHost, PaysForHostOnlyStepsWithoutTheDevice) {
  // Step of 4 (+1 in the call), then a kernel: 5 + 7 + 3 + 1 + 10 = 26; and a last step that ends
  // after the kernel: kernel runs 15..16, the step 12..17+... = 12..22, so latency 22 + 10 = 32.
  Program program = empty_launches(2, 5 * us, 2 * us, 1 * us);
  program.launches[0] = empty_kernel(4 * us, 1 * us, 0);
  program.launches[0].kind = Launch::Kind::host_only;
  const RunResult result = run(eager_machine(), program);
  EXPECT_EQ(result.launches[0].start, 0);
  EXPECT_EQ(result.launches[0].end, 5 * kUs);
  EXPECT_EQ(charged(result.launches[0], Cause::host_dispatch), 4 * kUs);
  EXPECT_EQ(charged(result.launches[0], Cause::launch_gap), 1 * kUs);
  EXPECT_EQ(result.latency, 26 * kUs);

  program.launches.push_back(empty_kernel(10 * us, 0, 0));
  program.launches.back().kind = Launch::Kind::host_only;
  EXPECT_EQ(run(eager_machine(), program).latency, 32 * kUs);
}

TEST(EagerHost, OnlySynchronisesForAnEmptyProgram) {
  const RunResult result = run(eager_machine(), {});
  EXPECT_EQ(result.latency, 10 * kUs);
  EXPECT_EQ(charged(result, Cause::host_dispatch), 10 * kUs);
}

TEST(GraphReplay, PaysOneSubmissionAndAGapPerNode) {
  // 60 kernels of 2: 8 (graph launch) + 3 (latency) + 60*2 + 59*1.2 + 10 (sync) = 211.8. Their
  // eager costs, the eager gap, the queue depth and host-only steps do not count.
  Topology topology = eager_machine();
  topology.host.mode = Host::Mode::graph_replay;
  topology.host.graph_launch_s = 8 * us;
  topology.host.graph_node_gap_s = 1.2 * us;
  topology.host.queue_depth = 1;
  Program program = empty_launches(60, 5 * us, 2 * us, 2 * us);
  Launch step = empty_kernel(50 * us, 0, 0);
  step.kind = Launch::Kind::host_only;
  program.launches.insert(program.launches.begin() + 30, step);

  const RunResult result = run(topology, program);
  EXPECT_EQ(result.latency, 211'800 * kNs);
  EXPECT_EQ(result.launches[0].start, 11 * kUs);
  EXPECT_EQ(result.launches[1].start, 14'200 * kNs);
  EXPECT_EQ(result.launches[30].start, result.launches[30].end);
  EXPECT_EQ(charged(result, Cause::fill_drain), 120 * kUs);
  EXPECT_EQ(charged(result, Cause::launch_gap), 81'800 * kNs);
  EXPECT_EQ(charged(result, Cause::host_dispatch), 10 * kUs);
}

TEST(Streams, RunSideBySideAndWaitForEachOther) {
  // A free host, gap 0.5, four units. Stream 0: a (10). Stream 1: b (2), then c (3) after a. Stream
  // 2: d (1) after c. a 0..10, b 0..2, c from max(2.5, 10) = 10 to 13, d 13..14.
  Topology topology = machine(4);
  topology.host.gap_s = 0.5 * us;
  topology.streams = 3;
  Program program;
  for (const double items : {10'000.0, 2'000.0, 3'000.0, 1'000.0})
    program.launches.push_back(kernel({tasks(1, items)}));
  program.launches[1].stream = program.launches[2].stream = 1;
  program.launches[3].stream = 2;
  program.launches[2].after = {0};
  program.launches[3].after = {2};
  const RunResult result = run(topology, program);
  const auto &launches = result.launches;
  EXPECT_EQ(launches[0].end, 10 * kUs);
  EXPECT_EQ(launches[1].start, 0);
  EXPECT_EQ(launches[1].end, 2 * kUs);
  EXPECT_EQ(launches[2].start, 10 * kUs);
  EXPECT_EQ(launches[3].start, 13 * kUs);
  EXPECT_EQ(result.latency, 14 * kUs);

  // Without the dependency c starts after its stream's gap.
  program.launches[2].after.clear();
  EXPECT_EQ(run(topology, program).launches[2].start, 2'500 * kNs);
}

TEST(Streams, SeeThroughHostOnlySteps) {
  // Kernel 2 comes after host-only step 1, which comes after kernel 0 (10) of another stream.
  Topology topology = machine(2);
  topology.streams = 2;
  Program program;
  program.launches = {kernel({tasks(1, 10'000)}), empty_kernel(0, 0, 0), kernel({tasks(1, 1'000)})};
  program.launches[1].kind = Launch::Kind::host_only;
  program.launches[1].after = {0};
  program.launches[2].stream = 1;
  program.launches[2].after = {1};
  EXPECT_EQ(run(topology, program).launches[2].start, 10 * kUs);
}

} // namespace
} // namespace fusesim::sim::test
