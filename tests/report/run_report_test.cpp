#include "report/run_report.hpp"

#include "experiment_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fusesim::report {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Workload workload() {
  Workload w;
  w.model = "small";
  w.batch = 1;
  w.image_size = 4;
  w.inputs = {"1x3x4x4:f32"};
  w.warnings = {"opaque operator foo::bar (1 time)"};
  return w;
}

std::vector<std::string> keys(const Json &object) {
  std::vector<std::string> names;
  for (const auto &[key, value] : object.items())
    names.push_back(key);
  return names;
}

TEST(RunReport, TellsTheHandCalculatedRun) {
  const Json json = run_json(report_of(small_experiment(), workload()));
  EXPECT_EQ(json["latency_us"], 8.0);
  EXPECT_EQ(json["launches"], 2);
  EXPECT_EQ(json["dram_bytes"], 1568);
  EXPECT_EQ(json["flops"], 6912);
  EXPECT_EQ(json["attribution_us"].dump(),
            R"({"host_dispatch":2.0,"launch_gap":1.0,"compute":1.0,"dram":3.5,)"
            R"("on_chip":0.0,"fill_drain":0.0,"tail":0.5})");
  const Json &fused = json["subgraphs"][0];
  EXPECT_EQ(fused["pattern"], "conv2d+relu");
  EXPECT_EQ(fused["operators"], (Json{"conv", "relu"}));
  EXPECT_EQ(fused["flops"], 6912);
  EXPECT_EQ(fused["input_bytes"], 192);
  EXPECT_EQ(fused["output_bytes"], 512);
  EXPECT_EQ(fused["weight_bytes"], 864);
  EXPECT_EQ(fused["internal_bytes"], 1024);
  EXPECT_EQ(fused["start_us"], 2.0);
  EXPECT_EQ(fused["end_us"], 7.5);
  EXPECT_EQ(fused["busy_us"], 4.5);     // 3 + 1.5: the gap between its kernels is not its time
  EXPECT_EQ(fused["bound_by"], "dram"); // 3.5 of 4.5 µs
  EXPECT_EQ(fused["notes"], Json{"split in two"});
}

TEST(RunReport, ListsNotesBySubgraph) {
  RunReport report = report_of(small_experiment(), workload());
  report.subgraphs.resize(1);
  report.subgraphs[0].notes = {"'h.2' spilled", "run in 4 row blocks"};
  for (const char *name : {"'h.10' spilled", "run in 4 row blocks", "'h.1' spilled"}) {
    report.subgraphs.push_back(report.subgraphs[0]);
    report.subgraphs.back().id = static_cast<std::uint32_t>(report.subgraphs.size() - 1);
    report.subgraphs.back().notes = {name};
  }
  EXPECT_THAT(run_text(report), HasSubstr("\nnotes\n"
                                          "  subgraph 0: 'h.2' spilled\n"
                                          "  subgraph 0 and 1 more: run in 4 row blocks\n"
                                          "  subgraph 1: 'h.10' spilled\n"
                                          "  subgraph 3: 'h.1' spilled\n"));
}

TEST(RunReport, CutsNotesBehindTheFirstSubgraphs) {
  RunReport report = report_of(small_experiment(), workload());
  for (int i = 0; i < 8; ++i)
    report.subgraphs[1].notes.push_back(std::string(1, static_cast<char>('h' - i)));
  const std::string text = run_text(report);
  EXPECT_THAT(text, HasSubstr("  subgraph 0: split in two\n  subgraph 1: h\n"));
  EXPECT_THAT(text, HasSubstr("  subgraph 1: b\n  … and 1 more notes"));
}

TEST(RunReport, PlacesASubgraphThatLaunchesNothingWhereItIsPassed) {
  const Json json = run_json(report_of(small_experiment(), workload()));
  const Json &view = json["subgraphs"][1];
  EXPECT_EQ(view["start_us"], 7.5);
  EXPECT_EQ(view["end_us"], 7.5);
  EXPECT_EQ(view["bound_by"], "none");
}

TEST(RunReport, HasTheKeysThatScriptsRelyOn) {
  const Json json = run_json(report_of(small_experiment(), workload()));
  EXPECT_THAT(keys(json),
              ElementsAre("model", "target", "runtime", "strategy", "dtype", "batch", "image_size",
                          "inputs", "latency_us", "launches", "dram_bytes", "flops",
                          "attribution_us", "subgraphs", "warnings"));
  EXPECT_THAT(keys(json["attribution_us"]), ElementsAre("host_dispatch", "launch_gap", "compute",
                                                        "dram", "on_chip", "fill_drain", "tail"));
  EXPECT_THAT(keys(json["subgraphs"][0]),
              ElementsAre("id", "pattern", "operators", "flops", "input_bytes", "output_bytes",
                          "weight_bytes", "internal_bytes", "start_us", "end_us", "busy_us",
                          "bound_by", "notes"));
  EXPECT_EQ(json["warnings"], Json{"opaque operator foo::bar (1 time)"});
}

TEST(RunReport, SumsTheAttributionToTheLatencyInTheTable) {
  const std::string text = run_text(report_of(small_experiment(), workload()));
  EXPECT_THAT(text, HasSubstr("latency     8.00 µs\n"));
  EXPECT_THAT(text, HasSubstr("where the time goes     time    share\n"
                              "───────────────────  ───────  ───────\n"
                              "host dispatch        2.00 µs   25.0 %\n"
                              "launch gaps          1.00 µs   12.5 %\n"
                              "compute              1.00 µs   12.5 %\n"
                              "DRAM                 3.50 µs   43.8 %\n"
                              "on-chip                    0    0.0 %\n"
                              "fill/drain                 0    0.0 %\n"
                              "tail                  500 ns    6.2 %\n"
                              "total                8.00 µs  100.0 %\n"));
  EXPECT_THAT(text, HasSubstr("subgraph 0: split in two"));
}

TEST(RunReport, WritesTheSameFiguresAsCsv) {
  const RunReport report = report_of(small_experiment(), workload());
  EXPECT_EQ(
      run_csv(report, false),
      "model,target,runtime,strategy,dtype,batch,image_size,inputs,latency_us,launches,dram_bytes,"
      "flops,"
      "attribution_us.host_dispatch,attribution_us.launch_gap,attribution_us.compute,attribution_"
      "us.dram,"
      "attribution_us.on_chip,attribution_us.fill_drain,attribution_us.tail\r\n"
      "small,test-gpu,test-runtime,greedy,f32,1,4,1x3x4x4:f32,8,2,1568,6912,2,1,1,3.5,0,0,0.5\r\n");
  EXPECT_THAT(
      run_csv(report, true),
      HasSubstr(
          "\r\n0,conv2d+relu,conv;relu,6912,192,512,864,1024,2,7.5,4.5,dram,split in two\r\n"));
}

TEST(RunReport, LeavesTheImageSizeOutWhereThereIsNone) {
  Workload tokens = workload();
  tokens.image_size.reset();
  EXPECT_TRUE(run_json(report_of(small_experiment(), tokens))["image_size"].is_null());
}

} // namespace
} // namespace fusesim::report
