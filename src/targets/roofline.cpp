#include "targets/roofline.hpp"

#include "targets/gpu/device.hpp"
#include "targets/tile/figures.hpp"

namespace fusesim::targets {

namespace {

/// By engine of the first unit class: some task of the program works on it.
std::vector<bool> engines_used(const Lowered &lowered) {
  std::vector<bool> used(lowered.topology.unit_classes.front().engines.size());
  for (const auto &launch : lowered.program.launches)
    for (const auto &stage : launch.stages)
      for (const auto &group : stage.groups)
        for (const auto &work : group.work)
          used[work.engine] = used[work.engine] || work.amount > 0;
  return used;
}

std::vector<Roof> compute_of(const GpuMachine &, const Experiment &experiment) {
  const auto &sm = experiment.lowered.topology.unit_classes.front();
  const auto used = engines_used(experiment.lowered);
  std::vector<Roof> roofs;
  for (sim::EngineId id = 0; id < sm.engines.size(); ++id) {
    const auto &engine = sm.engines[id];
    if (!used[id] || engine.cause != sim::Cause::compute)
      continue;
    // CUDA cores count lane operations: a multiply-add is one of them and two FLOPs.
    const double flops = id == gpu::id_of(gpu::SmEngine::cuda) ? 2 : 1;
    roofs.push_back({engine.name, flops * engine.rate_per_s * sm.count});
  }
  return roofs;
}

std::vector<Roof> compute_of(const TileMachine &machine, const Experiment &experiment) {
  const auto figures = tile::figures_of(machine);
  const auto dtype = experiment.precision.dtype;
  const double macs_per_clock = tile::macs_per_pe(machine, dtype, experiment.machine) *
                                machine.array_rows * machine.array_cols;
  return {{"systolic arrays " + std::string(ir::name_of(dtype)),
           2 * macs_per_clock * figures.array_hz * static_cast<double>(figures.tiles)}};
}

} // namespace

Roofline roofline_of(const Machine &machine, const Experiment &experiment) {
  const auto &topology = experiment.lowered.topology;
  Roofline roofline;
  roofline.compute =
      std::visit([&](const auto &model) { return compute_of(model, experiment); }, machine.model);
  roofline.bandwidth.push_back({"DRAM", topology.links[experiment.lowered.dram].bytes_per_s});
  for (const auto &cache : topology.caches)
    roofline.bandwidth.push_back({cache.name, topology.links[cache.front].bytes_per_s});
  return roofline;
}

} // namespace fusesim::targets
