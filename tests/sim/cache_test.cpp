#include "builders.hpp"
#include "sim/detail/tensor_cache.hpp"
#include "sim/reuse.hpp"

#include <gtest/gtest.h>

namespace fusesim::sim::test {
namespace {

using detail::TensorCache;
using Policy = TensorCache::WritePolicy;

TEST(TensorCache, HitsWhatItHolds) {
  TensorCache cache(100, 4);
  EXPECT_EQ(cache.read(0, 60, 60), 60u);
  EXPECT_EQ(cache.read(0, 60, 60), 0u);
  EXPECT_EQ(cache.read(0, 30, 60), 0u);
}

TEST(TensorCache, HitsTheResidentShareOfWhatIsTouched) {
  TensorCache cache(100, 4);
  EXPECT_EQ(cache.read(0, 30, 60), 30u);
  // Half of the tensor is here, so of any 20 bytes 10 are expected to be.
  EXPECT_EQ(cache.read(0, 20, 60), 10u);
  EXPECT_EQ(cache.resident(0), 40u);
  EXPECT_EQ(cache.read(0, 60, 60), 20u);
  EXPECT_EQ(cache.resident(0), 60u);
}

TEST(TensorCache, EvictsTheLeastRecentlyUsedWhole) {
  TensorCache cache(100, 4);
  cache.read(0, 40, 40);
  cache.read(1, 40, 40);
  cache.read(0, 40, 40); // 1 is now the older one
  EXPECT_EQ(cache.read(2, 30, 30), 30u);
  EXPECT_EQ(cache.resident(0), 40u);
  EXPECT_EQ(cache.resident(1), 0u);
  EXPECT_EQ(cache.used(), 70u);
}

// Going through 150 bytes again evicts those at the end before coming to them; at 110 what is out of step still finds
// 1 - 0.1/0.25 of the 100 that fit.
TEST(TensorCache, KeepsLittleOfWhatIsLarger) {
  TensorCache cache(100, 4);
  EXPECT_EQ(cache.read(0, 150, 150), 150u);
  EXPECT_EQ(cache.resident(0), 0u);
  EXPECT_EQ(cache.read(0, 150, 150), 150u);
  EXPECT_EQ(cache.read(1, 110, 110), 110u);
  EXPECT_EQ(cache.resident(1), 60u);
  EXPECT_EQ(cache.read(1, 110, 110), 50u);
}

TEST(TensorCache, IsSweptByWhatIsLarger) {
  TensorCache cache(100, 4);
  cache.write(0, 60, 60, Policy::keep_dirty);
  EXPECT_EQ(cache.read(1, 150, 150), 150u + 60u);
  EXPECT_EQ(cache.read(0, 60, 60), 60u);
}

// NeuSight's LayerNorms (sim/reuse.hpp): as if read once up to 18 of an A100's 20 MB, as if read twice from 25 MB on.
TEST(ReusedShare, FallsFromAllToNothingWithinAQuarter) {
  EXPECT_EQ(reused_share(18, 20), 1);
  EXPECT_EQ(reused_share(20, 20), 1);
  EXPECT_NEAR(reused_share(2250, 2000), 0.5, 1e-12);
  EXPECT_EQ(reused_share(25, 20), 0);
  EXPECT_EQ(reused_share(1000, 20), 0);
  EXPECT_EQ(reused_share(1, 0), 0);
  EXPECT_EQ(reused_share(0, 0), 1);
}

TEST(TensorCache, WritesDirtyBytesBackWhenTheyAreEvicted) {
  TensorCache cache(100, 4);
  EXPECT_EQ(cache.write(0, 60, 60, Policy::keep_dirty), 0u);
  EXPECT_EQ(cache.dirty(0), 60u);
  EXPECT_EQ(cache.read(1, 50, 50), 50u + 60u);
  EXPECT_EQ(cache.resident(0), 0u);
}

TEST(TensorCache, SendsOnWhatDoesNotFit) {
  TensorCache cache(100, 4);
  EXPECT_EQ(cache.write(0, 110, 110, Policy::keep_dirty), 50u); // 60 stay
  EXPECT_EQ(cache.dirty(0), 60u);
  EXPECT_EQ(cache.read(1, 50, 50), 50u + 60u);
  EXPECT_EQ(cache.write(2, 150, 150, Policy::keep_dirty), 150u);
  EXPECT_EQ(cache.dirty(2), 0u);
}

TEST(TensorCache, NeedsNoWriteBackAfterWritingThrough) {
  TensorCache cache(100, 4);
  EXPECT_EQ(cache.write(0, 60, 60, Policy::write_through), 60u);
  EXPECT_EQ(cache.read(0, 60, 60), 0u);
  EXPECT_EQ(cache.read(1, 50, 50), 50u);
}

TEST(TensorCache, ForgetsDroppedTensors) {
  TensorCache cache(100, 4);
  cache.write(0, 60, 60, Policy::keep_dirty);
  cache.drop(0);
  EXPECT_EQ(cache.used(), 0u);
  EXPECT_EQ(cache.read(1, 90, 90), 90u);
  EXPECT_EQ(cache.read(0, 5, 60), 5u);
}

TEST(TensorCache, OfNoCapacityMissesAlways) {
  TensorCache cache(0, 2);
  EXPECT_EQ(cache.read(0, 60, 60), 60u);
  EXPECT_EQ(cache.read(0, 60, 60), 60u);
  EXPECT_EQ(cache.write(0, 60, 60, Policy::keep_dirty), 60u);
  EXPECT_EQ(cache.used(), 0u);
}

// ---- on a machine: DRAM 1e9 bytes/s behind an L2 of 1e10 bytes/s---------------------------------
// -------------------------------------------------------------------------------------------------

class CachedMachine : public ::testing::Test {
protected:
  CachedMachine() {
    topology.links.push_back({"l2", 1e10, Cause::on_chip});
    topology.caches.push_back({"l2", 10'000, 1, 0});
    program.tensor_count = 3;
  }

  Launch &add(TensorAccess::Kind kind, TensorId tensor, Bytes bytes, Bytes front_bytes = 0) {
    TaskGroup group = tasks(1, 0);
    group.accesses.push_back({tensor, 0, kind, bytes, front_bytes});
    program.launches.push_back(kernel({group}));
    return program.launches.back();
  }

  static constexpr auto kRead = TensorAccess::Kind::read, kWrite = TensorAccess::Kind::write;
  Topology topology = machine(4);
  Program program;
};

TEST_F(CachedMachine, ReadsWhatThePreviousKernelLeft) {
  // Written (8,000 bytes: 0.8 over the L2) and read (0.8) without going to DRAM, for the tensor
  // dies.
  add(kWrite, 0, 8000);
  add(kRead, 0, 8000).dies = {0};
  const RunResult result = run(topology, program);
  EXPECT_EQ(result.link_bytes, (std::vector<Bytes>{0, 16'000}));
  EXPECT_EQ(result.latency, 1'600 * kNs);
  EXPECT_EQ(charged(result, Cause::on_chip), 1'600 * kNs);
}

TEST_F(CachedMachine, ChargesAResultThatOutlivesTheProgramWhenItIsWritten) {
  // The tensor never dies: 8,000 bytes to DRAM (8) with the first kernel; the second still hits.
  add(kWrite, 0, 8000);
  add(kRead, 0, 8000);
  const RunResult result = run(topology, program);
  EXPECT_EQ(result.link_bytes, (std::vector<Bytes>{8000, 16'000}));
  EXPECT_EQ(result.launches[0].end, 8 * kUs);
  EXPECT_EQ(result.launches[1].end, 8'800 * kNs);
}

TEST_F(CachedMachine, ChargesEvictedBytesToWhoeverEvictsThem) {
  // Tensor 0 (8,000, dirty) makes way for tensor 1 (5,000): the second kernel moves 13,000 over
  // DRAM: 13. Reading 0 again misses: 8.
  add(kWrite, 0, 8000);
  add(kRead, 1, 5000);
  add(kRead, 0, 8000).dies = {0};
  const RunResult result = run(topology, program);
  EXPECT_EQ(result.link_bytes[0], 5000u + 8000u + 8000u);
  EXPECT_EQ(result.launches[1].end - result.launches[1].start, 13 * kUs);
  EXPECT_EQ(result.launches[2].end - result.launches[2].start, 8 * kUs);
}

TEST_F(CachedMachine, CountsRepeatedReadsOnTheFrontLinkOnly) {
  // 5,000 distinct bytes read 20 times over: 100,000 over the L2 take 10, the misses 5 meanwhile.
  add(kRead, 0, 5000, 100'000);
  const RunResult result = run(topology, program);
  EXPECT_EQ(result.link_bytes, (std::vector<Bytes>{5000, 100'000}));
  EXPECT_EQ(result.latency, 10 * kUs);
}

TEST_F(CachedMachine, SpreadsAnAccessOverTheTasksWithoutLosingAByte) {
  // 1,000 bytes over 3 tasks: 334 each, 1,002 in all over 1e9/s = 1.002. The counter says 1,000.
  add(kRead, 0, 1000);
  program.launches[0].stages[0].groups[0].count = 3;
  const RunResult result = run(topology, program);
  EXPECT_EQ(result.link_bytes[0], 1000u);
  EXPECT_EQ(result.latency, 1'002 * kNs);
}

TEST_F(CachedMachine, KeepsTensorsThatAHostStepFreesUntilTheKernelBeforeItHasEnded) {
  // The host is through with the step at once; the kernels before it take long.
  add(kWrite, 0, 8000);
  add(kRead, 0, 8000);
  program.launches.push_back(empty_kernel(0, 0, 0));
  program.launches.back().kind = Launch::Kind::host_only;
  program.launches.back().dies = {0};
  EXPECT_EQ(run(topology, program).link_bytes, (std::vector<Bytes>{0, 16'000}));
}

} // namespace
} // namespace fusesim::sim::test
