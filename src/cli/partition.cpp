#include "cli/app.hpp"
#include "cli/machine_options.hpp"
#include "cli/model_options.hpp"
#include "cli/signals.hpp"
#include "ir/passes.hpp"
#include "partition/strategy.hpp"
#include "report/output_file.hpp"
#include "report/partition_report.hpp"

#include <CLI/CLI.hpp>

namespace fusesim::cli {

namespace {

struct Options {
  std::string model;
  std::string strategy = "attention";
  bool compare = false;
  std::string dot;
  ModelOptions sizes;
  OutputOptions output;
};

std::string text_of(const report::PartitionReport &report, const OutputOptions &output) {
  switch (output.format) {
  case Format::csv:
    return report::partition_csv(report);
  case Format::json:
    return report::to_text(report::partition_json(report));
  case Format::table:
    break;
  }
  return report::partition_text(report, text_style(output));
}

std::string text_of(std::span<const report::PartitionReport> reports, const OutputOptions &output) {
  switch (output.format) {
  case Format::csv:
    return report::strategies_csv(reports);
  case Format::json:
    return report::to_text(report::strategies_json(reports));
  case Format::table:
    break;
  }
  return report::strategies_text(reports, text_style(output));
}

void write_dot(const std::string &file, const std::string &text) {
  const DeferInterrupts defer;
  report::OutputFile out(file);
  out.write(text);
  throw_if_interrupted();
  out.commit();
}

void partition_model(const Options &options) {
  check_strategy(options.strategy);
  const auto dtype = chosen_dtype(options.sizes);
  LoadedModel loaded = load_model(options.model, options.sizes);
  // Projections apart, as siblings of one producer: the form in which a strategy can merge them.
  ir::Graph graph = ir::decompose_attention(loaded.graph, ir::InProjection::separate);
  if (dtype)
    graph = ir::with_float_dtype(graph, *dtype);

  if (options.compare) {
    std::vector<report::PartitionReport> reports;
    for (const auto &strategy : partition::strategies())
      reports.push_back(report::report_of(graph, partition::run_strategy(strategy.name, graph),
                                          options.model, loaded.workload.warnings));
    deliver(options.output, text_of(reports, options.output));
  } else {
    const auto partition = partition::run_strategy(options.strategy, graph);
    if (!options.dot.empty())
      write_dot(options.dot, report::partition_dot(graph, partition));
    const auto report =
        report::report_of(graph, partition, options.model, loaded.workload.warnings);
    deliver(options.output, text_of(report, options.output));
  }
  warn(loaded.workload.warnings);
}

} // namespace

void add_partition(CLI::App &app, Action &action) {
  auto *command = app.add_subcommand("partition", "Cut a network into fused subgraphs");
  auto options = std::make_shared<Options>();
  command->add_option("model", options->model, "zoo name or TorchScript file")
      ->required()
      ->type_name("MODEL");
  auto *strategy = command->add_option("--strategy", options->strategy, "how to cut")
                       ->type_name(strategy_names())
                       ->capture_default_str();
  auto *dot = command->add_option("--dot", options->dot, "also write the graph there, for Graphviz")
                  ->type_name("FILE");
  command->add_flag("--compare", options->compare, "one row per strategy instead of one partition")
      ->excludes(strategy)
      ->excludes(dot);
  add_model_options(*command, options->sizes);
  add_output_options(*command, options->output);
  command->footer(
      "Bytes are physical: weights and distinct activations crossing a subgraph's boundary; an\n"
      "internal tensor saves one write and one read per consumer.\n\n"
      "Examples:\n"
      "  fusesim partition resnet50\n"
      "  fusesim partition vit_b_16 --compare\n"
      "  fusesim partition mobilenet_v2 --strategy greedy --dot m.dot && dot -Tsvg m.dot -o m.svg");
  command->final_callback(
      [options, &action] { action = [options] { partition_model(*options); }; });
}

} // namespace fusesim::cli
