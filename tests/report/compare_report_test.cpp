#include "report/compare_report.hpp"

#include "experiment_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fusesim::report {
namespace {

using testing::ElementsAre;

RunReport run(double latency_us, double dram_us, const std::string &strategy) {
  RunReport report;
  report.model = "net";
  report.target = "gpu";
  report.runtime = "eager";
  report.strategy = strategy;
  report.dtype = "f16";
  report.latency_us = latency_us;
  report.launches = 3;
  report.dram_bytes = 2'000'000;
  report.attribution_us[static_cast<std::size_t>(sim::Cause::dram)] = dram_us;
  report.attribution_us[static_cast<std::size_t>(sim::Cause::compute)] = latency_us - dram_us;
  return report;
}

std::vector<Comparison> one_comparison() {
  return {{run(300, 200, "unfused"), run(200, 50, "greedy")}};
}

std::vector<std::string> keys(const Json &object) {
  std::vector<std::string> names;
  for (const auto &[key, value] : object.items())
    names.push_back(key);
  return names;
}

TEST(CompareReport, SaysTheGainOnTheFusedRow) {
  EXPECT_EQ(
      compare_text(one_comparison()),
      "model net · target gpu · runtime eager · dtype f16 · batch 1\n"
      "\n"
      "strategy  launches  DRAM bytes  latency   gain  host dispatch  launch gaps  compute     "
      "DRAM  on-chip  fill/drain  tail\n"
      "────────  ────────  ──────────  ───────  ─────  ─────────────  ───────────  ───────  "
      "───────  ───────  ──────────  ────\n"
      "unfused          3     2.00 MB   300 µs      –              0            0   100 µs   "
      "200 µs        0           0     0\n"
      "greedy           3     2.00 MB   200 µs  1.50×              0            0   150 µs  "
      "50.0 µs        0           0     0\n");
}

TEST(CompareReport, HasTheKeysThatScriptsRelyOn) {
  const Json json = compare_json(one_comparison());
  ASSERT_EQ(json.size(), 1u);
  EXPECT_THAT(keys(json[0]), ElementsAre("model", "target", "runtime", "dtype", "batch", "unfused",
                                         "fused", "speedup", "warnings"));
  EXPECT_EQ(json[0]["speedup"], 1.5);
  EXPECT_EQ(json[0]["unfused"]["latency_us"], 300.0);
  EXPECT_EQ(json[0]["fused"]["attribution_us"]["dram"], 50.0);
  EXPECT_FALSE(json[0]["fused"].contains("subgraphs"));
}

TEST(CompareReport, WritesTwoRowsPerComparisonAsCsv) {
  EXPECT_EQ(
      compare_csv(one_comparison()),
      "model,target,runtime,dtype,batch,variant,strategy,launches,dram_bytes,latency_us,speedup,"
      "attribution_us.host_dispatch,attribution_us.launch_gap,attribution_us.compute,attribution_"
      "us.dram,"
      "attribution_us.on_chip,attribution_us.fill_drain,attribution_us.tail\r\n"
      "net,gpu,eager,f16,1,unfused,unfused,3,2000000,300,,0,0,100,200,0,0,0\r\n"
      "net,gpu,eager,f16,1,fused,greedy,3,2000000,200,1.5,0,0,150,50,0,0,0\r\n");
}

} // namespace
} // namespace fusesim::report
