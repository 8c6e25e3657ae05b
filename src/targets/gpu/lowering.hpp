#pragma once

#include "targets/experiment.hpp"

namespace fusesim::targets {

/// Subgraphs to kernels on a GPU: see lowering.cpp. Throws Error naming the operator: a type that
/// the machine cannot multiply, composite attention that was not decomposed.
Lowered lower_gpu(const ir::Graph &graph, const partition::Partition &partition,
                  const GpuMachine &machine, const Runtime &runtime);

} // namespace fusesim::targets
