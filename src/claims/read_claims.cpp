// A file of claims:
//
//   description: …
//   source: …                          of every claim that names none
//   defaults: {target: a100-sxm-40gb}  keys of experiments, for every claim
//   claims:
//     - id: resnet18-launches
//       claim: …                       the sentence
//       model: resnet18                keys of experiments, for every run of this claim
//       runs: {a: {strategy: unfused}, b: {strategy: fused}}
//       value: a.launches - b.launches
//       claimed: 28 launches
//       vary: {launch_us: {from: 0, to: 20}}
//       expected: supported
//
// What a run says counts before what its claim says, and that before the file's defaults.
#include "claims/claim.hpp"
#include "claims/claimed.hpp"
#include "claims/dimension.hpp"
#include "claims/figures.hpp"
#include "claims/known_names.hpp"
#include "claims/yaml_reader.hpp"
#include "support/error.hpp"
#include "support/nearest.hpp"
#include "targets/config_files.hpp"
#include "targets/config_reader.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <map>
#include <set>

namespace fusesim::claims {

namespace {

namespace fs = std::filesystem;

using Names = YamlReader::Names;

const Names kFileKeys{"description", "source", "defaults", "claims"};
const Names kClaimKeys{"id",      "claim",     "source", "note",     "runs",        "value",
                       "claimed", "tolerance", "vary",   "expected", "not_testable"};
/// Of them, those that may be a list (a run of several members) and those that may vary.
const Names kListKeys{"model", "target",     "runtime",         "dtype",      "strategy",
                      "batch", "image_size", "sequence_length", "vocabulary", "empty_kernels"};
const Names kOtherExperimentKeys{"accounting", "channels_last", "copies_linear_bias",
                                 "tf32",       "set",           "pattern",
                                 "where",      "inputs"};
const Names kParameterKeys{"from", "to", "values", "scale", "points", "name", "at", "runs"};
const std::pair<const char *, Verdict> kVerdicts[]{{"supported", Verdict::supported},
                                                   {"refuted", Verdict::refuted},
                                                   {"holds only if", Verdict::conditional},
                                                   {"not testable", Verdict::not_testable}};

const std::string kSetPrefix = "set.";

Names joined(Names first, const Names &second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

Names experiment_keys() { return joined(kListKeys, kOtherExperimentKeys); }

bool is_size_key(std::string_view key) {
  return key == "batch" || key == "image_size" || key == "sequence_length" ||
         key == "empty_kernels";
}

/// Keys of machines' and runtimes' files that an experiment may set.
const std::map<std::string, targets::KeyInfo> &config_keys() {
  static const auto keys = [] {
    std::map<std::string, targets::KeyInfo> all;
    for (const auto *kind : {"gpu", "tile", "runtime"})
      for (const auto &key : targets::list_keys(kind))
        all.emplace(key.key, key);
    for (const auto *name : {"base", "kind", "description", "default_runtime", "target", "strategy",
                             "fused_strategy", "generation"})
      all.erase(name); // not of the hardware, or a key of experiments
    return all;
  }();
  return keys;
}

bool is_number_key(std::string_view name) {
  const auto found = config_keys().find(std::string(name));
  return found != config_keys().end() && found->second.type.ends_with("number");
}

Names config_key_names() {
  Names names;
  for (const auto &[name, key] : config_keys())
    names.push_back(name);
  return names;
}

/// What experiments of one level say: the YAML of each key.
using Settings = std::map<std::string, YAML::Node>;

class ClaimsReader : private YamlReader {
public:
  explicit ClaimsReader(const fs::path &path) : YamlReader(path) { file_.path = path; }

  ClaimFile read() {
    const YAML::Node root = parse("a file of claims is a map with the key 'claims'");
    check_keys(root, kFileKeys, "a file of claims");
    file_.description = text_of(root, "description");
    source_ = text_of(root, "source");
    if (const auto defaults = root["defaults"]) {
      require_map(defaults, "defaults");
      check_keys(defaults, experiment_keys(), "defaults");
      defaults_ = settings_of(defaults, {});
    }
    const auto claims = root["claims"];
    if (!claims || !claims.IsSequence() || claims.size() == 0)
      fail(claims ? claims : root, "key 'claims' must be a list of claims");
    for (const auto &node : claims)
      file_.claims.push_back(read_claim(node));
    return std::move(file_);
  }

private:
  // ---- experiments

  /// What `map` says, and what `outer` says beyond. A key of `set` stands as "set.<key>".
  Settings settings_of(const YAML::Node &map, Settings outer) const {
    for (const auto &item : map) {
      const auto key = item.first.Scalar();
      if (key == "set") {
        require_map(item.second, key);
        for (const auto &one : item.second) {
          const auto name = one.first.Scalar();
          if (!config_keys().contains(name))
            fail(one.first, fmt::format("unknown key '{}' in set", name),
                 nearest_names_hint(name, config_key_names()));
          put(outer, kSetPrefix + name, one.second);
        }
      } else if (holds(kListKeys, key) || holds(kOtherExperimentKeys, key)) {
        put(outer, key, item.second);
      }
    }
    return outer;
  }

  /// YAML::Node's assignment writes through to what the old node stands for; this does not.
  static void put(Settings &settings, const std::string &key, const YAML::Node &node) {
    settings.erase(key);
    settings.emplace(key, node);
  }

  std::string model_path(const std::string &name) const {
    const bool is_file = name.find_first_of("/.") != std::string::npos;
    return is_file ? beside_file(name) : name;
  }
  std::string config_path(const std::string &name) const {
    return targets::is_config_path(name) ? beside_file(name) : name;
  }
  std::string beside_file(const std::string &name) const {
    if (fs::path(name).is_absolute())
      return name;
    const auto path = (file_.path.parent_path() / name).lexically_normal();
    return path.has_parent_path() ? path.string() : "./" + path.string();
  }

  /// A name that nothing has is a mistake, unless the claim expects that it cannot be tested.
  std::string known(const std::string &key, std::string name, const YAML::Node &node) {
    if (!may_be_unknown_)
      names_.check(key, name, place_of(node));
    return name;
  }

  void set_key(Experiment &experiment, const std::string &key, const YAML::Node &node) {
    if (key == "model")
      experiment.model = known(key, model_path(scalar(key, node)), node);
    else if (key == "target")
      experiment.target = known(key, config_path(scalar(key, node)), node);
    else if (key == "runtime")
      experiment.runtime = known(key, config_path(scalar(key, node)), node);
    else if (key == "dtype")
      experiment.dtype = known(key, scalar(key, node), node);
    else if (key == "strategy")
      experiment.strategy = known(key, scalar(key, node), node);
    else if (key == "accounting")
      experiment.accounting = one_of(key, node, {"seed", "physical"});
    else if (key == "vocabulary")
      experiment.vocabulary = known(key, scalar(key, node), node);
    else if (key == "pattern")
      experiment.pattern = scalar(key, node);
    else if (key == "where")
      set_where(experiment, node);
    else if (key == "inputs")
      experiment.inputs = texts(key, node);
    else if (key == "batch")
      experiment.batch = size(key, node);
    else if (key == "image_size")
      experiment.image_size = size(key, node);
    else if (key == "sequence_length")
      experiment.sequence_length = size(key, node);
    else if (key == "empty_kernels")
      experiment.empty_kernels = kernels(node);
    else if (key == "channels_last")
      experiment.channels_last = flag(key, node);
    else if (key == "copies_linear_bias")
      experiment.copies_linear_bias = flag(key, node);
    else if (key == "tf32")
      experiment.strict_f32 = !flag(key, node);
    else {
      const auto name = key.substr(kSetPrefix.size());
      experiment.set.push_back({name, scalar(name, node), place_of(node)});
    }
  }

  std::int64_t kernels(const YAML::Node &node) const {
    constexpr std::int64_t kMost = 100'000;
    const auto count = size("empty_kernels", node);
    if (count > kMost)
      fail(node, fmt::format("key 'empty_kernels': {} are too many", count),
           fmt::format("from 1 to {}", kMost));
    return count;
  }

  std::string one_of(std::string_view key, const YAML::Node &node, const Names &names) const {
    const auto text = scalar(key, node);
    if (!holds(names, text))
      fail(node, fmt::format("key '{}': unknown '{}'", key, text), nearest_names_hint(text, names));
    return text;
  }

  void set_where(Experiment &experiment, const YAML::Node &node) const {
    experiment.where = scalar("where", node);
    experiment.where_place = place_of(node);
    const sweep::Expression formula(experiment.where, experiment.where_place);
    Names known;
    for (const auto &figure : subgraph_figures())
      known.emplace_back(figure.name);
    for (const auto &name : formula.names())
      if (!holds(known, name))
        fail(node, fmt::format("where: unknown figure '{}' of a subgraph", name),
             nearest_names_hint(name, known));
  }

  /// What is only counted has no machine, and by seed no types and sizes of its own; empty kernels have no network. What the
  /// file's defaults say of these is for other claims; what is said nearer is a mistake.
  bool belongs(const std::string &key, const YAML::Node &value, const Settings &settings,
               const std::string &run) const {
    static const Names of_machines{"target", "runtime", "channels_last", "copies_linear_bias",
                                   "tf32"},
        of_graphs{"dtype", "batch", "image_size", "sequence_length", "inputs"},
        of_networks{"model",      "strategy",       "channels_last", "copies_linear_bias",
                    "tf32",       "accounting",     "pattern",       "where",
                    "dtype",      "vocabulary",     "inputs",        "batch",
                    "image_size", "sequence_length"};
    const auto accounting = settings.find("accounting");
    const bool is_seed = accounting != settings.end() && accounting->second.IsScalar() &&
                         accounting->second.Scalar() == "seed";
    std::string_view what, hint;
    if (settings.contains("empty_kernels") && holds(of_networks, key)) {
      what = "launches empty kernels";
      hint = "leave out empty_kernels, or this";
    } else if (accounting != settings.end() &&
               (holds(of_machines, key) || key.starts_with(kSetPrefix) ||
                (is_seed && holds(of_graphs, key)))) {
      what = "is counted, not simulated";
      hint = is_seed ? "an exported graph has the sizes and types it was exported with"
                     : "leave out its accounting, or this";
    } else {
      return true;
    }
    const auto known = defaults_.find(key);
    if (known == defaults_.end() || !known->second.is(value))
      fail(value, fmt::format("run '{}' {}: '{}' means nothing", run, what, key), hint);
    return false;
  }

  Run run_of(const std::string &name, const YAML::Node &node, const Settings &settings) {
    Run run;
    run.name = name;
    run.place = line_of(node);
    Experiment common;
    YAML::Node list;
    for (const auto &[key, value] : settings) {
      if (!belongs(key, value, settings, name))
        continue;
      if (!value.IsSequence() || !holds(kListKeys, key)) {
        set_key(common, key, value);
        continue;
      }
      if (!run.list_key.empty())
        fail(value, fmt::format("run '{}' has two lists: {} and {}", name, run.list_key, key),
             "one key of a run may be a list");
      if (value.size() < 2)
        fail(value, fmt::format("key '{}': a list of one is no list", key));
      run.list_key = key;
      list.reset(value);
    }
    if (run.list_key.empty()) {
      run.members.push_back(std::move(common));
      run.labels.emplace_back();
    } else {
      for (const auto &item : list) {
        Experiment member = common;
        set_key(member, run.list_key, item);
        run.labels.push_back(fs::path(item.Scalar()).filename().replace_extension().string());
        if (run.list_key == "model" && run.labels.back().ends_with(".json"))
          run.labels.back().resize(run.labels.back().size() - 5);
        run.members.push_back(std::move(member));
      }
    }
    for (const auto &member : run.members) {
      check_experiment(member, run, node);
      if (!may_be_unknown_)
        names_.check_settings(member, member.set);
    }
    return run;
  }

  void check_experiment(const Experiment &experiment, const Run &run,
                        const YAML::Node &node) const {
    if (experiment.model.empty() && !experiment.empty_kernels)
      fail(node, fmt::format("run '{}' has no model", run.name));
    if (experiment.is_simulated() && experiment.target.empty())
      fail(node, fmt::format("run '{}' has neither target nor accounting", run.name),
           "name a machine to simulate, or accounting: seed or physical to count");
    if (!experiment.vocabulary.empty() && experiment.accounting != "seed")
      fail(node, fmt::format("run '{}': vocabularies belong to the seed accounting", run.name));
  }

  void read_runs(Claim &claim, const YAML::Node &node, const Settings &settings) {
    const auto runs = node["runs"];
    if (!runs) {
      for (const auto *name : {"unfused", "fused"}) {
        auto own = settings;
        if (own.contains("empty_kernels"))
          fail(own.at("empty_kernels"), "empty kernels cannot be fused, and no runs are named");
        if (!own.contains("strategy"))
          put(own, "strategy", YAML::Node(name));
        else
          fail(own.at("strategy"), "a strategy for all runs, and no runs are named");
        claim.runs.push_back(run_of(name, node, own));
      }
      return;
    }
    require_map(runs, "runs");
    for (const auto &item : runs) {
      const auto name = item.first.Scalar();
      const bool is_name = !name.empty() &&
                           std::isalpha(static_cast<unsigned char>(name[0])) != 0 &&
                           std::ranges::all_of(name, [](char c) {
                             return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
                           });
      if (!is_name)
        fail(item.first, fmt::format("run '{}' has no name that a formula can use", name),
             "letters, digits and _");
      if (claim.find_run(name) != nullptr)
        fail(item.first, fmt::format("run '{}' is given twice", name));
      if (!item.second.IsMap() && !item.second.IsNull())
        fail(item.second, fmt::format("run '{}' must be a map", name));
      if (item.second.IsMap())
        check_keys(item.second, experiment_keys(), "a run");
      claim.runs.push_back(run_of(
          name, item.first, item.second.IsMap() ? settings_of(item.second, settings) : settings));
    }
  }

  // ---- what varies

  sweep::Value value_of(const std::string &key, const YAML::Node &node) {
    if (key == "empty_kernels")
      return static_cast<double>(kernels(node));
    if (is_size_key(key))
      return static_cast<double>(size(key, node));
    const auto text = scalar(key, node);
    if (is_number_key(key))
      return number(key, node);
    const bool is_config = key == "target" || key == "runtime";
    return known(key,
                 key == "model" ? model_path(text)
                 : is_config    ? config_path(text)
                                : text,
                 node);
  }

  void read_parameter(Claim &claim, const YAML::Node &key_node, const YAML::Node &node) {
    Parameter parameter;
    parameter.key = key_node.Scalar();
    parameter.title = parameter.key;
    parameter.place = place_of(key_node);
    const auto &key = parameter.key;
    if (!holds(kListKeys, key) && !config_keys().contains(key))
      fail(key_node, fmt::format("'{}' is nothing that can vary", key),
           nearest_names_hint(key, joined(kListKeys, config_key_names())));
    if (node.IsSequence())
      read_values(parameter, node);
    else
      read_parameter_map(claim, parameter, node);
    if (!parameter.range && parameter.values.size() < 2)
      fail(node, fmt::format("'{}' does not vary", key),
           "give a list of values, or {from: …, to: …}");
    if (!may_be_unknown_ && config_keys().contains(key))
      check_settings(claim, parameter);
    claim.parameters.push_back(std::move(parameter));
  }

  /// What a key of a config file is set to, on the machines and runtimes of the runs that it applies to.
  void check_settings(const Claim &claim, const Parameter &parameter) {
    std::vector<targets::Override> set;
    const auto add = [&](const sweep::Value &value) {
      set.push_back({parameter.key, sweep::to_string(value), parameter.place});
    };
    if (parameter.range) {
      add(parameter.range->from);
      add(parameter.range->to);
    }
    for (const auto &value : parameter.values)
      add(value);
    if (parameter.at)
      add(*parameter.at);
    for (const auto &run : claim.runs)
      if (parameter.runs.empty() || holds(parameter.runs, run.name))
        for (const auto &one : set)
          names_.check_settings(run.members.front(), std::span(&one, 1));
  }

  void read_values(Parameter &parameter, const YAML::Node &node) {
    for (const auto &item : node) {
      auto value = value_of(parameter.key, item);
      if (std::ranges::find(parameter.values, value) != parameter.values.end())
        fail(item, fmt::format("'{}' is given twice", item.Scalar()));
      parameter.values.push_back(std::move(value));
    }
    if (std::holds_alternative<double>(parameter.values.front()))
      std::ranges::sort(parameter.values);
  }

  void read_parameter_map(const Claim &claim, Parameter &parameter, const YAML::Node &map) {
    const auto &key = parameter.key;
    require_map(map, key);
    check_keys(map, kParameterKeys, "vary");
    if (const auto name = map["name"])
      parameter.title = scalar("name", name);
    if (const auto at = map["at"])
      parameter.at = value_of(key, at);
    if (const auto points = map["points"])
      parameter.points =
          static_cast<unsigned>(std::min<std::int64_t>(size("points", points), 1000));
    if (const auto runs = map["runs"])
      for (const auto &name : texts("runs", runs)) {
        if (claim.find_run(name) == nullptr)
          fail(runs, fmt::format("no run '{}'", name), nearest_names_hint(name, run_names(claim)));
        parameter.runs.push_back(name);
      }
    if (const auto values = map["values"]) {
      if (map["from"] || map["to"] || map["scale"])
        fail(map, fmt::format("'{}': values or a range, not both", key));
      if (!values.IsSequence() || values.size() == 0)
        fail(values, "key 'values' must be a list");
      read_values(parameter, values);
      return;
    }
    if (!map["from"] || !map["to"])
      fail(map, fmt::format("'{}' does not vary", key),
           "give a list of values, or {from: …, to: …}");
    read_range(parameter, map);
  }

  void read_range(Parameter &parameter, const YAML::Node &map) const {
    const auto &key = parameter.key;
    if (!is_size_key(key) && !is_number_key(key))
      fail(map, fmt::format("'{}' takes no numbers", key), "give values: [ … ]");
    sweep::Range range{number("from", map["from"]), number("to", map["to"]), false};
    if (const auto scale = map["scale"])
      range.logarithmic = one_of("scale", scale, {"linear", "log"}) == "log";
    if (range.to <= range.from)
      fail(map, fmt::format("'{}': the range ends before it begins", key));
    if (range.logarithmic && range.from <= 0)
      fail(map, fmt::format("'{}': a log range must be above 0", key));
    parameter.range = range;
  }

  static Names run_names(const Claim &claim) {
    Names names;
    for (const auto &run : claim.runs)
      names.push_back(run.name);
    return names;
  }

  // ---- names of formulas

  void check_names(const Claim &claim, const Formula &formula, const YAML::Node &node) const {
    for (const auto &name : formula.names()) {
      const auto dot = name.find('.');
      if (dot != std::string::npos) {
        check_figure(claim, name.substr(0, dot), name.substr(dot + 1), node);
        continue;
      }
      const bool varies = std::ranges::any_of(claim.parameters, [&](const auto &parameter) {
        return parameter.key == name && is_number(parameter);
      });
      if (varies)
        continue;
      Names known;
      for (const auto &run : claim.runs)
        known.push_back(run.name + ".latency_us");
      for (const auto &parameter : claim.parameters)
        if (is_number(parameter))
          known.push_back(parameter.key);
      fail(node, fmt::format("'{}': unknown name '{}'", formula.text(), name),
           fmt::format("known: {}", fmt::join(known, ", ")));
    }
    formula.check({[&](const std::string &name) { return members_of(claim, name); }, {}});
  }

  static bool is_number(const Parameter &parameter) {
    return parameter.range || std::holds_alternative<double>(parameter.values.front());
  }

  static std::size_t members_of(const Claim &claim, const std::string &name) {
    const auto *run = claim.find_run(name.substr(0, name.find('.')));
    return run == nullptr ? 1 : run->members.size();
  }

  void check_figure(const Claim &claim, const std::string &run_name, const std::string &figure,
                    const YAML::Node &node) const {
    const auto *run = claim.find_run(run_name);
    if (run == nullptr)
      fail(node, fmt::format("'{}.{}': no run '{}'", run_name, figure, run_name),
           nearest_names_hint(run_name, run_names(claim)));
    const bool simulated = run->members.front().is_simulated();
    const bool empty = run->members.front().empty_kernels.has_value();
    const auto *info = find_figure(figure);
    if (info == nullptr && !(simulated && is_number_key(figure)) && figure != "batch") {
      Names known{"batch"};
      for (const auto &one : figures())
        known.emplace_back(one.name);
      if (simulated)
        known = joined(known, config_key_names());
      fail(node, fmt::format("'{}.{}': unknown figure '{}'", run_name, figure, figure),
           nearest_names_hint(figure, known));
    }
    if (info != nullptr && info->of == FigureInfo::Of::run && !simulated)
      fail(node,
           fmt::format("'{}.{}': run '{}' is counted, not simulated", run_name, figure, run_name),
           "leave out its accounting");
    if (info != nullptr && info->of == FigureInfo::Of::empty_kernels && !empty)
      fail(node,
           fmt::format("'{}.{}': run '{}' is of a network, not of empty kernels", run_name, figure,
                       run_name),
           "give it empty_kernels in place of a model");
    const bool of_launches =
        info == nullptr ? figure != "batch"
                        : info->of != FigureInfo::Of::partition && info->of != FigureInfo::Of::fx;
    if (empty && !of_launches && figure != "launches")
      fail(node, fmt::format("'{}.{}': empty kernels have no '{}'", run_name, figure, figure),
           "latency_us, device_us, launch_interval_us, launches, parts of the latency, keys of "
           "machines and runtimes");
  }

  // ---- claims

  Claim read_claim(const YAML::Node &node) {
    within("");
    if (!node.IsMap())
      fail(node, "a claim must be a map");
    Claim claim;
    claim.file = file_.path;
    claim.place = line_of(node);
    if (const auto id = node["id"])
      claim.id = scalar("id", id);
    else
      fail(node, "a claim has no id");
    within(fmt::format("claim '{}'", claim.id));
    check_keys(node, joined(kClaimKeys, experiment_keys()), "a claim");
    if (std::ranges::any_of(file_.claims, [&](const auto &c) { return c.id == claim.id; }))
      fail(node["id"], "this id is taken by a claim above");
    claim.text = text_of(node, "claim");
    if (claim.text.empty())
      fail(node, "has no sentence", "claim: what is claimed, in words");
    claim.source = node["source"] ? text_of(node, "source") : source_;
    if (claim.source.empty())
      fail(node, "has no source", "source: who says so, here or for the whole file");
    claim.note = text_of(node, "note");
    if (const auto expected = node["expected"])
      claim.expected = verdict(expected);
    may_be_unknown_ = claim.expected == Verdict::not_testable;
    if (const auto reason = node["not_testable"]) {
      claim.not_testable = scalar("not_testable", reason);
      if (node["value"] || node["runs"])
        fail(reason, "is not testable and has an experiment", "leave one of them out");
      if (const auto claimed = node["claimed"])
        claim.claimed = parse_claimed(scalar("claimed", claimed), text_of(node, "tolerance"),
                                      place_of(claimed));
      return claim;
    }
    read_experiment(claim, node);
    return claim;
  }

  void read_experiment(Claim &claim, const YAML::Node &node) {
    for (const auto *key : {"value", "claimed"})
      if (!node[key])
        fail(node, fmt::format("has no {}", key),
             "value: a formula over figures of runs, claimed: what it is said to be");
    read_runs(claim, node, settings_of(node, defaults_));
    if (const auto vary = node["vary"]) {
      require_map(vary, "vary");
      for (const auto &item : vary)
        read_parameter(claim, item.first, item.second);
    }
    Formula value(scalar("value", node["value"]), place_of(node["value"]));
    check_names(claim, value, node["value"]);
    if (value.names().empty())
      fail(node["value"], fmt::format("'{}' has no figure of any run", value.text()),
           "as: a.latency_us < b.latency_us");
    Claimed claimed = parse_claimed(scalar("claimed", node["claimed"]), text_of(node, "tolerance"),
                                    place_of(node["claimed"]));
    for (const auto &formula : claimed.numbers)
      check_names(claim, formula, node["claimed"]);
    check_unit(claim, value, claimed, node["claimed"]);
    if (node["runs"])
      check_all_used(claim, value, claimed);
    claim.value = std::move(value);
    claim.claimed = std::move(claimed);
  }

  /// A figure that is claimed without a unit is taken as it is: microseconds, bytes.
  void check_unit(const Claim &claim, const Formula &value, const Claimed &claimed,
                  const YAML::Node &node) const {
    const auto members = [&](const std::string &name) { return members_of(claim, name); };
    if (claimed.form == Claimed::Form::truth && !is_truth(value, members))
      fail(node, fmt::format("claimed 'true', and '{}' is no comparison", value.text()),
           "as: a.latency_us < b.latency_us");
    if (claimed.unit.empty())
      return;
    const auto is = dimension_of(
        value, [&](const std::string &name) { return dimension_of_unit(unit_of_name(name)); },
        members);
    const auto said = dimension_of_unit(claimed.unit);
    if (!is || *is == said)
      return;
    std::string fitting;
    for (const auto &unit : units())
      if (dimension_of_unit(unit.name) == *is)
        fitting += fmt::format("{}{}", fitting.empty() ? "" : " ", unit.name);
    fail(node,
         fmt::format("claimed '{}' is {}, and '{}' is {}", claimed.text, name_of(said),
                     value.text(), name_of(*is)),
         fitting.empty() ? std::string() : fmt::format("its units are {}", fitting));
  }

  static void check_all_used(const Claim &claim, const Formula &value, const Claimed &claimed) {
    std::set<std::string> used;
    const auto add = [&](const Formula &formula) {
      for (const auto &name : formula.names())
        used.insert(name.substr(0, name.find('.')));
    };
    add(value);
    for (const auto &formula : claimed.numbers)
      add(formula);
    for (const auto &run : claim.runs)
      if (!used.contains(run.name))
        throw Error(fmt::format("{}: claim '{}'", run.place, claim.id),
                    fmt::format("run '{}' is in no formula", run.name));
  }

  Verdict verdict(const YAML::Node &node) const {
    const auto text = scalar("expected", node);
    Names known;
    for (const auto &[name, verdict] : kVerdicts) {
      if (text == name)
        return verdict;
      known.emplace_back(name);
    }
    fail(node, fmt::format("unknown verdict '{}'", text), nearest_names_hint(text, known));
  }

  ClaimFile file_;
  std::string source_;
  bool may_be_unknown_ = false; ///< the claim expects to be not testable
  KnownNames names_;
  Settings defaults_;
};

} // namespace

ClaimFile read_claims(const fs::path &file) { return ClaimsReader(file).read(); }

} // namespace fusesim::claims
