#pragma once

#include "ir/tensor.hpp"
#include "targets/config_fields.hpp"
#include "targets/gpu/gpu_machine.hpp"
#include "targets/runtime.hpp"
#include "targets/tile/tile_machine.hpp"

#include <filesystem>
#include <memory>
#include <span>
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
  std::vector<Calibrated>
      calibrated; ///< which numbers were fitted to measurements, and their bounds
  bool is_gpu() const { return std::holds_alternative<GpuMachine>(model); }
};

/// `name` is a shipped config ("a100-sxm-40gb") or the path of a YAML file (contains '/' or ends in
/// .yaml). Throws Error: unknown name (nearest given), unreadable file, unknown key, wrong type,
/// value out of range; all with file, line and key.
Machine load_machine(std::string_view name);
Runtime load_runtime(std::string_view name);

class ConfigReader;

/// A value for one key of a config file, in place of what the file says.
struct Override {
  std::string key, value;
  std::string place; ///< who says so ("my-sweep.yaml:12"), for errors
};

/// A machine's file, read and parsed once, from which many variants are made.
class MachineFile {
public:
  /// `name` as for load_machine; throws Error when the file or one that it inherits from is broken.
  explicit MachineFile(std::string_view name);
  /// Throws Error as load_machine does; what is wrong with an override is said at its place.
  Machine with(std::span<const Override> overrides) const;
  /// Throws only what is wrong with single keys: unknown, of a wrong type, out of range.
  void check_keys(std::span<const Override> overrides) const;

private:
  std::filesystem::path file_;
  std::shared_ptr<const ConfigReader> reader_;
};

/// The same for a runtime's file.
class RuntimeFile {
public:
  explicit RuntimeFile(std::string_view name);
  Runtime with(std::span<const Override> overrides) const;
  void check_keys(std::span<const Override> overrides) const;

private:
  std::filesystem::path file_;
  std::shared_ptr<const ConfigReader> reader_;
};

/// Element type when none is asked for: f32 on GPUs; on tile machines bf16, or i8 where the arrays
/// have no bf16, since the machines are built for those.
ir::DType default_dtype(const Machine &machine);

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
