#pragma once

#include "ir/graph.hpp"
#include "report/run_report.hpp"
#include "targets/precision.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace fusesim::cli {

/// Which network, at which sizes: the options that every command on a MODEL has.
struct ModelOptions {
  std::vector<std::string> inputs;
  std::optional<std::int64_t> batch, image_size, sequence_length;
  std::string dtype; ///< empty: the command's default
};
/// What MODEL may be.
inline constexpr std::string_view kModelHelp =
    "zoo name, exported torch.fx graph (.json, .json.gz) or TorchScript file";
void add_model_options(CLI::App &command, ModelOptions &options);

struct LoadedModel {
  ir::Graph graph;
  report::Workload workload;
  std::optional<std::uint64_t> fx_nodes; ///< of an exported torch.fx graph, as torch.fx counts
};

/// Builds a zoo model, or imports a file (when the name has a '/' or a '.'): an exported torch.fx graph
/// (.json, .json.gz), else TorchScript.
/// Throws Error.
LoadedModel load_model(const std::string &model, const ModelOptions &options);

/// The element type named by --dtype, if one is. Throws Error with the nearest names.
std::optional<ir::DType> chosen_dtype(const ModelOptions &options);

/// The same for commands that run a network: autocast (amp-f16, amp-bf16) counts, too.
std::optional<targets::Precision> chosen_precision(const ModelOptions &options);

/// How the framework runs it, where that is neither the model's nor the runtime's: for commands that simulate.
struct ExecutionOptions {
  bool channels_last = false, copies_linear_bias = false, strict_f32 = false;
};
void add_execution_options(CLI::App &command, ExecutionOptions &options);

} // namespace fusesim::cli
