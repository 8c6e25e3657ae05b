// Kernels that stream: every thread loads a vector, computes, stores, and takes the next.
//
//   task = one resident CTA's share of the elements. As many tasks as CTAs, but never more than the
//   GPU holds at a time: the hardware starts the next CTA the moment one ends, so a full GPU has no
//   waves, only a steady stream.
//
//   fill   first load comes back                      DRAM latency
//   steady bytes over DRAM, L2 and the SM's port; lane operations; and Little's law: a CTA with B
//   bytes in flight and
//          latency T moves at most B/T
//   drain  last store leaves                          L2 latency
#include "targets/gpu/kernel.hpp"

#include "sim/reuse.hpp"
#include "targets/gpu/occupancy.hpp"

#include <algorithm>

namespace fusesim::targets::gpu {

namespace {

// Assumed: what elementwise kernels of PyTorch and their like take, few enough not to limit
// residency.
constexpr std::uint32_t kRegisters = 32;
// Assumed: a thread takes four elements at a time (PyTorch's vectorized_elementwise_kernel, 16
// bytes of f32).
constexpr std::uint64_t kItemsPerThread = 4;

Bytes total(const std::vector<Operand> &operands) {
  Bytes bytes = 0;
  for (const auto &operand : operands)
    bytes = checked_add(bytes, operand.bytes, "bytes of a kernel");
  return bytes;
}

} // namespace

sim::TaskGroup stream_group(const Device &device, const StreamKernel &kernel) {
  const auto residents =
      std::max(1U, resident_ctas(device.machine, {kStreamThreads, kRegisters, 0}));
  const std::uint64_t slots = std::uint64_t{residents} * device.machine.sm_count;
  const std::uint64_t ctas =
      std::max<std::uint64_t>(1, ceil_div(kernel.items, kStreamThreads * kItemsPerThread));

  sim::TaskGroup group;
  group.name = kernel.name;
  group.unit_class = kSm;
  group.count = std::min(ctas, slots);
  group.tasks_per_unit = residents;
  const auto tasks = static_cast<double>(group.count);
  const double loaded = static_cast<double>(total(kernel.reads)) * kernel.passes / tasks;
  const double stored = static_cast<double>(total(kernel.writes)) / tasks;
  const double in_flight = kStreamThreads * kStreamBytesPerThread;
  group.fill_s = device.dram_latency_s;
  group.drain_s = device.l2_latency_s;
  if (kernel.passes > 1) {
    const double again =
        static_cast<double>(total(kernel.reads)) * (kernel.passes - 1) *
        (1 - sim::reused_share(kernel.working_set, static_cast<Bytes>(device.l2_kept_bytes())));
    group.links.push_back({kDram, static_cast<Bytes>(again / tasks)});
  }
  // CTAs that began together load together and compute together, so that little of one hides the other's.
  const auto per_sm =
      static_cast<double>(ceil_div(group.count, std::uint64_t{device.machine.sm_count}));
  group.drain_s += kernel.phase_ops / tasks * per_sm / device.rate_of(SmEngine::cuda);
  group.min_steady_s = loaded / in_flight * device.dram_latency_s;
  group.work = {{id_of(SmEngine::cuda), kernel.lane_ops / tasks},
                {id_of(SmEngine::port),
                 loaded + stored + static_cast<double>(kernel.scattered * kLineBytes) / tasks}};
  for (const auto &operand : kernel.reads)
    add_read(group, operand, operand.bytes * kernel.passes);
  for (const auto &operand : kernel.writes)
    add_write(group, operand);
  return group;
}

} // namespace fusesim::targets::gpu
