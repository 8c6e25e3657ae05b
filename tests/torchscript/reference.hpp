#pragma once

#include "ir/importer.hpp"

#include <optional>
#include <string>
#include <vector>

namespace fusesim::ir::testing {

/// What a real run of an exported module on the CPU did (real_run.py).
struct Reference {
  struct Operator {
    std::string name;   ///< `aten::relu_`
    std::string module; ///< path of the module that called it
    bool has_new_memory =
        false; ///< the result is no view of anything, and nothing was written in place
    std::vector<std::string> outputs; ///< "1x64x56x56:f32"
  };
  std::vector<TensorType> inputs;
  std::vector<std::string> outputs;
  std::optional<std::vector<Operator>> operators; ///< absent for programs with control flow
  std::uint64_t parameters = 0;
};

/// FUSESIM_EXPORTS_DIR/<name>
std::string export_file(const std::string &name);

/// `<name>.json` of the exports. Throws when it is missing.
Reference read_reference(const std::string &name);

/// First difference between the graph and the real run; empty when there is none.
///
/// In the order of execution, the nodes that came from an operator must be the run's operators: from the same kind,
/// in the same module, with results of the same shapes and element types, none missing and none too many. Only these
/// operators need be no nodes:
///  - views and what returned its argument, as nobody may have read them,
///  - tensors without dims, with which a trace computes sizes.
std::string difference(const Graph &graph, const Reference &reference);

/// Imports `<name>.pt` with the inputs of the reference run.
ImportResult import_export(const std::string &name);

} // namespace fusesim::ir::testing
