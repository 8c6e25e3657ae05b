#pragma once

#include "targets/gpu/gpu_machine.hpp"
#include "targets/runtime.hpp"
#include "targets/tile/tile_machine.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace fusesim::targets {

/// One machine to simulate, read from configs/gpu/*.yaml or configs/tile/*.yaml.
struct Machine {
  std::string name;        ///< file stem
  std::string description; ///< one line from the file
  std::string default_runtime;
  std::variant<GpuMachine, TileMachine> model;
  bool is_gpu() const { return std::holds_alternative<GpuMachine>(model); }
};

/// `name` is a shipped config ("a100-sxm-40gb") or the path of a YAML file (contains '/' or ends in
/// .yaml). Throws Error: unknown name (nearest given), unreadable file, unknown key, wrong type,
/// value out of range; all with file, line and key.
Machine load_machine(std::string_view name);
Runtime load_runtime(std::string_view name);

struct ConfigEntry {
  std::string name, kind, description; ///< kind: "gpu", "tile" or "runtime"
  std::filesystem::path file;
};
std::vector<ConfigEntry> list_machines();
std::vector<ConfigEntry> list_runtimes();

/// Folder of the shipped configs: $FUSESIM_CONFIG_PATH, else <prefix>/share/fusesim/configs or the
/// source tree's configs/ found from the executable's own place. Throws Error when there is none.
std::filesystem::path config_root();

} // namespace fusesim::targets
