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

/// On a GPU tf32 is no type of tensors: they are f32, and the runtime says which products run in TF32.
ir::DType stored_dtype(const Machine &machine, ir::DType dtype) {
  const auto *gpu = std::get_if<GpuMachine>(&machine.model);
  if (gpu == nullptr || dtype != ir::DType::tf32)
    return dtype;
  if (gpu->tf32_tensor_tflops <= 0)
    throw Error(machine.name, "has no tensor cores for tf32", "use f32 or f16");
  return ir::DType::f32;
}

ir::Graph executed_graph(const ir::Graph &model, const Machine &machine,
                         const ExperimentOptions &options, ir::InProjection projection) {
  if (!options.autocast)
    return ir::decompose_attention(
        ir::with_float_dtype(model, stored_dtype(machine, options.dtype)), projection);
  const auto full = ir::with_float_dtype(model, ir::DType::f32);
  return ir::with_autocast(ir::decompose_attention(full, projection), options.dtype);
}

} // namespace

Lowered lower(const ir::Graph &graph, const partition::Partition &partition, const Machine &machine,
              const Runtime &runtime) {
  check_fit(machine, runtime);
  if (const auto *gpu = std::get_if<GpuMachine>(&machine.model))
    return lower_gpu(graph, partition, *gpu, runtime);
  return lower_tile(graph, partition, std::get<TileMachine>(machine.model), runtime);
}

std::size_t Experiment::launches() const {
  const auto &all = lowered.program.launches;
  return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [](const auto &launch) {
    return launch.kind == sim::Launch::Kind::kernel;
  }));
}

Bytes Experiment::dram_bytes() const { return run.link_bytes.at(lowered.dram); }

Experiment run_experiment(const ir::Graph &model, const Machine &machine, const Runtime &runtime,
                          const ExperimentOptions &options) {
  check_fit(machine, runtime);
  const auto projection =
      runtime.packed_qkv ? ir::InProjection::packed : ir::InProjection::separate;
  Experiment experiment;
  experiment.graph = executed_graph(model, machine, options, projection);
  experiment.machine = machine.name;
  experiment.runtime = runtime.name;
  experiment.precision = {options.dtype, options.autocast};
  const auto &strategy = options.strategy.empty() ? runtime.strategy : options.strategy;
  experiment.partition = partition::run_strategy(strategy, experiment.graph);
  Runtime driver = runtime;
  if (options.strict_f32)
    driver.tf32_products = Runtime::Tf32::none;
  if (options.channels_last)
    driver.layout = Runtime::Layout::channels_last;
  experiment.lowered = lower(experiment.graph, experiment.partition, machine, driver);
  experiment.run = sim::run(experiment.lowered.topology, experiment.lowered.program,
                            {.exact = options.exact, .timeline = options.timeline});
  return experiment;
}

} // namespace fusesim::targets
