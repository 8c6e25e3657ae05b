#pragma once

#include "targets/config_fields.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace fusesim::targets {

/// The software that drives a machine: configs/runtime/*.yaml. Times in microseconds of one host
/// thread.
struct Runtime {
  std::string name, description;
  std::string target = "gpu";               ///< "gpu" or "tile": which machines it drives
  std::string strategy = "unfused";         ///< partition strategy it executes by default
  std::string fused_strategy = "attention"; ///< what `compare` sets against `unfused`
  enum class Submission : std::uint8_t {
    eager,
    graph_replay,
    sequencer
  } submission = Submission::eager;

  double call_us = 0;     ///< framework cost once per inference, before the first launch
  double weight_us = 0;   ///< the same for each weight: guards and arguments of compiled code
  double dispatch_us = 0; ///< framework cost per operator that launches
  double module_dispatch_us =
      0; ///< added for an operator with weights: a module's call, a library's set-up
  double view_dispatch_us = 0;  ///< framework cost per view or identity operator
  double launch_us = 0;         ///< host cost of one launch call
  double launch_latency_us = 0; ///< from the end of that call to the start on an idle device
  double kernel_gap_us = 0;     ///< device-side gap between dependent kernels of a stream
  double graph_launch_us = 0;   ///< graph_replay: one submission
  double graph_node_gap_us = 0; ///< graph_replay: between nodes
  double sync_us = 0;           ///< final synchronisation
  double grid_barrier_us =
      0; ///< barrier inside a fused kernel; when 0, a grid-wide dependency is a second kernel
  std::uint32_t queue_depth = 1024;
  bool packed_qkv = true; ///< attention's input projection runs as one 3E×E product
  /// Attention over up to this many keys can be one kernel that keeps the scores on chip; 0: never.
  std::uint32_t fused_attention_tokens = 1'000'000'000;
  /// Share of the tensor cores' sustained rate that its attention kernels reach.
  double attention_efficiency = 0.6;
  /// What comes before and after a matrix product or convolution can run in its kernel; else libraries' kernels stand
  /// alone, and the rest fuses among itself.
  bool fuses_into_products = true;
  /// Operands and results whose rows do not begin at multiples of 16 bytes are padded to it.
  bool aligns_products = true;
  /// A linear's bias is copied into every row of its result before the product, which adds to it.
  bool copies_linear_bias = false;
  /// A convolution's bias is added to its result by a kernel of its own.
  bool adds_convolution_bias = false;
  /// Batched products first copy operands that are permuted views, as at::matmul does to merge their batch dims.
  bool copies_permuted_operands = false;
  /// Elementwise operators lay their result out as their first operand lies, permuted views too, and operators on rows copy
  /// what does not lie by rows, as PyTorch's do. See gpu/strides.hpp.
  bool keeps_strides = false;
  /// Which products of float32 tensors run on tensor cores in TF32, where the machine has it.
  enum class Tf32 : std::uint8_t { none, convolutions, all } tf32_products = Tf32::none;
  /// How images lie in memory. Contiguous (NCHW): convolutions on tensor cores convert to NHWC and back.
  enum class Layout : std::uint8_t { contiguous, channels_last } layout = Layout::channels_last;
  bool folds_batch_norm =
      false; ///< batch_norm after a convolution is folded into its weights ahead of time
  bool resident_weights =
      false; ///< sequencer: weights that fit stay in L3 from one inference to the next
  double sequencer_us = 0; ///< sequencer: cost of starting one subgraph's program
  std::vector<Calibrated>
      calibrated; ///< which numbers were fitted to measurements, and their bounds
};

} // namespace fusesim::targets
