#include "cli/app.hpp"
#include "ir/zoo.hpp"
#include "report/formats.hpp"

#include <CLI/CLI.hpp>

namespace fusesim::cli {

namespace {

std::span<const report::Figure<ir::ZooEntry>> figures() {
  using E = ir::ZooEntry;
  static const std::vector<report::Figure<E>> kFigures{
      {{"name", "model"}, [](const E &e) { return e.name; }},
      {{"family", "family"}, [](const E &e) { return e.family; }},
      {{"input", "input"},
       [](const E &e) { return std::string(e.is_language_model ? "tokens" : "image"); }},
      {{"default_size", "size"}, [](const E &e) { return e.default_size; }},
      {{"description", "description"}, [](const E &e) { return e.description; }},
  };
  return kFigures;
}

std::string text_of(const OutputOptions &output) {
  report::TextStyle style = text_style(output);
  style.max_cell = 100;
  const auto table = report::tabulate<ir::ZooEntry>(figures(), ir::zoo());
  switch (output.format) {
  case Format::csv:
    return report::to_csv(table);
  case Format::json:
    return report::to_text(report::to_json(table));
  case Format::table:
    break;
  }
  return report::to_text(table, style);
}

} // namespace

void add_models(CLI::App &app, Action &action) {
  auto *command = app.add_subcommand("models", "List the networks that are built in");
  auto output = std::make_shared<OutputOptions>();
  add_output_options(*command, *output);
  command->footer("Examples:\n"
                  "  fusesim models\n"
                  "  fusesim models --format json\n\n"
                  "Any other network: export it with tools/export_torchscript.py and give the "
                  ".pt file in a model's place.");
  command->final_callback(
      [output, &action] { action = [output] { deliver(*output, text_of(*output)); }; });
}

} // namespace fusesim::cli
