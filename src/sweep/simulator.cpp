#include "sweep/simulator.hpp"

#include "ir/cost.hpp"
#include "sim/run.hpp"
#include "support/error.hpp"
#include "targets/config_values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <new>
#include <set>
#include <sstream>

namespace fusesim::sweep {

namespace {

// A network of a hundred layers and its partition take about half a megabyte.
constexpr std::size_t kGraphsKept = 32, kWorksKept = 64;

constexpr double kPicosecondsPerMicrosecond = 1e6;

template <class Config> void append_values(std::string &text, const Config &config) {
  for (const auto &[key, value] : targets::values_of(config)) {
    text += key;
    if (const auto *number = std::get_if<double>(&value))
      fmt::format_to(std::back_inserter(text), "={}\n", *number);
    else
      fmt::format_to(std::back_inserter(text), "={}\n", std::get<std::string>(value));
  }
}

targets::ExperimentOptions options_of(const Configuration &configuration) {
  targets::ExperimentOptions options;
  options.strategy = configuration.strategy;
  options.dtype = configuration.dtype;
  return options;
}

} // namespace

template <class Key, class Kept>
template <class Make>
std::shared_ptr<const Kept> Simulator::Recent<Key, Kept>::get(const Key &key, Make make) {
  if (const auto known = found.find(key); known != found.end()) {
    items.splice(items.begin(), items, known->second);
    return items.front().second;
  }
  auto made = std::make_shared<const Kept>(make());
  items.emplace_front(key, made);
  found.emplace(key, items.begin());
  if (items.size() > most) {
    found.erase(items.back().first);
    items.pop_back();
  }
  return made;
}

Simulator::Simulator(const Space &space, ModelLoader load) : space_(space), load_(std::move(load)) {
  graphs_.most = kGraphsKept;
  works_.most = kWorksKept;
  for (const auto &objective : space_.spec().objectives) {
    objectives_.emplace_back(objective.expression, objective.place);
    space_.check_names(objectives_.back(), figure_names());
    check_column(objective);
  }
}

// An objective's name becomes a column beside figures and dimensions.
void Simulator::check_column(const Objective &objective) const {
  const auto &all = space_.spec().objectives;
  if (std::count_if(all.begin(), all.end(),
                    [&](const auto &other) { return other.name == objective.name; }) > 1)
    throw Error(objective.place, fmt::format("objective '{}' is given twice", objective.name));
  if (objective.expression == objective.name)
    return;
  std::vector<std::string> taken = figure_names();
  for (const auto &dimension : space_.spec().dimensions)
    taken.push_back(dimension.name);
  for (const auto *name : {"configuration", "hash", "tool_version", "error"})
    taken.emplace_back(name);
  if (std::find(taken.begin(), taken.end(), objective.name) != taken.end())
    throw Error(objective.place,
                fmt::format("objective '{}' has the name of another column", objective.name),
                "give it a name of its own");
}

std::shared_ptr<const Simulator::Work> Simulator::work_of(const Configuration &configuration,
                                                          const targets::Runtime &runtime) {
  const WorkKey key{configuration.model, configuration.dtype, runtime.target, runtime.packed_qkv,
                    configuration.strategy};
  return works_.get(key, [&] {
    const auto graph = graphs_.get(configuration.model, [&] { return load_(configuration.model); });
    Work work{targets::prepare(*graph, runtime, options_of(configuration)), 0};
    for (const auto &node : work.prepared.graph.nodes())
      work.flops += 2 * ir::work_of(work.prepared.graph, node).macs;
    return work;
  });
}

void Simulator::prepare_ahead() {
  constexpr std::uint64_t kLooks = 2000; // at configurations spread over the sweep
  const auto stride = std::max<std::uint64_t>(1, space_.size() / kLooks);
  std::set<ModelRequest> models;
  for (std::uint64_t number = 0; number < space_.size(); number += stride) {
    const auto configuration = space_.at(number);
    models.insert(configuration.model);
    if (works_.items.size() >= works_.most || models.size() > graphs_.most)
      return;
    try {
      content_of(configuration.model.name);
      work_of(configuration,
              space_.runtimes()[configuration.runtime].file.with(configuration.runtime_fields));
    } catch (const Error &) { // said again, with its configuration, by run()
    }
  }
}

const std::string &Simulator::content_of(const std::string &model) {
  const auto known = contents_.find(model);
  if (known != contents_.end())
    return known->second;
  std::string content;
  if (model.find_first_of("/.") != std::string::npos) {
    std::ifstream stream(model, std::ios::binary);
    std::ostringstream bytes;
    bytes << stream.rdbuf();
    content = fingerprint_of(bytes.str());
  }
  return contents_.emplace(model, std::move(content)).first->second;
}

std::string Simulator::hash_of(const Configuration &configuration, const targets::Machine &machine,
                               const targets::Runtime &runtime) {
  const auto &model = configuration.model;
  std::string text = to_string(configuration.values.front()); // as the file names it
  fmt::format_to(std::back_inserter(text), " {} {} {} {} {} {}\n", content_of(model.name),
                 model.batch.value_or(0), model.image_size.value_or(0),
                 model.sequence_length.value_or(0), ir::name_of(configuration.dtype),
                 configuration.strategy);
  for (const auto &input : model.inputs)
    text += input + "\n";
  append_values(text, machine);
  append_values(text, runtime);
  return fingerprint_of(text);
}

double Simulator::objective(std::size_t index, const Configuration &configuration,
                            const Outcome &outcome) const {
  const auto &formula = objectives_[index];
  return formula.evaluate([&](std::size_t name) {
    const auto &text = formula.names()[name];
    const auto &figures = figure_names();
    const auto figure = std::find(figures.begin(), figures.end(), text);
    if (figure != figures.end())
      return figure_of(outcome, static_cast<std::size_t>(figure - figures.begin()));
    const auto value = space_.number_of(configuration, text);
    if (!value)
      throw Error(formula.place(),
                  fmt::format("'{}' uses '{}', which has no number here", formula.text(), text));
    return *value;
  });
}

Outcome Simulator::simulate(const Configuration &configuration) {
  Outcome outcome;
  outcome.configuration = configuration.number;
  const auto machine =
      space_.targets()[configuration.target].file.with(configuration.machine_fields);
  const auto runtime =
      space_.runtimes()[configuration.runtime].file.with(configuration.runtime_fields);
  outcome.hash = hash_of(configuration, machine, runtime);
  try {
    const auto work = work_of(configuration, runtime);
    auto options = options_of(configuration);
    options.tile.memo = &mappings_;
    const auto lowered = targets::lower(work->prepared, machine, runtime, options);
    const auto run = sim::run(lowered.topology, lowered.program);
    outcome.latency_us = static_cast<double>(run.latency) / kPicosecondsPerMicrosecond;
    outcome.launches = targets::kernel_count(lowered.program);
    outcome.dram_bytes = run.link_bytes.at(lowered.dram);
    outcome.flops = work->flops;
    for (std::size_t i = 0; i < sim::kCauseCount; ++i)
      outcome.attribution_us[i] =
          static_cast<double>(run.attribution[i]) / kPicosecondsPerMicrosecond;
    for (std::size_t i = 0; i < objectives_.size(); ++i)
      outcome.objectives.push_back(objective(i, configuration, outcome));
  } catch (const Error &error) {
    outcome.error = error.what();
  } catch (const std::bad_alloc &) {
    outcome.error = "out of memory";
  }
  return outcome;
}

Outcome Simulator::run(std::uint64_t number) {
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  Outcome outcome;
  outcome.configuration = number;
  try {
    outcome = simulate(space_.at(number));
  } catch (const Error &error) {
    outcome.error = error.what();
  }
  constexpr std::size_t kLongest = 2000; // of an error's text, in the results
  if (outcome.error.size() > kLongest)
    outcome.error.resize(kLongest);
  outcome.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  return outcome;
}

} // namespace fusesim::sweep
