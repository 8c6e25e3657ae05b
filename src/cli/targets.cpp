#include "cli/app.hpp"
#include "report/formats.hpp"
#include "support/error.hpp"
#include "support/nearest.hpp"
#include "targets/config_reader.hpp"
#include "targets/machine.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace fusesim::cli {

namespace {

using report::Cell;
using report::Figure;

struct Options {
  std::string name, keys;
  OutputOptions output;
};

/// One key of a config with the value it has after inheritance and defaults.
struct Setting {
  std::string key, unit, meaning;
  Cell value;
};

class SettingLister final : public targets::FieldVisitor {
public:
  std::vector<Setting> settings;

private:
  void add(const targets::FieldSpec &spec, Cell value) {
    settings.push_back({std::string(spec.key), std::string(spec.range.unit),
                        std::string(spec.meaning), std::move(value)});
  }
  void number(const targets::FieldSpec &spec, double &member) override { add(spec, member); }
  void whole_number(const targets::FieldSpec &spec, std::uint32_t &member) override {
    add(spec, std::uint64_t{member});
  }
  void text(const targets::FieldSpec &spec, std::string &member) override { add(spec, member); }
  void flag(const targets::FieldSpec &spec, bool &member) override { add(spec, member); }
  void one_of(const targets::FieldSpec &spec, const std::vector<std::string> &,
              std::string &member) override {
    add(spec, member);
  }
};

std::string rendered(const report::Table &table, const report::Json &json,
                     const OutputOptions &output, const std::string &caption = {}) {
  switch (output.format) {
  case Format::csv:
    return report::to_csv(table);
  case Format::json:
    return report::to_text(json);
  case Format::table:
    break;
  }
  report::TextStyle style = text_style(output);
  style.max_cell = 100;
  return (caption.empty() ? "" : caption + "\n\n") + report::to_text(table, style);
}

std::string rendered(const report::Table &table, const OutputOptions &output,
                     const std::string &caption = {}) {
  return rendered(table, report::to_json(table), output, caption);
}

std::vector<targets::ConfigEntry> all_entries() {
  std::vector<targets::ConfigEntry> entries = targets::list_machines();
  const auto runtimes = targets::list_runtimes();
  entries.insert(entries.end(), runtimes.begin(), runtimes.end());
  return entries;
}

std::string listing(const OutputOptions &output) {
  using E = targets::ConfigEntry;
  static const std::vector<Figure<E>> kFigures{
      {{"name", "name"}, [](const E &e) { return e.name; }},
      {{"kind", "kind"}, [](const E &e) { return e.kind; }},
      {{"description", "description"}, [](const E &e) { return e.description; }},
      {{"file", ""}, [](const E &e) { return e.file.string(); }},
  };
  return rendered(report::tabulate<E>(kFigures, all_entries()), output);
}

std::string keys_of(const std::string &kind, const OutputOptions &output) {
  using K = targets::KeyInfo;
  static const std::vector<Figure<K>> kFigures{
      {{"key", "key"}, [](const K &k) { return k.key; }},
      {{"type", "type"}, [](const K &k) { return k.type; }},
      {{"unit", "unit"}, [](const K &k) { return k.unit; }},
      {{"range", "range"}, [](const K &k) { return k.range; }},
      {{"default", "default"},
       [](const K &k) { return k.required ? std::string("required") : k.default_value; }},
      {{"meaning", "meaning"}, [](const K &k) { return k.meaning; }},
  };
  return rendered(report::tabulate<K>(kFigures, targets::list_keys(kind)), output);
}

/// What `targets NAME` is about, and its settings.
struct Described {
  std::string name, kind;
  std::vector<Setting> settings;
};

Described described(targets::Machine machine) {
  SettingLister lister;
  targets::MachineHeader header{.kind = machine.is_gpu() ? "gpu" : "tile",
                                .description = machine.description,
                                .default_runtime = machine.default_runtime};
  fields(lister, header);
  std::visit([&](auto &model) { fields(lister, model); }, machine.model);
  return {machine.name, header.kind, std::move(lister.settings)};
}

Described described(targets::Runtime runtime) {
  SettingLister lister;
  fields(lister, runtime);
  return {runtime.name, "runtime", std::move(lister.settings)};
}

// A name says which it is; a file may be either, and is told about as a machine when it is neither.
Described find(const std::string &name) {
  if (name.find('/') != std::string::npos || name.ends_with(".yaml")) {
    try {
      return described(targets::load_machine(name));
    } catch (const Error &) {
      try {
        return described(targets::load_runtime(name));
      } catch (const Error &) {
      }
      throw;
    }
  }
  std::vector<std::string> names;
  for (const auto &entry : all_entries()) {
    if (entry.name == name)
      return entry.kind == "runtime" ? described(targets::load_runtime(name))
                                     : described(targets::load_machine(name));
    names.push_back(entry.name);
  }
  throw Error({}, fmt::format("unknown target or runtime '{}'", name),
              nearest_names_hint(name, names));
}

std::string details(const std::string &name, const OutputOptions &output) {
  static const std::vector<Figure<Setting>> kFigures{
      {{"key", "key"}, [](const Setting &s) { return s.key; }},
      {{"value", "value"}, [](const Setting &s) { return s.value; }},
      {{"unit", "unit"}, [](const Setting &s) { return s.unit; }},
      {{"meaning", "meaning"}, [](const Setting &s) { return s.meaning; }},
  };
  const Described described = find(name);
  const auto table = report::tabulate<Setting>(kFigures, described.settings);
  const report::Json json = {
      {"name", described.name}, {"kind", described.kind}, {"config", report::to_json(table)}};
  return rendered(table, json, output, fmt::format("{} ({})", described.name, described.kind));
}

std::string text_of(const Options &options) {
  if (!options.keys.empty())
    return keys_of(options.keys, options.output);
  return options.name.empty() ? listing(options.output) : details(options.name, options.output);
}

} // namespace

void add_targets(CLI::App &app, Action &action) {
  auto *command =
      app.add_subcommand("targets", "List machines and runtimes, or show what one is made of");
  auto options = std::make_shared<Options>();
  auto *name = command
                   ->add_option("name", options->name,
                                "a machine or runtime, or a YAML file: show its resolved settings")
                   ->type_name("NAME");
  command
      ->add_option("--keys", options->keys,
                   "list every key that such a config file can have, with unit, range and meaning")
      ->check(CLI::IsMember({"gpu", "tile", "runtime"}).description(""))
      ->type_name("gpu|tile|runtime")
      ->excludes(name);
  add_output_options(*command, options->output);
  command->footer("Examples:\n"
                  "  fusesim targets\n"
                  "  fusesim targets a100-sxm-40gb\n"
                  "  fusesim targets --keys gpu\n"
                  "  fusesim targets my_gpu.yaml --format json\n\n"
                  "A file of your own that says `base: <shipped file>` inherits everything that it "
                  "does not say.");
  command->final_callback(
      [options, &action] { action = [options] { deliver(options->output, text_of(*options)); }; });
}

} // namespace fusesim::cli
