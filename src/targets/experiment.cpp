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
ir::DType stored_dtype(const Runtime &runtime, ir::DType dtype) {
  return runtime.target == "gpu" && dtype == ir::DType::tf32 ? ir::DType::f32 : dtype;
}

void check_precision(const Machine &machine, const ExperimentOptions &options) {
  const auto *gpu = std::get_if<GpuMachine>(&machine.model);
  if (gpu != nullptr && options.dtype == ir::DType::tf32 && gpu->tf32_tensor_tflops <= 0)
    throw Error(machine.name, "has no tensor cores for tf32", "use f32 or f16");
}

ir::Graph executed_graph(const ir::Graph &model, const Runtime &runtime,
                         const ExperimentOptions &options) {
  const auto projection =
      runtime.packed_qkv ? ir::InProjection::packed : ir::InProjection::separate;
  if (!options.autocast)
    return ir::decompose_attention(
        ir::with_float_dtype(model, stored_dtype(runtime, options.dtype)), projection);
  const auto full = ir::with_float_dtype(model, ir::DType::f32);
  return ir::with_autocast(ir::decompose_attention(full, projection), options.dtype);
}

} // namespace

Lowered lower(const ir::Graph &graph, const partition::Partition &partition, const Machine &machine,
              const Runtime &runtime, const ExperimentOptions &options) {
  check_fit(machine, runtime);
  if (const auto *gpu = std::get_if<GpuMachine>(&machine.model)) {
    if (!options.tile.mapping_file.empty())
      throw Error(options.tile.mapping_file,
                  fmt::format("{} is a GPU, its kernels are its own", machine.name),
                  "mappings are for tile machines that run loop nests, such as gemmini-16x16");
    return lower_gpu(graph, partition, *gpu, runtime);
  }
  return lower_tile(graph, partition, std::get<TileMachine>(machine.model), runtime, options.tile);
}

std::size_t kernel_count(const sim::Program &program) {
  return static_cast<std::size_t>(
      std::count_if(program.launches.begin(), program.launches.end(),
                    [](const auto &launch) { return launch.kind == sim::Launch::Kind::kernel; }));
}

Bytes Experiment::dram_bytes() const { return run.link_bytes.at(lowered.dram); }

Prepared prepare(const ir::Graph &model, const Runtime &runtime, const ExperimentOptions &options) {
  Prepared prepared;
  prepared.graph = executed_graph(model, runtime, options);
  const auto &strategy = options.strategy.empty() ? runtime.strategy : options.strategy;
  prepared.partition = partition::run_strategy(strategy, prepared.graph);
  return prepared;
}

Runtime driver_of(const Runtime &runtime, const ExperimentOptions &options) {
  Runtime driver = runtime;
  if (options.strict_f32)
    driver.tf32_products = Runtime::Tf32::none;
  // Of runtimes that run PyTorch's own operators, which the other bias tells.
  driver.copies_linear_bias |= options.copies_linear_bias && driver.adds_convolution_bias;
  if (options.channels_last)
    driver.layout = Runtime::Layout::channels_last;
  return driver;
}

Lowered lower(const Prepared &prepared, const Machine &machine, const Runtime &runtime,
              const ExperimentOptions &options) {
  check_precision(machine, options);
  return lower(prepared.graph, prepared.partition, machine, driver_of(runtime, options), options);
}

Experiment run_experiment(const ir::Graph &model, const Machine &machine, const Runtime &runtime,
                          const ExperimentOptions &options) {
  check_fit(machine, runtime);
  check_precision(machine, options);
  auto prepared = prepare(model, runtime, options);
  Experiment experiment;
  experiment.lowered = lower(prepared, machine, runtime, options);
  experiment.graph = std::move(prepared.graph);
  experiment.partition = std::move(prepared.partition);
  experiment.machine = machine.name;
  experiment.runtime = runtime.name;
  experiment.precision = {options.dtype, options.autocast};
  experiment.run = sim::run(experiment.lowered.topology, experiment.lowered.program,
                            {.exact = options.exact, .timeline = options.timeline});
  return experiment;
}

} // namespace fusesim::targets
