#pragma once

#include <filesystem>
#include <initializer_list>
#include <string_view>
#include <vector>

namespace fusesim::targets {

/// True when a machine, runtime or base is given as a file (a '/' in it, or .yaml at its end), not as a shipped name.
bool is_config_path(std::string_view name);

/// The shipped files of one kind ("gpu", "tile", "runtime"), by name.
std::vector<std::filesystem::path> shipped_configs(std::string_view kind);

/// The file that `name` means: itself when it is a path, else the shipped config of one of `kinds` with that name.
/// Throws Error ("unknown <what> …") with the nearest names.
std::filesystem::path find_config(std::string_view name,
                                  std::initializer_list<std::string_view> kinds,
                                  std::string_view what);

} // namespace fusesim::targets
