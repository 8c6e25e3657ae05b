#include "validate/bench.hpp"

#include "ir/zoo.hpp"
#include "targets/config_reader.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace fusesim::validate {

const targets::Machine &Bench::machine(const std::string &name) {
  const auto found = machines_.find(name);
  if (found != machines_.end())
    return found->second;
  auto machine = targets::load_machine(name);
  if (auto *gpu = std::get_if<targets::GpuMachine>(&machine.model))
    for (const auto &constant : constants_)
      if (constant.file == gpu->generation)
        targets::set_number(*gpu, constant.key, constant.value);
  return machines_.emplace(name, std::move(machine)).first->second;
}

const targets::Runtime &Bench::runtime(const std::string &name) {
  const auto found = runtimes_.find(name);
  if (found != runtimes_.end())
    return found->second;
  auto runtime = targets::load_runtime(name);
  for (const auto &constant : constants_)
    if (constant.file == runtime.name)
      targets::set_number(runtime, constant.key, constant.value);
  return runtimes_.emplace(name, std::move(runtime)).first->second;
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
