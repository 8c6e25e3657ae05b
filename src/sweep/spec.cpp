// A sweep's file:
//
//   models: [resnet50]              networks; targets, runtimes, dtypes, strategies likewise
//   batch: [1, 8]                   sizes and fields take the same forms of values:
//   fields:
//     sm_count: [54, 108]                                 a list
//     dram_bandwidth_gbps: {log: [400, 6400], count: 5}   a range, linear or log, with count or step
//     l2_bandwidth_gbps: {expression: 3 * dram_bandwidth_gbps}
//   sampling: {method: grid}
//   constraints: [sm_count * boost_clock_ghz < 250]
//   objectives: [latency_us, {name: cost, value: 2 * sm_count, goal: minimise}]
#include "sweep/spec.hpp"

#include "support/error.hpp"
#include "support/nearest.hpp"
#include "support/number.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <sstream>
#include <utility>

namespace fusesim::sweep {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMostPoints = 1'000'000; // of one dimension

constexpr std::array<std::pair<std::string_view, Sampling::Method>, 5> kMethods{{
    {"grid", Sampling::Method::grid},
    {"random", Sampling::Method::random},
    {"latin-hypercube", Sampling::Method::latin_hypercube},
    {"one-at-a-time", Sampling::Method::one_at_a_time},
    {"saltelli", Sampling::Method::saltelli},
}};

constexpr std::array<std::pair<std::string_view, Role>, 8> kRoles{{
    {"models", Role::model},
    {"targets", Role::target},
    {"runtimes", Role::runtime},
    {"dtypes", Role::dtype},
    {"strategies", Role::strategy},
    {"batch", Role::batch},
    {"image_size", Role::image_size},
    {"sequence_length", Role::sequence_length},
}};

bool is_size(Role role) {
  return role == Role::batch || role == Role::image_size || role == Role::sequence_length;
}

std::string column_of(std::string_view key, Role role) {
  switch (role) {
  case Role::model:
    return "model";
  case Role::target:
    return "target";
  case Role::runtime:
    return "runtime";
  case Role::dtype:
    return "dtype";
  case Role::strategy:
    return "strategy";
  default:
    return std::string(key);
  }
}

class SpecReader {
public:
  explicit SpecReader(const fs::path &file) { spec_.file = file; }

  Spec read() {
    const YAML::Node root = parse();
    std::vector<Dimension> sizes_and_names, fields;
    for (const auto &[key, value] : entries(root))
      read_key(key, value, sizes_and_names, fields);
    add_required(root, sizes_and_names);
    std::stable_sort(sizes_and_names.begin(), sizes_and_names.end(),
                     [](const auto &a, const auto &b) { return a.role < b.role; });
    spec_.dimensions = std::move(sizes_and_names);
    spec_.dimensions.insert(spec_.dimensions.end(), fields.begin(), fields.end());
    check_sampling();
    return std::move(spec_);
  }

private:
  YAML::Node parse() {
    std::ifstream stream(spec_.file, std::ios::binary);
    std::ostringstream text;
    if (fs::is_directory(spec_.file) || !stream)
      throw Error(spec_.file.string(),
                  fs::is_directory(spec_.file) ? "is a directory" : "no such file",
                  "give a sweep's YAML file");
    text << stream.rdbuf();
    spec_.text = text.str();
    YAML::Node root;
    try {
      root = YAML::Load(spec_.text);
    } catch (const YAML::Exception &broken) {
      throw Error(fmt::format("{}:{}", spec_.file.string(), std::max(broken.mark.line, 0) + 1),
                  fmt::format("broken YAML: {}", broken.msg));
    }
    if (!root.IsMap())
      throw Error(spec_.file.string() + ":1", "not a map",
                  "a sweep is a map of 'key: value' lines");
    return root;
  }

  std::string place(const YAML::Node &node) const {
    return fmt::format("{}:{}", spec_.file.string(), std::max(node.Mark().line, 0) + 1);
  }
  [[noreturn]] void fail(const YAML::Node &node, std::string_view what,
                         std::string_view hint = {}) const {
    throw Error(place(node), what, hint);
  }

  void read_key(const YAML::Node &key_node, const YAML::Node &value,
                std::vector<Dimension> &sizes_and_names, std::vector<Dimension> &fields) {
    const auto &key = key_node.Scalar();
    const auto role = std::find_if(kRoles.begin(), kRoles.end(),
                                   [&](const auto &entry) { return entry.first == key; });
    if (role != kRoles.end())
      sizes_and_names.push_back(dimension(role->second, key_node, value));
    else if (key == "description")
      spec_.description = scalar(key, value);
    else if (key == "inputs")
      for (const auto &input : values(key, value))
        spec_.inputs.push_back(scalar(key, input));
    else if (key == "fields")
      read_fields(value, fields);
    else if (key == "sampling")
      read_sampling(value);
    else if (key == "constraints")
      read_constraints(value);
    else if (key == "objectives")
      read_objectives(value);
    else
      fail_unknown(key_node, known_keys());
  }

  static std::vector<std::string> known_keys() {
    std::vector<std::string> known{"description", "inputs",      "fields",
                                   "sampling",    "constraints", "objectives"};
    for (const auto &[name, role] : kRoles)
      known.emplace_back(name);
    return known;
  }

  [[noreturn]] void fail_unknown(const YAML::Node &key,
                                 const std::vector<std::string> &known) const {
    fail(key, fmt::format("unknown key '{}'", key.Scalar()),
         nearest_names_hint(key.Scalar(), known));
  }

  std::string scalar(std::string_view key, const YAML::Node &node) const {
    if (!node.IsScalar() || node.Scalar().empty())
      fail(node, fmt::format("key '{}' must be one value", key));
    return node.Scalar();
  }

  double number(std::string_view key, const YAML::Node &node) const {
    const auto value = number_in(scalar(key, node));
    if (!value)
      fail(node, fmt::format("key '{}': '{}' is no number", key, node.Scalar()));
    return *value;
  }

  std::uint64_t whole(std::string_view key, const YAML::Node &node, double least) const {
    const double value = number(key, node);
    if (value != std::floor(value) || value < least || value > 1e15)
      fail(node, fmt::format("key '{}': {} is no whole number from {:g} up", key, value, least));
    return static_cast<std::uint64_t>(value);
  }

  /// The values of a key that takes one or a list of them.
  std::vector<YAML::Node> values(std::string_view key, const YAML::Node &node) const {
    if (node.IsScalar())
      return {node};
    if (!node.IsSequence())
      fail(node, fmt::format("key '{}' must be a value or a list of values", key));
    if (node.size() == 0)
      fail(node, fmt::format("key '{}' is an empty list", key), "name at least one value");
    return {node.begin(), node.end()};
  }

  /// The entries of a map, each key once.
  std::vector<std::pair<YAML::Node, YAML::Node>> entries(const YAML::Node &map) const {
    std::vector<std::pair<YAML::Node, YAML::Node>> all;
    for (const auto &item : map) {
      for (const auto &[key, value] : all)
        if (key.Scalar() == item.first.Scalar())
          fail(item.first, fmt::format("key '{}' is given twice", key.Scalar()),
               fmt::format("first in line {}", key.Mark().line + 1));
      all.emplace_back(item.first, item.second);
    }
    return all;
  }

  Dimension dimension(Role role, const YAML::Node &key, const YAML::Node &value) {
    Dimension dimension;
    dimension.name = column_of(key.Scalar(), role);
    dimension.role = role;
    dimension.place = place(key);
    if (value.IsMap() && (role == Role::field || is_size(role)))
      read_range(dimension, value);
    else
      read_list(dimension, key.Scalar(), value);
    return dimension;
  }

  void read_list(Dimension &dimension, const std::string &key, const YAML::Node &list) const {
    for (const auto &node : values(key, list)) {
      const auto text = scalar(key, node);
      const bool may_be_number = dimension.role == Role::field || is_size(dimension.role);
      const auto value = may_be_number ? number_in(text) : std::nullopt;
      if (is_size(dimension.role) && (!value || *value != std::floor(*value) || *value < 1))
        fail(node, fmt::format("key '{}': '{}' is no size", key, text), "whole numbers from 1 up");
      const Value point = value ? Value(*value) : Value(text);
      if (std::find(dimension.points.begin(), dimension.points.end(), point) !=
          dimension.points.end())
        fail(node, fmt::format("key '{}': '{}' is given twice", key, text));
      dimension.points.push_back(point);
    }
  }

  // {linear: [a, b], count: n}, {log: [a, b], count: n}, {linear: [a, b], step: s}, {expression: e}
  void read_range(Dimension &dimension, const YAML::Node &map) const {
    const auto &name = dimension.name;
    std::optional<std::uint64_t> count;
    std::optional<double> step;
    for (const auto &[key_node, value] : entries(map)) {
      const auto &key = key_node.Scalar();
      if (key == "linear" || key == "log") {
        if (dimension.range)
          fail(key_node, fmt::format("key '{}': linear or log, not both", name));
        if (!value.IsSequence() || value.size() != 2)
          fail(value, fmt::format("key '{}': {} takes two ends, [from, to]", name, key));
        dimension.range = {number(name, value[0]), number(name, value[1]), key == "log"};
      } else if (key == "count") {
        count = whole("count", value, 1);
      } else if (key == "step") {
        step = number("step", value);
      } else if (key == "expression") {
        dimension.expression = scalar("expression", value);
      } else {
        fail_unknown(key_node, {"linear", "log", "count", "step", "expression"});
      }
    }
    if (dimension.is_tied() == dimension.range.has_value() ||
        (dimension.is_tied() && (count || step)))
      fail(map, fmt::format("key '{}' has to be one of a list, a range and an expression", name),
           "{linear: [from, to], count: n}, {log: [from, to], count: n}, {expression: …}");
    if (dimension.range)
      fill_points(dimension, map, count, step);
  }

  void fill_points(Dimension &dimension, const YAML::Node &map, std::optional<std::uint64_t> count,
                   std::optional<double> step) const {
    const auto &range = *dimension.range;
    const auto &name = dimension.name;
    if (range.to < range.from)
      fail(map, fmt::format("key '{}': the range ends before it begins", name));
    if (range.logarithmic && range.from <= 0)
      fail(map, fmt::format("key '{}': a log range must be above 0", name));
    if (count && step)
      fail(map, fmt::format("key '{}': count or step, not both", name));
    if (step && (range.logarithmic || *step <= 0))
      fail(map, fmt::format("key '{}': a step must be above 0, on a linear range", name),
           "log ranges take a count");
    if (step) {
      const double steps = std::floor((range.to - range.from) / *step + 1e-9);
      if (steps >= static_cast<double>(kMostPoints))
        fail(map, fmt::format("key '{}' has too many points", name));
      count = static_cast<std::uint64_t>(steps) + 1;
    }
    if (!count)
      return;
    if (*count > kMostPoints)
      fail(map, fmt::format("key '{}' has too many points", name),
           fmt::format("at most {}", kMostPoints));
    for (std::uint64_t i = 0; i < *count; ++i) {
      const double share =
          *count > 1 ? static_cast<double>(i) / static_cast<double>(*count - 1) : 0;
      double value = step                ? range.from + static_cast<double>(i) * *step
                     : range.logarithmic ? range.from * std::pow(range.to / range.from, share)
                                         : range.from + (range.to - range.from) * share;
      if (!step && *count > 1 && i == *count - 1)
        value = range.to;
      dimension.points.emplace_back(tidy(value));
    }
  }

  // 0.1 + 0.2 = 0.30000000000000004 would be a name nobody asked for.
  static double tidy(double value) {
    return number_in(fmt::format("{:.12g}", value)).value_or(value);
  }

  void read_fields(const YAML::Node &map, std::vector<Dimension> &fields) {
    if (!map.IsMap())
      fail(map, "key 'fields' must be a map of config keys to their values");
    for (const auto &[key, value] : entries(map))
      fields.push_back(dimension(Role::field, key, value));
  }

  void read_sampling(const YAML::Node &map) {
    if (!map.IsMap())
      fail(map, "key 'sampling' must be a map",
           "for example {method: random, count: 1000, seed: 7}");
    for (const auto &[key_node, value] : entries(map)) {
      const auto &key = key_node.Scalar();
      if (key == "method")
        spec_.sampling.method = method(value);
      else if (key == "count")
        spec_.sampling.count = whole(key, value, 1);
      else if (key == "seed")
        spec_.sampling.seed = whole(key, value, 0);
      else
        fail_unknown(key_node, {"method", "count", "seed"});
    }
    sampling_place_ = place(map);
  }

  Sampling::Method method(const YAML::Node &node) const {
    const auto text = scalar("method", node);
    std::vector<std::string> known;
    for (const auto &[name, method] : kMethods) {
      if (name == text)
        return method;
      known.emplace_back(name);
    }
    fail(node, fmt::format("unknown sampling method '{}'", text), nearest_names_hint(text, known));
  }

  void read_constraints(const YAML::Node &node) {
    if (node.IsScalar()) {
      spec_.constraints.push_back({scalar("constraints", node), place(node)});
      return;
    }
    if (!node.IsSequence())
      fail(node, "key 'constraints' must be a list of comparisons");
    for (const auto &item : node)
      spec_.constraints.push_back({scalar("constraints", item), place(item)});
  }

  void read_objectives(const YAML::Node &node) {
    if (!node.IsSequence() || node.size() == 0)
      fail(node, "key 'objectives' must be a list",
           "names of figures, or {name: …, value: …, goal: minimise}");
    for (const auto &item : node) {
      Objective objective;
      objective.place = place(item);
      if (item.IsScalar())
        objective.name = objective.expression = scalar("objectives", item);
      else if (item.IsMap())
        read_objective(objective, item);
      else
        fail(item, "an objective is a figure's name or a map");
      spec_.objectives.push_back(objective);
    }
  }

  void read_objective(Objective &objective, const YAML::Node &map) const {
    for (const auto &[key_node, value] : entries(map)) {
      const auto &key = key_node.Scalar();
      const auto text = scalar(key, value);
      if (key == "name")
        objective.name = text;
      else if (key == "value")
        objective.expression = text;
      else if (key == "goal" && (text == "minimise" || text == "maximise"))
        objective.maximise = text == "maximise";
      else if (key == "goal")
        fail(value, fmt::format("unknown goal '{}'", text), "minimise or maximise");
      else
        fail_unknown(key_node, {"name", "value", "goal"});
    }
    if (objective.name.empty())
      fail(map, "an objective needs a name");
    if (objective.expression.empty())
      objective.expression = objective.name;
  }

  void add_required(const YAML::Node &root, std::vector<Dimension> &dimensions) const {
    for (const std::string_view key : {"models", "targets"})
      if (!root[std::string(key)])
        throw Error(spec_.file.string() + ":1", fmt::format("key '{}' is missing", key));
    // What is not given has one point: the machine's, runtime's or model's own.
    for (const auto &[key, role] : kRoles) {
      const bool given = std::any_of(dimensions.begin(), dimensions.end(),
                                     [r = role](const auto &d) { return d.role == r; });
      if (!given)
        dimensions.push_back(
            {column_of(key, role), role, spec_.file.string() + ":1", {Value()}, {}, {}});
    }
  }

  void check_sampling() const {
    const auto method = spec_.sampling.method;
    const bool from_points =
        method == Sampling::Method::grid || method == Sampling::Method::one_at_a_time;
    if (!from_points && spec_.sampling.count == 0)
      throw Error(sampling_place_, fmt::format("sampling '{}' needs a count", name_of(method)),
                  "for example {method: random, count: 1000, seed: 7}");
    for (const auto &dimension : spec_.dimensions)
      if (from_points && dimension.range && dimension.points.empty())
        throw Error(dimension.place,
                    fmt::format("key '{}': a range needs a count or a step here", dimension.name),
                    "or draw from it: sampling: {method: random, count: 1000}");
  }

  Spec spec_;
  std::string sampling_place_;
};

} // namespace

std::string to_string(const Value &value) {
  if (const auto *number = std::get_if<double>(&value))
    return fmt::format("{}", *number);
  const auto *text = std::get_if<std::string>(&value);
  return text != nullptr ? *text : std::string();
}

std::string_view name_of(Sampling::Method method) {
  for (const auto &[name, known] : kMethods)
    if (known == method)
      return name;
  return {};
}

Spec read_spec(const std::filesystem::path &file) { return SpecReader(file).read(); }

} // namespace fusesim::sweep
