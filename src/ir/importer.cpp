#include "ir/importer.hpp"

#include "support/error.hpp"

#include <boost/dll/runtime_symbol_info.hpp>
#include <boost/dll/shared_library.hpp>
#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

namespace fusesim::ir {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kModule = "libfusesim_torchscript.so";
constexpr const char *kSymbol = "fusesim_import_torchscript";

#ifdef FUSESIM_HAS_TORCHSCRIPT
constexpr bool kBuilt = true;
#else
constexpr bool kBuilt = false;
#endif

// ---- what can be said without LibTorch
// ----------------------------------------------------------------------------

std::string read_range(std::ifstream &stream, std::streamoff offset, std::size_t size) {
  std::string bytes(size, '\0');
  stream.seekg(offset);
  stream.read(bytes.data(), static_cast<std::streamsize>(size));
  bytes.resize(static_cast<std::size_t>(stream.gcount()));
  stream.clear();
  return bytes;
}

/// A TorchScript file is a zip archive: local headers at its front, the directory at its very end
/// (PKWARE APPNOTE.TXT 4.3.6; the end record has 22 bytes and at most 64 KiB of comment behind it).
void check_is_archive(const fs::path &file) {
  constexpr std::string_view kLocalHeader = "PK\x03\x04", kEndRecord = "PK\x05\x06";
  constexpr std::uintmax_t kEndRange = 22 + 0xffff;
  std::ifstream stream(file, std::ios::binary);
  if (!stream)
    throw Error(file.string(), "cannot be opened for reading");
  const auto size = fs::file_size(file);
  if (size == 0)
    throw Error(file.string(), "is empty");
  if (read_range(stream, 0, kLocalHeader.size()) != kLocalHeader)
    throw Error(file.string(), "is no TorchScript file (not a zip archive)",
                "export the module with tools/export_torchscript.py or torch.jit.save");
  const auto tail = std::min(size, kEndRange);
  const auto end = read_range(stream, static_cast<std::streamoff>(size - tail), tail);
  if (end.find(kEndRecord) == std::string::npos)
    throw Error(file.string(), "is truncated (the archive's directory is missing at its end)",
                "copy or export it again");
}

void check_file(const fs::path &file) {
  std::error_code error;
  const auto status = fs::status(file, error);
  if (!fs::exists(status))
    throw Error(file.string(), "no such file");
  if (fs::is_directory(status))
    throw Error(file.string(), "is a directory", "give a TorchScript file");
  check_is_archive(file);
}

// ---- the module
// ---------------------------------------------------------------------------------------------------

/// Where the module may be: as the user says, beside the executable in a build tree, in an
/// installation.
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
  folders.push_back(program / "../lib/fusesim");
  return folders;
}

[[noreturn]] void fail_without_module(const std::vector<fs::path> &searched) {
  if (!kBuilt)
    throw Error("TorchScript", "this fusesim was built without the TorchScript importer",
                "install libtorch-dev and build with -DFUSESIM_TORCHSCRIPT=ON");
  std::string folders;
  for (const auto &folder : searched)
    folders += (folders.empty() ? "" : ", ") + folder.lexically_normal().string();
  throw Error("TorchScript", fmt::format("{} was not found in {}", kModule, folders),
              "build the target fusesim_torchscript, or set FUSESIM_MODULE_PATH to its folder");
}

/// Boost.DLL drops the dynamic loader's explanation.
std::string loader_message(const fs::path &file) {
  if (void *handle = dlopen(file.c_str(), RTLD_LAZY))
    dlclose(handle);
  const char *message = dlerror();
  return message ? message : "unknown reason";
}

boost::dll::shared_library open_module() {
  const auto folders = search_path();
  for (const auto &folder : folders) {
    const auto candidate = folder / kModule;
    std::error_code ignored;
    if (!fs::exists(candidate, ignored))
      continue;
    boost::system::error_code error;
    boost::dll::shared_library library(candidate.string(), error, boost::dll::load_mode::rtld_lazy);
    if (error)
      throw Error(candidate.string(), "cannot be loaded: " + loader_message(candidate),
                  "LibTorch (Debian: libtorch1.13) must be installed");
    if (!library.has(kSymbol))
      throw Error(candidate.string(), "is no importer module of fusesim");
    return library;
  }
  fail_without_module(folders);
}

/// The importer, loaded at the first call. It stays loaded until the process ends: LibTorch does
/// not survive being unloaded, and graphs that it built may live on.
TorchScriptImportFunction &import_function() {
  static const auto *const module = new boost::dll::shared_library(open_module());
  return module->get<TorchScriptImportFunction>(kSymbol);
}

} // namespace

ImportResult import_torchscript(const fs::path &file, const std::vector<TensorType> &inputs) {
  check_file(file);
  return import_function()(file, inputs);
}

} // namespace fusesim::ir
