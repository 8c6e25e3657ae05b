#pragma once

#include "support/units.hpp"
#include "targets/gpu/gpu_machine.hpp"

#include <cstdint>

namespace fusesim::targets::gpu {

inline constexpr std::uint32_t kWarpThreads = 32;
inline constexpr std::uint32_t kMaxRegistersPerThread = 255; ///< all shipped generations

/// What one CTA takes of an SM.
struct CtaResources {
  std::uint32_t threads = 0;
  std::uint32_t registers_per_thread = 0;
  Bytes shared_bytes = 0; ///< as the kernel asks for it
};

/// Shared memory that a CTA of `resources` takes from the SM, the system's share included.
Bytes shared_bytes_taken(const GpuMachine &machine, const CtaResources &resources);

/// CTAs that one SM holds at a time: the least of what threads, warps' registers, shared memory and
/// the limit on CTAs allow, as NVIDIA's occupancy calculator counts. 0: one CTA does not fit.
std::uint32_t resident_ctas(const GpuMachine &machine, const CtaResources &resources);

} // namespace fusesim::targets::gpu
