#include "builders.hpp"
#include "sim/detail/max_min.hpp"

#include <gtest/gtest.h>

namespace fusesim::sim::test {
namespace {

using detail::Demand;
using detail::FlowShare;
using detail::MaxMin;

TEST(MaxMin, SharesTheTextbookNetwork) {
  // Link 0 carries 1, link 1 carries 2. Flow a on 0, b on both, c on 1. a and b get 1/2 each, c
  // takes the rest: 3/2.
  const std::vector<Demand> on0{{0, 1}}, on_both{{0, 1}, {1, 1}}, on1{{1, 1}};
  FlowShare a{.n = 1, .cap = 10, .demands = on0}, b{.n = 1, .cap = 10, .demands = on_both},
      c{.n = 1, .cap = 10, .demands = on1};
  std::vector<FlowShare *> flows{&a, &b, &c};
  MaxMin max_min({1, 2}, {true, true});
  max_min.share(flows);
  EXPECT_DOUBLE_EQ(a.phi, 0.5);
  EXPECT_DOUBLE_EQ(b.phi, 0.5);
  EXPECT_DOUBLE_EQ(c.phi, 1.5);
  EXPECT_EQ(a.limiting_link, 0);
  EXPECT_EQ(b.limiting_link, 0);
  EXPECT_EQ(c.limiting_link, 1);
}

TEST(MaxMin, LeavesWhatACappedFlowDoesNotUse) {
  // 100 for a (capped at 0.1, demand 300: takes 30) and two of b (demand 100 each): (100 - 30) /
  // 200 = 0.35.
  const std::vector<Demand> big{{0, 300}}, small{{0, 100}};
  FlowShare a{.n = 1, .cap = 0.1, .demands = big}, b{.n = 2, .cap = 1, .demands = small};
  std::vector<FlowShare *> flows{&a, &b};
  MaxMin max_min({100}, {true});
  max_min.share(flows);
  EXPECT_DOUBLE_EQ(a.phi, 0.1);
  EXPECT_EQ(a.limiting_link, -1);
  EXPECT_DOUBLE_EQ(b.phi, 0.35);
  EXPECT_EQ(b.limiting_link, 0);
}

TEST(MaxMin, GivesTheSameBitsForOneClassAndForManyFlows) {
  const std::vector<Demand> x{{0, 123'457}, {1, 7}}, y{{0, 99'991}, {1, 1'000'003}};
  FlowShare class_x{.n = 37, .cap = 0.7, .demands = x}, class_y{.n = 11, .cap = 0.9, .demands = y};
  MaxMin max_min({3.3e6, 7.7e6}, {true, false});
  std::vector<FlowShare *> classes{&class_x, &class_y};
  max_min.share(classes);
  std::vector<FlowShare> singles;
  for (int i = 0; i < 11; ++i)
    singles.push_back({.n = 1, .cap = 0.9, .demands = y});
  for (int i = 0; i < 37; ++i)
    singles.push_back({.n = 1, .cap = 0.7, .demands = x});
  std::vector<FlowShare *> flows;
  for (FlowShare &single : singles)
    flows.push_back(&single);
  max_min.share(flows);
  for (std::size_t i = 0; i < singles.size(); ++i)
    EXPECT_EQ(singles[i].phi, i < 11 ? class_y.phi : class_x.phi);
}

TEST(Links, BoundTasksThatMoveMoreThanTheyCompute) {
  // Four tasks of 1,000 bytes over 1e9 bytes/s and 500 items: 4,000 bytes take 4, though each alone
  // would take 1.
  const RunResult result = run(machine(4), {.launches = {kernel({tasks(4, 500, 1000)})}});
  EXPECT_EQ(result.latency, 4 * kUs);
  EXPECT_EQ(charged(result, Cause::dram), 4 * kUs);
  EXPECT_EQ(result.link_bytes, std::vector<Bytes>{4000});
}

TEST(Links, BoundALoneTaskByTheirBandwidth) {
  // 3,000 bytes alone on the link: 3, and the link is what it waits for.
  const RunResult result = run(machine(1), {.launches = {kernel({tasks(1, 1000, 3000)})}});
  EXPECT_EQ(result.latency, 3 * kUs);
  EXPECT_EQ(charged(result, Cause::dram), 3 * kUs);
}

TEST(Links, HideBehindCompute) {
  // Two tasks of 1,000 items and 250 bytes: the link is half used.
  const RunResult result = run(machine(2), {.launches = {kernel({tasks(2, 1000, 250)})}});
  EXPECT_EQ(result.latency, 1 * kUs);
  EXPECT_EQ(charged(result, Cause::compute), 1 * kUs);
}

TEST(Links, AreSharedByGroupsOfDifferentDemand) {
  // Link: 1,000 bytes per µs. a: 4 alone, 2,000 bytes, so 500 per µs. b: 1 alone, 1,000 bytes, so
  // 1,000 per µs. Together both advance at φ = 1000/1500 = 2/3. b ends at 1.5; a has done 1 of 4 by
  // then and runs alone: 4.5. Until 1.5 both wait for the link; then a computes while b's unit is
  // idle again: tail.
  const RunResult result =
      run(machine(2), {.launches = {kernel({tasks(1, 4000, 2000), tasks(1, 1000, 1000)})}});
  EXPECT_EQ(result.latency, 4'500 * kNs);
  EXPECT_EQ(charged(result, Cause::dram), 1'500 * kNs);
  EXPECT_EQ(charged(result, Cause::tail), 3 * kUs);
}

TEST(Links, GiveTheRestToWhoCanUseIt) {
  // a: two tasks on one unit that need its engine for 1 each: φ ≤ 1/2, 100 bytes each. b: on a unit
  // of another class, 1 alone, 1,000 bytes. Link 1,000 per µs. Filling: at φ = 1/2 a is at its cap
  // and takes 2 * 100/2 = 100 per µs; b gets 900: φ = 0.9. b ends at 1/0.9 = 1.111111 (to the ps),
  // a at 2.
  Topology topology = machine(1);
  topology.unit_classes.push_back(topology.unit_classes[0]);
  topology.streams = 2;
  TaskGroup a = tasks(2, 1000, 100), b = tasks(1, 1000, 1000);
  a.tasks_per_unit = 2;
  b.unit_class = 1;
  Program program{.launches = {kernel({a}), kernel({b})}};
  program.launches[1].stream = 1;
  const RunResult result = run(topology, program);
  EXPECT_EQ(result.launches[1].end, 1'111'111);
  EXPECT_EQ(result.launches[0].end, 2 * kUs);
  // b waits for DRAM, a for its engine; the device as a whole is bound by DRAM as long as b is.
  EXPECT_EQ(charged(result.launches[0], Cause::compute), 2 * kUs);
  EXPECT_EQ(charged(result.launches[1], Cause::dram), 1'111'111);
  EXPECT_EQ(charged(result, Cause::dram), 1'111'111);
}

TEST(Links, OnChipAreChargedAsSuch) {
  // 2,000 bytes over an on-chip link of 2e9/s (1) and 500 over DRAM of 1e9/s (0.5), two tasks: 2.
  Topology topology = machine(2);
  topology.links.push_back({"noc", 2e9, Cause::on_chip});
  TaskGroup group = tasks(2, 100, 500);
  group.links.push_back({1, 2000});
  const RunResult result = run(topology, {.launches = {kernel({group})}});
  EXPECT_EQ(result.latency, 2 * kUs);
  EXPECT_EQ(charged(result, Cause::on_chip), 2 * kUs);
  EXPECT_EQ(result.link_bytes, (std::vector<Bytes>{1000, 4000}));
}

} // namespace
} // namespace fusesim::sim::test
