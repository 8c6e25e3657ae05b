#pragma once

#include "targets/gpu/kernel.hpp"

#include <compare>
#include <cstdint>

namespace fusesim::targets::gpu {

/// What a GEMM is to Winograd's algorithm (winograd.hpp), whose kernels libraries ship in few tiles.
enum class WinogradRole : std::uint8_t {
  none,
  whole,    ///< transforms and multiplications of F(2×2, 3×3) in one kernel, k counted four times
  products, ///< of F(4×4, 3×3), between its transforms
};

/// Of the results for each of its filters, one CTA of Winograd's kernel computes 8 rows of 16 of one image: cuDNN's
/// "tile148t", 4×8 tiles of 2×2. NeuSight's traces of convolutions on V100 and A100 (column Grid) have this one in all but
/// a few. F(2×2, 3×3) sums up 16 products for a tile of 4 results; a channel is 4 k, for which an image with its border and
/// transformed filters are loaded.
inline constexpr std::uint32_t kWinogradRows = 8, kWinogradColumns = 16;
inline constexpr std::uint32_t kWinogradSumsPerResult = 4;
inline constexpr std::uint32_t kWinogradImagePerK =
    (kWinogradRows + 2) * (kWinogradColumns + 2) / 4;
inline constexpr std::uint32_t kWinogradFilterPerK = 4;

/// `batch` products C[m×n] = A[m×k]·B[k×n]; convolutions come as implicit GEMMs.
struct GemmShape {
  std::uint64_t batch = 1, m = 1, n = 1, k = 1;
  std::uint64_t element_bytes = 2;
  SmEngine engine = SmEngine::f16;
  Bytes a_bytes = 0, b_bytes = 0, c_bytes = 0;         ///< distinct bytes of the operands in memory
  bool aligned_operands = true, aligned_result = true; ///< rows begin at multiples of 16 bytes
  bool is_convolution =
      false; ///< libraries do not split its reduction, and compute addresses on the way
  WinogradRole winograd = WinogradRole::none;
  auto operator<=>(const GemmShape &) const = default;
};

/// How a library would run a GemmShape.
struct GemmPlan {
  std::uint32_t tile_m = 0, tile_n = 0, tile_k = 0;
  std::uint32_t warps = 0, stages = 0;
  std::uint32_t split_k = 1;
  std::uint32_t resident = 1; ///< CTAs per SM
  std::uint32_t operand_rows =
      0;                  ///< of A and B together that its warps read from shared memory per k
  Bytes shared_bytes = 0; ///< of one CTA, the system's share included
  std::uint64_t tiles_m = 0, tiles_n = 0, ctas = 0;
  std::uint64_t k_steps = 0; ///< of one CTA
};

/// What one CTA of a plan costs, without what is fused to it.
struct GemmCost {
  double flops_or_lane_ops = 0; ///< on the shape's engine, padding of the tile included
  double port_bytes = 0, shared_bytes = 0;
  double fill_s = 0, drain_s = 0, min_steady_s = 0;
  Bytes workspace_bytes = 0; ///< split-K partial sums over L2, written and read
};
GemmCost cost_of(const Device &device, const GemmShape &shape, const GemmPlan &plan);

/// Bytes of A and B over the L2 link: every row of tiles reads B again, every column A.
Bytes a_traffic(const GemmShape &shape, const GemmPlan &plan);
Bytes b_traffic(const GemmShape &shape, const GemmPlan &plan);
/// Bytes of A and B fetched from DRAM again because neither operand stays in L2 from one wave of
/// CTAs to the next.
Bytes refetched_bytes(const Device &device, const GemmShape &shape, const GemmPlan &plan);

/// Closed-form time of a plan alone on the machine, from which plans are chosen: waves of resident
/// CTAs, each as long as its slowest resource, the last one as full as it is.
double estimated_seconds(const Device &device, const GemmShape &shape, const GemmPlan &plan);

/// The plan of the menu (tile shapes × split-K) with the least estimated time; of equals the first.
/// Throws Error when no tile fits the machine.
GemmPlan choose_plan(const Device &device, const GemmShape &shape);

/// A GEMM with what is fused into it.
struct GemmKernel {
  std::string name;
  GemmShape shape;
  GemmPlan plan;
  Operand a;
  std::vector<Operand> b;             ///< several: side by side, as more columns
  std::vector<Operand> reads, writes; ///< bias, residual, parameters of the epilogue; results
  double epilogue_ops = 0;            ///< lane operations on the results, whole kernel
  double prologue_ops = 0;            ///< lane operations on the elements of A, each counted once
  std::uint64_t a_elements = 0;       ///< distinct elements of A
  std::uint32_t a_passes =
      1; ///< 2: statistics of A's rows are computed first, by every CTA for its own rows
};
sim::TaskGroup gemm_group(const Device &device, const GemmKernel &kernel);

} // namespace fusesim::targets::gpu
