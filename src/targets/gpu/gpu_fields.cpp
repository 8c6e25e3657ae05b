#include "targets/config_fields.hpp"
#include "targets/gpu/gpu_machine.hpp"

namespace fusesim::targets {

// One key, one line.
// clang-format off
void fields(FieldVisitor &f, GpuMachine &m) {
  f.required("generation", m.generation, "architecture name, for people");
  f.required("sm_count", m.sm_count, {"SMs", 1, 1024}, "streaming multiprocessors");
  f.required("boost_clock_ghz", m.boost_clock_ghz, {"GHz", 0.1, 5}, "clock at which the datasheet gives its FP32 rate");
  f.optional("tensor_clock_ghz", m.tensor_clock_ghz, {"GHz", 0, 5}, "clock at which it gives its tensor rates; 0 = boost_clock_ghz");
  f.optional("sustained_clock_ghz", m.sustained_clock_ghz, {"GHz", 0, 5}, "clock held under tensor load within the power limit; 0 = the clock of the peak rates");
  f.optional("sustained_simt_clock_ghz", m.sustained_simt_clock_ghz, {"GHz", 0, 5}, "clock held under load of CUDA cores, which draw less; 0 = sustained_clock_ghz");
  f.required("fp32_tflops", m.fp32_tflops, {"TFLOP/s", 0.01, 10000}, "FP32 on CUDA cores");
  f.optional("fp16_cuda_tflops", m.fp16_cuda_tflops, {"TFLOP/s", 0, 10000}, "FP16 on CUDA cores; 0 = as FP32");
  f.optional("tf32_tensor_tflops", m.tf32_tensor_tflops, {"TFLOP/s", 0, 100000}, "TF32 on tensor cores, dense; 0 = none");
  f.optional("fp16_tensor_tflops", m.fp16_tensor_tflops, {"TFLOP/s", 0, 100000}, "FP16 on tensor cores with FP32 accumulation, dense; 0 = none");
  f.optional("bf16_tensor_tflops", m.bf16_tensor_tflops, {"TFLOP/s", 0, 100000}, "BF16 on tensor cores, dense; 0 = none");
  f.optional("int8_tensor_tops", m.int8_tensor_tops, {"TOP/s", 0, 100000}, "INT8 on tensor cores, dense; 0 = none");
  f.required("dram_bandwidth_gbps", m.dram_bandwidth_gbps, {"GB/s", 0.1, 100000}, "peak DRAM bandwidth, 10^9 bytes per second");
  f.required("l2_mib", m.l2_mib, {"MiB", 0.001, 4096}, "L2 capacity");
  f.required("l2_bandwidth_gbps", m.l2_bandwidth_gbps, {"GB/s", 0.1, 1000000}, "bandwidth of the whole L2 to all SMs");
  f.required("shared_memory_kib_per_sm", m.shared_memory_kib_per_sm, {"KiB", 1, 4096}, "shared memory that resident CTAs divide among them");
  f.required("shared_memory_kib_per_cta", m.shared_memory_kib_per_cta, {"KiB", 1, 4096}, "largest that one CTA can ask for");
  f.optional("shared_memory_reserved_kib_per_cta", m.shared_memory_reserved_kib_per_cta, {"KiB", 0, 64}, "what the system takes besides for each CTA");
  f.optional("shared_memory_bytes_per_clk", m.shared_memory_bytes_per_clk, {"B/clk", 1, 4096}, "shared-memory bandwidth of one SM");
  f.optional("registers_per_sm", m.registers_per_sm, {"registers", 1024, 1048576}, "32-bit registers");
  f.required("threads_per_sm", m.threads_per_sm, {"threads", 256, 65536}, "most threads resident on one SM");
  f.required("ctas_per_sm", m.ctas_per_sm, {"CTAs", 1, 1024}, "most CTAs resident on one SM");
  f.optional("tdp_w", m.tdp_w, {"W", 0, 10000}, "board power limit");
  f.optional("dram_efficiency", m.dram_efficiency, {"", 0.01, 1}, "achieved over peak bandwidth of a streaming kernel");
  f.optional("dram_latency_us", m.dram_latency_us, {"us", 0, 100}, "load that misses L2, from SM and back, under light load");
  f.optional("l2_latency_us", m.l2_latency_us, {"us", 0, 100}, "load that hits L2, from SM and back");
  f.optional("tensor_efficiency", m.tensor_efficiency, {"", 0.01, 1}, "achieved over peak of a GEMM main loop on tensor cores, largest tile");
  f.optional("cuda_core_efficiency", m.cuda_core_efficiency, {"", 0.01, 1}, "achieved over peak of a main loop on CUDA cores");
  f.optional("l2_residency_fraction", m.l2_residency_fraction, {"", 0, 1}, "share of L2 that keeps tensors from one kernel to the next");
  f.optional("min_kernel_us", m.min_kernel_us, {"us", 0, 1000}, "device time of an empty kernel");
  f.optional("kernel_ramp_us", m.kernel_ramp_us, {"us", 0, 1000}, "from a kernel's start to its first loads: products and attention, whose code is long");
  f.optional("stream_ramp_us", m.stream_ramp_us, {"us", 0, 1000}, "the same of kernels that stream: elementwise, copies, pooling, normalisation");
  f.optional("sm_l2_bytes_per_clk", m.sm_l2_bytes_per_clk, {"B/clk", 1, 4096}, "port of one SM to L2");
  f.optional("cta_setup_us", m.cta_setup_us, {"us", 0, 100}, "of a GEMM's CTA before its first load: index arithmetic, descriptors, barriers");
  f.optional("k_step_us", m.k_step_us, {"us", 0, 100}, "least time of one k-step of a lone CTA: barrier, shared memory's answer, dependent MMAs");
  f.optional("implicit_gemm_stall", m.implicit_gemm_stall, {"", 0, 10}, "added to operand_stall for convolutions, whose operands' addresses are computed on the way");
  f.optional("simt_operand_stall", m.simt_operand_stall, {"", 0, 10}, "as operand_stall, of matrix products on CUDA cores");
  f.optional("batched_sgemm_tiles", m.batched_sgemm_tiles, "CTA tiles, as '128x128 64x64', that libraries have for batched products on CUDA cores; none given = all");
  f.optional("winograd_product_tiles", m.winograd_product_tiles, "CTA tiles that libraries have for the products of Winograd convolutions in steps; none given = all");
  f.optional("operand_stall", m.operand_stall, {"", 0, 10}, "share of the time to fetch operands of a GEMM that math does not hide");
  f.optional("pipeline_stages", m.pipeline_stages, {"stages", 2, 16}, "shared-memory buffers of a GEMM main loop");
  f.optional("mma_warps", m.mma_warps, {"warps", 1, 4}, "warps that read one operand tile from shared memory together");
}
// clang-format on

} // namespace fusesim::targets
