#include "cli/app.hpp"
#include "cli/machine_options.hpp"
#include "cli/model_options.hpp"
#include "cli/report_option.hpp"
#include "cli/signals.hpp"
#include "report/compare_report.hpp"
#include "report/document/compare_document.hpp"
#include "support/error.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace fusesim::cli {

namespace {

struct Options {
  std::vector<std::string> models, targets, runtimes;
  std::string strategy, page;
  ModelOptions sizes;
  ExecutionOptions execution;
  OutputOptions output;
};

// Every machine with those of the named runtimes that drive its kind, or with its own when none
// does.
std::vector<Setup> load_setups(const Options &options) {
  std::vector<targets::Runtime> runtimes;
  for (const std::string &name : options.runtimes)
    runtimes.push_back(targets::load_runtime(name));
  std::vector<bool> used(runtimes.size());
  std::vector<Setup> setups;
  for (const std::string &target : options.targets) {
    const Setup own = load_setup(target, {});
    bool any = false;
    for (std::size_t i = 0; i < runtimes.size(); ++i) {
      if (runtimes[i].target != own.runtime.target)
        continue;
      setups.push_back({own.machine, runtimes[i]});
      used[i] = any = true;
    }
    if (!any)
      setups.push_back(own);
  }
  for (std::size_t i = 0; i < runtimes.size(); ++i)
    if (!used[i])
      throw Error("--runtime", fmt::format("'{}' drives {} machines, and no --target is one",
                                           runtimes[i].name, runtimes[i].target));
  return setups;
}

struct Simulated {
  report::RunReport report;
  targets::Roofline roofline;
};

Simulated simulate(const LoadedModel &loaded, const Setup &setup, const std::string &strategy,
                   const targets::Precision &precision, const ExecutionOptions &execution) {
  const auto experiment =
      targets::run_experiment(loaded.graph, setup.machine, setup.runtime,
                              {.strategy = strategy,
                               .dtype = precision.dtype,
                               .autocast = precision.autocast,
                               .channels_last = execution.channels_last,
                               .copies_linear_bias = execution.copies_linear_bias,
                               .strict_f32 = execution.strict_f32});
  throw_if_interrupted();
  return {report::report_of(experiment, loaded.workload),
          targets::roofline_of(setup.machine, experiment)};
}

std::string text_of(std::span<const report::Comparison> comparisons, const OutputOptions &output) {
  switch (output.format) {
  case Format::csv:
    return report::compare_csv(comparisons);
  case Format::json:
    return report::to_text(report::compare_json(comparisons));
  case Format::table:
    break;
  }
  return report::compare_text(comparisons, text_style(output));
}

void compare(const Options &options) {
  check_strategy(options.strategy);
  const auto precision = chosen_precision(options.sizes);
  const std::vector<Setup> setups = load_setups(options);
  check_report_file(options.page);

  std::vector<report::Comparison> comparisons;
  std::vector<report::ComparisonRoofs> roofs;
  {
    Progress progress(options.models.size() * setups.size());
    for (const std::string &model : options.models) {
      const LoadedModel loaded = load_model(model, options.sizes);
      warn(loaded.workload.warnings);
      const DeferInterrupts defer;
      for (const Setup &setup : setups) {
        progress.step(fmt::format("{} on {}", model, setup.machine.name));
        const auto type =
            precision.value_or(targets::Precision{default_dtype(setup.machine), false});
        const auto &fused =
            options.strategy.empty() ? setup.runtime.fused_strategy : options.strategy;
        auto without = simulate(loaded, setup, "unfused", type, options.execution);
        auto with = simulate(loaded, setup, fused, type, options.execution);
        comparisons.push_back({std::move(without.report), std::move(with.report)});
        roofs.push_back({std::move(without.roofline), std::move(with.roofline)});
      }
    }
  }
  if (!options.page.empty())
    write_report(options.page, report::compare_document(comparisons, roofs, FUSESIM_VERSION));
  deliver(options.output, text_of(comparisons, options.output));
}

} // namespace

void add_compare(CLI::App &app, Action &action) {
  auto *command =
      app.add_subcommand("compare", "Simulate networks unfused and fused, side by side");
  auto options = std::make_shared<Options>();
  command
      ->add_option("model", options->models,
                   "zoo names, exported torch.fx graphs (.json, .json.gz) or TorchScript files")
      ->required()
      ->type_name("MODEL");
  command
      ->add_option("--target", options->targets,
                   "machine: a name of fusesim targets or a YAML file; repeat for several")
      ->required()
      ->type_name("T")
      ->allow_extra_args(false);
  command
      ->add_option("--runtime", options->runtimes,
                   "software; repeat for several; each drives the targets of its kind\n"
                   "(default: each machine's own)")
      ->type_name("R")
      ->allow_extra_args(false);
  command
      ->add_option("--strategy", options->strategy,
                   "the fused side (default: the runtime's fused strategy)")
      ->type_name(strategy_names());
  add_model_options(*command, options->sizes);
  add_execution_options(*command, options->execution);
  add_report_option(*command, options->page,
                    "latencies and gains of every pair, and the\nsubgraphs behind each");
  add_output_options(*command, options->output);
  command->footer(
      std::string(kDefaultDTypeHelp) +
      "\nWhere the latency goes stands in the last seven columns, which sum to it.\n\n"
      "Examples:\n"
      "  fusesim compare resnet50 vit_b_16 --target a100-sxm-40gb --target kpu-t64\n"
      "  fusesim compare resnet50 --target t4 --runtime pytorch-eager --runtime cuda-graph\n"
      "  fusesim compare my_model.pt --input 8x3x224x224 --target h100-sxm --dtype f16\n"
      "  fusesim compare bert_base --target l4 --sequence-length 384 --format csv -o bert.csv\n"
      "  fusesim compare resnet50 vit_b_16 --target a100-sxm-40gb --report compare.html");
  command->final_callback([options, &action] { action = [options] { compare(*options); }; });
}

} // namespace fusesim::cli
