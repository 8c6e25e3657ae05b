#include "cli/app.hpp"
#include "cli/signals.hpp"
#include "report/calibrate_report.hpp"
#include "support/error.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace fusesim::cli {

namespace {

struct Options {
  std::vector<std::string> files, only, except, leave_out;
  unsigned evaluations = 400;
  double pooling = validate::FitOptions{}.pooling;
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

// A group of --except is KEY=NAME, or several of which a row has all: model=conv2d,dtype=f32.
std::vector<std::string> keys_of_group(const std::string &group) {
  std::vector<std::string> keys;
  for (std::size_t begin = 0, end = 0; end != std::string::npos; begin = end + 1) {
    end = group.find(',', begin);
    keys.push_back(group.substr(begin, end - begin));
    if (keys.back().find('=') == std::string::npos)
      throw Error("--except " + group, fmt::format("'{}' is no KEY=NAME", keys.back()),
                  "write it like model=conv2d,dtype=f32");
  }
  return keys;
}

void leave_out(std::vector<validate::Dataset> &datasets, const std::string &group) {
  const auto keys = keys_of_group(group);
  std::size_t erased = 0;
  for (auto &dataset : datasets)
    erased += std::erase_if(dataset.cases, [&](const auto &one) {
      return std::ranges::all_of(keys, [&](const auto &key) {
        return std::ranges::any_of(validate::kLabels,
                                   [&](auto label) { return key_of(one->labels, label) == key; });
      });
    });
  if (erased == 0)
    throw Error("--except " + group, "no row has it",
                "keys are machine, runtime, model, dtype, batch");
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
  for (const auto &group : options.except)
    leave_out(datasets, group);
  validate::Bench bench;
  auto parameters = validate::parameters_of(datasets, bench);
  std::erase_if(parameters, [&](const auto &one) { return !is_named(one, options.only); });

  report::CalibrateReport report;
  const DeferInterrupts defer;
  {
    Progress progress(options.evaluations);
    validate::FitOptions fit;
    fit.max_evaluations = options.evaluations;
    fit.pooling = options.pooling;
    fit.on_progress = [&](unsigned, double loss) {
      throw_if_interrupted();
      progress.step(fmt::format("loss {:.4f}", loss));
    };
    report.fit = validate::fit(datasets, parameters, {}, fit);
  }
  report.sensitivities = validate::sensitivities(datasets, report.fit.parameters);
  if (options.leave_one_out || !options.leave_out.empty()) {
    validate::FitOptions fit;
    fit.max_evaluations = options.evaluations;
    fit.pooling = options.pooling;
    fit.on_progress = [](unsigned, double) { throw_if_interrupted(); };
    std::vector<std::pair<validate::Label, std::string>> keys;
    for (const auto label : {validate::Label::machine, validate::Label::model})
      for (const auto &key : validate::fold_keys(datasets, label, options.leave_out))
        keys.emplace_back(label, key);
    Progress progress(keys.size());
    for (const auto &[label, key] : keys) {
      progress.step(fmt::format("without {}", key));
      const auto folds =
          validate::leave_one_out(datasets, report.fit.parameters, label, fit, {&key, 1});
      report.folds.insert(report.folds.end(), folds.begin(), folds.end());
    }
    for (const auto &key : options.leave_out)
      if (std::ranges::none_of(report.folds, [&](const auto &fold) { return fold.key == key; }))
        throw Error("--leave-out " + key,
                    "no row of a network has it, or nothing else would be left",
                    "write it as KEY=NAME: machine=rtx-3090, model=resnet50");
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
  command
      ->add_option("--except", options->except,
                   "rows that take no part, like model=conv2d,dtype=f32; repeat for several")
      ->type_name("KEY=NAME,...")
      ->allow_extra_args(false);
  command->add_option("--evaluations", options->evaluations, "simulations of all rows, at most")
      ->type_name("N")
      ->check(CLI::Range(1U, 1000000U))
      ->capture_default_str();
  command->add_flag("--leave-one-out", options->leave_one_out,
                    "also fit without each machine and each network in turn, and predict it");
  command
      ->add_option("--leave-out", options->leave_out,
                   "of these only, like machine=rtx-3090 or model=resnet50; repeat for several")
      ->type_name("KEY=NAME")
      ->allow_extra_args(false);
  command
      ->add_option(
          "--pooling", options->pooling,
          "loss for each generation whose constant is a whole range away from its neighbours' mean")
      ->type_name("WEIGHT")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  add_output_options(*command, options->output);
  command->footer(
      "Which constants there are, and their bounds, stands in the configs: calibrated: {key: [min, "
      "max]}\n"
      "in configs/gpu/generation/*.yaml and configs/runtime/*.yaml. Nothing is written to them.\n"
      "Loss: mean of |ln(predicted / measured)|, every file weighing the same.\n"
      "Generations share what their rows do not tell apart: see --pooling.\n\n"
      "Examples:\n"
      "  fusesim calibrate data/measured/gpu_end_to_end.csv data/measured/gpu_operators.csv\n"
      "  fusesim calibrate data/measured/gpu_end_to_end.csv --only pytorch-eager --leave-one-out");
  command->final_callback([options, &action] { action = [options] { run_calibrate(*options); }; });
}

} // namespace fusesim::cli
