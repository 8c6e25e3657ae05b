// Expected values: NVIDIA's occupancy rules worked by hand (CUDA occupancy calculator, compute
// capability in the comment; 65,536 registers per SM, given to warps in units of 256 and to warps
// by fours).
#include "targets/gpu/occupancy.hpp"

#include "targets/machine.hpp"

#include <gtest/gtest.h>

using namespace fusesim;
using namespace fusesim::targets;
using namespace fusesim::targets::gpu;

namespace {

GpuMachine gpu(const char *name) { return std::get<GpuMachine>(load_machine(name).model); }

// 8.0: 2,048 threads / 256 = 8; 32 × 32 registers = 1,024 per warp, 64 warps.
TEST(Occupancy, IsLimitedByThreads) {
  EXPECT_EQ(resident_ctas(gpu("a100-sxm-40gb"), {256, 32, 0}), 8U);
  EXPECT_EQ(resident_ctas(gpu("t4"), {256, 32, 0}), 4U);        // 7.5: 1,024 threads
  EXPECT_EQ(resident_ctas(gpu("rtx-3090"), {256, 32, 0}), 6U);  // 8.6: 1,536 threads
  EXPECT_EQ(resident_ctas(gpu("rtx-3090"), {1024, 32, 0}), 1U); // 1,536 / 1,024
}

// One warp each: 64 warps would fit, 32 CTAs are the limit (8.6: 16).
TEST(Occupancy, IsLimitedByTheNumberOfCtas) {
  EXPECT_EQ(resident_ctas(gpu("a100-sxm-40gb"), {32, 16, 0}), 32U);
  EXPECT_EQ(resident_ctas(gpu("rtx-3090"), {32, 16, 0}), 16U);
}

// 128 registers × 32 = 4,096 per warp: 16 warps: 2 CTAs of 8.
// 129 × 32 = 4,128 → 4,352 (17 units): 15 warps → 12 by fours: 1 CTA of 8, 3 CTAs of 4.
// 255 × 32 = 8,160 → 8,192: 8 warps: 1 CTA of 8.
TEST(Occupancy, IsLimitedByRegisters) {
  const auto a100 = gpu("a100-sxm-40gb");
  EXPECT_EQ(resident_ctas(a100, {256, 128, 0}), 2U);
  EXPECT_EQ(resident_ctas(a100, {256, 129, 0}), 1U);
  EXPECT_EQ(resident_ctas(a100, {128, 129, 0}), 3U);
  EXPECT_EQ(resident_ctas(a100, {256, 255, 0}), 1U);
  EXPECT_EQ(resident_ctas(a100, {512, 255, 0}), 0U); // 16 warps where 8 fit
}

// 8.0 takes 1 KiB per CTA for itself: 48 + 1 = 49 KiB, 164 / 49 = 3; 163 + 1 = 164: 1. 7.0 takes
// nothing: 96 / 48 = 2.
TEST(Occupancy, IsLimitedBySharedMemory) {
  const auto a100 = gpu("a100-sxm-40gb");
  EXPECT_EQ(resident_ctas(a100, {128, 32, 48 * 1024}), 3U);
  EXPECT_EQ(resident_ctas(a100, {128, 32, 163 * 1024}), 1U);
  EXPECT_EQ(resident_ctas(a100, {128, 32, 163 * 1024 + 1}), 0U); // more than one CTA may ask for
  EXPECT_EQ(resident_ctas(gpu("v100-sxm2-16gb"), {128, 32, 48 * 1024}), 2U);
  EXPECT_EQ(resident_ctas(gpu("rtx-3090"), {128, 32, 32 * 1024}), 3U); // 100 / 33
}

TEST(Occupancy, RoundsThreadsUpToWarps) {
  // 100 threads are 4 warps: 2,048 / 128 = 16 CTAs.
  EXPECT_EQ(resident_ctas(gpu("a100-sxm-40gb"), {100, 32, 0}), 16U);
}

TEST(Occupancy, CountsSharedMemoryInUnitsOf128Bytes) {
  // 1 KiB of the system's + 100 bytes = 1,124 → 1,152.
  EXPECT_EQ(shared_bytes_taken(gpu("a100-sxm-40gb"), {128, 32, 100}), 1152U);
  EXPECT_EQ(shared_bytes_taken(gpu("v100-sxm2-16gb"), {128, 32, 100}), 128U);
}

} // namespace
