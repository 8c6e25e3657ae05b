#include "report/trace.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <rapidcheck.h>

#include <map>
#include <set>

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

/// Values of a counter over time, µs.
std::vector<std::pair<double, double>> curve(const json &trace, const std::string &name,
                                             const std::string &unit) {
  std::vector<std::pair<double, double>> points;
  for (const auto &counter : events(trace, "C"))
    if (counter["name"] == name)
      points.emplace_back(counter["ts"].get<double>(), counter["args"][unit].get<double>());
  return points;
}

TEST(Trace, NamesLanesAndKernelsAndKeepsNanoseconds) {
  const json trace = trace_of(topology(2), {span(Lane::host, 0, 0, 4'000'000, "dispatch"),
                                            span(Lane::stream, 1, 5'001'999, 7'500'000)});
  const auto slices = events(trace, "X");
  ASSERT_EQ(slices.size(), 2u);
  EXPECT_EQ(slices[0]["name"], "dispatch");
  EXPECT_EQ(lane_of(trace, slices[0]), "host");
  EXPECT_EQ(slices[1]["name"], "say \"relu\"");
  EXPECT_EQ(lane_of(trace, slices[1]), "stream 0");
  EXPECT_DOUBLE_EQ(slices[1]["ts"].get<double>(), 5.001); // µs, rounded down as the end is
  EXPECT_DOUBLE_EQ(slices[1]["dur"].get<double>(), 2.499);
  EXPECT_EQ(slices[1]["args"]["subgraph"]["id"], 11);
}

TEST(Trace, GivesEveryThreadAnIdOfItsOwn) {
  const json trace =
      trace_of(topology(3), {span(Lane::host, 0, 0, 1000, "dispatch"),
                             span(Lane::stream, 0, 1000, 3000), on_units(0, 2, 1000, 3000)});
  std::set<std::uint32_t> threads;
  for (const auto &event : events(trace, "M"))
    if (event["name"] == "thread_name") {
      EXPECT_TRUE(threads.insert(event["tid"].get<std::uint32_t>()).second);
    }
  EXPECT_EQ(threads.size(), 5u);
  EXPECT_FALSE(threads.contains(0));
}

TEST(Trace, LeavesOutWhatIsShorterThanANanosecond) {
  const json trace = trace_of(topology(1), {span(Lane::host, 0, 1100, 1900, "dispatch"),
                                            span(Lane::host, 0, 1900, 2100, "launch")});
  const auto slices = events(trace, "X");
  ASSERT_EQ(slices.size(), 1u);
  EXPECT_EQ(slices[0]["name"], "launch");
  EXPECT_EQ(slices[0]["dur"].get<double>(), 0.001);
}

TEST(Trace, SaysWhatBoundsAKernelAndWhatItsSubgraphDoes) {
  sim::RunResult run;
  run.timeline = {span(Lane::stream, 0, 0, 3'000'000)};
  run.launches.resize(1);
  run.launches[0].end = 3'000'000;
  run.launches[0].attribution = {0, 0, 1'000'000, 1'500'000, 0, 500'000, 0};
  std::vector<SubgraphReport> subgraphs(11);
  subgraphs[10].pattern = "conv2d+relu";
  subgraphs[10].operators = {"conv1", "relu"};
  subgraphs[10].flops = 236027904;
  subgraphs[10].weight_bytes = 37632;
  subgraphs[10].bound_by = "dram";
  std::string text;
  write_trace(topology(1), program(), run, {.facts = {}, .subgraphs = subgraphs},
              [&](std::string_view part) { text += part; });
  const json kernel = events(json::parse(text), "X").at(0)["args"];
  EXPECT_EQ(kernel["bound_by"], "dram");
  EXPECT_EQ(kernel["dram_us"], 1.5);
  EXPECT_EQ(kernel["fill_drain_us"], 0.5);
  EXPECT_FALSE(kernel.contains("tail_us"));
  EXPECT_EQ(kernel["subgraph"]["pattern"], "conv2d+relu");
  EXPECT_EQ(kernel["subgraph"]["operators"], "conv1, relu");
  EXPECT_EQ(kernel["subgraph"]["flops"], 236027904);
  EXPECT_EQ(kernel["subgraph"]["weight_bytes"], 37632);
}

TEST(Trace, LeadsFromALaunchCallToItsKernel) {
  sim::RunResult run;
  run.timeline = {span(Lane::host, 0, 0, 4000, "dispatch"),
                  span(Lane::host, 0, 4000, 6000, "launch"),
                  span(Lane::host, 1, 6000, 9000, "dispatch"), span(Lane::stream, 0, 8000, 9000)};
  run.launches.resize(2);
  run.launches[0].start = 8000;
  std::string text;
  write_trace(topology(1), program(), run, {}, [&](std::string_view part) { text += part; });
  const json trace = json::parse(text);
  const auto from = events(trace, "s"), to = events(trace, "f");
  ASSERT_EQ(from.size(), 1u); // launch 1 has no kernel
  ASSERT_EQ(to.size(), 1u);
  EXPECT_EQ(from[0]["id"], to[0]["id"]);
  EXPECT_EQ(from[0]["ts"].get<double>(), 0.004);
  EXPECT_EQ(lane_of(trace, from[0]), "host");
  EXPECT_EQ(to[0]["ts"].get<double>(), 0.008);
  EXPECT_EQ(to[0]["bp"], "e"); // the slice around it, not the next one
  EXPECT_EQ(lane_of(trace, to[0]), "stream 0");
}

TEST(Trace, LeadsFromAGraphToItsFirstKernel) {
  sim::Topology machine = topology(1);
  machine.host.mode = sim::Host::Mode::graph_replay;
  sim::RunResult run;
  run.timeline = {span(Lane::host, 0, 0, 2000, "graph launch"), span(Lane::stream, 1, 5000, 9000),
                  span(Lane::host, 1, 9000, 12000, "synchronise")};
  run.launches.resize(2);
  run.launches[1].start = 5000; // launch 0 is done on the host alone
  std::string text;
  write_trace(machine, program(), run, {}, [&](std::string_view part) { text += part; });
  const json trace = json::parse(text);
  ASSERT_EQ(events(trace, "s").size(), 1u);
  EXPECT_EQ(events(trace, "s")[0]["ts"].get<double>(), 0);
  ASSERT_EQ(events(trace, "f").size(), 1u);
  EXPECT_EQ(events(trace, "f")[0]["ts"].get<double>(), 0.005);
}

TEST(Trace, ShowsWhatEachInstantIsChargedTo) {
  sim::Span idle = span(Lane::cause, 0, 0, 2000), busy = span(Lane::cause, 0, 2000, 5000);
  busy.lane_class = static_cast<std::uint32_t>(sim::Cause::dram);
  const json trace = trace_of(topology(1), {idle, busy});
  const auto slices = events(trace, "X");
  ASSERT_EQ(slices.size(), 2u);
  EXPECT_EQ(slices[0]["name"], "host dispatch");
  EXPECT_EQ(slices[1]["name"], "DRAM");
  EXPECT_EQ(lane_of(trace, slices[1]), "charged to");
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

TEST(Trace, CountsAllUnitsAndGivesTheFirstOnesLanes) {
  // Units 1 to 5 are busy with two tasks each, of which unit 1 alone has a lane.
  const json trace =
      trace_of(topology(10), {on_units(1, 5, 1000, 2000)}, {.max_units = 2, .facts = {}});
  EXPECT_EQ(events(trace, "X").size(), 1u);
  EXPECT_THAT(curve(trace, "busy", "SMs"),
              ElementsAre(std::pair(0.0, 0.0), std::pair(0.001, 5.0), std::pair(0.002, 0.0)));
  EXPECT_THAT(curve(trace, "resident", "tasks"),
              ElementsAre(std::pair(0.0, 0.0), std::pair(0.001, 10.0), std::pair(0.002, 0.0)));
  EXPECT_THAT(trace["otherData"]["lanes of SM"], HasSubstr("2 of 10 units"));
}

TEST(Trace, GivesFewerUnitsLanesWhereTheyWouldHoldTooMuch) {
  // Unit 0 has three slices, the others one each: 3 + 1 + 1 fit.
  const std::vector<sim::Span> spans{on_units(0, 9, 0, 2000), on_units(0, 0, 2000, 3000),
                                     on_units(0, 0, 3000, 4000)};
  TraceOptions options;
  options.max_unit_slices = 5;
  EXPECT_EQ(events(trace_of(topology(10), spans, options), "X").size(), 5u);
  options.max_unit_slices = 2; // one lane stays, whatever it holds
  EXPECT_EQ(events(trace_of(topology(10), spans, options), "X").size(), 3u);
}

TEST(Trace, CountsAUnitOnceHoweverManyTasksItHosts) {
  const json trace = trace_of(topology(2), {on_units(0, 0, 0, 2000), on_units(0, 1, 1000, 3000)});
  EXPECT_THAT(curve(trace, "busy", "SMs"),
              ElementsAre(std::pair(0.0, 1.0), std::pair(0.001, 2.0), std::pair(0.003, 0.0)));
}

TEST(Trace, PutsOverlappingSpansOfAUnitOnLanesSideBySide) {
  const json trace =
      trace_of(topology(1), {on_units(0, 0, 0, 1'000'000), on_units(0, 0, 500'000, 1'500'000),
                             on_units(0, 0, 1'000'000, 2'000'000)});
  const auto slices = events(trace, "X");
  ASSERT_EQ(slices.size(), 3u);
  EXPECT_NE(slices[0]["tid"], slices[1]["tid"]);
  EXPECT_EQ(slices[0]["tid"], slices[2]["tid"]); // free again at 1 µs
  EXPECT_EQ(lane_of(trace, slices[1]), "SM 0 (2)");
}

TEST(Trace, SumsBandwidthOfALinkAndReturnsToZero) {
  const json trace =
      trace_of(topology(1), {on_link(3e11, 0, 2'000'000), on_link(4e11, 1'000'000, 3'000'000)});
  EXPECT_THAT(curve(trace, "DRAM", "GB/s"),
              ElementsAre(std::pair(0.0, 300.0), std::pair(1.0, 700.0), std::pair(2.0, 400.0),
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
      const auto lane =
          *rc::gen::element(Lane::host, Lane::stream, Lane::unit, Lane::link, Lane::cause);
      const auto start = *rc::gen::inRange<sim::Picoseconds>(0, 100'000);
      auto any = span(lane, *rc::gen::inRange(0u, 2u), start,
                      start + *rc::gen::inRange<sim::Picoseconds>(0, 30'000), "x");
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
    std::map<std::string, double> counters, times;
    for (const auto &counter : events(trace, "C")) {
      counters[counter["name"]] = counter["args"].begin().value();
      const auto known = times.find(counter["name"]);
      // In parentheses: RapidCheck evaluates both sides of an operator that it sees.
      RC_ASSERT((known == times.end() || known->second < counter["ts"].get<double>()));
      times[counter["name"]] = counter["ts"];
    }
    for (const auto &[name, value] : counters)
      RC_ASSERT(value == 0);
  });
}

} // namespace
} // namespace fusesim::report
