#include "validate/calibrate.hpp"

#include "support/error.hpp"
#include "targets/config_values.hpp"

#include <fmt/format.h>
#include <nlopt.hpp>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

namespace fusesim::validate {

namespace {

double value_of(std::span<const targets::KeyValue> values, const std::string &key) {
  for (const auto &one : values)
    if (one.key == key)
      return std::get<double>(one.value);
  throw InternalError("no value of " + key);
}

void add_parameters(std::vector<Parameter> &parameters, const std::string &file,
                    std::span<const targets::Calibrated> calibrated,
                    std::span<const targets::KeyValue> values) {
  for (const auto &one : calibrated)
    parameters.push_back({file, one.key, one.min, one.max, value_of(values, one.key)});
}

/// Empty for a row that names no machine here: predicting it says so, and where.
const targets::Machine *known_machine(Bench &bench, const Case &one) try {
  return &bench.machine(one.labels.machine);
} catch (const Error &) {
  return nullptr;
}
const targets::Runtime *known_runtime(Bench &bench, const Case &one) try {
  return &bench.runtime(one.labels.runtime);
} catch (const Error &) {
  return nullptr;
}

/// Predicts the cases that count, each again only when a constant that it depends on has changed.
class Loss {
public:
  Loss(std::span<const Dataset> datasets, std::span<const Parameter> parameters,
       const std::function<bool(const Case &)> &use)
      : parameters_(parameters.begin(), parameters.end()) {
    for (const auto &dataset : datasets) {
      std::vector<Row> rows;
      for (const auto &one : dataset.cases)
        if (!use || use(*one))
          rows.push_back({one.get(), parameters_of_case(*one), {}, 0});
      if (!rows.empty())
        files_.push_back(std::move(rows));
    }
  }

  bool is_empty() const { return files_.empty(); }

  double operator()(std::span<const double> values) {
    std::vector<Constant> constants;
    for (std::size_t i = 0; i < parameters_.size(); ++i)
      constants.push_back({parameters_[i].file, parameters_[i].key, values[i]});
    bench_.set_constants(std::move(constants));
    double sum = 0;
    for (auto &rows : files_)
      sum += mean_of(rows, values);
    return sum / static_cast<double>(files_.size());
  }

private:
  struct Row {
    const Case *measurement;
    std::vector<std::size_t> depends_on; ///< indices of parameters
    std::vector<double> predicted_with;  ///< their values at the last prediction
    double loss = 0;
  };

  std::vector<std::size_t> parameters_of_case(const Case &one) {
    std::vector<std::size_t> indices;
    const auto *machine = known_machine(bench_, one);
    const auto generation = machine != nullptr ? constants_file_of(*machine) : std::string();
    for (std::size_t i = 0; i < parameters_.size(); ++i)
      if (parameters_[i].file == generation || parameters_[i].file == one.labels.runtime)
        indices.push_back(i);
    return indices;
  }

  double mean_of(std::vector<Row> &rows, std::span<const double> values) {
    double sum = 0;
    for (auto &row : rows) {
      std::vector<double> own;
      for (const auto index : row.depends_on)
        own.push_back(values[index]);
      if (row.predicted_with.empty() || own != row.predicted_with) {
        const double predicted = row.measurement->predict(bench_).value;
        row.loss = std::abs(std::log(predicted / row.measurement->measured));
        row.predicted_with = std::move(own);
      }
      sum += row.loss;
    }
    return sum / static_cast<double>(rows.size());
  }

  std::vector<Parameter> parameters_;
  std::vector<std::vector<Row>> files_;
  Bench bench_;
};

/// What FitOptions::pooling weighs.
class Spread {
public:
  explicit Spread(std::span<const Parameter> parameters) {
    std::map<std::tuple<std::string, double, double>, std::vector<std::size_t>> alike;
    for (std::size_t i = 0; i < parameters.size(); ++i)
      alike[{parameters[i].key, parameters[i].min, parameters[i].max}].push_back(i);
    for (auto &[key, indices] : alike)
      groups_.push_back({std::get<2>(key) - std::get<1>(key), std::move(indices)});
  }

  double operator()(std::span<const double> values) const {
    double sum = 0;
    for (const auto &[range, indices] : groups_) {
      double mean = 0;
      for (const auto index : indices)
        mean += values[index] / static_cast<double>(indices.size());
      for (const auto index : indices)
        sum += std::pow((values[index] - mean) / range, 2);
    }
    return sum;
  }

private:
  struct Group {
    double range;
    std::vector<std::size_t> indices;
  };
  std::vector<Group> groups_;
};

std::vector<double> values_of(std::span<const Parameter> parameters) {
  std::vector<double> values;
  for (const auto &parameter : parameters)
    values.push_back(parameter.value);
  return values;
}

using Objective = std::function<double(std::span<const double>)>;
using Indices = std::vector<std::size_t>;

/// Indices of the parameters of each file. They stand together.
std::vector<Indices> by_file(std::span<const Parameter> parameters) {
  std::vector<Indices> files;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (i == 0 || parameters[i].file != parameters[i - 1].file)
      files.emplace_back();
    files.back().push_back(i);
  }
  return files;
}

/// Moves those of `values` that `chosen` says to where the objective is least, within their bounds.
void minimise(const Objective &objective, std::span<const Parameter> parameters,
              const Indices &chosen, std::vector<double> &values, unsigned max_evaluations) {
  nlopt::opt optimiser(nlopt::LN_SBPLX, static_cast<unsigned>(chosen.size()));
  std::vector<double> lower, upper, step, own;
  for (const auto index : chosen) {
    const auto &parameter = parameters[index];
    constexpr double kFirstStep = 0.1; // of the range
    lower.push_back(parameter.min);
    upper.push_back(parameter.max);
    step.push_back(kFirstStep * (parameter.max - parameter.min));
    own.push_back(values[index]);
  }
  const auto put = [&](const std::vector<double> &x) {
    for (std::size_t i = 0; i < chosen.size(); ++i)
      values[chosen[i]] = x[i];
  };
  std::function<double(const std::vector<double> &)> evaluate = [&](const std::vector<double> &x) {
    put(x);
    return objective(values);
  };
  optimiser.set_lower_bounds(lower);
  optimiser.set_upper_bounds(upper);
  optimiser.set_initial_step(step);
  optimiser.set_ftol_rel(1e-4);
  optimiser.set_maxeval(static_cast<int>(max_evaluations));
  optimiser.set_min_objective(
      [](const std::vector<double> &x, std::vector<double> &, void *data) {
        return (*static_cast<decltype(evaluate) *>(data))(x);
      },
      &evaluate);
  double reached = 0;
  optimiser.optimize(own, reached);
  put(own);
}

std::vector<Constant> constants_of(std::span<const Parameter> parameters) {
  std::vector<Constant> constants;
  for (const auto &parameter : parameters)
    constants.push_back({parameter.file, parameter.key, parameter.value});
  return constants;
}

} // namespace

std::vector<Parameter> parameters_of(std::span<const Dataset> datasets, Bench &bench) {
  std::set<std::string> seen;
  std::vector<Parameter> parameters;
  for (const auto &dataset : datasets) {
    for (const auto &one : dataset.cases) {
      const auto *machine = known_machine(bench, *one);
      const auto *runtime = known_runtime(bench, *one);
      if (machine == nullptr || runtime == nullptr)
        continue;
      if (const auto generation = constants_file_of(*machine);
          !generation.empty() && seen.insert(generation).second)
        add_parameters(parameters, generation, machine->calibrated, targets::values_of(*machine));
      if (seen.insert(runtime->name).second)
        add_parameters(parameters, runtime->name, runtime->calibrated,
                       targets::values_of(*runtime));
    }
  }
  if (parameters.empty()) // not one row can be predicted: the first one says why
    for (const auto &dataset : datasets)
      for (const auto &one : dataset.cases) {
        bench.machine(one->labels.machine);
        bench.runtime(one->labels.runtime);
      }
  std::ranges::stable_sort(parameters, {}, &Parameter::file);
  return parameters;
}

Fit fit(std::span<const Dataset> datasets, std::vector<Parameter> parameters,
        const std::function<bool(const Case &)> &use, const FitOptions &options) {
  Fit result;
  Loss loss(datasets, parameters, use);
  if (loss.is_empty() || parameters.empty())
    throw Error({},
                loss.is_empty() ? "there are no rows to fit to" : "there are no constants to fit",
                "constants are declared in configs: calibrated: {key: [min, max]}");
  auto values = values_of(parameters);
  result.loss_before = loss(values);
  const Spread spread(parameters);
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = std::clamp(values[i], parameters[i].min, parameters[i].max);
  double best = result.loss_before + options.pooling * spread(values);
  const Objective objective = [&](std::span<const double> x) {
    const double value = loss(x) + options.pooling * spread(x);
    best = std::min(best, value);
    ++result.evaluations;
    if (options.on_progress)
      options.on_progress(result.evaluations, best);
    return value;
  };
  // File by file, since constants of one say little about those of another, and only the rows that depend on it are
  // predicted again; and again from where that ended, as long as it gains anything.
  constexpr double kGain = 1e-3;
  constexpr unsigned kPerConstant = 25; // evaluations in one round
  const auto left = [&] { return options.max_evaluations - result.evaluations; };
  double before = 0;
  do {
    before = best;
    for (const auto &file : by_file(parameters))
      if (left() > 0)
        minimise(objective, parameters, file, values,
                 std::min(left(), kPerConstant * static_cast<unsigned>(file.size())));
  } while (left() > 0 && best < (1 - kGain) * before);
  result.loss = loss(values);
  for (std::size_t i = 0; i < values.size(); ++i)
    parameters[i].value = values[i];
  result.parameters = std::move(parameters);
  return result;
}

std::vector<Sensitivity> sensitivities(std::span<const Dataset> datasets,
                                       std::span<const Parameter> parameters) {
  Loss loss(datasets, parameters, {});
  const auto values = values_of(parameters);
  const double here = loss(values);
  std::vector<Sensitivity> result;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const auto &parameter = parameters[i];
    const double step = 0.1 * (parameter.max - parameter.min);
    const auto at = [&](double value) {
      auto moved = values;
      moved[i] = std::clamp(value, parameter.min, parameter.max);
      return loss(moved) - here;
    };
    result.push_back({parameter, at(parameter.value - step), at(parameter.value + step)});
  }
  return result;
}

namespace {

/// Where a fit begins that may know nothing of the rows left out: the constants of a file that a good part of its rows
/// are of begin from the middle of their bounds, since they were fitted to those; a few rows hardly moved the others.
std::vector<Parameter> start_without(std::span<const Parameter> parameters,
                                     std::span<const Dataset> datasets,
                                     const std::function<bool(const Case &)> &use) {
  constexpr double kFew = 0.1;
  struct Rows {
    double all = 0, used = 0;
  };
  Bench bench;
  std::map<std::string, Rows> by_file;
  for (const auto &dataset : datasets)
    for (const auto &one : dataset.cases) {
      const auto *machine = known_machine(bench, *one);
      for (const auto &file : {one->labels.runtime,
                               machine != nullptr ? constants_file_of(*machine) : std::string()}) {
        by_file[file].all += 1 / static_cast<double>(dataset.cases.size()); // files weigh the same
        by_file[file].used += use(*one) ? 1 / static_cast<double>(dataset.cases.size()) : 0;
      }
    }
  std::vector<Parameter> start(parameters.begin(), parameters.end());
  for (auto &parameter : start)
    if (const auto &rows = by_file[parameter.file]; rows.used < (1 - kFew) * rows.all)
      parameter.value = (parameter.min + parameter.max) / 2;
  return start;
}

/// Rows that folds are about: networks' where there are any.
bool is_predicted(const Dataset &dataset, std::span<const Dataset> datasets) {
  const auto is_of_networks = [](const Dataset &one) { return one.kind == "networks"; };
  return std::ranges::none_of(datasets, is_of_networks) || is_of_networks(dataset);
}

} // namespace

std::vector<std::string> fold_keys(std::span<const Dataset> datasets, Label label,
                                   std::span<const std::string> only) {
  std::set<std::string> keys;
  for (const auto &dataset : datasets)
    if (is_predicted(dataset, datasets))
      for (const auto &one : dataset.cases)
        keys.insert(key_of(one->labels, label));
  if (keys.size() < 2) // without it nothing is left
    return {};
  if (!only.empty())
    std::erase_if(keys, [&](const auto &key) { return !std::ranges::count(only, key); });
  return {keys.begin(), keys.end()};
}

std::vector<Fold> leave_one_out(std::span<const Dataset> datasets,
                                std::span<const Parameter> parameters, Label label,
                                const FitOptions &options, std::span<const std::string> only) {
  constexpr unsigned kFromAfar =
      5; // times as many evaluations to a fit that begins from the middle
  std::vector<Fold> folds;
  for (const auto &key : fold_keys(datasets, label, only)) {
    const auto others = [&](const Case &one) { return key_of(one.labels, label) != key; };
    const auto start = start_without(parameters, datasets, others);
    auto fold = options;
    if (!std::ranges::equal(start, parameters, {}, &Parameter::value, &Parameter::value))
      fold.max_evaluations *= kFromAfar;
    const auto fitted = fit(datasets, start, others, fold);
    Bench all(constants_of(parameters)), without(constants_of(fitted.parameters));
    std::vector<Pair> with_all, with_others;
    for (const auto &dataset : datasets)
      for (const auto &one : dataset.cases)
        if (is_predicted(dataset, datasets) && !others(*one)) {
          with_all.push_back({one->predict(all).value, one->measured});
          with_others.push_back({one->predict(without).value, one->measured});
        }
    folds.push_back({key, summarise(std::span<const Pair>(with_all)),
                     summarise(std::span<const Pair>(with_others))});
  }
  return folds;
}

} // namespace fusesim::validate
