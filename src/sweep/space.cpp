#include "sweep/space.hpp"

#include "ir/zoo.hpp"
#include "partition/strategy.hpp"
#include "support/error.hpp"
#include "support/nearest.hpp"
#include "support/units.hpp"
#include "sweep/expression.hpp"
#include "targets/config_files.hpp"
#include "targets/config_reader.hpp"
#include "targets/config_values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace fusesim::sweep {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMostConfigurations = 100'000'000;
// Of the sweep's first dimensions, in the order of Role.
constexpr std::size_t kModel = 0, kTarget = 1, kRuntime = 2, kDType = 3, kStrategy = 4, kNames = 5,
                      kBatch = 5;

std::string kind_of(const targets::Machine &machine) { return machine.is_gpu() ? "gpu" : "tile"; }

/// A name as it is; a file's path as it is from the current folder, when the sweep's file gives it
/// relative to itself.
std::string resolved_path(const std::string &name, const fs::path &sweep_file, bool is_path) {
  if (!is_path || fs::path(name).is_absolute())
    return name;
  const auto path = sweep_file.parent_path() / name;
  return path.has_parent_path() ? path.string() : "./" + path.string();
}

bool is_model_file(const std::string &name) {
  return name.find_first_of("/.") != std::string::npos;
}

/// Calls `action`; an Error that it throws gets the place in front.
template <class Action> auto at_place(const std::string &place, Action action) {
  try {
    return action();
  } catch (const Error &error) {
    throw Error(place, error.what());
  }
}

template <class Config>
std::map<std::string, double, std::less<>> numbers_of(const Config &config) {
  std::map<std::string, double, std::less<>> numbers;
  for (const auto &[key, value] : targets::values_of(config))
    if (const auto *number = std::get_if<double>(&value))
      numbers.emplace(key, *number);
  return numbers;
}

} // namespace

Space::~Space() = default;
Space::Space(Space &&) noexcept = default;

Space::Space(Spec spec) : spec_(std::move(spec)) {
  check_models();
  load_targets();
  load_runtimes();
  find_fields();
  settle_whole_points();
  check_field_values();
  for (std::size_t i = kNames; i < spec_.dimensions.size(); ++i) {
    const auto &dimension = spec_.dimensions[i];
    if (!dimension.is_tied()) {
      if (dimension.points.size() != 1 || dimension.range)
        free_.push_back(i);
      else
        fixed_.push_back(i);
      continue;
    }
    tied_.push_back(i);
    ties_.emplace_back(dimension.expression, dimension.place);
  }
  for (const auto &constraint : spec_.constraints) {
    constraints_.emplace_back(constraint.expression, constraint.place);
    if (!constraints_.back().is_comparison())
      throw Error(constraint.place,
                  fmt::format("constraint '{}' compares nothing", constraint.expression),
                  "for example sm_count * boost_clock_ghz < 250");
  }
  for (const auto &tie : ties_)
    check_names(tie, {});
  for (const auto &constraint : constraints_)
    check_names(constraint, {});
  add_combinations();
  draw_points();
  if (size_ == 0)
    throw Error(spec_.file.string(), "no configuration satisfies the constraints");
}

/// Names only: a network that cannot be built at some size is a row with its error.
void Space::check_models() const {
  const auto &dimension = spec_.dimensions[kModel];
  for (const auto &point : dimension.points) {
    const auto name = to_string(point);
    at_place(dimension.place, [&] {
      if (!is_model_file(name))
        ir::zoo_entry(name);
      else if (const auto path = resolved_path(name, spec_.file, true); !fs::exists(path))
        throw Error(path, "no such file", "paths start from the sweep's own folder");
    });
  }
}

void Space::load_targets() {
  auto &dimension = spec_.dimensions[kTarget];
  for (const auto &point : dimension.points) {
    const auto name = to_string(point);
    at_place(dimension.place, [&] {
      targets::MachineFile file(resolved_path(name, spec_.file, targets::is_config_path(name)));
      auto machine = file.with({});
      auto numbers = numbers_of(machine);
      targets_.push_back({name, std::move(file), std::move(machine), std::move(numbers), 0});
    });
  }
}

void Space::load_runtimes() {
  auto &dimension = spec_.dimensions[kRuntime];
  const auto position_of = [&](const std::string &name) {
    for (std::size_t i = 0; i < runtimes_.size(); ++i)
      if (runtimes_[i].name == name)
        return i;
    at_place(dimension.place, [&] {
      targets::RuntimeFile file(resolved_path(name, spec_.file, targets::is_config_path(name)));
      auto runtime = file.with({});
      auto numbers = numbers_of(runtime);
      runtimes_.push_back({name, std::move(file), std::move(runtime), std::move(numbers)});
    });
    return runtimes_.size() - 1;
  };
  for (const auto &point : dimension.points)
    if (!std::holds_alternative<std::monostate>(point))
      position_of(to_string(point));
  for (auto &target : targets_)
    target.default_runtime = position_of(target.base.default_runtime);
}

// A field is a key of every target, or of the runtimes.
void Space::find_fields() {
  info_.resize(spec_.dimensions.size());
  std::map<std::string, FieldInfo, std::less<>> of_runtime;
  std::map<std::string, std::map<std::string, FieldInfo, std::less<>>> of_kind;
  const auto add = [](auto &all, const targets::KeyInfo &key, bool runtime) {
    all.emplace(key.key, FieldInfo{runtime, key.type == "whole number",
                                   key.type == "whole number" || key.type == "number", key.unit,
                                   key.meaning});
  };
  for (const auto &key : targets::list_keys("runtime"))
    add(of_runtime, key, true);
  for (const auto &target : targets_)
    for (const auto &key : targets::list_keys(kind_of(target.base)))
      add(of_kind[kind_of(target.base)], key, false);
  // Not of the hardware, or said by other keys of a sweep.
  for (const auto *name : {"base", "kind", "description", "default_runtime", "target", "strategy",
                           "fused_strategy", "generation"}) {
    of_runtime.erase(name);
    for (auto &[kind, keys] : of_kind)
      keys.erase(name);
  }
  for (std::size_t i = 0; i < spec_.dimensions.size(); ++i) {
    const auto &dimension = spec_.dimensions[i];
    auto &info = info_[i];
    if (dimension.role != Role::field) {
      const bool is_size = i >= kNames;
      info = {false, is_size, is_size, {}, {}};
      continue;
    }
    std::vector<std::string> known;
    for (const auto &[kind, keys] : of_kind)
      for (const auto &[name, key] : keys)
        known.push_back(name);
    for (const auto &[name, key] : of_runtime)
      known.push_back(name);
    bool found = false;
    for (const auto &target : targets_) {
      const auto &keys = of_kind[kind_of(target.base)];
      if (const auto key = keys.find(dimension.name); key != keys.end()) {
        info = key->second;
        found = true;
      } else if (found) {
        throw Error(dimension.place,
                    fmt::format("field '{}' is no key of {} ({})", dimension.name, target.name,
                                kind_of(target.base)),
                    "sweep machines of different kinds in different files");
      }
    }
    if (const auto key = of_runtime.find(dimension.name); !found && key != of_runtime.end()) {
      info = key->second;
      found = true;
    }
    if (!found)
      throw Error(dimension.place, fmt::format("unknown field '{}'", dimension.name),
                  nearest_names_hint(dimension.name, known));
    for (const auto &target : targets_)
      if (!info.of_runtime && !of_kind[kind_of(target.base)].contains(dimension.name))
        throw Error(dimension.place,
                    fmt::format("field '{}' is no key of {} ({})", dimension.name, target.name,
                                kind_of(target.base)),
                    "sweep machines of different kinds in different files");
  }
}

// The points of a range over a key that counts something are whole numbers, each once.
void Space::settle_whole_points() {
  for (std::size_t i = kNames; i < spec_.dimensions.size(); ++i) {
    auto &dimension = spec_.dimensions[i];
    if (dimension.range && !info_[i].numeric)
      throw Error(dimension.place, fmt::format("field '{}' takes no numbers", dimension.name));
    if (!info_[i].whole || !dimension.range)
      continue;
    std::vector<Value> whole;
    for (const auto &point : dimension.points) {
      const Value rounded = std::round(std::get<double>(point));
      if (std::find(whole.begin(), whole.end(), rounded) == whole.end())
        whole.push_back(rounded);
    }
    dimension.points = std::move(whole);
  }
}

// Whatever a config file could not say is found before the first simulation.
void Space::check_field_values() const {
  for (std::size_t i = kNames; i < spec_.dimensions.size(); ++i) {
    const auto &dimension = spec_.dimensions[i];
    if (dimension.role != Role::field)
      continue;
    std::vector<Value> values = dimension.points;
    if (dimension.range)
      values = {Value(dimension.range->from), Value(dimension.range->to)};
    for (const auto &value : values) {
      const bool round = dimension.range && info_[i].whole;
      const Value exact = round ? Value(std::round(std::get<double>(value))) : value;
      const targets::Override override{dimension.name, to_string(exact), dimension.place};
      for (const auto &target : targets_)
        if (!info_[i].of_runtime)
          target.file.check_keys({&override, 1});
      for (const auto &runtime : runtimes_)
        if (info_[i].of_runtime)
          runtime.file.check_keys({&override, 1});
    }
  }
}

void Space::check_names(const Expression &formula, const std::vector<std::string> &extra) const {
  std::vector<std::string> known = extra;
  for (std::size_t i = kNames; i < spec_.dimensions.size(); ++i)
    if (info_[i].numeric)
      known.push_back(spec_.dimensions[i].name);
  for (const auto &[name, value] : targets_.front().numbers)
    if (std::all_of(targets_.begin(), targets_.end(),
                    [&name = name](const auto &target) { return target.numbers.contains(name); }))
      known.push_back(name);
  for (const auto &[name, value] : runtimes_.front().numbers)
    known.push_back(name);
  for (const auto &name : formula.names())
    if (std::find(known.begin(), known.end(), name) == known.end())
      throw Error(formula.place(), fmt::format("'{}': unknown name '{}'", formula.text(), name),
                  nearest_names_hint(name, known));
}

std::size_t Space::runtime_of(const Combination &combination) const {
  const auto &point = spec_.dimensions[kRuntime].points[combination[kRuntime]];
  return std::holds_alternative<std::monostate>(point)
             ? targets_[combination[kTarget]].default_runtime
             : combination[kRuntime]; // loaded in the same order
}

bool Space::fits(const Combination &combination) const {
  return runtimes_[runtime_of(combination)].base.target ==
         kind_of(targets_[combination[kTarget]].base);
}

void Space::add_combinations() {
  const auto &dimensions = spec_.dimensions;
  std::vector<std::string> strategies{"default", "fused"},
      dtypes{"f32", "tf32", "f16", "bf16", "i8"};
  for (const auto &strategy : partition::strategies())
    strategies.emplace_back(strategy.name);
  const auto check = [](const Dimension &dimension, const std::vector<std::string> &known) {
    for (const auto &point : dimension.points) {
      const auto name = to_string(point);
      if (!name.empty() && std::find(known.begin(), known.end(), name) == known.end())
        throw Error(dimension.place, fmt::format("unknown {} '{}'", dimension.name, name),
                    nearest_names_hint(name, known));
    }
  };
  check(dimensions[kStrategy], strategies);
  check(dimensions[kDType], dtypes);

  std::vector<char> driven(targets_.size()), used(dimensions[kRuntime].points.size());
  std::set<std::vector<std::string>> seen; // "fused" and "attention" may mean the same
  Combination c{};
  for (c[kModel] = 0; c[kModel] < dimensions[kModel].points.size(); ++c[kModel])
    for (c[kTarget] = 0; c[kTarget] < targets_.size(); ++c[kTarget])
      for (c[kRuntime] = 0; c[kRuntime] < used.size(); ++c[kRuntime]) {
        if (!fits(c))
          continue;
        driven[c[kTarget]] = used[c[kRuntime]] = true;
        for (c[kDType] = 0; c[kDType] < dimensions[kDType].points.size(); ++c[kDType])
          for (c[kStrategy] = 0; c[kStrategy] < dimensions[kStrategy].points.size();
               ++c[kStrategy]) {
            Configuration named;
            named.values.resize(dimensions.size());
            set_names(named, c);
            std::vector<std::string> names;
            for (std::size_t i = 0; i < kNames; ++i)
              names.push_back(to_string(named.values[i]));
            if (seen.insert(names).second)
              combinations_.push_back(c);
          }
      }
  for (std::size_t t = 0; t < targets_.size(); ++t)
    if (!driven[t])
      throw Error(
          dimensions[kRuntime].place,
          fmt::format("no runtime drives {} ({})", targets_[t].name, kind_of(targets_[t].base)),
          fmt::format("add {}", targets_[t].base.default_runtime));
  for (std::size_t r = 0; r < used.size(); ++r)
    if (!used[r])
      throw Error(dimensions[kRuntime].place,
                  fmt::format("'{}' drives {} machines, and no target is one", runtimes_[r].name,
                              runtimes_[r].base.target));
}

void Space::set_names(Configuration &configuration, const Combination &combination) const {
  const auto &dimensions = spec_.dimensions;
  configuration.target = combination[kTarget];
  configuration.runtime = runtime_of(combination);
  const auto &target = targets_[configuration.target];
  const auto &runtime = runtimes_[configuration.runtime];
  const auto model = to_string(dimensions[kModel].points[combination[kModel]]);
  configuration.model.name = resolved_path(model, spec_.file, is_model_file(model));
  configuration.model.inputs = spec_.inputs;
  const auto strategy = to_string(dimensions[kStrategy].points[combination[kStrategy]]);
  configuration.strategy = strategy.empty() || strategy == "default" ? runtime.base.strategy
                           : strategy == "fused"                     ? runtime.base.fused_strategy
                                                                     : strategy;
  const auto dtype = to_string(dimensions[kDType].points[combination[kDType]]);
  configuration.dtype =
      dtype.empty() ? targets::default_dtype(target.base) : ir::dtype_from_name(dtype);
  configuration.values[kModel] = model;
  configuration.values[kTarget] = target.name;
  configuration.values[kRuntime] = runtime.name;
  configuration.values[kDType] = std::string(ir::name_of(configuration.dtype));
  configuration.values[kStrategy] = configuration.strategy;
}

std::uint64_t Space::grid_points() const {
  std::uint64_t points = 1;
  for (const auto i : free_)
    points = checked_mul(points, spec_.dimensions[i].points.size(), spec_.file.string());
  return points;
}

Value Space::value_at(std::size_t dimension, double coordinate) const {
  const auto &d = spec_.dimensions[dimension];
  if (!d.range || spec_.sampling.method == Sampling::Method::one_at_a_time) {
    const auto count = static_cast<double>(d.points.size());
    return d.points[static_cast<std::size_t>(std::min(coordinate * count, count - 1))];
  }
  const auto &[from, to, logarithmic] = *d.range;
  const double value =
      logarithmic ? from * std::pow(to / from, coordinate) : from + (to - from) * coordinate;
  return info_[dimension].whole ? std::round(value) : value;
}

void Space::set_free(Configuration &configuration, std::uint64_t point) const {
  for (const auto i : fixed_)
    configuration.values[i] = spec_.dimensions[i].points.front();
  if (spec_.sampling.method == Sampling::Method::grid) {
    for (std::size_t k = free_.size(); k-- > 0;) { // the last varies fastest
      const auto &points = spec_.dimensions[free_[k]].points;
      configuration.values[free_[k]] = points[point % points.size()];
      point /= points.size();
    }
    return;
  }
  for (std::size_t k = 0; k < free_.size(); ++k)
    configuration.values[free_[k]] = value_at(free_[k], drawn_[point * free_.size() + k]);
}

// A network of the zoo has batch 1 when nobody says otherwise; a file has its own.
void Space::set_batch(Configuration &configuration) const {
  auto &batch = configuration.values[kBatch];
  if (std::holds_alternative<std::monostate>(batch) && !is_model_file(configuration.model.name))
    batch = 1.0;
}

void Space::set_tied(Configuration &configuration) const {
  for (std::size_t k = 0; k < tied_.size(); ++k) {
    const auto &tie = ties_[k];
    configuration.values[tied_[k]] = tie.evaluate([&](std::size_t name) {
      const auto value = number_of(configuration, tie.names()[name]);
      if (!value)
        throw Error(
            tie.place(),
            fmt::format("'{}' uses '{}', which has no number here", tie.text(), tie.names()[name]),
            "a tied field may use those written before it");
      return *value;
    });
  }
}

void Space::set_fields(Configuration &configuration) const {
  const auto size_of = [&](Role role) -> std::optional<std::int64_t> {
    for (std::size_t i = kNames; i < spec_.dimensions.size(); ++i)
      if (const auto *number = std::get_if<double>(&configuration.values[i]);
          spec_.dimensions[i].role == role && number != nullptr)
        return static_cast<std::int64_t>(*number);
    return std::nullopt;
  };
  configuration.model.batch = size_of(Role::batch);
  configuration.model.image_size = size_of(Role::image_size);
  configuration.model.sequence_length = size_of(Role::sequence_length);
  for (std::size_t i = kNames; i < spec_.dimensions.size(); ++i) {
    const auto &dimension = spec_.dimensions[i];
    if (dimension.role != Role::field)
      continue;
    auto &fields =
        info_[i].of_runtime ? configuration.runtime_fields : configuration.machine_fields;
    fields.push_back({dimension.name, to_string(configuration.values[i]), dimension.place});
  }
}

Configuration Space::resolve(std::uint64_t raw) const {
  Configuration configuration;
  configuration.values.resize(spec_.dimensions.size());
  set_names(configuration, combinations_[raw / points_]);
  set_free(configuration, raw % points_);
  set_batch(configuration);
  set_tied(configuration);
  return configuration;
}

bool Space::satisfies(const Configuration &configuration) const {
  return std::all_of(constraints_.begin(), constraints_.end(), [&](const Expression &constraint) {
    return constraint.evaluate([&](std::size_t name) {
      const auto value = number_of(configuration, constraint.names()[name]);
      if (!value)
        throw Error(constraint.place(), fmt::format("'{}' uses '{}', which has no number here",
                                                    constraint.text(), constraint.names()[name]));
      return *value;
    }) != 0;
  });
}

bool Space::accepts(std::uint64_t raw) const { return satisfies(resolve(raw)); }

std::optional<double> Space::number_of(const Configuration &configuration,
                                       std::string_view name) const {
  for (std::size_t i = kNames; i < spec_.dimensions.size(); ++i)
    if (spec_.dimensions[i].name == name) {
      const auto *number = std::get_if<double>(&configuration.values[i]);
      return number != nullptr ? std::optional(*number) : std::nullopt;
    }
  const auto &of_target = targets_[configuration.target].numbers;
  if (const auto found = of_target.find(name); found != of_target.end())
    return found->second;
  const auto &of_runtime = runtimes_[configuration.runtime].numbers;
  if (const auto found = of_runtime.find(name); found != of_runtime.end())
    return found->second;
  return std::nullopt;
}

Configuration Space::at(std::uint64_t number) const {
  auto configuration = resolve(kept_.empty() ? number : kept_.at(number));
  configuration.number = number;
  set_fields(configuration);
  return configuration;
}

void Space::keep_valid() {
  const auto raw_size = checked_mul(combinations_.size(), points_, spec_.file.string());
  if (raw_size > kMostConfigurations)
    throw Error(
        spec_.file.string(), fmt::format("{} configurations are too many", raw_size),
        fmt::format("at most {}; draw from them: sampling: {{method: random, count: 10000}}",
                    kMostConfigurations));
  size_ = raw_size;
  if (constraints_.empty())
    return;
  for (std::uint64_t raw = 0; raw < raw_size; ++raw)
    if (accepts(raw))
      kept_.push_back(raw);
  size_ = kept_.size();
}

// What two sweeps must have in common to be the same: everything that a configuration is made of.
std::string Space::identity_text() const {
  std::string text;
  for (const auto &dimension : spec_.dimensions) {
    text += fmt::format("{} [", dimension.name);
    for (const auto &point : dimension.points)
      text += to_string(point) + ",";
    if (dimension.range)
      text += fmt::format("{}..{} {}", dimension.range->from, dimension.range->to,
                          dimension.range->logarithmic);
    text += fmt::format("] {}\n", dimension.expression);
  }
  text += fmt::format("{} {} {}\n", name_of(spec_.sampling.method), spec_.sampling.count,
                      spec_.sampling.seed);
  for (const auto &input : spec_.inputs)
    text += input + "\n";
  for (const auto &constraint : spec_.constraints)
    text += constraint.expression + "\n";
  for (const auto &objective : spec_.objectives)
    text += fmt::format("{} {} {}\n", objective.name, objective.expression, objective.maximise);
  const auto add = [&text](const auto &entry) {
    text += entry.name + "\n";
    for (const auto &[key, value] : targets::values_of(entry.base))
      text += fmt::format("{} {}\n", key,
                          std::holds_alternative<double>(value)
                              ? fmt::format("{}", std::get<double>(value))
                              : std::get<std::string>(value));
  };
  for (const auto &target : targets_)
    add(target);
  for (const auto &runtime : runtimes_)
    add(runtime);
  return text;
}

} // namespace fusesim::sweep
