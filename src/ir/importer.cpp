#include "ir/importer.hpp"

#include "support/error.hpp"
#include "support/module.hpp"

#include <algorithm>
#include <fstream>

namespace fusesim::ir {

namespace {

namespace fs = std::filesystem;

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
    throw Error(file.string(), "is a directory",
                "give a TorchScript file or an exported torch.fx graph");
  check_is_archive(file);
}

// ---- the module
// ---------------------------------------------------------------------------------------------------

/// The importer, loaded at the first call.
TorchScriptImportFunction &import_function() {
  if (!kBuilt)
    throw Error("TorchScript", "this fusesim was built without the TorchScript importer",
                "install libtorch-dev and build with -DFUSESIM_TORCHSCRIPT=ON");
  static void *const function =
      load_module({"TorchScript", "libfusesim_torchscript.so", "fusesim_import_torchscript",
                   "fusesim_torchscript", "LibTorch (Debian: libtorch1.13) must be installed"});
  return *reinterpret_cast<TorchScriptImportFunction *>(function);
}

} // namespace

ImportResult import_torchscript(const fs::path &file, const std::vector<TensorType> &inputs) {
  check_file(file);
  return import_function()(file, inputs);
}

} // namespace fusesim::ir
