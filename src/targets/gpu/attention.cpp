// Attention whose scores never leave the chip, after FlashAttention-2 (Dao 2023), section 3: a CTA
// holds a tile of queries and walks over tiles of keys and values.
//
//   for each tile of keys:  S = Q·Kᵀ (tensor)   softmax, rescale (CUDA cores)   O += P·V (tensor)
//
// Products and softmax of different warps overlap, so engines count side by side.
#include "targets/gpu/kernel.hpp"
#include "targets/gpu/occupancy.hpp"

#include <algorithm>

namespace fusesim::targets::gpu {

namespace {

// FlashAttention-2's tiles for head dimensions up to 128; four warps.
constexpr std::uint64_t kQueryTile = 128, kKeyTile = 64;
constexpr std::uint32_t kWarps = 4, kBuffers = 2;
constexpr std::uint64_t kLargestHead = 256; // its largest supported head
// Scores, output accumulators and statistics in registers: at the limit of a thread.
constexpr std::uint32_t kRegisters = 255;

CtaResources resources_of(const AttentionKernel &kernel) {
  const auto per_key = kKeyTile * (kernel.query_dim + kernel.value_dim) * kBuffers;
  return {kWarps * kWarpThreads, kRegisters,
          (kQueryTile * kernel.query_dim + per_key) * kernel.element_bytes};
}

std::uint64_t padded(std::uint64_t value, std::uint64_t unit) {
  return ceil_div(value, unit) * unit;
}

} // namespace

bool attention_fits(const Device &device, std::uint64_t head_dim, Bytes element_bytes) {
  AttentionKernel kernel;
  kernel.query_dim = kernel.value_dim = head_dim;
  kernel.element_bytes = element_bytes;
  return head_dim <= kLargestHead && resident_ctas(device.machine, resources_of(kernel)) > 0;
}

sim::TaskGroup attention_group(const Device &device, const AttentionKernel &kernel) {
  const auto resources = resources_of(kernel);
  const auto tiles = ceil_div(kernel.queries, kQueryTile);
  const auto query_rows = static_cast<double>(kQueryTile);
  const auto key_rows = static_cast<double>(padded(kernel.keys, kKeyTile));
  const auto dims =
      static_cast<double>(padded(kernel.query_dim, 16) + padded(kernel.value_dim, 16));
  const auto element = static_cast<double>(kernel.element_bytes);

  sim::TaskGroup group;
  group.name = kernel.name;
  group.unit_class = kSm;
  group.count = checked_mul(kernel.batch, tiles, kernel.name);
  group.tasks_per_unit = resident_ctas(device.machine, resources);
  group.scratch_bytes = shared_bytes_taken(device.machine, resources);
  const auto ctas = static_cast<double>(group.count);
  const double port = device.rate_of(SmEngine::port);
  const double macs = query_rows * key_rows * dims;
  const double loaded =
      (query_rows * static_cast<double>(kernel.query_dim) + key_rows * dims) * element;
  // Each of the four warps reads all keys and values for its own quarter of the queries.
  const double warps = device.machine.mma_warps > 1 ? 1 : kWarps;
  const double from_shared = loaded + warps * key_rows * dims * element;

  group.fill_s = device.dram_latency_s +
                 (query_rows + kKeyTile) * static_cast<double>(kernel.query_dim) * element / port;
  group.min_steady_s = key_rows / kKeyTile * device.l2_latency_s / (kBuffers - 1);
  group.drain_s = query_rows * static_cast<double>(kernel.value_dim) * element / port +
                  device.l2_latency_s + kernel.output_ops / ctas / device.rate_of(SmEngine::cuda);
  const bool tensor = kernel.engine != SmEngine::cuda;
  group.work = {{id_of(SmEngine::cuda), kernel.score_ops / ctas + (tensor ? 0 : macs)},
                {id_of(SmEngine::port), loaded},
                {id_of(SmEngine::shared), from_shared}};
  if (tensor)
    group.work.push_back({id_of(kernel.engine), 2 * macs / kernel.efficiency});

  add_read(group, kernel.q, kernel.q.bytes);
  add_read(group, kernel.k, kernel.k.bytes * tiles);
  add_read(group, kernel.v, kernel.v.bytes * tiles);
  for (const auto &operand : kernel.reads)
    add_read(group, operand, operand.bytes);
  for (const auto &operand : kernel.writes)
    add_write(group, operand);
  return group;
}

} // namespace fusesim::targets::gpu
