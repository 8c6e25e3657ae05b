#include "targets/machine.hpp"

#include "targets/config_checks.hpp"
#include "targets/config_files.hpp"
#include "targets/config_reader.hpp"

namespace fusesim::targets {

namespace {

template <class Model> Model read_keys(ConfigReader &reader) {
  Model model;
  fields(reader, model);
  reader.finish();
  return model;
}

template <class Model> Model read_model(ConfigReader &reader) {
  auto model = read_keys<Model>(reader);
  check(model, reader);
  return model;
}

ConfigReader with_overrides(const ConfigReader &base, std::span<const Override> overrides) {
  ConfigReader reader = base;
  for (const auto &override : overrides)
    reader.override_key(override.key, override.value, override.place);
  return reader;
}

} // namespace

// One key, one line.
// clang-format off
void fields(FieldVisitor &f, MachineHeader &header) {
  f.choice("kind", header.kind, {"gpu", "tile"}, "what this file describes");
  f.required("description", header.description, "one line for listings");
  f.required("default_runtime", header.default_runtime, "runtime that drives it when none is named");
}
// clang-format on

MachineFile::MachineFile(std::string_view name)
    : file_(find_config(name, {"gpu", "tile"}, "target")),
      reader_(std::make_shared<const ConfigReader>(file_)) {}

Machine MachineFile::with(std::span<const Override> overrides) const {
  ConfigReader reader = with_overrides(*reader_, overrides);
  MachineHeader header;
  fields(reader, header);
  Machine machine;
  machine.name = file_.stem().string();
  if (header.kind == "gpu")
    machine.model = read_model<GpuMachine>(reader);
  else if (header.kind == "tile")
    machine.model = read_model<TileMachine>(reader);
  else
    reader.fail("kind", "is missing", "gpu or tile");
  machine.calibrated.assign(reader.calibrated().begin(), reader.calibrated().end());
  machine.description = header.description;
  machine.default_runtime = header.default_runtime;
  return machine;
}

void MachineFile::check_keys(std::span<const Override> overrides) const {
  ConfigReader reader = with_overrides(*reader_, overrides);
  MachineHeader header;
  fields(reader, header);
  if (header.kind == "tile")
    read_keys<TileMachine>(reader);
  else
    read_keys<GpuMachine>(reader);
}

RuntimeFile::RuntimeFile(std::string_view name)
    : file_(find_config(name, {"runtime"}, "runtime")),
      reader_(std::make_shared<const ConfigReader>(file_)) {}

Runtime RuntimeFile::with(std::span<const Override> overrides) const {
  ConfigReader reader = with_overrides(*reader_, overrides);
  auto runtime = read_model<Runtime>(reader);
  runtime.name = file_.stem().string();
  runtime.calibrated.assign(reader.calibrated().begin(), reader.calibrated().end());
  return runtime;
}

void RuntimeFile::check_keys(std::span<const Override> overrides) const {
  ConfigReader reader = with_overrides(*reader_, overrides);
  read_keys<Runtime>(reader);
}

Machine load_machine(std::string_view name) { return MachineFile(name).with({}); }
Runtime load_runtime(std::string_view name) { return RuntimeFile(name).with({}); }

ir::DType default_dtype(const Machine &machine) {
  const auto *tile = std::get_if<TileMachine>(&machine.model);
  if (tile == nullptr)
    return ir::DType::f32;
  if (tile->bf16_macs_per_pe_per_clk > 0)
    return ir::DType::bf16;
  return tile->int8_macs_per_pe_per_clk > 0 ? ir::DType::i8 : ir::DType::f32;
}

std::vector<ConfigEntry> list_machines() {
  std::vector<ConfigEntry> entries;
  for (const std::string_view kind : {"gpu", "tile"}) {
    for (const auto &file : shipped_configs(kind)) {
      const auto machine = load_machine(file.string());
      entries.push_back({machine.name, std::string(kind), machine.description, file});
    }
  }
  return entries;
}

std::vector<ConfigEntry> list_runtimes() {
  std::vector<ConfigEntry> entries;
  for (const auto &file : shipped_configs("runtime")) {
    const auto runtime = load_runtime(file.string());
    entries.push_back({runtime.name, "runtime", runtime.description, file});
  }
  return entries;
}

} // namespace fusesim::targets
