#include "support/module.hpp"

#include "support/error.hpp"

#include <boost/dll/runtime_symbol_info.hpp>
#include <boost/dll/shared_library.hpp>
#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace fusesim {

namespace {

namespace fs = std::filesystem;

/// As the user says, beside the executable in a build tree, in an installation.
std::vector<fs::path> search_path() {
  std::vector<fs::path> folders;
  if (const char *given = std::getenv("FUSESIM_MODULE_PATH")) {
    std::string_view rest = given;
    while (!rest.empty()) {
      const auto colon = std::min(rest.find(':'), rest.size());
      if (colon > 0)
        folders.emplace_back(rest.substr(0, colon));
      rest.remove_prefix(std::min(colon + 1, rest.size()));
    }
  }
  const fs::path program = boost::dll::program_location().parent_path().string();
  folders.push_back(program);
  folders.push_back(program / "lib/fusesim");
  folders.push_back(program / ".." / FUSESIM_INSTALL_LIBDIR / "fusesim");
  folders.push_back(fs::path(FUSESIM_INSTALL_FULL_LIBDIR) /
                    "fusesim"); // other programs with this library
  return folders;
}

[[noreturn]] void fail_without(const ModuleInfo &module, const std::vector<fs::path> &searched) {
  std::string folders;
  for (const auto &folder : searched)
    folders += (folders.empty() ? "" : ", ") + folder.lexically_normal().string();
  throw Error(
      module.feature, fmt::format("{} was not found in {}", module.file, folders),
      fmt::format("build the target {}, or set FUSESIM_MODULE_PATH to its folder", module.target));
}

/// Boost.DLL drops the dynamic loader's explanation.
std::string loader_message(const fs::path &file) {
  if (void *handle = dlopen(file.c_str(), RTLD_LAZY))
    dlclose(handle);
  const char *message = dlerror();
  return message ? message : "unknown reason";
}

/// Never unloaded: LibTorch and MPI do not survive it, and what the module made may live on.
void keep_loaded(boost::dll::shared_library library) {
  static auto &kept = *new std::vector<boost::dll::shared_library>;
  kept.push_back(std::move(library));
}

} // namespace

void *load_module(const ModuleInfo &module) {
  const auto folders = search_path();
  for (const auto &folder : folders) {
    const auto candidate = folder / module.file;
    std::error_code ignored;
    if (!fs::exists(candidate, ignored))
      continue;
    boost::system::error_code error;
    boost::dll::shared_library library(candidate.string(), error, boost::dll::load_mode::rtld_lazy);
    if (error)
      throw Error(candidate.string(), "cannot be loaded: " + loader_message(candidate),
                  module.needs);
    void *symbol = dlsym(library.native(), std::string(module.symbol).c_str());
    if (symbol == nullptr)
      throw Error(candidate.string(), fmt::format("is no {} module of fusesim", module.feature));
    keep_loaded(std::move(library));
    return symbol;
  }
  fail_without(module, folders);
}

} // namespace fusesim
