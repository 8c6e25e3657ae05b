#include "targets/machine.hpp"

#include "targets/config_checks.hpp"
#include "targets/config_files.hpp"
#include "targets/config_reader.hpp"

namespace fusesim::targets {

namespace {

template <class Model> Model read_model(ConfigReader &reader) {
  Model model;
  fields(reader, model);
  reader.finish();
  check(model, reader);
  return model;
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

Machine load_machine(std::string_view name) {
  const auto file = find_config(name, {"gpu", "tile"}, "target");
  ConfigReader reader(file);
  MachineHeader header;
  fields(reader, header);
  Machine machine;
  machine.name = file.stem().string();
  if (header.kind == "gpu")
    machine.model = read_model<GpuMachine>(reader);
  else if (header.kind == "tile")
    machine.model = read_model<TileMachine>(reader);
  else
    reader.fail("kind", "is missing", "gpu or tile");
  machine.description = header.description;
  machine.default_runtime = header.default_runtime;
  return machine;
}

Runtime load_runtime(std::string_view name) {
  const auto file = find_config(name, {"runtime"}, "runtime");
  ConfigReader reader(file);
  auto runtime = read_model<Runtime>(reader);
  runtime.name = file.stem().string();
  return runtime;
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
