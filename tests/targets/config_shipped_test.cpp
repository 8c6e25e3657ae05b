// The shipped GPU configs against what their architecture can do: rate = SMs × clock × operations
// per clock and SM. Operations per clock and SM are those of NVIDIA's whitepapers (V100 WP-08608,
// Turing WP-09183, A100, GA102, Ada, H100) and of the Jetson AGX Orin technical brief; boost clocks
// and SM counts are checked through the product.
#include "targets/machine.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

using namespace fusesim::targets;

namespace {

struct PerClock {
  const char *name;
  double fp32; ///< FLOPs: 2 × lanes
  double f16;  ///< tensor FLOPs with FP32 accumulation
  double tf32; ///< 0 = none
  double i8;   ///< 0 = none
  double clock_ghz, tensor_clock_ghz;
  std::uint32_t sms;
};
void PrintTo(const PerClock &row, std::ostream *stream) { *stream << row.name; }

// A GeForce card runs tensor products with FP32 accumulation at half the rate of its data-centre
// sibling.
constexpr PerClock kGpus[] = {
    {"v100-sxm2-16gb", 128, 1024, 0, 0, 1.53, 1.53, 80},
    {"v100-pcie-32gb", 128, 1024, 0, 0, 1.38, 1.38, 80},
    {"t4", 128, 1024, 0, 2048, 1.59, 1.59, 40},
    {"a100-sxm-40gb", 128, 2048, 1024, 4096, 1.41, 1.41, 108},
    {"a100-sxm-80gb", 128, 2048, 1024, 4096, 1.41, 1.41, 108},
    {"a100-pcie-40gb", 128, 2048, 1024, 4096, 1.41, 1.41, 108},
    {"a100-pcie-80gb", 128, 2048, 1024, 4096, 1.41, 1.41, 108},
    {"a30", 128, 2048, 1024, 4096, 1.44, 1.44, 56},
    {"a10", 256, 1024, 512, 2048, 1.695, 1.695, 72},
    {"rtx-3090", 256, 512, 256, 2048, 1.695, 1.695, 82},
    {"rtx-4090", 256, 512, 256, 2048, 2.52, 2.52, 128},
    {"l4", 256, 1024, 512, 2048, 2.04, 2.04, 58},
    {"h100-pcie", 256, 4096, 2048, 8192, 1.755, 1.62, 114},
    {"h100-sxm", 256, 4096, 2048, 8192, 1.98, 1.83, 132},
    {"h200-sxm", 256, 4096, 2048, 8192, 1.98, 1.83, 132},
    {"jetson-agx-orin-64gb", 256, 2048, 512, 4096, 1.3, 1.3, 16},
};

class ShippedGpu : public ::testing::TestWithParam<PerClock> {};

TEST_P(ShippedGpu, HasThePeakRatesOfItsSmsAndClock) {
  const auto &row = GetParam();
  const auto machine = load_machine(row.name);
  const auto &gpu = std::get<GpuMachine>(machine.model);
  EXPECT_EQ(gpu.sm_count, row.sms);
  EXPECT_DOUBLE_EQ(gpu.boost_clock_ghz, row.clock_ghz);
  const auto close = [&](double tflops, double per_clock, double clock) {
    const double expected = row.sms * clock * per_clock * 1e-3;
    EXPECT_NEAR(tflops, expected, 0.02 * expected);
  };
  close(gpu.fp32_tflops, row.fp32, row.clock_ghz);
  close(gpu.fp16_tensor_tflops, row.f16, row.tensor_clock_ghz);
  close(gpu.tf32_tensor_tflops, row.tf32, row.tensor_clock_ghz);
  close(gpu.int8_tensor_tops, row.i8, row.tensor_clock_ghz);
}

TEST_P(ShippedGpu, NamesARuntimeThatDrivesIt) {
  const auto machine = load_machine(GetParam().name);
  EXPECT_EQ(load_runtime(machine.default_runtime).target, "gpu");
}

INSTANTIATE_TEST_SUITE_P(Configs, ShippedGpu, ::testing::ValuesIn(kGpus));

TEST(ShippedConfigs, AllLoadAndKnowADefaultRuntimeOfTheirKind) {
  const auto machines = list_machines();
  std::size_t gpus = 0;
  for (const auto &entry : machines) {
    const auto machine = load_machine(entry.name);
    EXPECT_EQ(machine.is_gpu(), entry.kind == "gpu") << entry.name;
    EXPECT_EQ(load_runtime(machine.default_runtime).target, entry.kind) << entry.name;
    gpus += entry.kind == "gpu";
  }
  EXPECT_EQ(gpus, std::size(kGpus));
  EXPECT_GE(list_runtimes().size(), 3U);
}

// CUDA C++ Programming Guide, "Technical Specifications per Compute Capability".
TEST(ShippedConfigs, HaveTheSmLimitsOfTheirComputeCapability) {
  struct Limits {
    const char *name;
    std::uint32_t warps, ctas;
    double shared_sm, shared_cta;
  };
  for (const Limits row : {Limits{"v100-sxm2-16gb", 64, 32, 96, 96},
                           {"t4", 32, 16, 64, 64},
                           {"a100-sxm-40gb", 64, 32, 164, 163},
                           {"rtx-3090", 48, 16, 100, 99},
                           {"l4", 48, 24, 100, 99},
                           {"h100-pcie", 64, 32, 228, 227},
                           {"jetson-agx-orin-64gb", 48, 16, 164, 163}}) {
    const auto machine = load_machine(row.name);
    const auto &gpu = std::get<GpuMachine>(machine.model);
    EXPECT_EQ(gpu.threads_per_sm, row.warps * 32) << row.name;
    EXPECT_EQ(gpu.ctas_per_sm, row.ctas) << row.name;
    EXPECT_DOUBLE_EQ(gpu.shared_memory_kib_per_sm, row.shared_sm) << row.name;
    EXPECT_DOUBLE_EQ(gpu.shared_memory_kib_per_cta, row.shared_cta) << row.name;
    EXPECT_EQ(gpu.registers_per_sm, 65536U) << row.name;
  }
}

// The user must be able to see where each number comes from: a remark on its line, or above the
// block it stands in.
TEST(ShippedConfigs, GiveASourceForEveryNumber) {
  auto entries = list_machines();
  const auto runtimes = list_runtimes();
  entries.insert(entries.end(), runtimes.begin(), runtimes.end());
  for (const auto &entry : entries) {
    if (entry.kind == "tile")
      continue;
    std::ifstream stream(entry.file);
    bool remark_above = false;
    for (std::string line; std::getline(stream, line);) {
      const bool remark = line.find('#') != std::string::npos;
      const bool number = line.find_first_of("0123456789", line.find(':') + 1) != std::string::npos;
      if (line.empty())
        remark_above = false;
      else if (remark)
        remark_above = true;
      EXPECT_TRUE(remark_above || !number) << entry.file << ": " << line;
    }
  }
}

} // namespace
