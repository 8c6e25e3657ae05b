#include "report/document/timeline_document.hpp"

#include "report/document/document.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace fusesim::report {

namespace {

using sim::Picoseconds;
using sim::Span;

/// To the nanosecond: what a screen shows of it is coarser still.
double microseconds(Picoseconds time) { return std::round(static_cast<double>(time) / 1e3) / 1e3; }

/// What changes at an instant.
using Changes = std::map<Picoseconds, std::vector<std::pair<const Span *, bool>>>;

template <class Wanted> Changes changes_of(const sim::RunResult &run, Wanted wanted) {
  Changes changes;
  for (const Span &span : run.timeline)
    if (span.end > span.start && wanted(span)) {
      changes[span.start].emplace_back(&span, true);
      changes[span.end].emplace_back(&span, false);
    }
  return changes;
}

struct Step {
  Picoseconds time = 0;
  double value = 0;
};

/// Means over equal stretches of the run.
StepSeries averaged(const std::vector<Step> &steps, Picoseconds end, std::size_t count) {
  StepSeries series;
  const double width = static_cast<double>(end) / static_cast<double>(count);
  series.averaged_us = width / 1e6;
  std::vector<double> sums(count, 0.0);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const auto until = static_cast<double>(i + 1 < steps.size() ? steps[i + 1].time : end);
    for (auto from = static_cast<double>(steps[i].time); from < until;) {
      const auto bin = std::min(count - 1, static_cast<std::size_t>(from / width));
      const double bin_end = bin + 1 == count ? until : static_cast<double>(bin + 1) * width;
      const double to = std::min(until, bin_end);
      sums[bin] += steps[i].value * (to - from);
      // Rounding must not keep it at the end of a bin.
      from = to > from ? to : std::nextafter(from, until);
    }
  }
  for (std::size_t i = 0; i < count; ++i) {
    series.time_us.push_back(significant(static_cast<double>(i) * series.averaged_us, 7));
    series.value.push_back(significant(sums[i] / width, 4));
  }
  return series;
}

StepSeries series_of(std::vector<Step> steps, Picoseconds end, std::size_t most_steps) {
  std::vector<Step> distinct{{0, 0}};
  for (const Step &step : steps) {
    if (step.value == distinct.back().value)
      continue;
    if (step.time == distinct.back().time)
      distinct.back().value = step.value;
    else
      distinct.push_back(step);
  }
  if (distinct.size() > most_steps && end > 0)
    return averaged(distinct, end, most_steps);
  StepSeries series;
  for (const Step &step : distinct) {
    series.time_us.push_back(microseconds(step.time));
    series.value.push_back(significant(step.value, 4));
  }
  return series;
}

Json to_json(const StepSeries &series) {
  return {{"time_us", series.time_us},
          {"value", series.value},
          {"averaged_us", significant(series.averaged_us, 3)}};
}

struct Spans {
  std::vector<double> start_us, duration_us;
  std::vector<std::uint32_t> launch;
  std::vector<std::size_t> label;
  std::vector<std::string> labels;

  void add(const Span &span) {
    start_us.push_back(microseconds(span.start));
    duration_us.push_back(microseconds(span.end - span.start));
    launch.push_back(span.launch);
    const auto known = std::find(labels.begin(), labels.end(), span.label);
    label.push_back(static_cast<std::size_t>(known - labels.begin()));
    if (known == labels.end())
      labels.push_back(span.label);
  }
};

} // namespace

StepSeries busy_units(const sim::Topology &topology, const sim::RunResult &run,
                      std::uint32_t unit_class, std::size_t most_steps) {
  const auto changes = changes_of(run, [&](const Span &span) {
    return span.lane == Span::Lane::unit && span.lane_class == unit_class;
  });
  std::vector<std::uint32_t> spans_on(topology.unit_classes[unit_class].count);
  std::int64_t busy = 0;
  std::vector<Step> steps;
  for (const auto &[time, spans] : changes) {
    for (const auto &[span, begins] : spans)
      for (std::uint32_t unit = span->first; unit <= span->last; ++unit)
        busy += begins ? (spans_on[unit]++ == 0 ? 1 : 0) : (--spans_on[unit] == 0 ? -1 : 0);
    steps.push_back({time, static_cast<double>(busy)});
  }
  return series_of(std::move(steps), run.latency, most_steps);
}

StepSeries link_use(const sim::RunResult &run, sim::LinkId link, std::size_t most_steps) {
  const auto changes = changes_of(run, [&](const Span &span) {
    return span.lane == Span::Lane::link && span.lane_class == link;
  });
  std::int64_t active = 0;
  double value = 0;
  std::vector<Step> steps;
  for (const auto &[time, spans] : changes) {
    for (const auto &[span, begins] : spans) {
      active += begins ? 1 : -1;
      value += begins ? span->value : -span->value;
    }
    if (active == 0)
      value = 0; // whatever rounding the sums left
    steps.push_back({time, value});
  }
  return series_of(std::move(steps), run.latency, most_steps);
}

Json timeline_document(const sim::Topology &topology, const sim::RunResult &run,
                       const TimelineLimits &limits) {
  Spans host;
  std::map<std::uint32_t, Spans> streams;
  for (const Span &span : run.timeline) {
    if (span.lane == Span::Lane::host)
      host.add(span);
    else if (span.lane == Span::Lane::stream)
      streams[span.lane_class].add(span);
  }
  Json json;
  json["host"] = {{"labels", host.labels},
                  {"label", host.label},
                  {"start_us", host.start_us},
                  {"duration_us", host.duration_us},
                  {"kernel", host.launch}};
  json["streams"] = Json::array();
  for (const auto &[stream, spans] : streams)
    json["streams"].push_back({{"stream", stream},
                               {"start_us", spans.start_us},
                               {"duration_us", spans.duration_us},
                               {"kernel", spans.launch}});
  json["units"] = Json::array();
  for (std::uint32_t i = 0; i < topology.unit_classes.size(); ++i) {
    Json unit = to_json(busy_units(topology, run, i, limits.steps));
    unit["name"] = topology.unit_classes[i].name;
    unit["count"] = topology.unit_classes[i].count;
    json["units"].push_back(std::move(unit));
  }
  json["links"] = Json::array();
  for (sim::LinkId i = 0; i < topology.links.size(); ++i) {
    Json link = to_json(link_use(run, i, limits.steps));
    link["name"] = topology.links[i].name;
    link["bytes_per_s"] = topology.links[i].bytes_per_s;
    json["links"].push_back(std::move(link));
  }
  return json;
}

} // namespace fusesim::report
