#include "report/partition_report.hpp"

#include "experiment_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fusesim::report {
namespace {

using testing::HasSubstr;

PartitionReport small_report() {
  const auto experiment = small_experiment();
  return report_of(experiment.graph, experiment.partition, "small", {});
}

TEST(PartitionReport, SumsUpTheHandCalculatedPartition) {
  const Json summary = partition_json(small_report())["summary"];
  EXPECT_EQ(summary["subgraphs"], 2);
  EXPECT_EQ(summary["launches"], 1);          // the view runs for nothing
  EXPECT_EQ(summary["fusion_efficiency"], 2); // conv and relu in one launch
  EXPECT_EQ(summary["single_operator"], 0);
  EXPECT_EQ(summary["flops"], 6912);
  EXPECT_EQ(summary["macs"], 3456);
  EXPECT_EQ(summary["external_bytes"], 1568); // 192 + 512 + 864
  EXPECT_EQ(summary["internal_bytes"], 1024);
  EXPECT_DOUBLE_EQ(summary["memory_reduction"].get<double>(), 1024.0 / 2592.0);
  EXPECT_DOUBLE_EQ(summary["mean_arithmetic_intensity"].get<double>(), 6912.0 / 1568.0);
  EXPECT_EQ(summary["patterns"].dump(), R"({"conv2d+relu":1})");
}

TEST(PartitionReport, DescribesEverySubgraph) {
  const Json json = partition_json(small_report());
  EXPECT_EQ(json["model"], "small");
  EXPECT_EQ(json["strategy"], "greedy");
  EXPECT_EQ(json["accounting"], "physical");
  EXPECT_EQ(json["operators"], 2);
  ASSERT_EQ(json["subgraphs"].size(), 2u);
  EXPECT_EQ(json["subgraphs"][0]["operators"], (Json{"conv", "relu"}));
  EXPECT_DOUBLE_EQ(json["subgraphs"][0]["arithmetic_intensity"].get<double>(), 6912.0 / 1568.0);
  EXPECT_EQ(json["subgraphs"][1]["flops"], 0);
}

TEST(PartitionReport, SetsStrategiesSideBySide) {
  const std::vector<PartitionReport> reports{small_report(), small_report()};
  EXPECT_EQ(strategies_json(reports).size(), 2u);
  EXPECT_EQ(strategies_json(reports)[1]["summary"]["launches"], 1);
  EXPECT_THAT(strategies_csv(reports),
              HasSubstr("model,strategy,accounting,operators,summary.subgraphs"));
}

TEST(PartitionDot, DrawsOneClusterPerSubgraphAndEveryEdge) {
  const auto experiment = small_experiment();
  const std::string dot = partition_dot(experiment.graph, experiment.partition);
  EXPECT_THAT(dot, HasSubstr("digraph \"small\" {"));
  EXPECT_THAT(dot, HasSubstr("subgraph cluster_0 {\n    label=\"0: conv2d+relu\";"));
  EXPECT_THAT(dot, HasSubstr("n0 [label=\"conv\\nconv2d\"];"));
  EXPECT_THAT(dot, HasSubstr("v0 -> n0 [label=\"1x3x4x4\"];"));
  EXPECT_THAT(dot, HasSubstr("n0 -> n1 [label=\"1x8x4x4\"];"));
  EXPECT_THAT(dot, HasSubstr("n1 -> n2"));
}

} // namespace
} // namespace fusesim::report
