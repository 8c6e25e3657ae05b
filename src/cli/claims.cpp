#include "claims/judge.hpp"

#include "claims/figures.hpp"
#include "cli/app.hpp"
#include "cli/model_options.hpp"
#include "cli/report_option.hpp"
#include "cli/signals.hpp"
#include "report/claims_report.hpp"
#include "report/document/claims_document.hpp"
#include "report/output_file.hpp"
#include "support/error.hpp"
#include "support/nearest.hpp"
#include "targets/config_files.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <thread>

#include <fnmatch.h>

namespace fusesim::cli {

namespace {

namespace fs = std::filesystem;

using claims::Claim;
using claims::Outcome;
using claims::Verdict;

enum class ClaimsFormat : unsigned char { table, csv, json, markdown };
const std::map<std::string, ClaimsFormat> kFormats{{"table", ClaimsFormat::table},
                                                   {"csv", ClaimsFormat::csv},
                                                   {"json", ClaimsFormat::json},
                                                   {"markdown", ClaimsFormat::markdown}};
const std::map<std::string, Verdict> kFailures{{"refuted", Verdict::refuted},
                                               {"conditional", Verdict::conditional},
                                               {"not-testable", Verdict::not_testable}};

struct Options {
  std::vector<std::string> files, ids, fail_on, measured;
  bool list = false, details = false, names = false;
  unsigned jobs = std::max(1U, std::thread::hardware_concurrency());
  ClaimsFormat format = ClaimsFormat::table;
  std::string page;
  OutputOptions output;
};

/// Files of claims: paths, names of shipped ones, or all of those.
std::vector<fs::path> claim_files(const Options &options) {
  if (options.files.empty()) {
    auto shipped = targets::shipped_configs("claims");
    if (shipped.empty())
      throw Error("claims", "no claims are shipped with these configs", "name a file");
    return shipped;
  }
  std::vector<fs::path> files;
  for (const auto &name : options.files)
    files.push_back(targets::find_config(name, {"claims"}, "file of claims"));
  return files;
}

std::vector<claims::ClaimFile> read_files(const Options &options) {
  std::vector<claims::ClaimFile> files;
  for (const auto &path : claim_files(options))
    files.push_back(claims::read_claims(path));
  std::map<std::string, const Claim *> known;
  for (const auto &file : files)
    for (const auto &claim : file.claims)
      if (const auto [other, is_new] = known.emplace(claim.id, &claim); !is_new)
        throw Error(claim.place,
                    fmt::format("claim '{}' is also at {}", claim.id, other->second->place));
  return files;
}

/// Those that --id asks for. Throws Error when a pattern fits none.
std::vector<const Claim *> chosen_claims(const std::vector<claims::ClaimFile> &files,
                                         const std::vector<std::string> &patterns) {
  std::vector<const Claim *> all, chosen;
  std::vector<std::string> ids;
  for (const auto &file : files)
    for (const auto &claim : file.claims) {
      all.push_back(&claim);
      ids.push_back(claim.id);
    }
  if (patterns.empty())
    return all;
  const auto fits = [](const std::string &pattern, const Claim *claim) {
    return ::fnmatch(pattern.c_str(), claim->id.c_str(), 0) == 0;
  };
  for (const auto &pattern : patterns)
    if (std::ranges::none_of(all, [&](const auto *claim) { return fits(pattern, claim); }))
      throw Error("--id", fmt::format("'{}' fits no claim", pattern),
                  nearest_names_hint(pattern, ids));
  for (const auto *claim : all)
    if (std::ranges::any_of(patterns, [&](const auto &pattern) { return fits(pattern, claim); }))
      chosen.push_back(claim);
  return chosen;
}

std::string listing(std::span<const Claim *const> chosen) {
  report::Table table({{"id", "id"}, {"file", "file"}, {"claim", "claim"}});
  for (const auto *claim : chosen)
    table.add_row({claim->id, claim->file.filename().string(), claim->text});
  constexpr std::size_t kWidestCell = 160;
  report::TextStyle style;
  style.max_cell = kWidestCell;
  return report::to_text(table, style);
}

/// What formulas may use, with its meaning.
std::string names_text() {
  report::Table table({{"name", "figure"}, {"unit", "unit"}, {"meaning", "meaning"}});
  for (const auto &figure : claims::figures())
    table.add_row({fmt::format("run.{}", figure.name), std::string(figure.unit),
                   std::string(figure.meaning)});
  std::string text = report::to_text(table) +
                     "\nand run.batch, and every number of fusesim targets --keys by its name.\n"
                     "List functions: ";
  for (const auto &name : claims::Formula::list_functions())
    text += name + " ";
  report::Table subgraphs({{"name", "where"}, {"meaning", "of a subgraph"}});
  for (const auto &figure : claims::subgraph_figures())
    subgraphs.add_row({std::string(figure.name), std::string(figure.meaning)});
  text += "\n\n" + report::to_text(subgraphs);
  text += "\nUnits:";
  for (const auto &unit : claims::units())
    text += fmt::format(" {}", unit.name);
  return text + "\n";
}

ir::Graph load(const sweep::ModelRequest &request) {
  ModelOptions options;
  options.inputs = request.inputs;
  options.batch = request.batch;
  options.image_size = request.image_size;
  options.sequence_length = request.sequence_length;
  return load_model(request.name, options).graph;
}

claims::Measurements measurements_of(const Options &options) {
  std::vector<fs::path> files(options.measured.begin(), options.measured.end());
  if (files.empty())
    files = claims::shipped_measurements();
  return claims::Measurements(files);
}

std::vector<Outcome> judged(const Options &options, std::span<const Claim *const> chosen) {
  const auto measurements = measurements_of(options);
  claims::Laboratory laboratory(load);
  const DeferInterrupts defer;
  Progress progress(chosen.size());
  std::size_t shown = 0;
  return claims::judge_all(chosen, laboratory, measurements,
                           std::min<unsigned>(options.jobs, static_cast<unsigned>(chosen.size())),
                           [&](std::size_t done) {
                             throw_if_interrupted();
                             for (; shown < done; ++shown)
                               progress.step("claims");
                           });
}

std::string text_of(const report::ClaimsReport &report, const Options &options) {
  switch (options.format) {
  case ClaimsFormat::csv:
    return report::claims_csv(report);
  case ClaimsFormat::json:
    return report::to_text(report::claims_json(report));
  case ClaimsFormat::markdown:
    return report::claims_markdown(report);
  case ClaimsFormat::table:
    break;
  }
  auto style = text_style(options.output);
  if (options.output.file.empty())
    style.width = terminal_width();
  return report::claims_text(report, style, options.details);
}

bool cannot_run(const Claim &claim, const Outcome &outcome) {
  return outcome.verdict == Verdict::not_testable && claim.not_testable.empty() &&
         claim.expected != Verdict::not_testable;
}

/// Claims that cannot be run and do not say so: a known gap says `expected: not testable`, everything else is a mistake.
/// Empty: there are none.
std::string mistakes(std::span<const Claim *const> chosen, std::span<const Outcome> outcomes) {
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < outcomes.size(); ++i)
    if (cannot_run(*chosen[i], outcomes[i]))
      lines.push_back(fmt::format("{}: claim '{}' cannot be tested: {}", outcomes[i].place,
                                  outcomes[i].id, outcomes[i].reason));
  if (lines.empty())
    return {};
  return fmt::format("{}; where that is known, say expected: not testable",
                     fmt::join(lines, "\nfusesim: "));
}

/// Why the exit code is kNotAsExpected; empty: it is not.
std::string complaint(std::span<const Outcome> outcomes, const std::vector<std::string> &fail_on) {
  std::vector<std::string> ids;
  for (const auto &outcome : outcomes) {
    const bool unwanted = std::ranges::any_of(fail_on, [&](const auto &name) {
      return !outcome.expected && kFailures.at(name) == outcome.verdict;
    });
    if (!outcome.as_expected() || unwanted || outcome.verdict == Verdict::failed)
      ids.push_back(outcome.id);
  }
  if (ids.empty())
    return {};
  constexpr std::size_t kMost = 5;
  const auto more = ids.size() > kMost ? fmt::format(" and {} more", ids.size() - kMost) : "";
  const auto count = ids.size();
  ids.resize(std::min(ids.size(), kMost));
  return fmt::format("{} of {} claims not as expected: {}{}", count, outcomes.size(),
                     fmt::join(ids, ", "), more);
}

void run_claims(const Options &options) {
  if (options.names) {
    write_stdout(names_text());
    return;
  }
  const auto files = read_files(options);
  const auto chosen = chosen_claims(files, options.ids);
  if (options.list) {
    deliver(options.output, listing(chosen));
    return;
  }
  check_report_file(options.page);
  report::ClaimsReport report;
  report.outcomes = judged(options, chosen);
  for (const auto &file : files)
    report.descriptions[file.path.filename().string()] = file.description;
  if (!options.page.empty())
    write_report(options.page,
                 report::claims_document(report::claims_json(report), report.descriptions,
                                         report::claims_summary(report.outcomes), FUSESIM_VERSION));
  deliver(options.output, text_of(report, options));
  if (const auto text = mistakes(chosen, report.outcomes); !text.empty())
    throw Error({}, text);
  if (const auto text = complaint(report.outcomes, options.fail_on); !text.empty())
    throw NotAsExpected(text);
}

void add_options(CLI::App &command, Options &options) {
  command
      .add_option("file", options.files,
                  "files of claims, or names of shipped ones (default: all of these)")
      ->type_name("FILE.yaml");
  command.add_option("--id", options.ids, "only claims whose id fits, as 'resnet18-*'; repeatable")
      ->type_name("PATTERN")
      ->allow_extra_args(false);
  command.add_flag("--list", options.list, "list the claims and test none");
  command.add_flag("--names", options.names, "list the figures, functions and units of formulas");
  command.add_flag("--details", options.details,
                   "table: also every claim's sentence, figures, attribution and curves");
  command
      .add_option("--fail-on", options.fail_on,
                  "exit with 3 when a claim that expects nothing has such a verdict")
      ->type_name("refuted|conditional|not-testable")
      ->delimiter(',')
      ->check(CLI::IsMember({"refuted", "conditional", "not-testable"}).description(""))
      ->allow_extra_args(false);
  command
      .add_option("--measured", options.measured,
                  "measurements of networks to look rows up in (default: the shipped ones)")
      ->type_name("FILE.csv")
      ->allow_extra_args(false);
  command.add_option("-j,--jobs", options.jobs, "processes that simulate (default: one per core)")
      ->type_name("N")
      ->check(CLI::Range(1U, 1024U));
  command
      .add_option_function<std::string>(
          "--format", [&options](const std::string &name) { options.format = kFormats.at(name); },
          "table for people (default); csv or json with the figures unrounded; markdown")
      ->check(CLI::IsMember({"table", "csv", "json", "markdown"}).description(""))
      ->type_name("table|csv|json|markdown");
  add_report_option(
      command, options.page,
      "every claim's verdict, its runs and what\ntheir time went into, and where it holds");
  command
      .add_option("-o,--output", options.output.file,
                  "write the result there instead of stdout; whole or not at all")
      ->type_name("FILE");
}

} // namespace

void add_claims(CLI::App &app, Action &action) {
  auto *command = app.add_subcommand("claims", "Hold published claims against simulation");
  auto options = std::make_shared<Options>();
  add_options(*command, *options);
  command->footer(
      "A claim is a sentence with its source, experiments, a formula over their figures and what "
      "the\n"
      "formula is said to be:\n\n"
      "  claims:\n"
      "    - id: resnet50-fused\n"
      "      claim: An engine that fuses runs ResNet-50 13 times faster than eager PyTorch\n"
      "      source: AITemplate, examples/01_resnet-50/README.md\n"
      "      model: resnet50\n"
      "      target: a100-sxm-40gb\n"
      "      dtype: f16\n"
      "      runs: {eager: {runtime: pytorch-eager}, engine: {runtime: aitemplate}}\n"
      "      value: eager.latency_us / engine.latency_us\n"
      "      claimed: 13 x                    # also: 12 to 14 x, > 10 x, with tolerance: 10 %\n"
      "      vary: {batch: {from: 1, to: 256, scale: log}}\n"
      "      expected: holds only if          # for CI\n\n"
      "Verdicts: supported, refuted, holds only if …, not testable. docs/claims.md has all of it.\n"
      "Exit codes: 0 all verdicts as expected, 1 a file was wrong, or a claim cannot be tested "
      "and\n"
      "does not say expected: not testable, 2 the command line was wrong,\n"
      "3 a verdict was not as its claim expects, or as --fail-on forbids.\n\n"
      "Without a file: all shipped claims. Examples:\n"
      "  fusesim claims launches\n"
      "  fusesim claims attention kpu --details\n"
      "  fusesim claims --id resnet18-overhead-saved --details\n"
      "  fusesim claims --format markdown -o claims.md\n"
      "  fusesim claims launches --report claims.html\n"
      "  fusesim claims my_claims.yaml --fail-on refuted -j 4");
  command->final_callback([options, &action] { action = [options] { run_claims(*options); }; });
}

} // namespace fusesim::cli
