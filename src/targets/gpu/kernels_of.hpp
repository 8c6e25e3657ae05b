#pragma once

#include "targets/gpu/gemm.hpp"
#include "targets/gpu/segments.hpp"
#include "targets/gpu/strides.hpp"
#include "targets/gpu/winograd.hpp"

#include <map>

namespace fusesim::targets::gpu {

/// What one launch, or one stage of it, runs.
struct Kernel {
  sim::TaskGroup group;
  KernelShape shape = KernelShape::stream;
};

/// Turns segments of one graph into task groups: finds what each reads and writes in memory, and
/// counts its work. Remembers the plans of GEMMs by shape.
class KernelBuilder {
public:
  KernelBuilder(const ir::Graph &graph, const Storage &storage, const Device &device,
                const Runtime &runtime)
      : graph_(graph), storage_(storage), device_(device), runtime_(runtime),
        strides_(graph, runtime), tensor_count_(static_cast<sim::TensorId>(graph.values().size())) {
  }

  /// The kernels of a segment, one after the other: one, and the layout conversions around it.
  std::vector<Kernel> build(const Segment &segment);

  /// Of the graph's values, and what kernels keep between them.
  sim::TensorId tensor_count() const { return tensor_count_; }

private:
  struct Memory {
    std::vector<std::pair<ir::ValueId, Operand>> reads; ///< by the value read
    std::vector<Operand> writes;
    /// Removes the read of `value` from the list; empty operand when it is not read from memory.
    Operand take(ir::ValueId value);
    Operand take_largest();
    std::vector<Operand> rest() const;
  };
  struct Ops {
    double before = 0, at = 0, after = 0; ///< lane operations: up to the anchor, on it, behind it
  };
  Memory memory_of(const Segment &segment) const;
  Ops ops_of(const Segment &segment) const;
  Operand operand(ir::ValueId value, Bytes bytes) const;
  SmEngine engine_of(const ir::Node &node) const;
  GemmShape gemm_shape(const Segment &segment);
  /// The convolution of a segment when Winograd's algorithm can compute it.
  std::optional<Winograd> winograd_of(const Segment &segment) const;
  /// The kernels of its steps, when together they are faster than `direct`.
  std::vector<Kernel> winograd_steps(const Segment &segment, const sim::TaskGroup &direct);
  std::optional<ir::ValueId> separate_bias(const Segment &segment) const;
  std::vector<Kernel> build_around(const Segment &segment, sim::TaskGroup group);
  static bool transforms_filter(const Segment &segment, const GemmShape &shape);
  /// Estimate of a segment run as `shape`, with what the library runs ahead of it.
  double seconds_of(const Segment &segment, const GemmShape &shape);
  Kernel converted_ahead(const std::string &name, sim::TaskGroup &whole, ir::ValueId value,
                         Bytes bytes, std::uint64_t scattered);
  bool converts_layout(const Segment &segment) const;
  std::vector<Kernel> with_conversions(sim::TaskGroup group);
  bool copies_operands(const Segment &segment) const;
  bool is_permuted(ir::ValueId value) const;
  std::vector<Kernel> operand_copies(const Segment &segment, sim::TaskGroup &product);
  Kernel conversion(const std::string &name, const Operand &from, const Operand &to,
                    std::uint64_t scattered = 0) const;
  const GemmPlan &plan_of(const GemmShape &shape);

  sim::TaskGroup build_whole(const Segment &segment);
  void read_parts(sim::TaskGroup &group) const;
  sim::TaskGroup build_gemm(const Segment &segment);
  ir::ValueId loaded_for(const Segment &segment, ir::ValueId value) const;
  void set_extents(AttentionKernel &kernel, const ir::Node &scores, const ir::Node &apply) const;
  sim::TaskGroup build_attention(const Segment &segment);
  void set_rows(StreamKernel &kernel, const ir::Node &node) const;
  sim::TaskGroup build_stream(const Segment &segment);

  const ir::Graph &graph_;
  const Storage &storage_;
  const Device &device_;
  const Runtime &runtime_;
  Strides strides_;
  sim::TensorId tensor_count_;
  std::map<GemmShape, GemmPlan> plans_;
};

} // namespace fusesim::targets::gpu
