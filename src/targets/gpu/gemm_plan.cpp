// The choice of a CTA tile and of split-K: everything in the menu that fits the SM, by estimated
// time.
#include "support/error.hpp"
#include "targets/gpu/gemm.hpp"
#include "targets/gpu/gemm_menu.hpp"
#include "targets/gpu/occupancy.hpp"

#include <fmt/format.h>

#include <cmath>
#include <optional>

namespace fusesim::targets::gpu {

namespace {

// Assumed: addresses, loop counters and predicates of a main loop.
constexpr std::uint32_t kBookkeepingRegisters = 32;
// A split of K shorter than this is all fill and drain.
constexpr std::uint64_t kLeastSteps = 4;
// Split-K's partial sums must stay in L2 beside the operands.
constexpr double kWorkspaceShare = 0.25;

/// Rows of A and columns of B that warps read from shared memory per k, by all of them together.
/// Warps that multiply as one group (wgmma) read once for the group.
std::uint32_t operand_rows(const GpuMachine &machine, const TileShape &tile) {
  std::uint32_t groups_m = tile.warps_m, groups_n = tile.warps_n;
  if (machine.mma_warps > 1) {
    const auto groups = std::max(1U, tile.warps_m * tile.warps_n / machine.mma_warps);
    groups_m = tile.warps_m >= tile.warps_n ? groups : 1;
    groups_n = groups / groups_m;
  }
  return groups_n * tile.tile_m + groups_m * tile.tile_n;
}

/// Accumulators, double-buffered operand fragments, bookkeeping.
std::uint32_t registers_per_thread(const GpuMachine &machine, const GemmShape &shape,
                                   const TileShape &tile) {
  const bool tensor = shape.engine != SmEngine::cuda;
  const auto warps = tile.warps_m * tile.warps_n;
  const auto sums = tile.tile_m * tile.tile_n *
                    (shape.winograd == WinogradRole::whole ? kWinogradSumsPerResult : 1);
  const auto accumulators = sums / (warps * kWarpThreads);
  std::uint32_t fragments = 0;
  if (!tensor) // a thread's square of C reads one row and one column of it per k
    fragments = 2 * 2 * static_cast<std::uint32_t>(std::ceil(std::sqrt(accumulators)));
  else if (machine.mma_warps == 1) // 32 bytes of k per row over a warp's 32 lanes
    fragments = 2 * (tile.tile_m / tile.warps_m + tile.tile_n / tile.warps_n) / 4;
  return accumulators + fragments + kBookkeepingRegisters;
}

/// The plan without split-K; empty when the tile does not fit an SM.
std::optional<GemmPlan> plan_of(const Device &device, const GemmShape &shape,
                                const TileShape &tile) {
  const auto &machine = device.machine;
  const bool tensor = shape.engine != SmEngine::cuda;
  GemmPlan plan;
  plan.tile_m = tile.tile_m;
  plan.tile_n = tile.tile_n;
  plan.tile_k = tensor ? kTensorStepBytes / static_cast<std::uint32_t>(shape.element_bytes)
                       : kSimtStepElements;
  plan.warps = tile.warps_m * tile.warps_n;
  plan.operand_rows = operand_rows(machine, tile);
  // Machines with asynchronous copies buffer deeper where a stage is small.
  const bool small = std::uint64_t{tile.tile_m} * tile.tile_n <= std::uint64_t{64} * 64;
  plan.stages = machine.pipeline_stages * (small && machine.pipeline_stages > 2 ? 2 : 1);
  if (tensor && !shape.aligned_operands) // too narrow for asynchronous copies: through registers
    plan.stages = 2;
  const CtaResources resources{
      plan.warps * kWarpThreads, registers_per_thread(machine, shape, tile),
      Bytes{plan.stages} * (tile.tile_m + tile.tile_n) * plan.tile_k * shape.element_bytes};
  plan.resident = resident_ctas(machine, resources);
  if (plan.resident == 0)
    return std::nullopt;
  plan.shared_bytes = shared_bytes_taken(machine, resources);
  plan.tiles_m = ceil_div(shape.m, tile.tile_m);
  plan.tiles_n = ceil_div(shape.n, tile.tile_n);
  plan.k_steps = ceil_div(shape.k, plan.tile_k);
  plan.ctas = checked_mul(checked_mul(plan.tiles_m, plan.tiles_n, "CTAs"), shape.batch, "CTAs");
  return plan;
}

bool worth_splitting(const Device &device, const GemmPlan &whole, std::uint32_t split) {
  const double workspace =
      static_cast<double>(whole.ctas) * split * whole.tile_m * whole.tile_n * 4;
  return whole.k_steps / split >= kLeastSteps &&
         workspace <= device.machine.l2_mib * 1024 * 1024 * kWorkspaceShare;
}

/// Whether libraries have this tile for such a product.
bool is_shipped(const GpuMachine &machine, const GemmShape &shape, const TileShape &tile) {
  const bool batched = shape.engine == SmEngine::cuda && shape.batch > 1 && !shape.is_convolution;
  const auto &only = shape.winograd == WinogradRole::products ? machine.winograd_product_tiles
                                                              : machine.batched_sgemm_tiles;
  return !batched || only.empty() ||
         fmt::format(" {} ", only).find(fmt::format(" {}x{} ", tile.tile_m, tile.tile_n)) !=
             std::string::npos;
}

std::span<const TileShape> menu_of(const GemmShape &shape) {
  if (shape.winograd == WinogradRole::whole)
    return kWinogradTiles;
  if (shape.engine != SmEngine::cuda)
    return kTensorTiles;
  return shape.is_convolution ? std::span<const TileShape>(kSimtConvolutionTiles) : kSimtTiles;
}

/// Libraries' convolutions do not split their reduction.
bool may_split(const GemmShape &shape) {
  return !shape.is_convolution && shape.winograd == WinogradRole::none;
}

} // namespace

GemmPlan choose_plan(const Device &device, const GemmShape &shape) {
  std::optional<GemmPlan> best;
  double best_seconds = 0;
  for (const auto &tile : menu_of(shape)) {
    const auto whole =
        is_shipped(device.machine, shape, tile) ? plan_of(device, shape, tile) : std::nullopt;
    if (!whole)
      continue;
    for (const auto split : kSplits) {
      if (split > 1 && (!may_split(shape) || !worth_splitting(device, *whole, split)))
        break;
      GemmPlan plan = *whole;
      plan.split_k = split;
      plan.k_steps = ceil_div(whole->k_steps, split);
      plan.ctas = whole->ctas * split;
      const double seconds = estimated_seconds(device, shape, plan);
      if (!best || seconds < best_seconds) {
        best = plan;
        best_seconds = seconds;
      }
    }
  }
  if (!best)
    throw Error(device.machine.generation,
                "no GEMM tile fits an SM: too little shared memory or too few registers or threads",
                fmt::format("the smallest takes {} threads", 4 * kWarpThreads));
  return *best;
}

} // namespace fusesim::targets::gpu
