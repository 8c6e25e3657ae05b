#pragma once

#include "ir/tensor.hpp"
#include "sim/program.hpp"
#include "targets/gpu/gpu_machine.hpp"
#include "targets/runtime.hpp"

namespace fusesim::targets::gpu {

/// Unit class, links and cache of every GPU topology.
inline constexpr sim::UnitClassId kSm = 0;
inline constexpr sim::LinkId kDram = 0, kL2Link = 1;
inline constexpr sim::CacheId kL2 = 0;

/// Engines of an SM, in the order of the topology.
enum class SmEngine : std::uint8_t {
  cuda,   ///< CUDA cores; work in lane operations (one fused multiply-add is one)
  port,   ///< to L2; work in bytes
  shared, ///< shared memory; work in bytes
  tf32,   ///< tensor cores; work in FLOPs
  f16,
  bf16,
  i8,
};
inline constexpr std::size_t kSmEngineCount = 7;
constexpr sim::EngineId id_of(SmEngine engine) { return static_cast<sim::EngineId>(engine); }

/// A GpuMachine in SI units, efficiencies and sustained clocks applied: what kernels are timed
/// with.
struct Device {
  GpuMachine machine;
  double rate[kSmEngineCount] = {}; ///< per second and SM; 0 = the machine has no such engine
  double dram_bytes_per_s = 0, l2_bytes_per_s = 0;
  double dram_latency_s = 0, l2_latency_s = 0;

  /// Of L2, what keeps data from one use to the next.
  double l2_kept_bytes() const {
    return machine.l2_mib * 1024 * 1024 * machine.l2_residency_fraction;
  }
  double rate_of(SmEngine engine) const { return rate[static_cast<std::size_t>(engine)]; }
};

Device device_of(const GpuMachine &machine);

/// Where a contraction of `dtype` runs: f32 on CUDA cores, the rest on tensor cores (f16 on CUDA
/// cores where a machine has no tensor cores at all). Throws Error naming `where` and the types
/// that the machine does have.
SmEngine contraction_engine(const Device &device, ir::DType dtype, std::string_view where);

sim::Topology topology_of(const Device &device, const Runtime &runtime);

} // namespace fusesim::targets::gpu
