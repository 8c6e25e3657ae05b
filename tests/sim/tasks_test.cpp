#include "builders.hpp"

#include <gtest/gtest.h>

namespace fusesim::sim::test {
namespace {

Program one_kernel(TaskGroup group) { return {.launches = {kernel({std::move(group)})}}; }

TEST(Tasks, RunInWavesWithATail) {
  // 10 tasks on 4 units: waves of 4, 4 and 2. Each wave: fill 0.5, 2,000 items at 1e9/s = 2, drain
  // 0.25. 3 * 2.75 = 8.25. In the third wave two units that worked before are idle and nothing
  // waits: tail.
  TaskGroup group = tasks(10, 2000);
  group.fill_s = 0.5 * us;
  group.drain_s = 0.25 * us;
  const RunResult result = run(machine(4), one_kernel(group));
  EXPECT_EQ(result.latency, 8'250 * kNs);
  EXPECT_EQ(charged(result, Cause::compute), 4 * kUs);
  EXPECT_EQ(charged(result, Cause::tail), 2 * kUs);
  EXPECT_EQ(charged(result, Cause::fill_drain), 2'250 * kNs);
  EXPECT_EQ(result.launches[0].attribution, result.attribution);
}

TEST(Tasks, HaveNoTailInTheirOnlyWave) {
  // Three of four units work; the fourth never did.
  const RunResult result = run(machine(4), one_kernel(tasks(3, 2000)));
  EXPECT_EQ(result.latency, 2 * kUs);
  EXPECT_EQ(charged(result, Cause::compute), 2 * kUs);
}

TEST(Tasks, SkipEqualWavesWithoutChangingAnything) {
  // 4,000,003 tasks on 4 units: 1,000,000 full waves of 2.75 and one of three tasks: 2,750,002.75.
  // Few events.
  TaskGroup group = tasks(4'000'003, 2000);
  group.fill_s = 0.5 * us;
  group.drain_s = 0.25 * us;
  const RunResult result = run(machine(4), one_kernel(group));
  EXPECT_EQ(result.latency, kNs * 2'750 * 1'000'001);
  EXPECT_EQ(charged(result, Cause::compute), 2'000'000 * kUs);
  EXPECT_EQ(charged(result, Cause::tail), 2 * kUs);
  EXPECT_EQ(charged(result, Cause::fill_drain), kNs * 750 * 1'000'001);
  EXPECT_LT(result.events, 50u);
}

TEST(Tasks, ShareTheEnginesOfTheirUnit) {
  // Two tasks that each need the whole engine for 2, on one unit: together 4.
  TaskGroup group = tasks(2, 2000);
  group.tasks_per_unit = 2;
  EXPECT_EQ(run(machine(1), one_kernel(group)).latency, 4 * kUs);

  // Each is held up for 4 by latency, so the engine is half idle: two fit side by side in 4, …
  group.min_steady_s = 4 * us;
  EXPECT_EQ(run(machine(1), one_kernel(group)).latency, 4 * kUs);
  // … three need the engine for 3 * 2 = 6.
  group.count = group.tasks_per_unit = 3;
  EXPECT_EQ(run(machine(1), one_kernel(group)).latency, 6 * kUs);
}

TEST(Tasks, AreBoundByTheBusiestEngine) {
  // ALU 2, port 3,000 bytes at 1e9/s = 3.
  Topology topology = machine(1);
  topology.unit_classes[0].engines.push_back({"port", 1e9, Cause::on_chip});
  TaskGroup group = tasks(1, 2000);
  group.work.push_back({1, 3000});
  const RunResult result = run(topology, one_kernel(group));
  EXPECT_EQ(result.latency, 3 * kUs);
  EXPECT_EQ(charged(result, Cause::on_chip), 3 * kUs);
}

TEST(Tasks, AreLimitedByScratch) {
  // 100,000 bytes of scratch hold two tasks of 40,000, though eight would be allowed. Each takes 1,
  // bound by latency: four tasks in two waves.
  Topology topology = machine(1);
  topology.unit_classes[0].scratch_bytes = 100'000;
  TaskGroup group = tasks(4, 0);
  group.min_steady_s = 1 * us;
  group.tasks_per_unit = 8;
  EXPECT_EQ(run(topology, one_kernel(group)).latency, 1 * kUs);
  group.scratch_bytes = 40'000;
  EXPECT_EQ(run(topology, one_kernel(group)).latency, 2 * kUs);
  group.scratch_bytes = 100'000;
  EXPECT_EQ(run(topology, one_kernel(group)).latency, 4 * kUs);
}

TEST(Tasks, AreDealtBreadthFirst) {
  // Six tasks of 1 on four units that could hold two each: 2, 2, 1, 1 and not 2, 2, 2, 0. The units
  // with one end at 1, those with two at 2; from 1 on it is tail. Depth-first would have no unit
  // that ends at 1.
  TaskGroup group = tasks(6, 1000);
  group.tasks_per_unit = 2;
  const RunResult result = run(machine(4), one_kernel(group), {.timeline = true});
  EXPECT_EQ(result.latency, 2 * kUs);
  EXPECT_EQ(charged(result, Cause::compute), 1 * kUs);
  EXPECT_EQ(charged(result, Cause::tail), 1 * kUs);

  // Four tasks: one each, so all at full speed.
  group.count = 4;
  EXPECT_EQ(run(machine(4), one_kernel(group)).latency, 1 * kUs);
}

TEST(Tasks, OfOneGroupAtATimeOnAUnit) {
  // Two groups of one task each that would fit one unit together. One unit: one after the other, 1
  // + 2. Two: 2.
  TaskGroup first = tasks(1, 1000), second = tasks(1, 2000);
  first.tasks_per_unit = second.tasks_per_unit = 2;
  const Program program{.launches = {kernel({first, second})}};
  EXPECT_EQ(run(machine(1), program).latency, 3 * kUs);
  EXPECT_EQ(run(machine(2), program).latency, 2 * kUs);
}

TEST(Tasks, OfAnotherLaunchWaitForUnits) {
  // Both streams start at 0; the second one's task waits for the only unit until 3. Its launch is
  // bound by what bounds the first one until then.
  Topology topology = machine(1);
  topology.streams = 2;
  Program program;
  program.launches = {kernel({tasks(1, 3000)}), kernel({tasks(1, 1000)})};
  program.launches[1].stream = 1;
  const RunResult result = run(topology, program);
  EXPECT_EQ(result.launches[1].start, 0);
  EXPECT_EQ(result.launches[1].end, 4 * kUs);
  EXPECT_EQ(charged(result.launches[1], Cause::compute), 4 * kUs);
}

TEST(Stages, WaitForEachOtherAndPayTheirBarrier) {
  // 4 tasks of 1 and one of 3 side by side, barrier 0.3, then 2 tasks of 2. 3 + 0.3 + 2 = 5.3.
  // From 1 on the units of the first group are idle: tail until 3. In the second stage no unit is
  // idle *again*.
  Program program{.launches = {kernel({tasks(4, 1000), tasks(1, 3000)})}};
  program.launches[0].stages.push_back({.groups = {tasks(2, 2000)}, .barrier_s = 0.3 * us});
  const RunResult result = run(machine(5), program);
  EXPECT_EQ(result.latency, 5'300 * kNs);
  EXPECT_EQ(charged(result, Cause::compute), 3 * kUs);
  EXPECT_EQ(charged(result, Cause::tail), 2 * kUs);
  EXPECT_EQ(charged(result, Cause::fill_drain), 300 * kNs);
}

TEST(Launches, LastTheirMinimum) {
  // 1 of compute in a kernel of at least 5: 4 of overhead. A kernel that needs 7 is not lengthened.
  Program program = one_kernel(tasks(1, 1000));
  program.launches[0].min_duration_s = 5 * us;
  const RunResult result = run(machine(1), program);
  EXPECT_EQ(result.latency, 5 * kUs);
  EXPECT_EQ(charged(result, Cause::compute), 1 * kUs);
  EXPECT_EQ(charged(result, Cause::fill_drain), 4 * kUs);
  program.launches[0].stages[0].groups[0].work[0].amount = 7000;
  EXPECT_EQ(run(machine(1), program).latency, 7 * kUs);
}

} // namespace
} // namespace fusesim::sim::test
