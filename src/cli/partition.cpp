#include "cli/app.hpp"
#include "cli/machine_options.hpp"
#include "cli/partition_source.hpp"
#include "cli/signals.hpp"
#include "report/output_file.hpp"
#include "report/partition_balance.hpp"
#include "report/partition_decisions.hpp"
#include "report/partition_dot.hpp"
#include "report/partition_savings.hpp"
#include "report/partition_visual.hpp"
#include "report/text.hpp"
#include "support/error.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace fusesim::cli {

namespace {

using report::PartitionReport;

struct Options {
  std::string model;
  Cut cut;
  std::string accounting = "physical";
  bool compare = false, visualize = false, balance = false, quantify = false, decisions = false;
  std::vector<std::string> why; ///< empty, or two operators
  report::VisualWindow window;
  std::string dot;
  bool ascii = false;
  std::size_t width = 0;
  ModelOptions sizes;
  OutputOptions output;
};

// ---- views --------------------------------------------------------------------------------------

/// A section of the report that an option asks for, in every format.
struct Section {
  bool Options::*wanted;
  std::string_view option, key;
  std::string (*text)(const PartitionReport &, const Options &, const report::TextStyle &);
  std::string (*csv)(const PartitionReport &);
  report::Json (*json)(const PartitionReport &);
};

template <auto text>
std::string plain(const PartitionReport &report, const Options &, const report::TextStyle &style) {
  return text(report, style);
}

std::string visual(const PartitionReport &report, const Options &options,
                   const report::TextStyle &style) {
  return report::visual_text(report, options.window, style);
}

constexpr Section kSections[] = {
    {&Options::visualize, "--visualize", "", visual, nullptr, nullptr},
    {&Options::balance, "--balance", "balance", plain<report::balance_text>, report::balance_csv,
     report::balance_json},
    {&Options::quantify, "--quantify", "quantify", plain<report::savings_text>, report::savings_csv,
     report::savings_json},
    {&Options::decisions, "--decisions", "decisions", plain<report::decisions_text>,
     report::decisions_csv, report::decisions_json},
};

std::vector<const Section *> wanted_sections(const Options &options) {
  std::vector<const Section *> sections;
  for (const Section &section : kSections)
    if (options.*section.wanted)
      sections.push_back(&section);
  return sections;
}

report::TextStyle style_of(const Options &options) {
  report::TextStyle style = text_style(options.output);
  if (options.output.file.empty())
    style.width = terminal_width();
  if (options.width > 0)
    style.width = options.width;
  return style;
}

std::string sections_text(const PartitionReport &report, const Options &options) {
  const auto style = style_of(options);
  const auto sections = wanted_sections(options);
  if (sections.empty())
    return report::partition_text(report, style);
  const std::string headline = report::partition_headline(report);
  std::string text = fmt::format(
      "{}\n",
      fmt::join(report::wrap(headline, style.width == 0 ? headline.size() : style.width), "\n"));
  for (const Section *section : sections)
    text += "\n" + section->text(report, options, style);
  return text;
}

std::string sections_csv(const PartitionReport &report, const Options &options) {
  const auto sections = wanted_sections(options);
  return sections.empty() ? report::partition_csv(report) : sections.front()->csv(report);
}

report::Json sections_json(const PartitionReport &report, const Options &options) {
  report::Json json = report::partition_json(report);
  for (const Section *section : wanted_sections(options))
    json[std::string(section->key)] = section->json(report);
  return json;
}

template <class Text, class Csv, class ToJson>
std::string in_format(const Options &options, Text text, Csv csv, ToJson json) {
  switch (options.output.format) {
  case Format::csv:
    return csv();
  case Format::json:
    return report::to_text(json());
  case Format::table:
    break;
  }
  return options.ascii ? report::to_ascii(text()) : text();
}

// ---- the command --------------------------------------------------------------------------------

PartitionReport report_of(const PartitionSource &source, const Cut &cut, const Options &options) {
  return {.model = options.model, .summary = source.run(cut), .warnings = source.warnings};
}

/// What the options name, and the source's own choice for the rest.
Cut chosen_cut(const PartitionSource &source, const Cut &cut) {
  return {cut.strategy.empty() ? source.standard.strategy : cut.strategy,
          cut.vocabulary.empty() ? source.standard.vocabulary : cut.vocabulary};
}

std::string compared(const PartitionSource &source, const Options &options) {
  std::vector<PartitionReport> reports;
  for (const Cut &cut : source.cuts)
    reports.push_back(report_of(source, cut, options));
  return in_format(
      options, [&] { return report::strategies_text(reports, style_of(options)); },
      [&] { return report::strategies_csv(reports); },
      [&] { return report::strategies_json(reports); });
}

std::string explained(const PartitionReport &report, const Options &options) {
  const auto why = partition::why(report.summary, options.why[0], options.why[1]);
  return in_format(
      options, [&] { return report::why_text(report, why, style_of(options)); },
      [&] { return report::why_csv(report, why); }, [&] { return report::why_json(report, why); });
}

void write_dot(const std::string &file, const std::string &text) {
  const DeferInterrupts defer;
  report::OutputFile out(file);
  out.write(text);
  throw_if_interrupted();
  out.commit();
}

std::string shown(const PartitionReport &report, const Options &options) {
  return in_format(
      options, [&] { return sections_text(report, options); },
      [&] { return sections_csv(report, options); },
      [&] { return sections_json(report, options); });
}

void partition_model(const Options &options) {
  check_cut(options.accounting, options.cut);
  const PartitionSource source =
      load_partition_source(options.accounting, options.model, options.sizes);
  if (options.compare) {
    deliver(options.output, compared(source, options));
  } else {
    const PartitionReport report = report_of(source, chosen_cut(source, options.cut), options);
    const std::string text =
        options.why.empty() ? shown(report, options) : explained(report, options);
    if (!options.dot.empty())
      write_dot(options.dot, report::partition_dot(report));
    deliver(options.output, text);
  }
  warn(source.warnings);
}

// ---- the command line ---------------------------------------------------------------------------

/// What CLI11 cannot say: which views go with which format.
void check_views(const Options &options) {
  const auto sections = wanted_sections(options);
  if (options.output.format != Format::table && (options.visualize || options.ascii))
    throw CLI::ValidationError(options.visualize ? "--visualize" : "--ascii",
                               "is for --format table");
  if (options.output.format == Format::csv && sections.size() > 1)
    throw CLI::ValidationError(
        "--format csv",
        fmt::format("holds one table: choose {} or {}", sections[0]->option, sections[1]->option));
}

/// CLI::NonNegativeNumber names the largest double in its error.
CLI::Validator count_check() {
  return {[](const std::string &text) {
            const bool ok = !text.empty() && text.find_first_not_of("0123456789") == text.npos;
            return ok ? std::string() : fmt::format("'{}' is no count: give 0 or more", text);
          },
          ""};
}

void add_views(CLI::App &command, Options &options) {
  auto *compare =
      command.add_flag("--compare", options.compare,
                       "one row per strategy (seed: and vocabulary) instead of one partition");
  auto *visualize = command.add_flag("--visualize", options.visualize,
                                     "draw operators beside the boxed subgraphs that run them");
  command
      .add_option("--start", options.window.start,
                  "first operator to draw, in order of execution from 0")
      ->check(count_check())
      ->type_name("N")
      ->needs(visualize);
  command
      .add_option("--max-nodes", options.window.max_nodes, "how many operators to draw (0: all)")
      ->check(count_check())
      ->type_name("N")
      ->needs(visualize);
  auto *balance =
      command.add_flag("--balance", options.balance,
                       "sizes, statistics, subgraphs of one operator and why, recommendations");
  auto *quantify = command.add_flag("--quantify", options.quantify,
                                    "what fusion saves: launches and bytes, per pattern");
  auto *decisions =
      command.add_flag("--decisions", options.decisions, "every edge that was not fused, and why");
  auto *why = command
                  .add_option("--why", options.why,
                              "whether and why two operators were fused or not, by their names")
                  ->expected(2)
                  ->type_name("OP_A OP_B");
  auto *dot = command.add_option("--dot", options.dot, "also write the graph there, for Graphviz")
                  ->type_name("FILE");
  for (auto *other : {visualize, balance, quantify, decisions, why, dot})
    compare->excludes(other);
  for (auto *other : {visualize, balance, quantify, decisions})
    why->excludes(other);
  command.add_flag("--ascii", options.ascii, "draw with ASCII characters only");
  command
      .add_option("--width", options.width,
                  "columns of the tables (default: the terminal's; in a pipe, as wide as they are)")
      ->check(CLI::Range(72, 1000))
      ->type_name("N");
}

} // namespace

void add_partition(CLI::App &app, Action &action) {
  auto *command = app.add_subcommand("partition", "Cut a network into fused subgraphs");
  auto options = std::make_shared<Options>();
  command->add_option("model", options->model, std::string(kModelHelp))
      ->required()
      ->type_name("MODEL");
  auto *strategy = command
                       ->add_option("--strategy", options->cut.strategy,
                                    "how to cut (default: attention; seed: greedy)")
                       ->type_name(strategy_names());
  auto *vocabulary = command
                         ->add_option("--vocabulary", options->cut.vocabulary,
                                      "which pairs may fuse (default: modern; seed: v3)")
                         ->type_name("modern|v1|v2|v3");
  command
      ->add_option("--accounting", options->accounting,
                   "how work and bytes are counted: physical, or seed as the published tables do "
                   "(exported torch.fx graphs only)")
      ->check(CLI::IsMember({"physical", "seed"}))
      ->type_name("physical|seed")
      ->capture_default_str();
  add_views(*command, *options);
  command->get_option("--compare")->excludes(strategy)->excludes(vocabulary);
  add_model_options(*command, options->sizes);
  add_output_options(*command, options->output);
  command->footer(
      "Bytes are physical: weights and distinct activations crossing a subgraph's boundary; an\n"
      "internal tensor saves one write and one read per consumer. Bottlenecks are judged by FLOPs\n"
      "per external byte alone: above 50 compute-bound, above 10 balanced, above 1 "
      "memory-bound.\n\n"
      "Examples:\n"
      "  fusesim partition resnet50\n"
      "  fusesim partition vit_b_16 --compare\n"
      "  fusesim partition efficientnet_b0 --visualize --max-nodes 30\n"
      "  fusesim partition swin_t --balance --quantify\n"
      "  fusesim partition resnet18 --why layer1.0.relu layer1.0.conv2\n"
      "  fusesim partition resnet18 --decisions --format csv -o decisions.csv\n"
      "  fusesim partition mobilenet_v2 --strategy greedy --dot m.dot && dot -Tsvg m.dot -o m.svg\n"
      "  fusesim partition my_vit.json.gz --accounting seed --vocabulary v3");
  command->final_callback([options, &action] {
    check_views(*options);
    action = [options] { partition_model(*options); };
  });
}

} // namespace fusesim::cli
