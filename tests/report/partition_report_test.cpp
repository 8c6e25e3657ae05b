#include "report/partition_report.hpp"

#include "partition_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fusesim::report {
namespace {

using testing::HasSubstr;

std::vector<std::string> keys_of(const Json &json) {
  std::vector<std::string> keys;
  for (const auto &[key, value] : json.items())
    keys.push_back(key);
  return keys;
}

TEST(PartitionReport, SumsUpTheHandCalculatedPartition) {
  const Json summary = partition_json(small_report())["summary"];
  EXPECT_EQ(summary["subgraphs"], 3);
  EXPECT_EQ(summary["launches"], 3);
  EXPECT_DOUBLE_EQ(summary["fusion_efficiency"].get<double>(), 4.0 / 3); // the view is no operator
  EXPECT_EQ(summary["single_operator"], 2);
  EXPECT_EQ(summary["flops"], 6912 + 640);
  EXPECT_EQ(summary["macs"], 3456 + 320);
  EXPECT_EQ(summary["external_bytes"], 1568 + 640 + 1448);
  EXPECT_EQ(summary["internal_bytes"], 1024);
  EXPECT_DOUBLE_EQ(summary["memory_reduction"].get<double>(), 1024.0 / (3656 + 1024));
  EXPECT_DOUBLE_EQ(summary["mean_arithmetic_intensity"].get<double>(),
                   (6912.0 / 1568 + 0 + 640.0 / 1448) / 3);
  EXPECT_EQ(summary["patterns"].dump(), R"({"conv2d+relu":1,"unfused":2})");
  EXPECT_EQ(summary["bottlenecks"].dump(), R"({"bandwidth_bound":2,"memory_bound":1})");
}

TEST(PartitionReport, HasTheKeysOfTheInterface) {
  using testing::UnorderedElementsAre;
  const Json json = partition_json(small_report());
  EXPECT_THAT(keys_of(json),
              UnorderedElementsAre("model", "strategy", "vocabulary", "accounting", "fx_nodes",
                                   "operators", "summary", "subgraphs", "warnings"));
  EXPECT_THAT(keys_of(json["summary"]),
              UnorderedElementsAre("subgraphs", "fusion_efficiency", "single_operator",
                                   "external_bytes", "internal_bytes", "memory_reduction", "flops",
                                   "macs", "mean_arithmetic_intensity", "launches", "patterns",
                                   "bottlenecks"));
  EXPECT_THAT(keys_of(json["subgraphs"][0]),
              UnorderedElementsAre("id", "pattern", "operators", "flops", "input_bytes",
                                   "output_bytes", "weight_bytes", "internal_bytes",
                                   "arithmetic_intensity", "bottleneck"));
}

TEST(PartitionReport, DescribesEverySubgraph) {
  const Json json = partition_json(small_report());
  EXPECT_EQ(json["model"], "small");
  EXPECT_EQ(json["strategy"], "greedy");
  EXPECT_EQ(json["vocabulary"], "modern");
  EXPECT_EQ(json["accounting"], "physical");
  EXPECT_EQ(json["fx_nodes"], nullptr); // it does not come from torch.fx
  EXPECT_EQ(json["operators"], 4);
  ASSERT_EQ(json["subgraphs"].size(), 3u);
  EXPECT_EQ(json["subgraphs"][0]["operators"], (Json{"conv", "relu"}));
  EXPECT_DOUBLE_EQ(json["subgraphs"][0]["arithmetic_intensity"].get<double>(), 6912.0 / 1568);
  EXPECT_EQ(json["subgraphs"][0]["bottleneck"], "memory_bound");
  EXPECT_EQ(json["subgraphs"][1]["bottleneck"], "bandwidth_bound");
}

TEST(PartitionReport, CallsASubgraphWithoutWorkNoBottleneck) {
  PartitionReport report = small_report();
  report.summary.subgraphs[1].size = report.summary.subgraphs[1].launches = 0;
  const Json json = partition_json(report);
  EXPECT_EQ(json["subgraphs"][1]["bottleneck"], "none");
  EXPECT_EQ(json["summary"]["launches"], 2);
  EXPECT_EQ(json["summary"]["subgraphs"], 3);
  EXPECT_EQ(json["summary"]["bottlenecks"].size(), 2u);
}

TEST(PartitionReport, HasAHeadline) {
  EXPECT_EQ(partition_headline(small_report()),
            "small · greedy · modern · physical: 4 operators → 3 launches (1.33×)");
}

TEST(PartitionReport, ShowsAtANarrowTerminalWhatMattersMost) {
  TextStyle style;
  style.width = 80;
  const std::string text = partition_text(small_report(), style);
  EXPECT_THAT(text,
              HasSubstr("id  pattern            work  external    saved  FLOP/B  bound by\n"));
  EXPECT_THAT(text, HasSubstr(" 0  conv2d+relu  6.91 kFLOP   1.57 kB  1.02 kB    4.41  memory\n"));
  EXPECT_THAT(partition_text(small_report()), HasSubstr("bound by   operators\n"));
}

TEST(PartitionReport, SetsStrategiesSideBySide) {
  const std::vector<PartitionReport> reports{small_report(), small_report()};
  EXPECT_EQ(strategies_json(reports).size(), 2u);
  EXPECT_EQ(strategies_json(reports)[1]["summary"]["launches"], 3);
  EXPECT_THAT(strategies_csv(reports),
              HasSubstr("model,strategy,vocabulary,accounting,fx_nodes,operators,"));
  EXPECT_THAT(strategies_text(reports), HasSubstr("work 7.55 kFLOP")); // the same for all
}

TEST(PartitionReport, ColoursOnlyOnRequest) {
  using partition::Bottleneck;
  TextStyle style;
  EXPECT_EQ(coloured("x", Bottleneck::compute_bound, style), "x");
  style.colour = true;
  EXPECT_EQ(coloured("x", Bottleneck::compute_bound, style), "\x1b[32mx\x1b[0m");
  EXPECT_NE(coloured("x", Bottleneck::bandwidth_bound, style),
            coloured("x", Bottleneck::memory_bound, style));
}

} // namespace
} // namespace fusesim::report
