#include "targets/gpu/occupancy.hpp"

#include <algorithm>
#include <cmath>

namespace fusesim::targets::gpu {

namespace {

// CUDA occupancy calculator, compute capability 7.0 to 9.0: registers are handed out to a warp in
// units of 256, to warps in groups of 4 (one per sub-partition); shared memory in units of 128
// bytes (256 before 8.0, which no kernel here can tell apart).
constexpr std::uint32_t kRegisterUnit = 256;
constexpr std::uint32_t kWarpUnit = 4;
constexpr Bytes kSharedUnit = 128;
constexpr double kKib = 1024;

std::uint32_t round_up(std::uint32_t value, std::uint32_t unit) {
  return (value + unit - 1) / unit * unit;
}

} // namespace

Bytes shared_bytes_taken(const GpuMachine &machine, const CtaResources &resources) {
  const auto reserved = static_cast<Bytes>(machine.shared_memory_reserved_kib_per_cta * kKib);
  return ceil_div(resources.shared_bytes + reserved, kSharedUnit) * kSharedUnit;
}

std::uint32_t resident_ctas(const GpuMachine &machine, const CtaResources &resources) {
  const auto per_cta = static_cast<Bytes>(machine.shared_memory_kib_per_cta * kKib);
  if (resources.shared_bytes > per_cta || resources.registers_per_thread > kMaxRegistersPerThread)
    return 0;
  const std::uint32_t warps = round_up(resources.threads, kWarpThreads) / kWarpThreads;
  std::uint32_t limit =
      std::min(machine.ctas_per_sm, machine.threads_per_sm / (warps * kWarpThreads));
  if (resources.registers_per_thread > 0) {
    const auto per_warp = round_up(resources.registers_per_thread * kWarpThreads, kRegisterUnit);
    const auto warps_held = machine.registers_per_sm / per_warp / kWarpUnit * kWarpUnit;
    limit = std::min(limit, warps_held / warps);
  }
  if (const Bytes taken = shared_bytes_taken(machine, resources); taken > 0) {
    const auto per_sm = static_cast<Bytes>(machine.shared_memory_kib_per_sm * kKib);
    limit = static_cast<std::uint32_t>(std::min<Bytes>(limit, per_sm / taken));
  }
  return limit;
}

} // namespace fusesim::targets::gpu
