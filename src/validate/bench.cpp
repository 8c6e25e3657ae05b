#include "validate/bench.hpp"

#include "ir/zoo.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace fusesim::validate {

std::string constants_file_of(const targets::Machine &machine) {
  const auto *gpu = std::get_if<targets::GpuMachine>(&machine.model);
  return gpu != nullptr ? gpu->generation : machine.name;
}

std::vector<targets::Override> Bench::overrides_for(const std::string &file) const {
  std::vector<targets::Override> overrides;
  for (const auto &constant : constants_)
    if (constant.file == file)
      overrides.push_back({constant.key, fmt::format("{}", constant.value), "calibration"});
  return overrides;
}

const targets::Machine &Bench::machine(const std::string &name) {
  const auto found = machines_.find(name);
  if (found != machines_.end())
    return found->second;
  const auto &file = machine_files_.try_emplace(name, name).first->second;
  auto machine = file.with({});
  if (const auto overrides = overrides_for(constants_file_of(machine)); !overrides.empty())
    machine = file.with(overrides);
  return machines_.emplace(name, std::move(machine)).first->second;
}

const targets::Runtime &Bench::runtime(const std::string &name) {
  const auto found = runtimes_.find(name);
  if (found != runtimes_.end())
    return found->second;
  const auto &file = runtime_files_.try_emplace(name, name).first->second;
  return runtimes_.emplace(name, file.with(overrides_for(name))).first->second;
}

const ir::Graph &Bench::network(const std::string &name, std::int64_t batch, std::int64_t size) {
  const auto key = fmt::format("{} {} {}", name, batch, size);
  const auto found = networks_.find(key);
  if (found != networks_.end())
    return found->second;
  ir::ZooOptions options;
  options.batch = batch;
  if (size > 0) {
    const auto &entries = ir::zoo();
    const auto entry = std::ranges::find(entries, name, &ir::ZooEntry::name);
    const bool tokens = entry != entries.end() && entry->is_language_model;
    (tokens ? options.sequence_length : options.image_size) = size;
  }
  return networks_.emplace(key, ir::build_zoo_model(name, options)).first->second;
}

void Bench::set_constants(std::vector<Constant> constants) {
  constants_ = std::move(constants);
  machines_.clear();
  runtimes_.clear();
}

} // namespace fusesim::validate
