#include "report/trace.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <tuple>

namespace fusesim::report {

namespace {

using sim::Picoseconds;
using sim::Span;

// Process ids; unit classes follow from kFirstUnitProcess on.
constexpr std::uint32_t kHostProcess = 1, kStreamProcess = 2, kLinkProcess = 3,
                        kFirstUnitProcess = 4;
// Lanes side by side of one unit are numbered unit × kSlots + slot, so that they sort next to each
// other.
constexpr std::uint32_t kSlots = 4096;

std::string json_string(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// Trace times are microseconds; written with all six decimals of a picosecond, never rounded.
std::string microseconds(Picoseconds time) {
  return fmt::format("{}.{:06}", time / 1'000'000, time % 1'000'000);
}

/// Hands out lanes side by side for spans that overlap. Spans come in order of their start.
class Slots {
public:
  std::uint32_t take(Picoseconds start, Picoseconds end) {
    for (std::uint32_t i = 0; i < free_from_.size(); ++i)
      if (free_from_[i] <= start) {
        free_from_[i] = end;
        return i;
      }
    free_from_.push_back(end);
    return static_cast<std::uint32_t>(free_from_.size() - 1);
  }
  std::size_t count() const { return free_from_.size(); }

private:
  std::vector<Picoseconds> free_from_;
};

/// Start or end of a span, as counters and lanes see them.
struct Edge {
  Picoseconds time;
  bool begins;
  std::uint32_t span;
};

class TraceWriter {
public:
  TraceWriter(const sim::Topology &topology, const sim::Program &program, const sim::RunResult &run,
              const TraceOptions &options, const TextSink &sink)
      : topology_(topology), program_(program), run_(run), options_(options), sink_(sink) {}

  void write();

private:
  using LaneKey = std::pair<std::uint32_t, std::uint32_t>; // process, unit or stream

  void event(const std::string &json);
  void metadata(std::uint32_t process, std::string_view name);
  void lane_name(std::uint32_t process, std::uint32_t lane, const std::string &name);
  void header();
  void process_names();
  void begin(const Span &span);
  void slice(const Span &span, std::uint32_t process, std::uint32_t lane,
             const std::string &lane_title);
  void units(const Span &span);
  void counters_at(Picoseconds time);
  std::vector<Edge> edges() const;
  void count(const Span &span, bool begins);
  std::uint32_t folded_units(const Span &span) const;
  std::string name_of(const Span &span) const;
  void footer();

  const sim::Topology &topology_;
  const sim::Program &program_;
  const sim::RunResult &run_;
  const TraceOptions &options_;
  const TextSink &sink_;
  bool first_ = true;
  std::map<LaneKey, Slots> slots_;
  // Counter values and whether they changed at the current instant, by (process, index).
  struct Counter {
    double value = 0;
    std::uint64_t active = 0;
    bool changed = false;
  };
  std::map<LaneKey, Counter> counters_;
};

void TraceWriter::event(const std::string &json) {
  sink_(first_ ? "\n" : ",\n");
  sink_(json);
  first_ = false;
}

void TraceWriter::metadata(std::uint32_t process, std::string_view name) {
  event(fmt::format(R"({{"ph":"M","pid":{},"tid":0,"name":"process_name","args":{{"name":{}}}}})",
                    process, json_string(name)));
  event(fmt::format(
      R"({{"ph":"M","pid":{},"tid":0,"name":"process_sort_index","args":{{"sort_index":{}}}}})",
      process, process));
}

void TraceWriter::lane_name(std::uint32_t process, std::uint32_t lane, const std::string &name) {
  event(fmt::format(R"({{"ph":"M","pid":{},"tid":{},"name":"thread_name","args":{{"name":{}}}}})",
                    process, lane, json_string(name)));
  event(fmt::format(
      R"({{"ph":"M","pid":{},"tid":{},"name":"thread_sort_index","args":{{"sort_index":{}}}}})",
      process, lane, lane));
}

void TraceWriter::header() {
  sink_("{\"displayTimeUnit\":\"ns\",\"otherData\":{");
  bool first = true;
  const auto fact = [&](std::string_view key, std::string_view value) {
    sink_(fmt::format("{}{}:{}", first ? "" : ",", json_string(key), json_string(value)));
    first = false;
  };
  for (const auto &[key, value] : options_.facts)
    fact(key, value);
  for (const auto &unit_class : topology_.unit_classes)
    if (unit_class.count > options_.max_units)
      fact(fmt::format("lanes of {}", unit_class.name),
           fmt::format("units 0–{} of {} have lanes; the others are one counter of resident tasks",
                       options_.max_units - 1, unit_class.count));
  sink_("},\"traceEvents\":[");
}

void TraceWriter::process_names() {
  metadata(kHostProcess, "host");
  metadata(kStreamProcess, "streams");
  metadata(kLinkProcess, "links");
  for (std::size_t i = 0; i < topology_.unit_classes.size(); ++i)
    metadata(
        kFirstUnitProcess + static_cast<std::uint32_t>(i),
        fmt::format("{} ×{}", topology_.unit_classes[i].name, topology_.unit_classes[i].count));
}

std::string TraceWriter::name_of(const Span &span) const {
  if (span.lane == Span::Lane::host || span.launch >= program_.launches.size())
    return span.label;
  const std::string &launch = program_.launches[span.launch].name;
  if (span.lane == Span::Lane::stream || span.label.empty())
    return launch;
  return span.label;
}

void TraceWriter::slice(const Span &span, std::uint32_t process, std::uint32_t lane,
                        const std::string &lane_title) {
  Slots &slots = slots_[{process, lane}];
  const std::size_t lanes_before = slots.count();
  const std::uint32_t slot = slots.take(span.start, span.end);
  const std::uint32_t thread = lane * kSlots + slot;
  if (slots.count() > lanes_before)
    lane_name(process, thread,
              slot == 0 ? lane_title : fmt::format("{} ({})", lane_title, slot + 1));
  std::string arguments;
  if (span.launch < program_.launches.size())
    arguments = fmt::format(R"("launch":{},"kernel":{},"subgraph":{})", span.launch,
                            json_string(program_.launches[span.launch].name),
                            program_.launches[span.launch].tag);
  if (span.lane == Span::Lane::unit)
    arguments += fmt::format(R"({}"resident_tasks":{})", arguments.empty() ? "" : ",", span.tasks);
  event(fmt::format(R"({{"ph":"X","pid":{},"tid":{},"ts":{},"dur":{},"name":{},"args":{{{}}}}})",
                    process, thread, microseconds(span.start), microseconds(span.end - span.start),
                    json_string(name_of(span)), arguments));
}

std::uint32_t TraceWriter::folded_units(const Span &span) const {
  const std::uint32_t first = std::max(span.first, options_.max_units);
  return span.last >= first ? span.last - first + 1 : 0;
}

void TraceWriter::units(const Span &span) {
  const std::uint32_t process = kFirstUnitProcess + span.lane_class;
  const std::string &unit = topology_.unit_classes[span.lane_class].name;
  for (std::uint32_t i = span.first; i <= span.last && i < options_.max_units; ++i)
    slice(span, process, i, fmt::format("{} {}", unit, i));
}

void TraceWriter::begin(const Span &span) {
  switch (span.lane) {
  case Span::Lane::host:
    return slice(span, kHostProcess, 0, "host");
  case Span::Lane::stream:
    return slice(span, kStreamProcess, span.lane_class, fmt::format("stream {}", span.lane_class));
  case Span::Lane::unit:
    return units(span);
  case Span::Lane::link:
    return; // a counter
  }
}

void TraceWriter::count(const Span &span, bool begins) {
  const auto change = [&](LaneKey key, double amount) {
    Counter &counter = counters_[key];
    counter.active += begins ? 1 : -std::uint64_t{1};
    // Nothing active is exactly zero, whatever rounding the sums left.
    counter.value = counter.active == 0 ? 0 : counter.value + (begins ? amount : -amount);
    counter.changed = true;
  };
  if (span.lane == Span::Lane::link)
    change({kLinkProcess, span.lane_class}, span.value);
  else if (span.lane == Span::Lane::unit && folded_units(span) > 0)
    change({kFirstUnitProcess + span.lane_class, 0},
           static_cast<double>(folded_units(span)) * span.tasks);
}

void TraceWriter::counters_at(Picoseconds time) {
  for (auto &[key, counter] : counters_) {
    if (!counter.changed)
      continue;
    counter.changed = false;
    std::string name = "bytes/s", quantity = "bytes/s";
    if (key.first == kLinkProcess) {
      name = fmt::format("{} (bytes/s)", topology_.links[key.second].name);
    } else {
      name = fmt::format("resident tasks on units {}–{}", options_.max_units,
                         topology_.unit_classes[key.first - kFirstUnitProcess].count - 1);
      quantity = "tasks";
    }
    event(fmt::format(R"({{"ph":"C","pid":{},"tid":0,"ts":{},"name":{},"args":{{{}:{}}}}})",
                      key.first, microseconds(time), json_string(name), json_string(quantity),
                      counter.value));
  }
}

// In order of time; at one instant ends come before begins, so that a lane is free for what
// follows. Empty spans carry no time and are left out.
std::vector<Edge> TraceWriter::edges() const {
  std::vector<Edge> edges;
  edges.reserve(2 * run_.timeline.size());
  for (std::uint32_t i = 0; i < run_.timeline.size(); ++i)
    if (run_.timeline[i].end > run_.timeline[i].start) {
      edges.push_back({run_.timeline[i].start, true, i});
      edges.push_back({run_.timeline[i].end, false, i});
    }
  std::sort(edges.begin(), edges.end(), [](const Edge &a, const Edge &b) {
    return std::tie(a.time, a.begins, a.span) < std::tie(b.time, b.begins, b.span);
  });
  return edges;
}

void TraceWriter::footer() { sink_("\n]}\n"); }

void TraceWriter::write() {
  header();
  process_names();
  const std::vector<Edge> all = edges();
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Span &span = run_.timeline[all[i].span];
    if (all[i].begins)
      begin(span);
    count(span, all[i].begins);
    if (i + 1 == all.size() || all[i + 1].time != all[i].time)
      counters_at(all[i].time);
  }
  footer();
}

} // namespace

void write_trace(const sim::Topology &topology, const sim::Program &program,
                 const sim::RunResult &run, const TraceOptions &options, const TextSink &sink) {
  TraceWriter(topology, program, run, options, sink).write();
}

} // namespace fusesim::report
