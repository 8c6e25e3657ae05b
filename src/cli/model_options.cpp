#include "cli/model_options.hpp"

#include "ir/fx/fx_import.hpp"
#include "ir/importer.hpp"
#include "ir/zoo.hpp"
#include "support/error.hpp"
#include "support/nearest.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace fusesim::cli {

namespace {

bool is_file_name(std::string_view model) {
  return model.find_first_of("/.") != std::string_view::npos;
}

void check_positive(std::string_view option, const std::optional<std::int64_t> &value) {
  if (value && *value < 1)
    throw Error(option, fmt::format("{} is no size", *value), "give 1 or more");
}

void check(const ModelOptions &options) {
  check_positive("--batch", options.batch);
  check_positive("--image-size", options.image_size);
  check_positive("--sequence-length", options.sequence_length);
  if (!options.inputs.empty() && (options.image_size || options.sequence_length))
    throw Error(options.image_size ? "--image-size" : "--sequence-length",
                "--input says the sizes already", "give one or the other");
}

std::vector<ir::TensorType> parsed_inputs(const ModelOptions &options) {
  std::vector<ir::TensorType> types;
  for (const std::string &text : options.inputs) {
    types.push_back(ir::parse_tensor_type(text));
    if (options.batch && !types.back().dims.empty())
      types.back().dims[0] = *options.batch;
  }
  return types;
}

// Zoo models know their input's form; --input only fills in the sizes.
ir::ZooOptions zoo_options(const ir::ZooEntry &entry, const ModelOptions &options) {
  ir::ZooOptions zoo;
  zoo.batch = options.batch.value_or(1);
  zoo.image_size = options.image_size;
  zoo.sequence_length = options.sequence_length;
  if (entry.is_language_model ? zoo.image_size.has_value() : zoo.sequence_length.has_value())
    throw Error(
        entry.is_language_model ? "--image-size" : "--sequence-length",
        fmt::format("{} takes {}", entry.name, entry.is_language_model ? "tokens" : "images"),
        entry.is_language_model ? "use --sequence-length" : "use --image-size");
  if (options.inputs.empty())
    return zoo;

  const std::vector<ir::TensorType> types = parsed_inputs(options);
  const ir::TensorType &type = types.front();
  const auto &dims = type.dims;
  if (entry.is_language_model) {
    if (types.size() != 1 || dims.size() != 2 || ir::is_floating(type.dtype))
      throw Error("--input", fmt::format("{} takes one batch of tokens", entry.name),
                  fmt::format("for example --input 1x{}:i64", entry.default_size));
    zoo.sequence_length = dims[1];
  } else {
    if (types.size() != 1 || dims.size() != 4 || dims[1] != 3 || dims[2] != dims[3] ||
        !ir::is_floating(type.dtype))
      throw Error("--input", fmt::format("{} takes one batch of square RGB images", entry.name),
                  fmt::format("for example --input 1x3x{0}x{0}", entry.default_size));
    zoo.image_size = dims[2];
  }
  zoo.batch = dims[0];
  return zoo;
}

LoadedModel loaded_model(ir::ImportResult imported) {
  LoadedModel loaded;
  loaded.graph = std::move(imported.graph);
  loaded.workload.warnings = std::move(imported.warnings);
  return loaded;
}

// An exported graph has its shapes in the file: --input can only say the same.
void check_inputs(const ir::Graph &graph, const std::string &file, const ModelOptions &options) {
  std::string recorded;
  std::vector<ir::TensorType> types;
  for (const ir::ValueId id : graph.inputs()) {
    types.push_back(graph.value(id).type);
    recorded += (recorded.empty() ? "" : ", ") + ir::to_string(types.back());
  }
  const bool other_batch = options.inputs.empty() && options.batch && !types.empty() &&
                           (types[0].dims.empty() || types[0].dims[0] != *options.batch);
  if (other_batch || (!options.inputs.empty() && parsed_inputs(options) != types))
    throw Error(other_batch ? "--batch" : "--input",
                fmt::format("{} was exported for {}", file, recorded),
                "export it again with tools/export_fx.py --input");
}

LoadedModel import_fx_file(const std::string &file, const ModelOptions &options) {
  const ir::FxProgram program = ir::read_fx(file);
  LoadedModel loaded = loaded_model(ir::graph_of(program));
  loaded.fx_nodes = program.node_count();
  check_inputs(loaded.graph, file, options);
  return loaded;
}

LoadedModel import_file(const std::string &file, const ModelOptions &options) {
  if (options.image_size || options.sequence_length)
    throw Error(options.image_size ? "--image-size" : "--sequence-length",
                "a file does not say which dims that is", "give --input, as 1x3x224x224");
  if (ir::is_fx_file(file))
    return import_fx_file(file, options);
  // A file that is not there is the better news than a missing option.
  std::error_code ignored;
  if (options.inputs.empty() && std::filesystem::is_regular_file(file, ignored))
    throw Error(file, "a file does not record the shapes of its inputs",
                "give one --input per argument of forward, as --input 1x3x224x224 or "
                "--input 1x17:i64");
  return loaded_model(ir::import_torchscript(file, parsed_inputs(options)));
}

void describe_inputs(const ir::Graph &graph, report::Workload &workload) {
  for (const ir::ValueId id : graph.inputs())
    workload.inputs.push_back(ir::to_string(graph.value(id).type));
  if (graph.inputs().empty())
    return;
  const ir::Dims &dims = graph.value(graph.inputs().front()).type.dims;
  if (!dims.empty())
    workload.batch = dims.front();
  if (dims.size() == 4 && dims[2] == dims[3])
    workload.image_size = dims[2];
}

} // namespace

void add_model_options(CLI::App &command, ModelOptions &options) {
  command
      .add_option("--input", options.inputs,
                  "shape of one argument of forward, with its element type where that is not f32;\n"
                  "repeat for each, in order. A .pt file needs it, an exported "
                  "graph has it; for a zoo model it sets batch and size")
      ->type_name("1x3x224x224[:i64]")
      ->allow_extra_args(false);
  command
      .add_option("--batch", options.batch,
                  "batch size (default 1); with --input, replaces the first dim of every input")
      ->type_name("N");
  command
      .add_option("--image-size", options.image_size, "square images (zoo; default the model's)")
      ->type_name("N");
  command
      .add_option("--sequence-length", options.sequence_length,
                  "tokens (language models of the zoo; default the model's)")
      ->type_name("N");
  command
      .add_option("--dtype", options.dtype,
                  "element type of weights and activations; amp-: PyTorch's autocast")
      ->type_name("f32|tf32|f16|bf16|i8|amp-f16|amp-bf16");
}

LoadedModel load_model(const std::string &model, const ModelOptions &options) {
  check(options);
  LoadedModel loaded;
  if (is_file_name(model))
    loaded = import_file(model, options);
  else
    loaded.graph = ir::build_zoo_model(model, zoo_options(ir::zoo_entry(model), options));
  loaded.workload.model = model;
  describe_inputs(loaded.graph, loaded.workload);
  return loaded;
}

std::optional<targets::Precision> chosen_precision(const ModelOptions &options) {
  if (options.dtype.empty())
    return std::nullopt;
  try {
    return targets::precision_from_name(options.dtype);
  } catch (const Error &error) {
    throw Error("--dtype", error.what());
  }
}

std::optional<ir::DType> chosen_dtype(const ModelOptions &options) {
  const auto precision = chosen_precision(options);
  if (!precision)
    return std::nullopt;
  if (precision->autocast)
    throw Error(
        "--dtype",
        fmt::format("'{}' is a way to run a network, not a type of its tensors", options.dtype),
        fmt::format("use {}, or simulate", ir::name_of(precision->dtype)));
  return precision->dtype;
}

void add_execution_options(CLI::App &command, ExecutionOptions &options) {
  command.add_flag("--channels-last", options.channels_last,
                   "images as NHWC in memory, for frameworks that keep NCHW otherwise");
  command.add_flag("--copies-linear-bias", options.copies_linear_bias,
                   "biases of linears as in PyTorch before 1.12, or with CUDA before 11.4");
  command.add_flag("--no-tf32", options.strict_f32,
                   "float32 products in float32, whatever the runtime's default");
}

} // namespace fusesim::cli
