// Scratchpads as credits: what running stages hold.
#include "sim/run.hpp"
#include "support/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fusesim::sim {
namespace {

using testing::HasSubstr;

Topology machine(Bytes capacity) {
  Topology topology;
  topology.unit_classes = {{"tile", 1, {{"array", 1e9, Cause::compute}}, 0}};
  topology.stores = {{"L3", capacity}};
  return topology;
}

/// One launch whose stages of 100 ns hold these bytes one after the other.
Program holding(std::vector<Bytes> bytes) {
  Program program;
  auto &launch = program.launches.emplace_back();
  launch.name = "layer";
  for (const Bytes held : bytes) {
    TaskGroup group;
    group.name = "stage";
    group.count = 1;
    group.work = {{0, 100}};
    auto &stage = launch.stages.emplace_back();
    stage.groups = {group};
    stage.holds = {{0, held}};
  }
  return program;
}

TEST(Stores, StagesGiveBackWhatTheyHeldAndThePeakIsKept) {
  const auto result = run(machine(100), holding({60, 100, 40}));
  ASSERT_EQ(result.store_peak_bytes.size(), 1U);
  EXPECT_EQ(result.store_peak_bytes[0], 100U);
  EXPECT_EQ(result.latency, 300'000);
}

TEST(Stores, HoldingMoreThanThereIsIsABugThatTheSimulatorFinds) {
  try {
    run(machine(100), holding({60, 101}));
    FAIL();
  } catch (const InternalError &error) {
    EXPECT_THAT(error.what(), HasSubstr("store 'L3' of 100 bytes holds 101"));
    EXPECT_THAT(error.what(), HasSubstr("'layer'"));
  }
}

TEST(Stores, UnknownOnesAreAnError) {
  auto program = holding({1});
  program.launches[0].stages[0].holds = {{7, 1}};
  EXPECT_THROW(run(machine(100), program), Error);
}

} // namespace
} // namespace fusesim::sim
