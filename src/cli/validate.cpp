#include "cli/app.hpp"
#include "cli/report_option.hpp"
#include "cli/signals.hpp"
#include "report/document/validate_document.hpp"
#include "report/output_file.hpp"
#include "report/validate_report.hpp"
#include "validate/workers.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <thread>

namespace fusesim::cli {

namespace {

using validate::Label;

struct Options {
  std::string file, plot, page;
  unsigned jobs = std::max(1U, std::thread::hardware_concurrency());
  std::vector<std::string> by;
  std::size_t worst = 10;
  OutputOptions output;
};

const std::map<std::string, Label> kLabelOf{{"machine", Label::machine},
                                            {"runtime", Label::runtime},
                                            {"model", Label::model},
                                            {"dtype", Label::dtype},
                                            {"batch", Label::batch}};

// Without --by, by each label alone.
std::vector<validate::Group> groups_of(std::span<const validate::Outcome> outcomes,
                                       const std::vector<std::string> &by) {
  if (!by.empty()) {
    std::vector<Label> labels;
    for (const auto &name : by)
      labels.push_back(kLabelOf.at(name));
    return validate::group_by(outcomes, labels);
  }
  std::vector<validate::Group> groups;
  for (const auto label : validate::kLabels) {
    auto some = validate::group_by(outcomes, std::span(&label, 1));
    groups.insert(groups.end(), some.begin(), some.end());
  }
  return groups;
}

std::string text_of(const report::ValidateReport &report, const Options &options) {
  switch (options.output.format) {
  case Format::csv:
    return report::validate_csv(report);
  case Format::json:
    return report::to_text(report::validate_json(report));
  case Format::table:
    break;
  }
  return report::validate_text(report, text_style(options.output), options.worst);
}

void run_validate(const Options &options) {
  const auto dataset = validate::read_dataset(options.file);
  check_report_file(options.page);
  validate::Bench bench;
  const DeferInterrupts defer;
  std::vector<validate::Outcome> outcomes;
  {
    Progress progress(dataset.cases.size());
    std::size_t shown = 0;
    outcomes = validate::run_cases_in_workers(dataset, bench, options.jobs, [&](std::size_t done) {
      throw_if_interrupted();
      for (; shown < done; ++shown)
        progress.step(dataset.cases[shown]->labels.model);
    });
  }
  auto groups = groups_of(outcomes, options.by);
  auto speed_ups = validate::speed_ups(outcomes, bench);
  const auto report = report::report_of(dataset, outcomes, std::move(groups), std::move(speed_ups));
  if (!options.plot.empty()) {
    report::OutputFile plot(options.plot);
    plot.write(report::validate_svg(report));
    plot.commit();
  }
  if (!options.page.empty())
    write_report(options.page, report::validate_document(report, FUSESIM_VERSION));
  deliver(options.output, text_of(report, options));
}

} // namespace

void add_validate(CLI::App &app, Action &action) {
  auto *command = app.add_subcommand("validate", "Hold predictions against measurements");
  auto options = std::make_shared<Options>();
  command->add_option("file", options->file, "CSV of measurements; its columns say of what")
      ->required()
      ->type_name("FILE.csv");
  command
      ->add_option("--by", options->by, "group by these together (default: by each of them alone)")
      ->type_name("machine|runtime|model|dtype|batch")
      ->delimiter(',')
      ->check(CLI::IsMember({"machine", "runtime", "model", "dtype", "batch"}).description(""))
      ->allow_extra_args(false);
  command->add_option("--worst", options->worst, "table: how many of the worst rows to show")
      ->type_name("N")
      ->capture_default_str();
  command->add_option("-j,--jobs", options->jobs, "processes that simulate (default: one per core)")
      ->type_name("N")
      ->check(CLI::Range(1U, 1024U));
  command->add_option("--plot", options->plot, "also draw predicted against measured there, as SVG")
      ->type_name("FILE.svg");
  add_report_option(*command, options->page,
                    "every row, measured against simulated, and what\nits time went into");
  add_output_options(*command, options->output);
  command->footer(
      "Error is predicted / measured - 1; mean error the mean of its absolute value (mape).\n"
      "Columns of networks: model, gpu, precision, runtime, batch, latency_ms [, image_size, "
      "note,\n"
      "source]; a note with 'nhwc' means channels-last, with 'bias copied' PyTorch before 1.12 or "
      "CUDA\n"
      "before 11.4. Of operators: op, gpu, dtype, timing, latency_us, the operator's sizes [, "
      "runtime,\n"
      "overhead_us]. Of launches: quantity, gpu, value_us, definition. Of\n"
      "layers on Gemmini, simulated as mapped: op, N, C, K, P, Q, R, S, stride, mapping (a loop "
      "nest),\n"
      "rtl_cycles. Of products on a TPU: device, m, n, k, latency_us.\n\n"
      "Examples:\n"
      "  fusesim validate data/measured/gpu_end_to_end.csv\n"
      "  fusesim validate data/measured/gpu_end_to_end.csv --by machine,runtime,dtype\n"
      "  fusesim validate data/measured/gemmini_rtl_cycles.csv --by model\n"
      "  fusesim validate data/measured/gpu_operators.csv --format csv -o predictions.csv\n"
      "  fusesim validate data/measured/gpu_end_to_end.csv --report validation.html");
  command->final_callback([options, &action] { action = [options] { run_validate(*options); }; });
}

} // namespace fusesim::cli
