#pragma once

#include "support/units.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace fusesim::targets {

/// A GPU as its datasheet gives it, and the few constants of its generation that no datasheet has.
/// Peak rates are dense, TFLOP/s (TOP/s for int8), at the boost clock (tensor rates: at
/// tensor_clock_ghz). See docs/configs.md for every key's meaning and range.
struct GpuMachine {
  std::string generation;
  std::uint32_t sm_count = 0;
  double boost_clock_ghz = 0;
  double sustained_clock_ghz = 0; ///< under load; 0 = holds the clock its peak rates are given at
  double sustained_simt_clock_ghz =
      0;                         ///< the same under load of CUDA cores; 0 = sustained_clock_ghz
  double tensor_clock_ghz = 0;   ///< at which the tensor rates below are given; 0 = boost_clock_ghz
  double fp32_tflops = 0;        ///< CUDA cores
  double fp16_cuda_tflops = 0;   ///< packed half on CUDA cores; 0 = same as fp32
  double tf32_tensor_tflops = 0; ///< 0 = none
  double fp16_tensor_tflops = 0; ///< FP32 accumulation
  double bf16_tensor_tflops = 0; ///< 0 = none
  double int8_tensor_tops = 0;   ///< 0 = none
  double dram_bandwidth_gbps = 0; ///< GB/s, 10^9 bytes
  double l2_mib = 0;
  double l2_bandwidth_gbps = 0;
  double shared_memory_kib_per_sm = 0;
  double shared_memory_kib_per_cta = 0; ///< largest a CTA can ask for
  double shared_memory_reserved_kib_per_cta =
      0;                                    ///< taken by the system from each resident CTA's share
  double shared_memory_bytes_per_clk = 128; ///< per SM
  std::uint32_t registers_per_sm = 65536;
  std::uint32_t threads_per_sm = 2048;
  std::uint32_t ctas_per_sm = 32;
  double tdp_w = 0;

  // constants of the generation: physical meaning, range and source stand in the YAML
  double dram_efficiency = 0.9; ///< achieved / peak bandwidth of a streaming kernel
  double dram_latency_us = 0.6;
  double l2_latency_us = 0.25;
  double tensor_efficiency = 0.9; ///< achieved / peak of the main loop of the largest CTA tile
  double cuda_core_efficiency = 0.9;
  double l2_residency_fraction = 0.8; ///< share of L2 that keeps the last kernel's tensors
  double min_kernel_us = 0.1;         ///< device time of an empty kernel
  /// From a kernel's start to its first loads: its CTAs are launched, instruction and constant caches are cold. Products
  /// and attention have long, unrolled code; kernels that stream have little.
  double kernel_ramp_us = 0.8, stream_ramp_us = 0.8;
  double cta_setup_us =
      0; ///< of a GEMM's CTA before its first load: index arithmetic, descriptors, barriers
  double k_step_us =
      0; ///< least time of one k-step of a lone CTA: barrier, shared memory's answer, dependent MMAs
  double implicit_gemm_stall =
      0; ///< added to operand_stall for convolutions: addresses are computed on the way
  double simt_operand_stall = 0; ///< as operand_stall, of matrix products on CUDA cores
  /// CTA tiles ("128x128 64x64") that libraries have for batched products on CUDA cores; empty: all of the menu.
  std::string batched_sgemm_tiles;
  /// The same for the products of Winograd in steps.
  std::string winograd_product_tiles;
  double operand_stall = 0; ///< share of the time to fetch operands that math does not hide
  std::uint32_t pipeline_stages =
      3; ///< shared-memory buffers of a GEMM main loop, one being filled ahead of use per stage
  std::uint32_t mma_warps =
      1; ///< warps that read one operand tile from shared memory together (Hopper: 4)
  double sm_l2_bytes_per_clk = 64; ///< port of one SM to L2
};

} // namespace fusesim::targets
