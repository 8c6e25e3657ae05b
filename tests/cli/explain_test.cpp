// fusesim simulate --explain: how a tile machine runs every stage.
#include "subprocess.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <map>

namespace fusesim::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;

json explained(const std::string &model, const std::string &target) {
  const Outcome outcome =
      run({"simulate", model, "--target", target, "--explain", "--format", "json"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  return json::parse(outcome.out);
}

TEST(Explain, StagesAddUpToTheRunAndStayWithinTheirStores) {
  for (const std::string target : {"kpu-t64", "gemmini-16x16", "tpu-v4", "tpu-v1"}) {
    const json result = explained("resnet18", target);
    const auto &stages = result.at("stages");
    ASSERT_FALSE(stages.empty()) << target;
    std::uint64_t dram = 0;
    std::map<int, std::uint64_t> by_subgraph; // its own traffic, whoever fetched it
    double time_us = 0;
    for (const auto &stage : stages) {
      dram += stage.at("dram_bytes").get<std::uint64_t>();
      by_subgraph[stage.at("subgraph")] = stage.at("subgraph_dram_bytes");
      time_us += stage.at("time_us").get<double>();
      EXPECT_LE(stage.at("l2_bytes"), stage.at("l2_capacity_bytes")) << stage;
      EXPECT_LE(stage.at("l3_bytes"), stage.at("l3_capacity_bytes")) << stage;
      EXPECT_LE(stage.at("array_utilisation").get<double>(), 1.0) << stage;
      EXPECT_GE(stage.at("subgraph_dram_bytes"), stage.at("compulsory_bytes")) << stage;
      EXPECT_NE(stage.at("mapping"), "") << stage;
      EXPECT_EQ(stage.at("dataflow") == "", stage.at("array_utilisation") == 0) << stage;
    }
    EXPECT_EQ(dram, result.at("dram_bytes")) << target;
    std::uint64_t all = 0;
    for (const auto &[subgraph, bytes] : by_subgraph)
      all += bytes;
    EXPECT_EQ(all, dram) << target;
    EXPECT_LE(time_us, result.at("latency_us").get<double>() + 1) << target;
  }
}

// Of an embedding's table only the rows of the tokens are anybody's to fetch; weights stay on chip between inferences.
TEST(Explain, CountsAsCompulsoryWhatIsFetchedWhenAllFits) {
  const Outcome outcome =
      run({"simulate", "gpt2", "--sequence-length", "16", "--target", "kpu-t768", "--runtime",
           "kpu-steady", "--explain", "--format", "json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const json result = json::parse(outcome.out);
  for (const auto &stage : result.at("stages"))
    EXPECT_EQ(stage.at("subgraph_dram_bytes"), stage.at("compulsory_bytes")) << stage;
}

TEST(Explain, ShowsMappingsToPeopleAndOneLinePerStageAsCsv) {
  const Outcome text = run({"simulate", "resnet18", "--target", "kpu-t64", "--explain"});
  EXPECT_THAT(text.out, HasSubstr("how every subgraph is mapped"));
  EXPECT_THAT(text.out, HasSubstr("compulsory"));
  EXPECT_THAT(text.out, HasSubstr("array use"));
  const Outcome csv =
      run({"simulate", "resnet18", "--target", "kpu-t64", "--explain", "--format", "csv"});
  EXPECT_THAT(csv.out,
              testing::StartsWith("subgraph,pattern,stage,dataflow,mapping,passes,tiles,l2_bytes"));
}

TEST(Explain, SaysThatAGpuHasNoMappings) {
  const Outcome text = run({"simulate", "resnet18", "--target", "t4", "--explain"});
  EXPECT_EQ(text.exit_code, 0);
  EXPECT_THAT(text.out, HasSubstr("no mappings to explain"));
}

} // namespace
} // namespace fusesim::test
