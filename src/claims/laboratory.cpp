#include "claims/laboratory.hpp"

#include "claims/known_names.hpp"
#include "ir/fx/fx_import.hpp"
#include "ir/passes.hpp"
#include "partition/seed_summary.hpp"
#include "partition/strategy.hpp"
#include "sim/run.hpp"
#include "support/error.hpp"
#include "sweep/outcome.hpp"
#include "targets/config_values.hpp"
#include "validate/launches.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace fusesim::claims {

namespace {

namespace seed = partition::seed;

constexpr double kMicrosecondsPerPicosecond = 1e-6;
constexpr std::size_t kMostKept = 64; ///< networks or partitions, about half a megabyte each

std::string kind_of(const targets::Machine &machine) { return machine.is_gpu() ? "gpu" : "tile"; }

template <class Kept, class Make>
std::shared_ptr<const Kept> kept(std::map<std::string, std::shared_ptr<const Kept>> &all,
                                 const std::string &key, Make make) {
  if (const auto known = all.find(key); known != all.end())
    return known->second;
  auto made = std::make_shared<const Kept>(make());
  if (all.size() >= kMostKept)
    all.clear();
  return all.emplace(key, std::move(made)).first->second;
}

template <class Config> void add_numbers(std::map<std::string, double> &all, const Config &config) {
  for (const auto &[key, value] : targets::values_of(config))
    if (const auto *number = std::get_if<double>(&value))
      all.emplace(key, *number); // a machine's comes first
}

std::string network_key(const Experiment &experiment) {
  std::string key =
      fmt::format("{} {} {} {}", experiment.model, experiment.batch.value_or(0),
                  experiment.image_size.value_or(0), experiment.sequence_length.value_or(0));
  for (const auto &input : experiment.inputs)
    key += " " + input;
  return key;
}

RunOutcome labelled(const Experiment &experiment) {
  RunOutcome outcome;
  outcome.model = experiment.model;
  outcome.accounting = experiment.accounting;
  outcome.vocabulary = experiment.vocabulary;
  return outcome;
}

void check_drives(const targets::Runtime &runtime, const targets::Machine &machine) {
  if (runtime.target != kind_of(machine))
    throw Error(runtime.name, fmt::format("drives {} machines, {} is a {} machine", runtime.target,
                                          machine.name, kind_of(machine)));
}

/// What a simulated run says about time.
void add_times(RunOutcome &outcome, const sim::RunResult &run) {
  outcome.simulated = true;
  auto &figures = outcome.figures;
  figures["latency_us"] = static_cast<double>(run.latency) * kMicrosecondsPerPicosecond;
  for (std::size_t i = 0; i < sim::kCauseCount; ++i) {
    outcome.attribution_us[i] =
        static_cast<double>(run.attribution[i]) * kMicrosecondsPerPicosecond;
    figures[fmt::format("{}_us", sim::name_of(static_cast<sim::Cause>(i)))] =
        outcome.attribution_us[i];
  }
}

} // namespace

struct Laboratory::FxNetwork {
  std::string name;
  std::vector<seed::Node> nodes;
  std::map<std::string, double> figures; ///< of the torch.fx graph
  std::int64_t batch = 0, size = 0;
};

const RunOutcome &Laboratory::run(const Experiment &experiment) {
  const auto key = experiment.key();
  if (const auto known = outcomes_.find(key); known != outcomes_.end())
    return known->second;
  auto outcome = experiment.empty_kernels              ? launch(experiment)
                 : experiment.is_simulated()           ? simulate(experiment)
                 : experiment.accounting == "physical" ? count(experiment)
                                                       : count_seed(experiment);
  return outcomes_.emplace(key, std::move(outcome)).first->second;
}

Laboratory::Setup Laboratory::setup_of(const Experiment &experiment) {
  const auto &machine_file =
      machine_files_.try_emplace(experiment.target, experiment.target).first->second;
  const auto own = machine_file.with({});
  const auto runtime_name = experiment.runtime.empty() ? own.default_runtime : experiment.runtime;
  const auto &runtime_file = runtime_files_.try_emplace(runtime_name, runtime_name).first->second;
  const auto settings = settings_by_file(experiment.set, own);
  return {machine_file.with(settings.of_machine), runtime_file.with(settings.of_runtime)};
}

std::optional<double> Laboratory::number_of(const Experiment &experiment, const std::string &key) {
  const auto setup = setup_of(experiment);
  std::map<std::string, double> numbers;
  add_numbers(numbers, setup.machine);
  add_numbers(numbers, setup.runtime);
  const auto found = numbers.find(key);
  return found == numbers.end() ? std::nullopt : std::optional(found->second);
}

std::shared_ptr<const Laboratory::Network> Laboratory::network_of(const Experiment &experiment) {
  return kept(networks_, network_key(experiment), [&] {
    Network network;
    network.graph = load_({experiment.model, experiment.inputs, experiment.batch,
                           experiment.image_size, experiment.sequence_length});
    if (!network.graph.inputs().empty()) {
      const auto &dims = network.graph.value(network.graph.inputs().front()).type.dims;
      network.batch = dims.empty() ? 0 : dims.front();
      network.size = dims.size() == 4 ? dims[2] : dims.size() == 2 ? dims[1] : 0;
    }
    return network;
  });
}

RunOutcome Laboratory::launch(const Experiment &experiment) {
  auto outcome = labelled(experiment);
  const auto [machine, runtime] = setup_of(experiment);
  const auto kernels = static_cast<std::uint32_t>(*experiment.empty_kernels);
  check_drives(runtime, machine);
  const auto run = validate::run_empty_kernels(machine, runtime, kernels);
  outcome.model = fmt::format("{} empty kernel{}", kernels, kernels == 1 ? "" : "s");
  outcome.target = machine.name;
  outcome.runtime = runtime.name;
  outcome.strategy = runtime.strategy;
  outcome.batch = 1;
  add_times(outcome, run);
  outcome.figures["device_us"] = validate::device_us(run, runtime);
  outcome.figures["launch_interval_us"] = validate::launch_interval_us(run);
  outcome.figures["launches"] = kernels;
  outcome.figures["dram_bytes"] = 0;
  add_numbers(outcome.figures, machine);
  add_numbers(outcome.figures, runtime);
  return outcome;
}

RunOutcome Laboratory::simulate(const Experiment &experiment) {
  auto outcome = labelled(experiment);
  const auto setup = setup_of(experiment);
  const auto &machine = setup.machine;
  const auto &runtime = setup.runtime;
  check_drives(runtime, machine);
  const auto precision = experiment.dtype.empty()
                             ? targets::Precision{targets::default_dtype(machine), false}
                             : targets::precision_from_name(experiment.dtype);
  check_strategy(experiment.strategy);
  const auto &asked = experiment.strategy;
  const auto strategy = asked.empty() || asked == "default" ? runtime.strategy
                        : asked == "fused"                  ? runtime.fused_strategy
                                                            : asked;
  targets::ExperimentOptions options;
  options.strategy = strategy;
  options.dtype = precision.dtype;
  options.autocast = precision.autocast;
  options.channels_last = experiment.channels_last;
  options.copies_linear_bias = experiment.copies_linear_bias;
  options.strict_f32 = experiment.strict_f32;

  const auto network = network_of(experiment);
  const auto key = fmt::format("{} {} {} {} {}", network_key(experiment), name_of(precision),
                               runtime.target, runtime.packed_qkv, strategy);
  const auto prepared =
      kept(prepared_, key, [&] { return targets::prepare(network->graph, runtime, options); });
  const auto lowered = targets::lower(*prepared, machine, runtime, options);
  const auto run = sim::run(lowered.topology, lowered.program);

  outcome.target = machine.name;
  outcome.runtime = runtime.name;
  outcome.dtype = name_of(precision);
  outcome.strategy = strategy;
  outcome.batch = network->batch;
  outcome.size = network->size;
  add_times(outcome, run);
  auto &figures = outcome.figures;
  figures["launches"] = static_cast<double>(targets::kernel_count(lowered.program));
  figures["dram_bytes"] = static_cast<double>(run.link_bytes.at(lowered.dram));
  figures["parameters"] = static_cast<double>(network->graph.parameter_count());
  figures["batch"] = static_cast<double>(network->batch);
  figures.merge(partition_figures(summarise(prepared->graph, prepared->partition),
                                  experiment.pattern, experiment.where, experiment.where_place));
  add_numbers(figures, machine);
  add_numbers(figures, runtime);
  return outcome;
}

RunOutcome Laboratory::count(const Experiment &experiment) {
  auto outcome = labelled(experiment);
  const auto network = network_of(experiment);
  auto graph = ir::decompose_attention(network->graph, ir::InProjection::separate);
  if (!experiment.dtype.empty()) {
    const auto precision = targets::precision_from_name(experiment.dtype);
    if (precision.autocast)
      throw Error({}, fmt::format("'{}' is a way to run a network, not a type of its tensors",
                                  experiment.dtype));
    graph = ir::with_float_dtype(graph, precision.dtype);
  }
  check_strategy(experiment.strategy);
  const auto &asked = experiment.strategy;
  outcome.strategy = asked.empty() || asked == "default" || asked == "fused" ? "attention" : asked;
  outcome.vocabulary = partition::modern_vocabulary().name;
  outcome.dtype = experiment.dtype;
  outcome.batch = network->batch;
  outcome.size = network->size;
  outcome.figures =
      partition_figures(summarise(graph, partition::run_strategy(outcome.strategy, graph)),
                        experiment.pattern, experiment.where, experiment.where_place);
  outcome.figures["parameters"] = static_cast<double>(network->graph.parameter_count());
  outcome.figures["batch"] = static_cast<double>(network->batch);
  return outcome;
}

std::shared_ptr<const Laboratory::FxNetwork>
Laboratory::fx_network_of(const Experiment &experiment) {
  if (!ir::is_fx_file(experiment.model))
    throw Error(experiment.model,
                "the seed accounting counts nodes of torch.fx, which this has none of",
                "export them: tools/export_fx.py MODEL --input 1x3x224x224 -o model.json.gz");
  return kept(fx_networks_, experiment.model, [&] {
    const auto program = ir::read_fx(experiment.model);
    const auto network = ir::graph_of(program); // refuses shapes that do not fit
    FxNetwork fx{program.name, seed::nodes_of(program), {}};
    const auto calls = [&](ir::FxOp op) {
      return static_cast<double>(std::ranges::count_if(
          program.nodes, [op](const auto &node) { return !node.is_inner && node.op == op; }));
    };
    fx.figures = {{"fx_nodes", static_cast<double>(program.node_count())},
                  {"fx_modules", calls(ir::FxOp::call_module)},
                  {"fx_functions", calls(ir::FxOp::call_function)},
                  {"fx_methods", calls(ir::FxOp::call_method)},
                  {"parameters", static_cast<double>(network.graph.parameter_count())}};
    if (!network.graph.inputs().empty()) {
      const auto &dims = network.graph.value(network.graph.inputs().front()).type.dims;
      fx.batch = dims.empty() ? 0 : dims.front();
      fx.size = dims.size() == 4 ? dims[2] : 0;
    }
    fx.figures["batch"] = static_cast<double>(fx.batch);
    return fx;
  });
}

RunOutcome Laboratory::count_seed(const Experiment &experiment) {
  auto outcome = labelled(experiment);
  const auto fx = fx_network_of(experiment);
  const auto &asked = experiment.strategy;
  outcome.strategy = asked.empty() || asked == "default" || asked == "fused" ? "greedy" : asked;
  outcome.vocabulary = experiment.vocabulary.empty() ? "v3" : experiment.vocabulary;
  outcome.batch = fx->batch;
  outcome.size = fx->size;
  outcome.figures =
      partition_figures(seed::summarise(fx->name, fx->nodes, outcome.strategy, outcome.vocabulary),
                        experiment.pattern, experiment.where, experiment.where_place);
  outcome.figures.insert(fx->figures.begin(), fx->figures.end());
  return outcome;
}

} // namespace fusesim::claims
