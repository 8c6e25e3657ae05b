#include "targets/experiment.hpp"

#include "ir/passes.hpp"
#include "partition/strategy.hpp"
#include "support/error.hpp"
#include "targets/gpu/lowering.hpp"
#include "targets/tile/lowering.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace fusesim::targets {

namespace {

std::string_view kind_of(const Machine &machine) { return machine.is_gpu() ? "gpu" : "tile"; }

void check_fit(const Machine &machine, const Runtime &runtime) {
  if (runtime.target == kind_of(machine))
    return;
  std::vector<std::string> fitting;
  for (const auto &entry : list_runtimes())
    if (load_runtime(entry.name).target == kind_of(machine))
      fitting.push_back(entry.name);
  throw Error(fmt::format("runtime '{}'", runtime.name),
              fmt::format("drives machines of kind '{}', {} is a '{}'", runtime.target,
                          machine.name, kind_of(machine)),
              fmt::format("runtimes that fit: {}", fmt::join(fitting, ", ")));
}

} // namespace

Lowered lower(const ir::Graph &graph, const partition::Partition &partition, const Machine &machine,
              const Runtime &runtime) {
  check_fit(machine, runtime);
  if (const auto *gpu = std::get_if<GpuMachine>(&machine.model))
    return lower_gpu(graph, partition, *gpu, runtime);
  return lower_tile(graph, partition, std::get<TileMachine>(machine.model), runtime);
}

std::size_t kernel_count(const sim::Program &program) {
  return static_cast<std::size_t>(
      std::count_if(program.launches.begin(), program.launches.end(),
                    [](const auto &launch) { return launch.kind == sim::Launch::Kind::kernel; }));
}

Bytes Experiment::dram_bytes() const { return run.link_bytes.at(lowered.dram); }

Prepared prepare(const ir::Graph &model, const Runtime &runtime, const ExperimentOptions &options) {
  const auto projection =
      runtime.packed_qkv ? ir::InProjection::packed : ir::InProjection::separate;
  Prepared prepared;
  prepared.graph = ir::decompose_attention(ir::with_float_dtype(model, options.dtype), projection);
  const auto &strategy = options.strategy.empty() ? runtime.strategy : options.strategy;
  prepared.partition = partition::run_strategy(strategy, prepared.graph);
  return prepared;
}

Experiment run_experiment(const ir::Graph &model, const Machine &machine, const Runtime &runtime,
                          const ExperimentOptions &options) {
  check_fit(machine, runtime);
  auto prepared = prepare(model, runtime, options);
  Experiment experiment;
  experiment.graph = std::move(prepared.graph);
  experiment.partition = std::move(prepared.partition);
  experiment.machine = machine.name;
  experiment.runtime = runtime.name;
  experiment.dtype = options.dtype;
  experiment.lowered = lower(experiment.graph, experiment.partition, machine, runtime);
  experiment.run = sim::run(experiment.lowered.topology, experiment.lowered.program,
                            {.exact = options.exact, .timeline = options.timeline});
  return experiment;
}

} // namespace fusesim::targets
