#include "cli/app.hpp"
#include "cli/machine_options.hpp"
#include "cli/model_options.hpp"
#include "cli/report_option.hpp"
#include "cli/signals.hpp"
#include "report/document/simulate_document.hpp"
#include "report/explain_report.hpp"
#include "report/output_file.hpp"
#include "report/trace.hpp"

#include <CLI/CLI.hpp>

namespace fusesim::cli {

namespace {

struct Options {
  std::string model, target, runtime, strategy, trace, page, mappings;
  bool exact = false, all_subgraphs = false, explain = false;
  ModelOptions sizes;
  ExecutionOptions execution;
  OutputOptions output;
};

std::string text_of(const report::RunReport &report, const std::vector<report::StageReport> &stages,
                    const Options &options) {
  switch (options.output.format) {
  case Format::csv:
    return options.explain ? report::to_csv(report::tabulate<report::StageReport>(
                                 report::stage_figures(), stages))
                           : report::run_csv(report, options.all_subgraphs);
  case Format::json: {
    auto json = report::run_json(report);
    if (options.explain)
      json["stages"] =
          report::to_json(report::tabulate<report::StageReport>(report::stage_figures(), stages));
    return report::to_text(json);
  }
  case Format::table:
    break;
  }
  report::RunText text{.style = text_style(options.output)};
  if (options.all_subgraphs)
    text.top_subgraphs = 0;
  return report::run_text(report, text) +
         (options.explain ? report::explain_text(stages, text.style) : "");
}

void write_trace(const std::string &file, const targets::Experiment &experiment,
                 const report::RunReport &report) {
  report::TraceOptions options;
  options.facts = {{"model", report.model},     {"target", report.target},
                   {"runtime", report.runtime}, {"strategy", report.strategy},
                   {"dtype", report.dtype},     {"batch", std::to_string(report.batch)}};
  options.subgraphs = report.subgraphs;
  report::OutputFile out(file);
  report::write_trace(experiment.lowered.topology, experiment.lowered.program, experiment.run,
                      options, [&out](std::string_view text) {
                        throw_if_interrupted();
                        out.write(text);
                      });
  out.commit();
}

/// The page shows the run beside the one that it is to be held against: without fusion, or, when
/// this is without, fused as the runtime does.
void write_page(const Options &options, const LoadedModel &loaded, const Setup &setup,
                const targets::ExperimentOptions &asked, const targets::Experiment &experiment,
                const report::RunReport &report) {
  const bool fused_asked = report.strategy != "unfused";
  auto other_options = asked;
  other_options.strategy = fused_asked ? "unfused" : setup.runtime.fused_strategy;
  const auto other =
      targets::run_experiment(loaded.graph, setup.machine, setup.runtime, other_options);
  throw_if_interrupted();
  const auto other_report = report::report_of(other, loaded.workload);
  const report::DetailedRun this_run{&experiment, &report,
                                     targets::roofline_of(setup.machine, experiment)};
  const report::DetailedRun that_run{&other, &other_report,
                                     targets::roofline_of(setup.machine, other)};
  write_report(options.page, report::simulate_document(fused_asked ? that_run : this_run,
                                                       fused_asked ? this_run : that_run,
                                                       fused_asked, FUSESIM_VERSION));
}

void simulate(const Options &options) {
  check_report_file(options.page);
  check_strategy(options.strategy);
  const Setup setup = load_setup(options.target, options.runtime);
  const auto precision = chosen_precision(options.sizes)
                             .value_or(targets::Precision{default_dtype(setup.machine), false});
  const LoadedModel loaded = load_model(options.model, options.sizes);
  warn(loaded.workload.warnings);

  const DeferInterrupts defer;
  const targets::ExperimentOptions asked{.strategy = options.strategy,
                                         .dtype = precision.dtype,
                                         .autocast = precision.autocast,
                                         .channels_last = options.execution.channels_last,
                                         .copies_linear_bias = options.execution.copies_linear_bias,
                                         .strict_f32 = options.execution.strict_f32,
                                         .exact = options.exact,
                                         .timeline =
                                             !options.trace.empty() || !options.page.empty(),
                                         .tile = {.mapping_file = options.mappings}};
  const auto experiment =
      targets::run_experiment(loaded.graph, setup.machine, setup.runtime, asked);
  throw_if_interrupted();
  const report::RunReport report = report::report_of(experiment, loaded.workload);
  if (!options.trace.empty())
    write_trace(options.trace, experiment, report);
  if (!options.page.empty())
    write_page(options, loaded, setup, asked, experiment, report);
  const auto stages =
      options.explain ? report::explain(experiment) : std::vector<report::StageReport>{};
  deliver(options.output, text_of(report, stages, options));
}

} // namespace

void add_simulate(CLI::App &app, Action &action) {
  auto *command = app.add_subcommand("simulate", "Simulate a network on a machine");
  auto options = std::make_shared<Options>();
  command->add_option("model", options->model, std::string(kModelHelp))
      ->required()
      ->type_name("MODEL");
  command
      ->add_option("--target", options->target, "machine: a name of fusesim targets or a YAML file")
      ->required()
      ->type_name("T");
  command
      ->add_option("--runtime", options->runtime,
                   "software that drives it: a name or a YAML file (default: the machine's)")
      ->type_name("R");
  command->add_option("--strategy", options->strategy, "how to fuse (default: the runtime's way)")
      ->type_name(strategy_names());
  add_model_options(*command, options->sizes);
  add_execution_options(*command, options->execution);
  command
      ->add_option("--trace", options->trace,
                   "also write a timeline there, for ui.perfetto.dev or chrome://tracing")
      ->type_name("FILE");
  add_report_option(
      *command, options->page,
      "the run beside the same without fusion (or with, when\nthis is without): where "
      "the time goes, timeline, roofline, partition graph");
  command->add_flag("--subgraphs", options->all_subgraphs,
                    "table: all subgraphs, not the ten that take longest; csv: one line for each");
  command->add_flag(
      "--explain", options->explain,
      "tile machines: mapping, tiles, buffers, traffic and bound of every stage; csv: only these");
  command
      ->add_option("--mappings", options->mappings,
                   "machines that run loop nests (Gemmini): YAML lines 'operator: \"loop nest\"'\n"
                   "to run as given, instead of the mapper's choice (see docs/model.md)")
      ->type_name("FILE")
      ->check([](const std::string &file) { return file.empty() ? "the name is empty" : ""; });
  command->add_flag("--exact", options->exact,
                    "one event per task: slow, gives the same figures, there to prove it");
  add_output_options(*command, options->output);
  command->footer(
      std::string(kDefaultDTypeHelp) +
      "\n\nExamples:\n"
      "  fusesim simulate resnet50 --target a100-sxm-40gb --dtype f16\n"
      "  fusesim simulate resnet50 --target a100-sxm-40gb --runtime cuda-graph --batch 64\n"
      "  fusesim simulate my_model.pt --input 1x3x224x224 --target kpu-t64\n"
      "  fusesim simulate resnet50 --target kpu-t64 --explain\n"
      "  fusesim simulate vit_b_16 --target h100-sxm --format json -o vit.json\n"
      "  fusesim simulate resnet18 --target t4 --trace resnet18.trace.json\n"
      "  fusesim simulate resnet50 --target h100-sxm --strategy attention --report resnet50.html");
  command->final_callback([options, &action] { action = [options] { simulate(*options); }; });
}

} // namespace fusesim::cli
