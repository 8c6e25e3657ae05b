#include "cli/sweep_report.hpp"

#include "cli/report_option.hpp"
#include "cli/signals.hpp"
#include "report/document/sweep_document.hpp"
#include "report/output_file.hpp"
#include "support/error.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <filesystem>

namespace fusesim::cli {

namespace {

struct Options {
  std::string file, page, svg, section = "best";
  report::SweepReportOptions report;
  double gain_percent = 5;
  OutputOptions output;
};

std::string csv_of(const report::SweepReport &report, const std::string &section) {
  if (section == "pareto")
    return report::to_csv(report::pareto_table(report));
  if (section == "sensitivity")
    return report::to_csv(report::sensitivity_table(report));
  if (section == "crossovers")
    return report::to_csv(report::crossover_table(report));
  return report::to_csv(report::best_table(report));
}

std::string text_of(const report::SweepReport &report, const Options &options) {
  switch (options.output.format) {
  case Format::csv:
    return csv_of(report, options.section);
  case Format::json:
    return report::to_text(report::sweep_json(report));
  case Format::table:
    break;
  }
  auto style = text_style(options.output);
  style.width = options.output.file.empty() ? terminal_width() : 0;
  return report::sweep_text(report, style);
}

void write_file(const std::filesystem::path &path, std::string_view text) {
  report::OutputFile file(path);
  file.write(text);
  throw_if_interrupted();
  file.commit();
}

void sweep_report(Options options) {
  options.report.threshold = options.gain_percent / 100;
  check_report_file(options.page);
  const DeferInterrupts defer;
  const report::SweepReport report(sweep::read_study(sweep::ResultsReader(options.file)),
                                   options.report);
  if (!options.svg.empty()) {
    if (std::filesystem::exists(options.svg) && !std::filesystem::is_directory(options.svg))
      throw Error("--svg", fmt::format("'{}' is no folder", options.svg));
    std::filesystem::create_directories(options.svg);
    for (const auto &[name, svg] : report::sweep_plots(report))
      write_file(std::filesystem::path(options.svg) / name, svg);
  }
  if (!options.page.empty())
    write_report(options.page, report::sweep_document(report));
  deliver(options.output, text_of(report, options));
}

} // namespace

CLI::App *add_sweep_report(CLI::App &sweep, Action &action) {
  auto *command = sweep.add_subcommand("report", "What the results of a sweep show");
  auto options = std::make_shared<Options>();
  command->add_option("results", options->file, "results of fusesim sweep")
      ->required()
      ->type_name("RESULTS.db");
  command
      ->add_option("--top", options->report.top,
                   "best configurations of each model and size (default 10)")
      ->type_name("N");
  command
      ->add_option("--gain", options->gain_percent,
                   "where fusion gains less than so many percent (default 5)")
      ->type_name("PERCENT")
      ->check(CLI::Range(0.0, 1e6).description(""));
  add_report_option(*command, options->page,
                    "latency along every field, Pareto fronts,\nsensitivities, crossovers and the "
                    "best configurations");
  command->add_option("--svg", options->svg, "also write each plot into that folder")
      ->type_name("FOLDER");
  command
      ->add_option("--section", options->section,
                   "csv: best (default), pareto, sensitivity or crossovers")
      ->type_name("NAME")
      ->check(CLI::IsMember({"best", "pareto", "sensitivity", "crossovers"}).description(""));
  add_output_options(*command, options->output);
  command->footer("Examples:\n"
                  "  fusesim sweep report launch.db\n"
                  "  fusesim sweep report launch.db --report launch.html --svg plots\n"
                  "  fusesim sweep report launch.db --format json -o launch.json\n"
                  "  fusesim sweep report launch.db --section pareto --format csv");
  command->final_callback([options, &action] { action = [options] { sweep_report(*options); }; });
  return command;
}

} // namespace fusesim::cli
