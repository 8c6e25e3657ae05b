#pragma once

#include "ir/graph.hpp"
#include "partition/partition.hpp"
#include "sim/run.hpp"
#include "targets/explained_stage.hpp"
#include "targets/machine.hpp"
#include "targets/precision.hpp"
#include "targets/tile/tile_options.hpp"

#include <optional>
#include <string>
#include <vector>

namespace fusesim::targets {

/// model × machine × runtime × strategy: everything that one latency depends on.
struct ExperimentOptions {
  std::string strategy;             ///< empty: the runtime's own
  ir::DType dtype = ir::DType::f32; ///< of every floating-point tensor
  bool autocast = false;      ///< dtype is PyTorch autocast's lower type (see ir::with_autocast)
  bool channels_last = false; ///< eager PyTorch: images as NHWC instead of NCHW
  bool copies_linear_bias = false; ///< PyTorch before 1.12, or with CUDA before 11.4
  bool strict_f32 = false; ///< no float32 product runs in TF32, whatever the runtime's default
  bool exact = false, timeline = false;
  TileOptions tile = {};
};

/// What a target makes of a partitioned graph.
struct Lowered {
  sim::Topology topology;
  sim::Program program; ///< Launch::tag = SubgraphId
  sim::LinkId dram = 0; ///< whose bytes are "DRAM bytes"
  /// By SubgraphId: remarks for people ("intermediate of 1.2 MB spilled to DRAM: 0.8 MB of
  /// scratchpad free").
  std::vector<std::vector<std::string>> notes;
  std::vector<ExplainedStage> stages; ///< tile machines, in order of execution
};
Lowered lower(const ir::Graph &graph, const partition::Partition &partition, const Machine &machine,
              const Runtime &runtime, const ExperimentOptions &options = {});

/// A network as it is executed and how it is cut: what machines of equal software share.
struct Prepared {
  ir::Graph graph; ///< retyped, attention decomposed
  partition::Partition partition;
};
/// Depends on `target` and `packed_qkv` of the runtime, and on its strategy when the options name
/// none; on nothing else of it.
Prepared prepare(const ir::Graph &model, const Runtime &runtime, const ExperimentOptions &options);
/// Lowers what prepare() made of a network for this runtime and these options.
Lowered lower(const Prepared &prepared, const Machine &machine, const Runtime &runtime,
              const ExperimentOptions &options);

/// Kernels (tile machines: sequenced subgraphs); host-only steps do not count.
std::size_t kernel_count(const sim::Program &program);

struct Experiment {
  ir::Graph graph; ///< as executed: retyped, attention decomposed
  partition::Partition partition;
  Lowered lowered;
  sim::RunResult run;
  std::string machine, runtime;
  Precision precision;

  double latency_us() const { return static_cast<double>(run.latency) * 1e-6; }
  std::size_t launches() const { return kernel_count(lowered.program); }
  Bytes dram_bytes() const;
};

/// The runtime with what the options change about it.
Runtime driver_of(const Runtime &runtime, const ExperimentOptions &options);

/// Retypes the graph, decomposes attention as the runtime does, partitions, lowers and simulates.
Experiment run_experiment(const ir::Graph &model, const Machine &machine, const Runtime &runtime,
                          const ExperimentOptions &options = {});

} // namespace fusesim::targets
