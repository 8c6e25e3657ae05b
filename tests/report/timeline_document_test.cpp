#include "report/document/timeline_document.hpp"

#include <gtest/gtest.h>

#include <numeric>

namespace fusesim::report {
namespace {

using sim::Span;

constexpr sim::Picoseconds kMicrosecond = 1'000'000;

Span unit_span(std::uint32_t first, std::uint32_t last, int start_us, int end_us) {
  return {.lane = Span::Lane::unit,
          .first = first,
          .last = last,
          .tasks = 1,
          .start = start_us * kMicrosecond,
          .end = end_us * kMicrosecond,
          .label = {}};
}

Span link_span(int start_us, int end_us, double value) {
  return {.lane = Span::Lane::link,
          .start = start_us * kMicrosecond,
          .end = end_us * kMicrosecond,
          .label = {},
          .value = value};
}

sim::Topology four_units() {
  sim::Topology topology;
  topology.unit_classes = {{.name = "SM", .count = 4, .engines = {}}};
  topology.links = {{"DRAM", 1e12, sim::Cause::dram}};
  return topology;
}

// units 0 and 1 from 1 to 5 µs, unit 1 again (a second task beside) from 3 to 7, unit 3 from 5 to 6.
TEST(BusyUnits, CountAUnitOnceHoweverManyTasksItHas) {
  sim::RunResult run;
  run.latency = 10 * kMicrosecond;
  run.timeline = {unit_span(0, 1, 1, 5), unit_span(1, 1, 3, 7), unit_span(3, 3, 5, 6)};
  const auto series = busy_units(four_units(), run, 0, 100);
  EXPECT_EQ(series.averaged_us, 0);
  EXPECT_EQ(series.time_us, (std::vector<double>{0, 1, 6, 7}));
  EXPECT_EQ(series.value, (std::vector<double>{0, 2, 1, 0}));
}

TEST(LinkUse, AddsWhatRunsAtOnceAndEndsAtZero) {
  sim::RunResult run;
  run.latency = 10 * kMicrosecond;
  run.timeline = {link_span(0, 4, 1e9), link_span(2, 8, 5e8), link_span(3, 3, 7e9)};
  const auto series = link_use(run, 0, 100);
  EXPECT_EQ(series.time_us, (std::vector<double>{0, 2, 4, 8}));
  EXPECT_EQ(series.value, (std::vector<double>{1e9, 1.5e9, 5e8, 0}));
}

TEST(LinkUse, BecomesMeansThatKeepTheBytesWhereThereAreTooManySteps) {
  sim::RunResult run;
  run.latency = 2000 * kMicrosecond;
  double bytes = 0;
  for (int i = 0; i < 1000; ++i) {
    const double value = 1e9 * (1 + i % 7);
    run.timeline.push_back(link_span(2 * i, 2 * i + 1, value));
    bytes += value * 1e-6;
  }
  const auto series = link_use(run, 0, 50);
  ASSERT_EQ(series.value.size(), 50U);
  EXPECT_DOUBLE_EQ(series.averaged_us, 40);
  const double sum = std::accumulate(series.value.begin(), series.value.end(), 0.0);
  EXPECT_NEAR(sum * 40e-6, bytes, 1e-3 * bytes); // values have four digits
}

TEST(TimelineDocument, NamesLanesAndMachine) {
  sim::RunResult run;
  run.latency = 10 * kMicrosecond;
  run.timeline = {
      {.lane = Span::Lane::host, .launch = 0, .start = 0, .end = 1500, .label = "dispatch"},
      {.lane = Span::Lane::stream,
       .launch = 0,
       .start = 2 * kMicrosecond,
       .end = 9 * kMicrosecond,
       .label = "k"}};
  const Json json = timeline_document(four_units(), run);
  EXPECT_EQ(json["host"]["labels"], Json::array({"dispatch"}));
  EXPECT_EQ(json["host"]["duration_us"], Json::array({0.002})); // to the nanosecond
  EXPECT_EQ(json["streams"][0]["start_us"], Json::array({2.0}));
  EXPECT_EQ(json["units"][0]["name"], "SM");
  EXPECT_EQ(json["links"][0]["bytes_per_s"], 1e12);
}

} // namespace
} // namespace fusesim::report
