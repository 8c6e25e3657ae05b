#pragma once

#include "claims/claim.hpp"
#include "targets/machine.hpp"

#include <map>
#include <span>
#include <string>
#include <vector>

/// What an experiment names, checked before anything runs: a name that nothing has is a mistake of the file.
namespace fusesim::claims {

/// What an experiment sets, by whose file has the key.
struct SettingsByFile {
  std::vector<targets::Override> of_machine, of_runtime;
};
/// Throws Error at a setting's place when neither the machine's kind of file nor runtimes have its key.
SettingsByFile settings_by_file(std::span<const targets::Override> set,
                                const targets::Machine &machine);

/// Throws Error with the nearest names.
void check_strategy(const std::string &strategy);

class KnownNames {
public:
  /// A model, target, runtime, dtype, strategy or vocabulary; other keys name nothing. Throws Error at `place` with the
  /// nearest names. Of a model's file only that it is there.
  void check(std::string_view key, const std::string &name, const std::string &place);

  /// Throws Error at a setting's place: no such key, a wrong type, out of range.
  void check_settings(const Experiment &experiment, std::span<const targets::Override> set);

private:
  const targets::MachineFile &machine_file(const std::string &name);
  const targets::RuntimeFile &runtime_file(const std::string &name);

  std::map<std::string, targets::MachineFile> machines_;
  std::map<std::string, targets::RuntimeFile> runtimes_;
};

} // namespace fusesim::claims
