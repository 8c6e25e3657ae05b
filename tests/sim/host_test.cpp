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

} // namespace
} // namespace fusesim::sim::test
