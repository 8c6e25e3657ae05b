#include "cli/app.hpp"
#include "cli/signals.hpp"
#include "report/calibrate_report.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace fusesim::cli {

namespace {

struct Options {
  std::vector<std::string> files, only;
  unsigned evaluations = 400;
  bool leave_one_out = false;
  OutputOptions output;
};

// A name of --only is a file ("volta", "pytorch-eager"), a key, or file.key.
bool is_named(const validate::Parameter &parameter, const std::vector<std::string> &only) {
  return only.empty() || std::ranges::any_of(only, [&](const std::string &name) {
           return name == parameter.file || name == parameter.key ||
                  name == parameter.file + "." + parameter.key;
         });
}

std::string text_of(const report::CalibrateReport &report, const OutputOptions &output) {
  switch (output.format) {
  case Format::csv:
    return report::calibrate_csv(report);
  case Format::json:
    return report::to_text(report::calibrate_json(report));
  case Format::table:
    break;
  }
  return report::calibrate_text(report, text_style(output));
}

void run_calibrate(const Options &options) {
  std::vector<validate::Dataset> datasets;
  for (const auto &file : options.files)
    datasets.push_back(validate::read_dataset(file));
  validate::Bench bench;
  auto parameters = validate::parameters_of(datasets, bench);
  std::erase_if(parameters, [&](const auto &one) { return !is_named(one, options.only); });

  report::CalibrateReport report;
  const DeferInterrupts defer;
  {
    Progress progress(options.evaluations);
    validate::FitOptions fit;
    fit.max_evaluations = options.evaluations;
    fit.on_progress = [&](unsigned, double loss) {
      throw_if_interrupted();
      progress.step(fmt::format("loss {:.4f}", loss));
    };
    report.fit = validate::fit(datasets, parameters, {}, fit);
  }
  report.sensitivities = validate::sensitivities(datasets, report.fit.parameters);
  if (options.leave_one_out) {
    validate::FitOptions fit;
    fit.max_evaluations = options.evaluations;
    fit.on_progress = [](unsigned, double) { throw_if_interrupted(); };
    for (const auto label : {validate::Label::machine, validate::Label::model}) {
      auto folds = validate::leave_one_out(datasets, report.fit.parameters, label, fit);
      report.folds.insert(report.folds.end(), folds.begin(), folds.end());
    }
  }
  deliver(options.output, text_of(report, options.output));
}

} // namespace

void add_calibrate(CLI::App &app, Action &action) {
  auto *command = app.add_subcommand("calibrate", "Fit the calibrated constants to measurements");
  auto options = std::make_shared<Options>();
  command->add_option("file", options->files, "CSVs of measurements, as for validate")
      ->required()
      ->type_name("FILE.csv");
  command
      ->add_option(
          "--only", options->only,
          "fit these only: a generation or runtime, a key, or file.key; repeat for several")
      ->type_name("NAME")
      ->allow_extra_args(false);
  command->add_option("--evaluations", options->evaluations, "simulations of all rows, at most")
      ->type_name("N")
      ->check(CLI::Range(1U, 1000000U))
      ->capture_default_str();
  command->add_flag("--leave-one-out", options->leave_one_out,
                    "also fit without each machine and each network in turn, and predict it");
  add_output_options(*command, options->output);
  command->footer(
      "Which constants there are, and their bounds, stands in the configs: calibrated: {key: [min, "
      "max]}\n"
      "in configs/gpu/generation/*.yaml and configs/runtime/*.yaml. Nothing is written to them.\n"
      "Loss: mean of |ln(predicted / measured)|, every file weighing the same.\n\n"
      "Examples:\n"
      "  fusesim calibrate data/measured/gpu_end_to_end.csv data/measured/gpu_operators.csv\n"
      "  fusesim calibrate data/measured/gpu_end_to_end.csv --only pytorch-eager --leave-one-out");
  command->final_callback([options, &action] { action = [options] { run_calibrate(*options); }; });
}

} // namespace fusesim::cli
