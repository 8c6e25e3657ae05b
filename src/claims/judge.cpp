#include "claims/judge.hpp"

#include "claims/claimed.hpp"
#include "claims/conditions.hpp"
#include "claims/dimension.hpp"
#include "claims/figures.hpp"
#include "support/error.hpp"
#include "support/workers.hpp"
#include "targets/config_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <set>

namespace fusesim::claims {

namespace {

using sweep::Value;

/// Where along its parameters a claim is looked at.
using Point = std::map<std::string, Value>;

std::int64_t whole(const Value &value) {
  return static_cast<std::int64_t>(std::get<double>(value));
}

bool is_experiment_key(std::string_view key) {
  constexpr std::string_view kKeys[] = {
      "model", "target",     "runtime",         "dtype",      "strategy",
      "batch", "image_size", "sequence_length", "vocabulary", "empty_kernels"};
  return std::ranges::find(kKeys, key) != std::end(kKeys);
}

void set_experiment_key(Experiment &experiment, std::string_view key, const Value &value) {
  if (key == "batch")
    experiment.batch = whole(value);
  else if (key == "image_size")
    experiment.image_size = whole(value);
  else if (key == "sequence_length")
    experiment.sequence_length = whole(value);
  else if (key == "empty_kernels")
    experiment.empty_kernels = whole(value);
  else
    (key == "model"      ? experiment.model
     : key == "target"   ? experiment.target
     : key == "runtime"  ? experiment.runtime
     : key == "dtype"    ? experiment.dtype
     : key == "strategy" ? experiment.strategy
                         : experiment.vocabulary) = std::get<std::string>(value);
}

/// What a run has of its own for a key of experiments.
std::optional<Value> own_value(const RunOutcome &run, std::string_view key) {
  if (key == "batch")
    return Value(static_cast<double>(run.batch));
  if (key == "image_size" || key == "sequence_length")
    return Value(static_cast<double>(run.size));
  if (key == "empty_kernels")
    return Value(run.figure("launches"));
  if (key == "model")
    return Value(run.model);
  if (key == "target")
    return Value(run.target);
  if (key == "runtime")
    return Value(run.runtime);
  if (key == "dtype")
    return Value(run.dtype);
  if (key == "strategy")
    return Value(run.strategy);
  return Value(run.vocabulary);
}

/// The whole numbers among config keys.
bool is_whole_key(const std::string &key) {
  for (const auto *kind : {"gpu", "tile", "runtime"})
    for (const auto &info : targets::list_keys(kind))
      if (info.key == key)
        return info.type == "whole number";
  return is_experiment_key(key); // batch and sizes
}

class Judge {
public:
  Judge(const Claim &claim, const Formula &value, const Claimed &claimed, Laboratory &laboratory,
        const Measurements &measurements)
      : claim_(claim), value_(value), claimed_(claimed), laboratory_(laboratory),
        measurements_(measurements) {}

  void judge(Outcome &outcome) {
    const Point base = base_point();
    const Sample here = sample_at(base);
    outcome.simulated = here;
    outcome.runs = runs_at(base);
    outcome.inputs = inputs_at(base);
    outcome.series = series_at(base);
    outcome.measured = measured_at(base);
    for (const auto &parameter : claim_.parameters)
      outcome.curves.push_back(curve_along(parameter, base));
    outcome.verdict = verdict_of(here.holds, outcome.curves);
    if (outcome.verdict == Verdict::conditional)
      outcome.condition = condition_of(outcome.curves);
  }

private:
  // ---- experiments at a point

  Experiment experiment_at(const Run &run, const Experiment &member, const Point &point) {
    Experiment experiment = member;
    for (const auto &parameter : claim_.parameters) {
      const auto found = point.find(parameter.key);
      const bool applies = parameter.runs.empty() ||
                           std::ranges::find(parameter.runs, run.name) != parameter.runs.end();
      if (found == point.end() || !applies)
        continue;
      if (is_experiment_key(parameter.key))
        set_experiment_key(experiment, parameter.key, found->second);
      else
        set_field(experiment, parameter, found->second);
    }
    return experiment;
  }

  /// A field that already has this value is left alone, so that measured rows still fit.
  void set_field(Experiment &experiment, const Parameter &parameter, const Value &value) {
    if (!experiment.is_simulated())
      return;
    const auto *number = std::get_if<double>(&value);
    if (number != nullptr && laboratory_.number_of(experiment, parameter.key) == *number)
      return;
    experiment.set.push_back({parameter.key, sweep::to_string(value), parameter.place});
  }

  const RunOutcome &run_at(const Run &run, std::size_t member, const Point &point) {
    return laboratory_.run(experiment_at(run, run.members.at(member), point));
  }

  struct NameParts {
    const Run *run = nullptr; ///< null: a parameter
    std::string figure;
  };
  NameParts parts_of(const std::string &name) const {
    const auto dot = name.find('.');
    if (dot == std::string::npos)
      return {nullptr, name};
    return {claim_.find_run(name.substr(0, dot)), name.substr(dot + 1)};
  }

  double figure_at(const std::string &name, std::size_t member, const Point &point) {
    const auto [run, figure] = parts_of(name);
    if (run == nullptr)
      return std::get<double>(point.at(figure));
    const auto &outcome = run_at(*run, member, point);
    const auto found = outcome.figures.find(figure);
    if (found == outcome.figures.end())
      throw Error(value_.place(),
                  fmt::format("'{}': {} has no figure '{}'", name, outcome.model, figure));
    return found->second;
  }

  /// Figures in microseconds and bytes, whatever the unit of a machine's key: bytes over GB/s are a time.
  static Formula::Source in_base_units(Formula::Source written) {
    return {written.count, [value = written.value](const std::string &name, std::size_t member) {
              return value(name, member) * scale_of_unit(unit_of_name(name));
            }};
  }

  /// Figures in their own units.
  Formula::Source source_at(const Point &point) {
    return {[this](const std::string &name) {
              const auto *run = parts_of(name).run;
              return run == nullptr ? 1 : run->members.size();
            },
            [this, &point](const std::string &name, std::size_t member) {
              return figure_at(name, member, point);
            }};
  }

  Sample sample_at(const Point &point) {
    const auto source = source_at(point);
    Sample sample;
    sample.value = value_.evaluate(in_base_units(source));
    const auto bounds = bounds_of(claimed_, source);
    sample.from = bounds.from;
    sample.to = bounds.to;
    sample.open = bounds.open;
    sample.holds = bounds.holds(sample.value);
    return sample;
  }

  std::set<std::string> used_names() const {
    std::set<std::string> names;
    const auto add = [&](const Formula &formula) {
      for (auto &name : formula.names())
        names.insert(std::move(name));
    };
    add(value_);
    for (const auto &formula : claimed_.numbers)
      add(formula);
    return names;
  }

  std::vector<RunOutcome> runs_at(const Point &point) {
    std::set<const Run *> used;
    for (const auto &name : used_names())
      used.insert(parts_of(name).run);
    std::vector<RunOutcome> outcomes;
    for (const auto &run : claim_.runs)
      for (std::size_t i = 0; used.contains(&run) && i < run.members.size(); ++i) {
        auto &outcome = outcomes.emplace_back(run_at(run, i, point));
        outcome.run = run.name;
        outcome.label = run.labels[i];
      }
    return outcomes;
  }

  std::vector<Input> inputs_at(const Point &point) {
    std::vector<Input> inputs;
    for (const auto &name : used_names()) {
      const auto *run = parts_of(name).run;
      if (run == nullptr || run->list_key.empty()) {
        inputs.push_back({name, figure_at(name, 0, point)});
        continue;
      }
      for (std::size_t i = 0; i < run->members.size(); ++i)
        inputs.push_back({fmt::format("{}[{}]", name, run->labels[i]), figure_at(name, i, point)});
    }
    return inputs;
  }

  std::vector<SeriesOutcome> series_at(const Point &point) {
    std::vector<SeriesOutcome> all;
    for (auto &series : value_.series(in_base_units(source_at(point)))) {
      const Formula inside(series.text, value_.place());
      std::vector<std::string> labels;
      for (const auto &name : inside.names())
        if (const auto *run = parts_of(name).run; run != nullptr && !run->list_key.empty())
          labels = run->labels;
      all.push_back({series.text, std::move(labels), std::move(series.values)});
    }
    return all;
  }

  // ---- what was measured

  /// Rows by name of the formula and member; nothing when the formula uses what is neither measured nor known beforehand.
  struct Rows {
    std::string name;
    std::size_t member = 0;
    std::vector<const Measurement *> rows;
  };
  std::optional<std::vector<Rows>> rows_at(const Point &point) {
    std::vector<Rows> all;
    for (const auto &name : value_.names()) {
      const auto [run, figure] = parts_of(name);
      if (is_known_beforehand(run, figure))
        continue;
      for (std::size_t i = 0; i < run->members.size(); ++i) {
        const auto experiment = experiment_at(*run, run->members[i], point);
        const auto &outcome = laboratory_.run(experiment);
        Experiment as_runtime = experiment;
        as_runtime.strategy = "default";
        const auto &own = laboratory_.run(as_runtime).strategy;
        all.push_back({name, i, measurements_.of(experiment, outcome, own, figure)});
        if (all.back().rows.empty())
          return std::nullopt;
      }
    }
    return all;
  }

  /// Parameters, batches, and how many empty kernels there are: nobody has to measure them.
  static bool is_known_beforehand(const Run *run, const std::string &figure) {
    return run == nullptr || figure == "batch" ||
           (figure == "launches" && run->members.front().empty_kernels);
  }

  /// One value per source that has a row for every latency of the formula. Rows of one note (a version, an option) belong
  /// together; where no note has them all, a source's only rows do.
  std::vector<MeasuredOutcome> measured_at(const Point &point) {
    const auto rows = rows_at(point);
    if (!rows || rows->empty())
      return {};
    std::vector<MeasuredOutcome> outcomes;
    for (const bool same_note : {true, false})
      for (const auto *first : rows->front().rows) {
        const bool known = std::ranges::any_of(
            outcomes, [&](const auto &o) { return !same_note && o.source == first->source; });
        const auto chosen = known ? std::nullopt : rows_beside(*first, *rows, same_note);
        if (chosen)
          outcomes.push_back(measured_from(*first, *rows, *chosen, point));
      }
    return outcomes;
  }

  /// By position in `rows`; nothing when some name has no such row.
  static std::optional<std::vector<const Measurement *>>
  rows_beside(const Measurement &first, const std::vector<Rows> &rows, bool same_note) {
    std::vector<const Measurement *> chosen;
    for (const auto &one : rows) {
      std::vector<const Measurement *> fitting;
      for (const auto *row : one.rows)
        if (row->source == first.source && (!same_note || row->note == first.note))
          fitting.push_back(row);
      if (fitting.empty() || (!same_note && fitting.size() > 1))
        return std::nullopt;
      chosen.push_back(fitting.front());
    }
    return chosen;
  }

  MeasuredOutcome measured_from(const Measurement &first, const std::vector<Rows> &rows,
                                const std::vector<const Measurement *> &chosen,
                                const Point &point) {
    MeasuredOutcome outcome;
    outcome.source = first.source;
    std::map<std::pair<std::string, std::size_t>, double> latencies;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      latencies[{rows[i].name, rows[i].member}] = chosen[i]->us;
      const auto &label = parts_of(rows[i].name).run->labels[rows[i].member];
      outcome.rows.push_back(
          {label.empty() ? rows[i].name : fmt::format("{}[{}]", rows[i].name, label),
           chosen[i]->us});
    }
    auto source = source_at(point);
    const auto simulated = source.value;
    source.value = [&](const std::string &name, std::size_t member) {
      const auto found = latencies.find({name, member});
      return found == latencies.end() ? simulated(name, member) : found->second;
    };
    outcome.value = value_.evaluate(in_base_units(source));
    outcome.holds = bounds_of(claimed_, source).holds(outcome.value);
    return outcome;
  }

  // ---- parameters

  /// What the claim's own figure is taken at: what the file says, else what the runs have of their own where that is one of
  /// the values, else the first value.
  Point base_point() {
    Point point;
    for (const auto &parameter : claim_.parameters)
      point[parameter.key] = base_of(parameter);
    return point;
  }

  Value base_of(const Parameter &parameter) {
    if (parameter.at)
      return *parameter.at;
    const Value first = parameter.range ? Value(parameter.range->from) : parameter.values.front();
    try {
      const auto &run =
          parameter.runs.empty() ? claim_.runs.front() : *claim_.find_run(parameter.runs.front());
      const auto &member = run.members.front();
      std::optional<Value> own;
      if (is_experiment_key(parameter.key))
        own = own_value(laboratory_.run(member), parameter.key);
      else if (const auto number = laboratory_.number_of(member, parameter.key))
        own = Value(*number);
      if (own && is_within(parameter, *own))
        return *own;
    } catch (const Error &) { // says nothing of its own; the points themselves will tell
    }
    return first;
  }

  static bool is_within(const Parameter &parameter, const Value &value) {
    if (!parameter.range)
      return std::ranges::find(parameter.values, value) != parameter.values.end();
    const double number = std::get<double>(value);
    return number >= parameter.range->from && number <= parameter.range->to;
  }

  CurvePoint curve_point(const Parameter &parameter, const Point &base, const Value &value,
                         double x) {
    CurvePoint point;
    point.x = x;
    Point at = base;
    at[parameter.key] = value;
    try {
      point.sample = sample_at(at);
      point.measured = measured_at(at);
    } catch (const Error &error) {
      point.error = error.what();
    }
    return point;
  }

  Curve curve_along(const Parameter &parameter, const Point &base) {
    Curve curve;
    curve.key = parameter.key;
    curve.title = parameter.title;
    curve.unit = unit_of_name(parameter.key);
    curve.base = sweep::to_string(base.at(parameter.key));
    if (parameter.range)
      follow_range(parameter, *parameter.range, base, curve);
    else
      follow_values(parameter, base, curve);
    std::ranges::sort(curve.points, {}, &CurvePoint::x);
    std::size_t known = 0, holding = 0;
    for (const auto &point : curve.points) {
      known += point.error.empty() ? 1 : 0;
      holding += point.error.empty() && point.sample.holds ? 1 : 0;
    }
    curve.everywhere = known > 0 && holding == known;
    curve.nowhere = holding == 0;
    if (!curve.everywhere && !curve.nowhere)
      curve.condition = condition_of(curve);
    return curve;
  }

  void follow_range(const Parameter &parameter, const sweep::Range &range, const Point &base,
                    Curve &curve) {
    curve.logarithmic = range.logarithmic;
    auto places = measured_places(parameter);
    places.push_back(std::get<double>(base.at(parameter.key)));
    const Axis axis{range.from,        range.to,
                    range.logarithmic, is_whole_key(parameter.key),
                    parameter.points,  std::move(places)};
    curve.intervals = intervals_where(
        [&](double x) {
          curve.points.push_back(curve_point(parameter, base, Value(x), x));
          const auto &point = curve.points.back();
          const auto &sample = point.sample;
          return point.error.empty()
                     ? Bounds{sample.from, sample.to, sample.open}.side_of(sample.value)
                     : Side::above; // what cannot be run does not hold
        },
        axis);
  }

  /// Batches that somebody measured, so that rows do not fall between the places that are looked at.
  std::vector<double> measured_places(const Parameter &parameter) const {
    std::vector<double> places;
    if (parameter.key == "batch")
      for (const auto &run : claim_.runs)
        for (const auto &member : run.members)
          for (const auto batch : measurements_.batches_of(member.model, member.target))
            places.push_back(static_cast<double>(batch));
    return places;
  }

  // Numbers at their place, names at their position.
  void follow_values(const Parameter &parameter, const Point &base, Curve &curve) {
    curve.numeric = std::holds_alternative<double>(parameter.values.front());
    bool open = false; // an interval goes on
    for (std::size_t i = 0; i < parameter.values.size(); ++i) {
      const auto &value = parameter.values[i];
      const double x = curve.numeric ? std::get<double>(value) : static_cast<double>(i);
      auto point = curve_point(parameter, base, value, x);
      if (!curve.numeric)
        point.label = std::filesystem::path(sweep::to_string(value)).filename().string();
      const bool holds = point.error.empty() && point.sample.holds;
      if (holds && !open)
        curve.intervals.push_back({x, x});
      if (holds)
        curve.intervals.back().to = x;
      open = holds;
      curve.points.push_back(std::move(point));
    }
  }

  static Verdict verdict_of(bool here, const std::vector<Curve> &curves) {
    const auto all = [&](auto is) { return std::ranges::all_of(curves, is); };
    if (here && all([](const Curve &curve) { return curve.everywhere; }))
      return Verdict::supported;
    if (!here && all([](const Curve &curve) { return curve.nowhere; }))
      return Verdict::refuted;
    return Verdict::conditional;
  }

  const Claim &claim_;
  const Formula &value_;
  const Claimed &claimed_;
  Laboratory &laboratory_;
  const Measurements &measurements_;
};

Outcome described(const Claim &claim) {
  Outcome outcome;
  outcome.id = claim.id;
  outcome.claim = claim.text;
  outcome.source = claim.source;
  outcome.note = claim.note;
  outcome.file = claim.file.filename().string();
  outcome.place = claim.place;
  outcome.expected = claim.expected;
  if (claim.value)
    outcome.formula = claim.value->text();
  if (claim.claimed) {
    outcome.claimed = claim.claimed->text;
    outcome.unit = claim.claimed->unit;
  }
  return outcome;
}

} // namespace

Outcome judge(const Claim &claim, Laboratory &laboratory, const Measurements &measurements) {
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  auto outcome = described(claim);
  if (!claim.value || !claim.claimed) {
    outcome.verdict = Verdict::not_testable;
    outcome.reason = claim.not_testable;
    return outcome;
  }
  try {
    Judge(claim, *claim.value, *claim.claimed, laboratory, measurements).judge(outcome);
  } catch (const Error &error) {
    outcome = described(claim);
    outcome.verdict = Verdict::not_testable;
    outcome.reason = error.what();
  }
  outcome.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  return outcome;
}

std::vector<Outcome> judge_all(std::span<const Claim *const> claims, Laboratory &laboratory,
                               const Measurements &measurements, unsigned jobs,
                               const std::function<void(std::size_t)> &on_progress) {
  std::vector<Outcome> outcomes;
  if (jobs <= 1) {
    for (const auto *claim : claims) {
      outcomes.push_back(judge(*claim, laboratory, measurements));
      if (on_progress)
        on_progress(outcomes.size());
    }
    return outcomes;
  }
  for (const auto *claim : claims) {
    outcomes.push_back(described(*claim));
    outcomes.back().reason = "the process that worked on this claim ended before it";
  }
  run_in_workers(
      {claims.size(), jobs, "claims",
       [&](std::size_t i) { return packed(judge(*claims[i], laboratory, measurements)); },
       [&](std::size_t i, const std::string &bytes) { outcomes[i] = unpacked(bytes); },
       on_progress});
  return outcomes;
}

} // namespace fusesim::claims
