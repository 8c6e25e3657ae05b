#include "report/partition_balance.hpp"

#include "partition/balance.hpp"
#include "partition_fixture.hpp"
#include "report/partition_advice.hpp"
#include "report/partition_savings.hpp"
#include "report/text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fusesim::report {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TextStyle columns(std::size_t width) {
  TextStyle style;
  style.width = width;
  return style;
}

TEST(PartitionBalance, ReadsAsWritten) {
  EXPECT_EQ(balance_text(small_report(), columns(80)),
            R"(operators per subgraph, and how many such subgraphs
   1      2 ████████████████████████████████████████
   2      1 ████████████████████

per subgraph         mean       median      std dev          min          max
────────────  ───────────  ───────────  ───────────  ───────────  ───────────
operators            1.33         1.00         0.47         1.00         2.00
work           2.52 kFLOP     640 FLOP   3.12 kFLOP       0 FLOP   6.91 kFLOP
external          1.22 kB      1.45 kB        412 B        640 B      1.57 kB
FLOP/B               1.62         0.44         1.98            0         4.41

bound by, at FLOPs per byte
compute-bound        0 subgraphs    0.0 % of the work    0.0 % of the bytes
balanced             0 subgraphs    0.0 % of the work    0.0 % of the bytes
memory-bound         1 subgraphs   91.5 % of the work   42.9 % of the bytes
bandwidth-bound      2 subgraphs    8.5 % of the work   57.1 % of the bytes

pattern      subgraphs  operators        work  external
───────────  ─────────  ─────────  ──────────  ────────
unfused              2          2    640 FLOP   2.09 kB
conv2d+relu          1          2  6.91 kFLOP   1.57 kB

subgraphs of one operator: 1 structural, nothing missed there
subgraphs  operator    external  names
─────────  ──────────  ────────  ─────
        1  max_pool2d     640 B  pool

subgraphs of one operator: 1 fusible, but missed
subgraphs  operator  external  not with what is before  not with what is after
─────────  ────────  ────────  ───────────────────────  ──────────────────────
        1  linear     1.45 kB  fork (max_pool2d)        last

recommendations
· weights are 58.6 % of the external bytes (2.14 kB): fusion cannot save them, a
  larger batch reads them no more often
· 2 of 3 subgraphs do no more than 1 FLOP per byte: 57.1 % of the bytes for 8.5
  % of the work; fewer or narrower tensors help there, faster arithmetic does
  not
· 1 of 3 subgraphs runs one operator that could be part of a chain, mostly
  linear (1); they move 1.45 kB
· 1 tensor of 128 B is written because several operators read it: residual
  branches and the like; only a subgraph that takes all readers in saves it
)");
}

TEST(PartitionBalance, GivesMachinesEveryFigure) {
  const Json json = balance_json(small_report());
  EXPECT_EQ(json["size_histogram"].dump(), R"({"1":2,"2":1})");
  EXPECT_DOUBLE_EQ(json["statistics"]["operators"]["mean"].get<double>(), 4.0 / 3);
  EXPECT_EQ(json["statistics"]["flops"]["median"], 640);
  EXPECT_EQ(json["bottlenecks"]["memory_bound"]["subgraphs"], 1);
  EXPECT_EQ(json["structural"][0]["operator"], "pool");
  EXPECT_EQ(json["structural"][0]["role"], "pooling");
  EXPECT_EQ(json["structural"][0]["before"]["reason"], "not_in_vocabulary");
  EXPECT_EQ(json["missed"][0]["operator"], "fc");
  EXPECT_EQ(json["missed"][0]["before"]["operator"], "pool"); // the view is looked through
  EXPECT_EQ(json["missed"][0]["after"], nullptr);
  EXPECT_EQ(json["recommendations"][0]["topic"], "weights");
}

TEST(PartitionBalance, WritesOneFigurePerLineOfCsv) {
  const std::string csv = balance_csv(small_report());
  EXPECT_THAT(csv, HasSubstr("key,value\r\n"
                             "size_histogram.1,2\r\n"
                             "size_histogram.2,1\r\n"
                             "statistics.operators.mean,1.3333333333333333\r\n"));
  EXPECT_THAT(csv, HasSubstr("\r\nmissed.0.before.reason,fork\r\n"));
}

std::vector<std::string> topics(const partition::PartitionSummary &summary) {
  std::vector<std::string> topics;
  for (const Advice &advice : advice_on(summary, balance_of(summary)))
    topics.emplace_back(advice.topic);
  return topics;
}

TEST(PartitionAdvice, FollowsTheFigures) {
  auto summary = small_report().summary;
  EXPECT_THAT(topics(summary), ElementsAre("weights", "bandwidth", "singles", "forks"));
  summary.subgraphs[0].weight = 0; // weights are 1280 of 2792 bytes now
  summary.edges[3].refusal = partition::Refusal::join;
  EXPECT_THAT(topics(summary), ElementsAre("bandwidth", "singles", "joins"));
  summary.edges[3].refusal.reset(); // were fc fused with the pool, and large …
  summary.subgraphs[1].operators.push_back(4);
  summary.subgraphs[1].size = 2;
  summary.subgraphs[1].flops = 640'000;
  summary.operators[4].subgraph = 1;
  summary.subgraphs.pop_back();
  EXPECT_THAT(topics(summary), ElementsAre("layers")); // … relu → pool lies between two layers
  summary.edges[1].refusal.reset();
  EXPECT_THAT(topics(summary), IsEmpty());
}

TEST(PartitionAdvice, NamesThePairThatTheVocabularyLacks) {
  auto summary = small_report().summary;
  summary.operators[2].role = partition::Role::compute; // were the pool something fusible
  const auto advice = advice_on(summary, balance_of(summary));
  const auto pair = std::ranges::find(advice, "missed_pair", &Advice::topic);
  ASSERT_NE(pair, advice.end());
  EXPECT_EQ(pair->text,
            "relu → max_pool2d is no pair of modern: a row for it could keep 512 B inside");
  EXPECT_EQ(pair->bytes, 512u);
}

// A row alone would not mend a dependency on a whole grid; between two layers it stays one of them.
TEST(PartitionAdvice, DoesNotAskForARowWhereAGridMustBeWaitedFor) {
  auto summary = small_report().summary;
  summary.edges[1].refusal = partition::Refusal::grid_wide;
  summary.operators[2].role = partition::Role::compute;
  const auto advice = advice_on(summary, balance_of(summary));
  const auto pair = std::ranges::find(advice, "missed_pair", &Advice::topic);
  ASSERT_NE(pair, advice.end());
  EXPECT_EQ(pair->text,
            "relu → max_pool2d is no pair of modern: it waits for a whole grid, so only a "
            "barrier or a larger pattern could keep 512 B inside");
  summary.subgraphs[1].flops = 640'000;
  EXPECT_THAT(topics(summary), Contains("layers"));
  EXPECT_THAT(topics(summary), Not(Contains("missed_pair")));
}

TEST(PartitionAdvice, KnowsThatViewsLaunchNothing) {
  auto summary = small_report().summary;
  summary.accounting = "seed";
  summary.operators[2].role = partition::Role::view; // a launch of its own, as seed counts
  const auto advice = advice_on(summary, balance_of(summary));
  const auto free = std::ranges::find(advice, "free_operators", &Advice::topic);
  ASSERT_NE(free, advice.end());
  EXPECT_EQ(free->bytes, 640u);
  EXPECT_THAT(free->text, HasSubstr("1 of 3 subgraphs are a view"));
}

TEST(PartitionAdvice, OnAnUnfusedNetworkIsToFuse) {
  auto summary = small_report().summary;
  summary.strategy = "unfused";
  EXPECT_THAT(topics(summary), ElementsAre("strategy"));
}

TEST(PartitionSavings, ReadAsWritten) {
  EXPECT_EQ(savings_text(small_report()),
            R"(what fusion saves, against a launch per operator
launches                   4 →          3   saves         1, 25.0 %
external bytes       4.68 kB →    3.66 kB   saves   1.02 kB, 21.9 %
  of them by intermediates kept inside    1.02 kB   neither written nor read
memory reduction      21.9 %   of internal and external bytes

pattern      subgraphs  launches saved  unfused    fused    saved
───────────  ─────────  ──────────────  ───────  ───────  ───────
conv2d+relu          1               1  2.59 kB  1.57 kB  1.02 kB
)");
}

TEST(PartitionSavings, AddUpInEveryFormat) {
  const Json json = savings_json(small_report());
  EXPECT_EQ(json["unfused_launches"], 4);
  EXPECT_EQ(json["fused_launches"], 3);
  EXPECT_EQ(json["unfused_bytes"], 4680);
  EXPECT_EQ(json["saved_bytes"], 1024);
  EXPECT_EQ(json["shared_read_bytes"], 0);
  EXPECT_EQ(json["patterns"][0]["saved_bytes"], 1024);
  EXPECT_EQ(
      savings_csv(small_report()),
      "pattern,subgraphs,launches_saved,unfused_bytes,fused_bytes,saved_bytes,saved_fraction\r\n"
      "conv2d+relu,1,1,2592,1568,1024,0.3950617283950617\r\n"
      "total,1,1,4680,3656,1024,0.2188034188034188\r\n");
}

} // namespace
} // namespace fusesim::report
