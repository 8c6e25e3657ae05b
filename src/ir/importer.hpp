#pragma once

#include "ir/graph.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace fusesim::ir {

struct ImportResult {
  Graph graph;
  std::vector<std::string> warnings; ///< one line each: opaque operators with how often they occur
};

/// Reads a TorchScript file (traced or scripted module saved with torch.jit.save). `inputs` are the types of
/// forward's tensor arguments, in order; any batch and image size the module itself can take.
/// Loads the LibTorch-based importer module (libfusesim_torchscript.so, searched in $FUSESIM_MODULE_PATH, beside the
/// executable, in its lib/fusesim, and where it is installed) on first use.
/// Throws Error: file missing, not TorchScript, truncated; too few or too many inputs; a shape the module rejects;
/// control flow that depends on tensor contents.
ImportResult import_torchscript(const std::filesystem::path &file,
                                const std::vector<TensorType> &inputs);

/// Signature of the one symbol that the importer module exports, as `fusesim_import_torchscript`.
using TorchScriptImportFunction = ImportResult(const std::filesystem::path &file,
                                               const std::vector<TensorType> &inputs);

} // namespace fusesim::ir
