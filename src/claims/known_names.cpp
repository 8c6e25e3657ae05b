#include "claims/known_names.hpp"

#include "ir/zoo.hpp"
#include "partition/seed.hpp"
#include "partition/strategy.hpp"
#include "support/error.hpp"
#include "support/nearest.hpp"
#include "targets/config_reader.hpp"
#include "targets/precision.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

namespace fusesim::claims {

namespace {

const std::set<std::string> &keys_of(const std::string &kind) {
  static const auto keys = [] {
    std::map<std::string, std::set<std::string>> all;
    for (const auto *name : {"gpu", "tile", "runtime"})
      for (const auto &key : targets::list_keys(name))
        all[name].insert(key.key);
    return all;
  }();
  return keys.at(kind);
}

void check_model(const std::string &model) {
  if (model.find_first_of("/.") == std::string::npos) {
    ir::zoo_entry(model);
    return;
  }
  std::error_code ignored;
  if (!std::filesystem::exists(model, ignored))
    throw Error(model, "no such file", "paths start from the folder of the file of claims");
}

} // namespace

SettingsByFile settings_by_file(std::span<const targets::Override> set,
                                const targets::Machine &machine) {
  const std::string kind = machine.is_gpu() ? "gpu" : "tile";
  SettingsByFile settings;
  for (const auto &override : set) {
    const bool of_machine = keys_of(kind).contains(override.key);
    if (!of_machine && !keys_of("runtime").contains(override.key))
      throw Error(override.place, fmt::format("'{}' is no key of {} ({}) or of runtimes",
                                              override.key, machine.name, kind));
    (of_machine ? settings.of_machine : settings.of_runtime).push_back(override);
  }
  return settings;
}

void check_strategy(const std::string &strategy) {
  std::vector<std::string> known{"default", "fused"};
  for (const auto &info : partition::strategies())
    known.emplace_back(info.name);
  if (!strategy.empty() && std::ranges::find(known, strategy) == known.end())
    throw Error({}, fmt::format("unknown strategy '{}'", strategy),
                nearest_names_hint(strategy, known));
}

void KnownNames::check(std::string_view key, const std::string &name,
                       const std::string &place) try {
  if (key == "model")
    check_model(name);
  else if (key == "target")
    machine_file(name);
  else if (key == "runtime")
    runtime_file(name);
  else if (key == "dtype")
    targets::precision_from_name(name);
  else if (key == "strategy")
    check_strategy(name);
  else if (key == "vocabulary")
    partition::seed::vocabulary(name);
} catch (const Error &error) {
  throw Error(place, error.what());
}

void KnownNames::check_settings(const Experiment &experiment,
                                std::span<const targets::Override> set) {
  if (set.empty() || !experiment.is_simulated())
    return;
  const auto &machine_of = machine_file(experiment.target);
  const auto machine = machine_of.with({});
  const auto runtime = experiment.runtime.empty() ? machine.default_runtime : experiment.runtime;
  const auto settings = settings_by_file(set, machine);
  machine_of.check_keys(settings.of_machine);
  runtime_file(runtime).check_keys(settings.of_runtime);
}

const targets::MachineFile &KnownNames::machine_file(const std::string &name) {
  return machines_.try_emplace(name, name).first->second;
}

const targets::RuntimeFile &KnownNames::runtime_file(const std::string &name) {
  return runtimes_.try_emplace(name, name).first->second;
}

} // namespace fusesim::claims
