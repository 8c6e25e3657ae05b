#include "targets/config_files.hpp"

#include "support/error.hpp"
#include "support/nearest.hpp"
#include "targets/machine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <string>

namespace fusesim::targets {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kExtension = ".yaml";

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

} // namespace

bool is_config_path(std::string_view name) {
  return name.find('/') != std::string_view::npos || name.ends_with(kExtension);
}

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

std::vector<fs::path> shipped_configs(std::string_view kind) {
  std::vector<fs::path> files;
  const auto folder = config_root() / kind;
  std::error_code error;
  for (const auto &item : fs::directory_iterator(folder, error))
    if (item.path().extension() == kExtension && item.is_regular_file())
      files.push_back(item.path());
  std::sort(files.begin(), files.end());
  return files;
}

fs::path find_config(std::string_view name, std::initializer_list<std::string_view> kinds,
                     std::string_view what) {
  if (is_config_path(name))
    return fs::path(name);
  std::vector<std::string> known;
  for (const auto kind : kinds) {
    for (const auto &file : shipped_configs(kind)) {
      if (file.stem() == fs::path(name))
        return file;
      known.push_back(file.stem().string());
    }
  }
  throw Error({}, fmt::format("unknown {} '{}'", what, name), nearest_names_hint(name, known));
}

} // namespace fusesim::targets
