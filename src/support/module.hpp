#pragma once

#include <string_view>

namespace fusesim {

/// A part of fusesim in a shared library of its own, because what it links is expensive to load.
struct ModuleInfo {
  std::string_view feature; ///< "TorchScript": heads its errors
  std::string_view file;    ///< "libfusesim_torchscript.so"
  std::string_view symbol;  ///< of its one function
  std::string_view target;  ///< of the build that makes it
  std::string_view needs;   ///< said when it cannot be loaded: "LibTorch must be installed"
};

/// Loads the module, once and for as long as the process lives, and returns the address of its
/// function. Searched in $FUSESIM_MODULE_PATH, beside the executable, in its lib/fusesim, and where
/// fusesim is installed. Throws Error: not found, not loadable (with the loader's reason), no
/// module of fusesim.
void *load_module(const ModuleInfo &module);

} // namespace fusesim
