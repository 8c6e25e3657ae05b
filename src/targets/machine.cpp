#include "targets/machine.hpp"

#include "support/error.hpp"
#include "support/nearest.hpp"
#include "targets/config_checks.hpp"
#include "targets/config_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace fusesim::targets {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kExtension = ".yaml";

bool is_path(std::string_view name) {
  return name.find('/') != std::string_view::npos || name.ends_with(kExtension);
}

/// Where the shipped configs may be, best first.
std::vector<fs::path> config_candidates() {
  std::vector<fs::path> candidates;
  std::error_code error;
  const auto executable = fs::read_symlink("/proc/self/exe", error);
  if (error)
    return candidates;
  candidates.push_back(executable.parent_path().parent_path() / "share" / "fusesim" / "configs");
  for (auto folder = executable.parent_path(); folder != folder.root_path();
       folder = folder.parent_path())
    candidates.push_back(folder / "configs");
  return candidates;
}

bool holds_configs(const fs::path &folder) {
  std::error_code error;
  return fs::is_directory(folder / "gpu", error);
}

/// The shipped files of one kind, by name.
std::vector<fs::path> files_of(std::string_view kind) {
  std::vector<fs::path> files;
  const auto folder = config_root() / kind;
  std::error_code error;
  for (const auto &item : fs::directory_iterator(folder, error))
    if (item.path().extension() == kExtension && item.is_regular_file())
      files.push_back(item.path());
  std::sort(files.begin(), files.end());
  return files;
}

fs::path resolve(std::string_view name, std::initializer_list<std::string_view> kinds,
                 std::string_view what) {
  if (is_path(name))
    return fs::path(name);
  std::vector<std::string> known;
  for (const auto kind : kinds) {
    for (const auto &file : files_of(kind)) {
      if (file.stem() == fs::path(name))
        return file;
      known.push_back(file.stem().string());
    }
  }
  throw Error({}, fmt::format("unknown {} '{}'", what, name), nearest_names_hint(name, known));
}

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

fs::path config_root() {
  if (const char *given = std::getenv("FUSESIM_CONFIG_PATH"); given != nullptr && *given != '\0') {
    if (!holds_configs(given))
      throw Error("FUSESIM_CONFIG_PATH", fmt::format("'{}' holds no folder 'gpu'", given),
                  "name the folder that holds gpu/, tile/ and runtime/");
    return given;
  }
  const auto candidates = config_candidates();
  for (const auto &folder : candidates)
    if (holds_configs(folder))
      return folder;
  std::vector<std::string> tried;
  for (const auto &folder : candidates)
    tried.push_back(folder.string());
  throw Error("configs",
              fmt::format("no folder of machine configs; looked in {}", fmt::join(tried, ", ")),
              "set FUSESIM_CONFIG_PATH");
}

Machine load_machine(std::string_view name) {
  const auto file = resolve(name, {"gpu", "tile"}, "target");
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
  const auto file = resolve(name, {"runtime"}, "runtime");
  ConfigReader reader(file);
  auto runtime = read_model<Runtime>(reader);
  runtime.name = file.stem().string();
  return runtime;
}

std::vector<ConfigEntry> list_machines() {
  std::vector<ConfigEntry> entries;
  for (const std::string_view kind : {"gpu", "tile"}) {
    for (const auto &file : files_of(kind)) {
      const auto machine = load_machine(file.string());
      entries.push_back({machine.name, std::string(kind), machine.description, file});
    }
  }
  return entries;
}

std::vector<ConfigEntry> list_runtimes() {
  std::vector<ConfigEntry> entries;
  for (const auto &file : files_of("runtime")) {
    const auto runtime = load_runtime(file.string());
    entries.push_back({runtime.name, "runtime", runtime.description, file});
  }
  return entries;
}

} // namespace fusesim::targets
