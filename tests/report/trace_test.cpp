#include "report/trace.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <rapidcheck.h>

#include <map>

namespace fusesim::report {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using Lane = sim::Span::Lane;

sim::Topology topology(std::uint32_t units) {
  sim::Topology topology;
  topology.unit_classes.push_back(
      {.name = "SM", .count = units, .engines = {}, .scratch_bytes = 0});
  topology.links.push_back({.name = "DRAM", .bytes_per_s = 1e12, .cause = sim::Cause::dram});
  return topology;
}

sim::Program program() {
  sim::Program program;
  for (const auto *name : {"conv1+bn1", "say \"relu\""}) {
    sim::Launch launch;
    launch.name = name;
    launch.tag = static_cast<std::uint32_t>(program.launches.size() + 10);
    program.launches.push_back(launch);
  }
  return program;
}

sim::Span span(Lane lane, std::uint32_t launch, sim::Picoseconds start, sim::Picoseconds end,
               std::string label = {}) {
  sim::Span span;
  span.lane = lane;
  span.launch = launch;
  span.start = start;
  span.end = end;
  span.label = std::move(label);
  return span;
}

sim::Span on_units(std::uint32_t first, std::uint32_t last, sim::Picoseconds start,
                   sim::Picoseconds end) {
  sim::Span unit = span(Lane::unit, 0, start, end, "main loop");
  unit.first = first;
  unit.last = last;
  unit.tasks = 2;
  return unit;
}

sim::Span on_link(double bytes_per_s, sim::Picoseconds start, sim::Picoseconds end) {
  sim::Span link = span(Lane::link, 0, start, end);
  link.value = bytes_per_s;
  return link;
}

json trace_of(const sim::Topology &topology, std::vector<sim::Span> timeline,
              TraceOptions options = {}) {
  sim::RunResult run;
  run.timeline = std::move(timeline);
  std::string text;
  write_trace(topology, program(), run, options, [&](std::string_view part) { text += part; });
  return json::parse(text);
}

std::vector<json> events(const json &trace, const std::string &phase) {
  std::vector<json> found;
  for (const auto &event : trace["traceEvents"])
    if (event["ph"] == phase)
      found.push_back(event);
  return found;
}

std::string lane_of(const json &trace, const json &event) {
  for (const auto &meta : events(trace, "M"))
    if (meta["name"] == "thread_name" && meta["pid"] == event["pid"] && meta["tid"] == event["tid"])
      return meta["args"]["name"];
  return "unnamed";
}

TEST(Trace, NamesLanesAndKernelsAndKeepsPicoseconds) {
  const json trace = trace_of(topology(2), {span(Lane::host, 0, 0, 4'000'000, "dispatch"),
                                            span(Lane::stream, 1, 5'000'001, 7'500'000)});
  const auto slices = events(trace, "X");
  ASSERT_EQ(slices.size(), 2u);
  EXPECT_EQ(slices[0]["name"], "dispatch");
  EXPECT_EQ(lane_of(trace, slices[0]), "host");
  EXPECT_EQ(slices[1]["name"], "say \"relu\"");
  EXPECT_EQ(lane_of(trace, slices[1]), "stream 0");
  EXPECT_DOUBLE_EQ(slices[1]["ts"].get<double>(), 5.000001); // µs
  EXPECT_DOUBLE_EQ(slices[1]["dur"].get<double>(), 2.499999);
  EXPECT_EQ(slices[1]["args"]["subgraph"], 11);
}

TEST(Trace, ExpandsAUnitRangeToOneLanePerUnit) {
  const json trace = trace_of(topology(4), {on_units(1, 3, 0, 1000)});
  std::vector<std::string> lanes;
  for (const auto &slice : events(trace, "X")) {
    lanes.push_back(lane_of(trace, slice));
    EXPECT_EQ(slice["name"], "main loop");
    EXPECT_EQ(slice["args"]["resident_tasks"], 2);
  }
  EXPECT_THAT(lanes, ElementsAre("SM 1", "SM 2", "SM 3"));
}

TEST(Trace, FoldsUnitsBeyondTheLimitIntoACounterAndSaysSo) {
  // Units 2–9 are 8 folded units; the span covers 1–5, so 4 folded units of 2 tasks.
  const json trace =
      trace_of(topology(10), {on_units(1, 5, 0, 1000)}, {.max_units = 2, .facts = {}});
  EXPECT_EQ(events(trace, "X").size(), 1u);
  const auto counters = events(trace, "C");
  ASSERT_EQ(counters.size(), 2u);
  EXPECT_EQ(counters[0]["name"], "resident tasks on units 2–9");
  EXPECT_EQ(counters[0]["args"]["tasks"], 8);
  EXPECT_EQ(counters[1]["args"]["tasks"], 0);
  EXPECT_THAT(trace["otherData"]["lanes of SM"], HasSubstr("units 0–1 of 10"));
}

TEST(Trace, PutsOverlappingSpansOfAUnitOnLanesSideBySide) {
  const json trace = trace_of(topology(1), {on_units(0, 0, 0, 1000), on_units(0, 0, 500, 1500),
                                            on_units(0, 0, 1000, 2000)});
  const auto slices = events(trace, "X");
  ASSERT_EQ(slices.size(), 3u);
  EXPECT_NE(slices[0]["tid"], slices[1]["tid"]);
  EXPECT_EQ(slices[0]["tid"], slices[2]["tid"]); // free again at 1000
  EXPECT_EQ(lane_of(trace, slices[1]), "SM 0 (2)");
}

TEST(Trace, SumsBandwidthOfALinkAndReturnsToZero) {
  const json trace =
      trace_of(topology(1), {on_link(3e11, 0, 2'000'000), on_link(4e11, 1'000'000, 3'000'000)});
  std::vector<std::pair<double, double>> points;
  for (const auto &counter : events(trace, "C")) {
    EXPECT_EQ(counter["name"], "DRAM (bytes/s)");
    points.emplace_back(counter["ts"].get<double>(), counter["args"]["bytes/s"].get<double>());
  }
  EXPECT_THAT(points, ElementsAre(std::pair(0.0, 3e11), std::pair(1.0, 7e11), std::pair(2.0, 4e11),
                                  std::pair(3.0, 0.0)));
}

TEST(Trace, KeepsFactsForTheReader) {
  const json trace = trace_of(topology(1), {}, {.facts = {{"model", "my \"net\""}}});
  EXPECT_EQ(trace["otherData"]["model"], "my \"net\"");
}

// Whatever the simulator hands over, a viewer can draw it: time never runs backwards, every lane
// has a name, and no two spans of a lane overlap.
TEST(Trace, IsMonotonicNamedAndFreeOfOverlapsForAnyTimeline) {
  rc::check([] {
    const auto spans = *rc::gen::container<std::vector<sim::Span>>(rc::gen::exec([] {
      const auto lane = *rc::gen::element(Lane::host, Lane::stream, Lane::unit, Lane::link);
      const auto start = *rc::gen::inRange<sim::Picoseconds>(0, 1000);
      auto any = span(lane, *rc::gen::inRange(0u, 2u), start,
                      start + *rc::gen::inRange<sim::Picoseconds>(0, 300), "x");
      any.first = *rc::gen::inRange(0u, 6u);
      any.last = *rc::gen::inRange(any.first, 6u);
      any.lane_class = 0;
      any.tasks = 1;
      any.value = 1e9;
      return any;
    }));
    const json trace = trace_of(topology(6), spans, {.max_units = 3, .facts = {}});

    double last = 0;
    std::map<std::pair<int, int>, double> free_from;
    for (const auto &event : trace["traceEvents"]) {
      if (event["ph"] == "M")
        continue;
      const double start = event["ts"];
      RC_ASSERT(start >= last);
      last = start;
      if (event["ph"] != "X")
        continue;
      RC_ASSERT(event["dur"].get<double>() > 0);
      RC_ASSERT(lane_of(trace, event) != "unnamed");
      auto &lane_free = free_from[{event["pid"], event["tid"]}];
      RC_ASSERT(start >= lane_free - 1e-9);
      lane_free = start + event["dur"].get<double>();
    }
    std::map<std::string, double> counters;
    for (const auto &counter : events(trace, "C"))
      counters[counter["name"]] = counter["args"].begin().value();
    for (const auto &[name, value] : counters)
      RC_ASSERT(value == 0);
  });
}

} // namespace
} // namespace fusesim::report
