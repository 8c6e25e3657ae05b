#pragma once

#include "sim/program.hpp"
#include "targets/gpu/device.hpp"

#include <string>
#include <vector>

namespace fusesim::targets::gpu {

/// A tensor in memory that a kernel reads or writes.
struct Operand {
  sim::TensorId tensor = 0;
  Bytes bytes = 0;         ///< that the kernel touches
  Bytes storage_bytes = 0; ///< of the whole tensor
};

/// Lets `group` read `operand`, spread over its tasks, `front` bytes in all over the L2 link. Reads
/// of several parts of one tensor count as one read of them all.
void add_read(sim::TaskGroup &group, const Operand &operand, Bytes front);
void add_write(sim::TaskGroup &group, const Operand &operand);

/// A kernel whose threads stream over elements: elementwise chains, copies, pooling, reductions
/// over rows, depthwise convolutions. See stream.cpp.
struct StreamKernel {
  std::string name;
  std::uint64_t items = 0;  ///< elements that threads are mapped to
  double lane_ops = 0;      ///< on CUDA cores, whole kernel
  std::uint32_t passes = 1; ///< over what it reads
  /// Loads and stores of one element each that share their cache line with no other.
  std::uint64_t scattered = 0;
  Bytes working_set =
      0; ///< what is read between two passes over one element, by all that is resident
  double phase_ops =
      0; ///< lane operations that wait for a row's loads and that its stores wait for
  std::vector<Operand> reads, writes;
};
sim::TaskGroup stream_group(const Device &device, const StreamKernel &kernel);

/// What a store that shares its cache line with no other takes of the port. "gpu_operators": bmm with small k, whatever its
/// sizes and their alignment, writes one element in 2.2 clocks per SM on A100, in 1.2 to 1.8 on V100; a line of 128 bytes
/// takes 2 of a port of 64 bytes.
inline constexpr Bytes kLineBytes = 128;

/// Bytes that one thread has in flight, and threads of a CTA, of a streaming kernel.
inline constexpr Bytes kStreamBytesPerThread =
    16; // one 128-bit load: CUDA Best Practices, vectorised access
inline constexpr std::uint32_t kStreamThreads = 256;

/// Scores, softmax and their application in one kernel that keeps the scores on chip (Dao et al.,
/// FlashAttention-2, 2023). See attention.cpp.
struct AttentionKernel {
  std::string name;
  std::uint64_t batch = 1; ///< samples × heads
  std::uint64_t queries = 1, keys = 1;
  std::uint64_t query_dim = 1, value_dim = 1; ///< of one head
  std::uint64_t element_bytes = 2;
  SmEngine engine = SmEngine::f16;
  double efficiency = 1; ///< of the products, over the engine's rate
  double score_ops = 0;  ///< lane operations on all scores: scale, mask, softmax
  double output_ops = 0; ///< on all outputs: what follows the second product
  Operand q, k, v;
  std::vector<Operand> reads, writes; ///< masks, what the epilogue reads; results
};
/// Whether a head of that dimension is small enough for its tiles to stay on chip.
bool attention_fits(const Device &device, std::uint64_t head_dim, Bytes element_bytes);
sim::TaskGroup attention_group(const Device &device, const AttentionKernel &kernel);

} // namespace fusesim::targets::gpu
