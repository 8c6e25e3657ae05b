#include "report/partition_decisions.hpp"

#include "partition_fixture.hpp"
#include "report/partition_dot.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fusesim::report {
namespace {

using testing::HasSubstr;
using testing::Not;

TextStyle columns(std::size_t width) {
  TextStyle style;
  style.width = width;
  return style;
}

TEST(PartitionDecisions, ListEveryRefusedEdgeOnANarrowTerminal) {
  EXPECT_EQ(decisions_text(small_report(), columns(80)),
            R"(2 edges were not fused: fork 1, not in vocabulary 1

relu → pool (1x8x4x4, 512 B)
    not in vocabulary: no row takes relu to max_pool2d

flatten → fc (1x32, 128 B)
    fork: "pool" is read by fc, and others
)");
}

TEST(PartitionDecisions, ListThemAsATableWhereThereIsRoom) {
  EXPECT_EQ(decisions_text(small_report()),
            R"(2 edges were not fused: fork 1, not in vocabulary 1

from     to    tensor  reason             because
───────  ────  ──────  ─────────────────  ────────────────────────────────
relu     pool   512 B  not in vocabulary  no row takes relu to max_pool2d
flatten  fc     128 B  fork               "pool" is read by fc, and others
)");
}

TEST(PartitionDecisions, AreTheSameForMachines) {
  EXPECT_EQ(
      decisions_csv(small_report()),
      "producer,consumer,producer_kind,consumer_kind,producer_subgraph,consumer_subgraph,"
      "shape,bytes,reason,detail\r\n"
      "relu,pool,relu,max_pool2d,0,1,1x8x4x4,512,not_in_vocabulary,"
      "no row takes relu to max_pool2d\r\n"
      "flatten,fc,view,linear,1,2,1x32,128,fork,\"\"\"pool\"\" is read by fc, and others\"\r\n");
  const Json json = decisions_json(small_report());
  ASSERT_EQ(json.size(), 2u);
  EXPECT_EQ(json[1]["reason"], "fork");
  EXPECT_EQ(json[1]["detail"], "\"pool\" is read by fc, and others");
}

std::string why(const char *a, const char *b) {
  const PartitionReport report = small_report();
  return why_text(report, partition::why(report.summary, a, b));
}

TEST(PartitionWhy, SaysWhichRuleFused) {
  EXPECT_EQ(why("conv", "relu"), "conv → relu: fused, in subgraph 0 (conv2d+relu)\n"
                                 "    row epilogue takes conv2d to relu\n"
                                 "    tensor 1x8x4x4, 512 B\n");
}

TEST(PartitionWhy, SaysWhatStoodAgainstIt) {
  EXPECT_EQ(why("relu", "pool"), "relu → pool: not fused: not in vocabulary\n"
                                 "    no row takes relu to max_pool2d\n"
                                 "    relu runs in subgraph 0 (conv2d+relu), pool in subgraph 1 "
                                 "(unfused)\n"
                                 "    tensor 1x8x4x4, 512 B\n");
}

TEST(PartitionWhy, NamesTheViewsBetween) {
  EXPECT_THAT(why("pool", "fc"), HasSubstr("pool → fc, through flatten: not fused: fork\n"));
}

TEST(PartitionWhy, SaysThatThereIsNoEdge) {
  EXPECT_EQ(why("conv", "fc"), "conv and fc are not an edge: neither reads the other; they run in "
                               "subgraph 0 (conv2d+relu) and\nsubgraph 2 (unfused)\n");
}

TEST(PartitionWhy, AnswersMachines) {
  const PartitionReport report = small_report();
  const auto refused = partition::why(report.summary, "fc", "pool");
  const Json json = why_json(report, refused);
  EXPECT_EQ(json["producer"], "pool");
  EXPECT_EQ(json["consumer"], "fc");
  EXPECT_EQ(json["relation"], "refused");
  EXPECT_EQ(json["reason"], "fork");
  EXPECT_EQ(json["bytes"], 128);
  EXPECT_EQ(json["consumer_subgraph"], 2);
  EXPECT_EQ(why_json(report, partition::why(report.summary, "conv", "fc"))["reason"], nullptr);
  EXPECT_THAT(why_csv(report, refused), HasSubstr("\r\npool,fc,refused,fork,"));
}

TEST(PartitionDot, DrawsOneClusterPerSubgraphAndEveryEdge) {
  const std::string dot = partition_dot(small_report());
  EXPECT_THAT(dot, HasSubstr("digraph \"small\" {"));
  EXPECT_THAT(dot,
              HasSubstr("subgraph cluster_0 {\n    label=\"0: conv2d+relu\\n6.91 kFLOP, 1.57 kB "
                        "external, 1.02 kB saved, memory-bound\";"));
  EXPECT_THAT(dot, HasSubstr("n0 [label=\"conv\\nconv2d\"];"));
  EXPECT_THAT(dot, HasSubstr("n3 [label=\"flatten\\nview\", style=\"rounded,dashed\"];"));
  EXPECT_THAT(dot, HasSubstr("i0 -> n0 [label=\"1x3x4x4\"];"));
  EXPECT_THAT(dot, HasSubstr("n0 -> n1 [label=\"1x8x4x4\", penwidth=2];"));
  EXPECT_THAT(dot,
              HasSubstr("n3 -> n4 [label=\"1x32\", tooltip=\"fork: \\\"pool\\\" is read by fc"));
}

TEST(PartitionDot, EscapesNames) {
  const std::string dot = partition_dot(with_operator_named("a\"b\\c\nd"));
  EXPECT_THAT(dot, HasSubstr(R"(n1 [label="a\"b\\c\\nd\nrelu"];)"));
  EXPECT_THAT(dot, Not(HasSubstr("c\nd")));
}

} // namespace
} // namespace fusesim::report
