#include "cli/app.hpp"
#include "cli/model_options.hpp"
#include "ir/passes.hpp"
#include "report/inspect_report.hpp"

#include <CLI/CLI.hpp>

namespace fusesim::cli {

namespace {

struct Options {
  std::string model;
  ModelOptions sizes;
  OutputOptions output;
};

std::string text_of(const report::InspectReport &report, const OutputOptions &output) {
  switch (output.format) {
  case Format::csv:
    return report::inspect_csv(report);
  case Format::json:
    return report::to_text(report::inspect_json(report));
  case Format::table:
    break;
  }
  return report::inspect_text(report, text_style(output));
}

void inspect(const Options &options) {
  const auto dtype = chosen_dtype(options.sizes);
  LoadedModel loaded = load_model(options.model, options.sizes);
  if (dtype)
    loaded.graph = ir::with_float_dtype(loaded.graph, *dtype);
  const auto report =
      report::inspect(loaded.graph, options.model, std::move(loaded.workload.warnings));
  deliver(options.output, text_of(report, options.output));
  warn(report.warnings);
}

} // namespace

void add_inspect(CLI::App &app, Action &action) {
  auto *command =
      app.add_subcommand("inspect", "Show a network's operators, shapes, parameters and work");
  auto options = std::make_shared<Options>();
  command->add_option("model", options->model, std::string(kModelHelp))
      ->required()
      ->type_name("MODEL");
  add_model_options(*command, options->sizes);
  add_output_options(*command, options->output);
  command->footer("Without --dtype every tensor keeps the element type it has in the model.\n\n"
                  "Examples:\n"
                  "  fusesim inspect resnet50\n"
                  "  fusesim inspect vit_b_16 --batch 8 --image-size 384 --format json\n"
                  "  fusesim inspect my_model.pt --input 1x3x224x224 --format csv -o layers.csv\n"
                  "  fusesim inspect my_bert.pt --input 1x17:i64 --input 1x17:i64");
  command->final_callback([options, &action] { action = [options] { inspect(*options); }; });
}

} // namespace fusesim::cli
