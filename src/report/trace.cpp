#include "report/trace.hpp"

#include "report/trace_counters.hpp"
#include "report/trace_events.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <tuple>

namespace fusesim::report {

namespace {

using sim::Span;

// Process ids; unit classes follow from kFirstUnitProcess on.
constexpr std::uint32_t kHostProcess = 1, kCauseProcess = 2, kStreamProcess = 3, kLinkProcess = 4,
                        kFirstUnitProcess = 5;
// Lanes side by side of one unit are numbered unit × kSlots + slot, so that they sort next to each
// other.
constexpr std::uint32_t kSlots = 4096;
constexpr std::uint32_t kNone = UINT32_MAX;

Nanoseconds nanoseconds(sim::Picoseconds time) { return time / 1000; }

/// Hands out lanes side by side for spans that overlap. Spans come in order of their start.
class Slots {
public:
  std::uint32_t take(Nanoseconds start, Nanoseconds end) {
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
  std::vector<Nanoseconds> free_from_;
};

/// Start or end of a span, as counters and lanes see them.
struct Edge {
  Nanoseconds time;
  bool begins;
  std::uint32_t span;
};

/// How many units of each class have lanes: as many as the options allow, at least one.
std::vector<std::uint32_t> lanes_of_units(const sim::Topology &topology, const sim::RunResult &run,
                                          const TraceOptions &options) {
  std::vector<std::vector<std::uint64_t>> slices; // by class, by unit
  for (const auto &unit_class : topology.unit_classes)
    slices.emplace_back(std::min(unit_class.count, options.max_units));
  for (const Span &span : run.timeline)
    if (span.lane == Span::Lane::unit) {
      auto &units = slices[span.lane_class];
      for (std::uint32_t i = span.first; i <= span.last && i < units.size(); ++i)
        ++units[i];
    }
  std::vector<std::uint32_t> lanes;
  for (const auto &units : slices) {
    std::uint64_t total = 0;
    const auto end = std::find_if(units.begin(), units.end(), [&](std::uint64_t of_unit) {
      return (total += of_unit) > options.max_unit_slices;
    });
    lanes.push_back(std::max(1U, static_cast<std::uint32_t>(end - units.begin())));
  }
  return lanes;
}

class TraceWriter {
public:
  TraceWriter(const sim::Topology &topology, const sim::Program &program, const sim::RunResult &run,
              const TraceOptions &options, const TextSink &sink)
      : topology_(topology), program_(program), run_(run), options_(options), events_(sink),
        counters_(topology, kLinkProcess, kFirstUnitProcess),
        lanes_(lanes_of_units(topology, run, options)) {}

  void write();

private:
  void begin();
  void find_flows();
  std::vector<Edge> edges() const;
  void span_begins(std::uint32_t index);
  TraceTrack slice(const Span &span, std::uint32_t process, std::uint32_t lane,
                   const std::string &lane_title);
  void units(const Span &span);
  std::string_view category_of(const Span &span) const;
  std::string name_of(const Span &span) const;
  std::string arguments_of(const Span &span) const;
  std::string kernel_arguments(const Span &span) const;
  std::string subgraph_arguments(std::uint32_t id) const;

  const sim::Topology &topology_;
  const sim::Program &program_;
  const sim::RunResult &run_;
  const TraceOptions &options_;
  TraceEvents events_;
  TraceCounters counters_;
  std::vector<std::uint32_t> lanes_;                               // by unit class
  std::map<std::pair<std::uint32_t, std::uint32_t>, Slots> slots_; // by process, unit or stream
  std::vector<std::uint32_t> submission_of_; // by launch: host span that submits it, or kNone
  std::vector<std::uint32_t> submits_;       // by span: launch that it submits, or kNone
};

bool lasts(const Span &span) { return nanoseconds(span.end) > nanoseconds(span.start); }

void TraceWriter::begin() {
  TraceEvents::Facts facts = options_.facts;
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    const auto &unit_class = topology_.unit_classes[i];
    if (unit_class.count > lanes_[i])
      facts.emplace_back(
          fmt::format("lanes of {}", unit_class.name),
          fmt::format("{} of {} units have lanes; curves count all", lanes_[i], unit_class.count));
  }
  events_.begin(facts);
  events_.process(kHostProcess, "host");
  events_.process(kCauseProcess, "latency");
  events_.process(kStreamProcess, "streams");
  events_.process(kLinkProcess, "links");
  for (std::uint32_t i = 0; i < topology_.unit_classes.size(); ++i)
    events_.process(kFirstUnitProcess + i, fmt::format("{} ×{}", topology_.unit_classes[i].name,
                                                       topology_.unit_classes[i].count));
}

// ---- what a slice is called and says ------------------------------------------------------------

std::string_view TraceWriter::category_of(const Span &span) const {
  switch (span.lane) {
  case Span::Lane::host:
    return "host";
  case Span::Lane::stream:
    return "kernel";
  case Span::Lane::unit:
    return "tasks";
  case Span::Lane::cause:
    return "cause";
  case Span::Lane::link:
    break;
  }
  return "link";
}

std::string TraceWriter::name_of(const Span &span) const {
  if (span.lane == Span::Lane::cause)
    return std::string(title_of(static_cast<sim::Cause>(span.lane_class)));
  if (span.lane == Span::Lane::host || span.launch >= program_.launches.size())
    return span.label;
  const std::string &launch = program_.launches[span.launch].name;
  if (span.lane == Span::Lane::stream || span.label.empty())
    return launch;
  return span.label;
}

std::string TraceWriter::arguments_of(const Span &span) const {
  if (span.lane == Span::Lane::cause || span.launch >= program_.launches.size())
    return {};
  if (span.lane == Span::Lane::stream)
    return kernel_arguments(span);
  std::string arguments = fmt::format(R"("launch":{},"kernel":{})", span.launch,
                                      json_string(program_.launches[span.launch].name));
  if (span.lane == Span::Lane::unit)
    arguments += fmt::format(R"(,"resident_tasks":{})", span.tasks);
  return arguments;
}

// The launch's own attribution, then what all launches of its subgraph do together.
std::string TraceWriter::kernel_arguments(const Span &span) const {
  std::string arguments = fmt::format(R"("launch":{})", span.launch);
  if (span.launch < run_.launches.size()) {
    const auto &charged = run_.launches[span.launch].attribution;
    const auto largest = std::max_element(charged.begin(), charged.end());
    arguments += fmt::format(R"(,"bound_by":"{}")",
                             sim::name_of(static_cast<sim::Cause>(largest - charged.begin())));
    for (std::size_t i = 0; i < charged.size(); ++i)
      if (charged[i] > 0)
        arguments += fmt::format(R"(,"{}_us":{})", sim::name_of(static_cast<sim::Cause>(i)),
                                 static_cast<double>(charged[i]) / 1e6);
  }
  return arguments + fmt::format(R"(,"subgraph":{{{}}})",
                                 subgraph_arguments(program_.launches[span.launch].tag));
}

std::string TraceWriter::subgraph_arguments(std::uint32_t id) const {
  std::string arguments = fmt::format(R"("id":{})", id);
  if (id >= options_.subgraphs.size())
    return arguments;
  const SubgraphReport &subgraph = options_.subgraphs[id];
  return arguments +
         fmt::format(
             R"(,"pattern":{},"operators":{},"flops":{},"input_bytes":{},"output_bytes":{},)"
             R"("weight_bytes":{},"internal_bytes":{},"bound_by":"{}")",
             json_string(subgraph.pattern),
             json_string(fmt::format("{}", fmt::join(subgraph.operators, ", "))), subgraph.flops,
             subgraph.input_bytes, subgraph.output_bytes, subgraph.weight_bytes,
             subgraph.internal_bytes, subgraph.bound_by);
}

// ---- slices and arrows --------------------------------------------------------------------------

// A kernel is submitted by the last thing that the host did for it; a graph by its one launch, from
// which an arrow leads to its first kernel.
void TraceWriter::find_flows() {
  submission_of_.assign(program_.launches.size(), kNone);
  std::vector<char> runs(program_.launches.size());
  for (const Span &span : run_.timeline)
    if (span.lane == Span::Lane::stream && lasts(span))
      runs[span.launch] = 1;
  const bool graph = topology_.host.mode == sim::Host::Mode::graph_replay;
  const auto first =
      static_cast<std::size_t>(std::find(runs.begin(), runs.end(), 1) - runs.begin());
  for (std::uint32_t i = 0; i < run_.timeline.size(); ++i) {
    const Span &span = run_.timeline[i];
    if (span.lane != Span::Lane::host || !lasts(span))
      continue;
    const std::size_t launch = graph ? first : span.launch;
    if (launch < runs.size() && runs[launch] == 1 && launch < run_.launches.size() &&
        span.end <= run_.launches[launch].start)
      submission_of_[launch] = i;
  }
  submits_.assign(run_.timeline.size(), kNone);
  for (std::uint32_t launch = 0; launch < submission_of_.size(); ++launch)
    if (submission_of_[launch] != kNone)
      submits_[submission_of_[launch]] = launch;
}

TraceTrack TraceWriter::slice(const Span &span, std::uint32_t process, std::uint32_t lane,
                              const std::string &lane_title) {
  Slots &slots = slots_[{process, lane}];
  const std::size_t lanes_before = slots.count();
  const Nanoseconds start = nanoseconds(span.start), end = nanoseconds(span.end);
  const std::uint32_t slot = slots.take(start, end);
  const TraceTrack track{.process = process, .lane = lane * kSlots + slot};
  if (slots.count() > lanes_before)
    events_.track(track, slot == 0 ? lane_title : fmt::format("{} ({})", lane_title, slot + 1));
  events_.slice({.track = track,
                 .start = start,
                 .end = end,
                 .category = category_of(span),
                 .name = name_of(span),
                 .arguments = arguments_of(span)});
  return track;
}

void TraceWriter::units(const Span &span) {
  const std::uint32_t process = kFirstUnitProcess + span.lane_class;
  const std::string &unit = topology_.unit_classes[span.lane_class].name;
  for (std::uint32_t i = span.first; i <= span.last && i < lanes_[span.lane_class]; ++i)
    slice(span, process, i, fmt::format("{} {}", unit, i));
}

void TraceWriter::span_begins(std::uint32_t index) {
  const Span &span = run_.timeline[index];
  switch (span.lane) {
  case Span::Lane::host: {
    const TraceTrack track = slice(span, kHostProcess, 0, "host");
    if (submits_[index] != kNone)
      events_.flow_begin(track, nanoseconds(span.start), submits_[index] + 1);
    break;
  }
  case Span::Lane::stream: {
    const TraceTrack track =
        slice(span, kStreamProcess, span.lane_class, fmt::format("stream {}", span.lane_class));
    if (span.launch < submission_of_.size() && submission_of_[span.launch] != kNone)
      events_.flow_end(track, nanoseconds(span.start), span.launch + 1);
    break;
  }
  case Span::Lane::cause:
    slice(span, kCauseProcess, 0, "charged to");
    break;
  case Span::Lane::unit:
    units(span);
    break;
  case Span::Lane::link:
    break; // a curve
  }
}

// In order of time; at one instant ends come before begins, so that a lane is free for what
// follows. Spans of less than a nanosecond are left out: viewers know none.
std::vector<Edge> TraceWriter::edges() const {
  std::vector<Edge> edges;
  edges.reserve(2 * run_.timeline.size());
  for (std::uint32_t i = 0; i < run_.timeline.size(); ++i)
    if (lasts(run_.timeline[i])) {
      edges.push_back({nanoseconds(run_.timeline[i].start), true, i});
      edges.push_back({nanoseconds(run_.timeline[i].end), false, i});
    }
  std::sort(edges.begin(), edges.end(), [](const Edge &a, const Edge &b) {
    return std::tie(a.time, a.begins, a.span) < std::tie(b.time, b.begins, b.span);
  });
  return edges;
}

void TraceWriter::write() {
  begin();
  find_flows();
  const std::vector<Edge> all = edges();
  if (all.empty() || all.front().time > 0)
    counters_.write(events_, 0);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Span &span = run_.timeline[all[i].span];
    if (all[i].begins) {
      span_begins(all[i].span);
      counters_.span_begins(span);
    } else {
      counters_.span_ends(span);
    }
    if (i + 1 == all.size() || all[i + 1].time != all[i].time)
      counters_.write(events_, all[i].time);
  }
  events_.end();
}

} // namespace

void write_trace(const sim::Topology &topology, const sim::Program &program,
                 const sim::RunResult &run, const TraceOptions &options, const TextSink &sink) {
  TraceWriter(topology, program, run, options, sink).write();
}

} // namespace fusesim::report
