#pragma once

#include "ir/graph.hpp"
#include "targets/machine.hpp"

#include <map>
#include <string>
#include <vector>

namespace fusesim::validate {

/// A value for one number of one config file, in place of what the file says.
struct Constant {
  std::string file; ///< a generation ("volta"), tile machine ("tpu-v4") or runtime ("xla")
  std::string key;
  double value = 0;
};

/// The file whose constants a machine takes: a GPU's generation, a tile machine's own.
std::string constants_file_of(const targets::Machine &machine);

/// Loads machines, runtimes and networks once, with some of their constants replaced.
class Bench {
public:
  explicit Bench(std::vector<Constant> constants = {}) : constants_(std::move(constants)) {}

  const targets::Machine &machine(const std::string &name);
  const targets::Runtime &runtime(const std::string &name);
  /// A model of the zoo; `size` 0: its own. A language model's size is its sequence length.
  const ir::Graph &network(const std::string &name, std::int64_t batch, std::int64_t size);

  /// Keeps machines, runtimes and networks; forgets which constants were replaced.
  void set_constants(std::vector<Constant> constants);

private:
  std::vector<Constant> constants_;
  /// The constants of one file, as overrides of its keys.
  std::vector<targets::Override> overrides_for(const std::string &file) const;

  std::map<std::string, targets::MachineFile> machine_files_;
  std::map<std::string, targets::RuntimeFile> runtime_files_;
  std::map<std::string, targets::Machine> machines_;
  std::map<std::string, targets::Runtime> runtimes_;
  std::map<std::string, ir::Graph> networks_;
};

} // namespace fusesim::validate
