#include "expect.hpp"
#include "sweep_testing.hpp"
#include "terminal.hpp"

#include <csignal>

namespace fusesim::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

TEST_F(SweepTest, HasTheSameRowsAtAnyNumberOfWorkers) {
  const auto sweep = sweep_of(10);
  const auto one = run({"sweep", sweep, "-o", folder_.path("1.db"), "-j", "1", "--format", "csv"});
  ASSERT_EQ(one.exit_code, 0) << one.err;
  EXPECT_EQ(one.err, ""); // silent in a pipe
  EXPECT_EQ(count_lines(one.out), 1U + 2 * 10 * 10);
  const auto three =
      run({"sweep", sweep, "-o", folder_.path("3.db"), "-j", "3", "--format", "csv"});
  EXPECT_EQ(three.out, one.out);
}

TEST_F(SweepTest, AgreesWithSimulate) {
  const auto sweep = folder_.write("s.yaml", "models: [resnet50]\ntargets: [a100-sxm-40gb]\n"
                                             "dtypes: [f16]\nstrategies: [fused]\nbatch: [8]\n");
  const auto rows = run({"sweep", sweep, "-o", folder_.path("a.db"), "--format", "json"});
  ASSERT_EQ(rows.exit_code, 0) << rows.err;
  const auto row = nlohmann::json::parse(rows.out).at(0);
  const auto alone = run({"simulate", "resnet50", "--target", "a100-sxm-40gb", "--dtype", "f16",
                          "--strategy", "attention", "--batch", "8", "--format", "json"});
  const auto figures = nlohmann::json::parse(alone.out);
  for (const auto *key : {"latency_us", "launches", "dram_bytes", "flops", "strategy", "runtime"})
    EXPECT_EQ(row[key], figures[key]) << key;
  for (const auto &[cause, us] : figures["attribution_us"].items())
    EXPECT_EQ(row[cause + "_us"], us) << cause;
}

TEST_F(SweepTest, SaysItsSizeBeforeItRuns) {
  const auto sweep = sweep_of(7);
  const auto dry = run({"sweep", sweep, "--dry-run", "--format", "json", "-j", "2"},
                       {.folder = folder_.path("")});
  ASSERT_EQ(dry.exit_code, 0) << dry.err;
  const auto json = nlohmann::json::parse(dry.out);
  EXPECT_EQ(json["configurations"], 2 * 10 * 7);
  EXPECT_GT(json["estimate_seconds"], 0);
  EXPECT_EQ(json["jobs"], 2);
  const auto shard = run({"sweep", sweep, "--dry-run", "--format", "json", "--shard", "1/3"});
  EXPECT_EQ(nlohmann::json::parse(shard.out)["configurations"], 47); // 140 = 47 + 47 + 46
  EXPECT_THAT(folder_.files(), testing::ElementsAre("s.yaml"));
}

TEST_F(SweepTest, ShippedSweepsAreSound) {
  const std::map<std::string, int> sizes{{"launch-overhead", 2 * 2 * 4 * 41},
                                         {"dram-l2-batch", 2 * 9 * 7 * 6},
                                         {"kpu-scratchpad-tiles", 2 * 2 * 2 * 8 * 4},
                                         {"array-shape", 4 * 2 * 7},
                                         {"gpu-memory-launch", 1000}};
  for (const auto &[name, size] : sizes) {
    const auto dry = run({"sweep", kSweeps + name + ".yaml", "--dry-run", "--format", "json"});
    ASSERT_EQ(dry.exit_code, 0) << dry.err;
    EXPECT_EQ(nlohmann::json::parse(dry.out)["configurations"], size) << name;
  }
  EXPECT_EQ(run({"sweep", kSweeps + "gpu-design.yaml", "--dry-run"}).exit_code, 0);
}

TEST_F(SweepTest, WritesWholeNumbersAsSuch) {
  const auto sweep =
      folder_.write("s.yaml", "models: [resnet18]\ntargets: [t4]\nbatch: [2]\n"
                              "fields: {sm_count: {linear: [20, 40], count: 2}, l2_mib: [4]}\n");
  const auto rows = run({"sweep", sweep, "-o", folder_.path("r.db"), "--format", "json"});
  ASSERT_EQ(rows.exit_code, 0) << rows.err;
  EXPECT_THAT(rows.out, HasSubstr("\"batch\":2,"));
  EXPECT_THAT(rows.out, HasSubstr("\"sm_count\":40,"));
  EXPECT_THAT(rows.out, HasSubstr("\"l2_mib\":4.0,"));
  const auto report =
      run({"sweep", "report", folder_.path("r.db"), "--format", "csv", "--section", "best"}).out;
  EXPECT_THAT(report, testing::ContainsRegex(",2,[^.]*,40,"));
}

TEST_F(SweepTest, RoundsNumbersForPeople) {
  const auto outcome = run({"sweep", sweep_of(40), "-o", folder_.path("r.db"), "--overwrite"});
  EXPECT_THAT(outcome.out, HasSubstr("best latency"));
  EXPECT_THAT(outcome.out, Not(testing::ContainsRegex("[0-9]\\.[0-9][0-9][0-9][0-9][0-9]")));
}

TEST_F(SweepTest, KeepsAFailingConfigurationAsARow) {
  // An L2 slower than the DRAM behind it is refused (T4: 320 GB/s of DRAM).
  const auto sweep = folder_.write("s.yaml", "models: [resnet18]\ntargets: [t4]\n"
                                             "fields: {l2_bandwidth_gbps: [1000, 100, 2000]}\n");
  const auto outcome = run({"sweep", sweep, "-o", folder_.path("r.db"), "--format", "json"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.err, HasSubstr("warning: 1 of 3 configurations failed"));
  const auto rows = nlohmann::json::parse(outcome.out);
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_THAT(rows[1]["error"].get<std::string>(), HasSubstr("s.yaml:3"));
  EXPECT_TRUE(rows[1]["latency_us"].is_null());
  EXPECT_TRUE(rows[2]["error"].is_null());
  EXPECT_GT(rows[2]["latency_us"], 0);
}

TEST_F(SweepTest, WritesRowsWhereTheNameSays) {
  const auto sweep = sweep_of(1);
  EXPECT_EQ(run({"sweep", sweep, "-o", folder_.path("r.csv")}).exit_code, 0);
  EXPECT_EQ(run({"sweep", sweep, "-o", folder_.path("q.json")}).exit_code, 0);
  EXPECT_THAT(folder_.files(), testing::ElementsAre("q.db", "q.json", "r.csv", "r.db", "s.yaml"));
  EXPECT_EQ(count_lines(read_file(folder_.path("r.csv"))), 21U);
  EXPECT_EQ(nlohmann::json::parse(read_file(folder_.path("q.json"))).size(), 20U);
}

TEST_F(SweepTest, DoesNotReplaceResultsUnasked) {
  const auto sweep = sweep_of(1), results = folder_.path("r.db");
  ASSERT_EQ(run({"sweep", sweep, "-o", results}).exit_code, 0);
  expect_refusal({"sweep", sweep, "-o", results}, kWrongInput, {"exists already", "--resume"});
  EXPECT_EQ(run({"sweep", sweep, "-o", results, "--overwrite"}).exit_code, 0);
  expect_refusal({"sweep", sweep_of(2), "-o", results, "--resume"}, kWrongInput,
                 {"results of another sweep"});
}

TEST_F(SweepTest, RefusesWhatItCannotDo) {
  const auto sweep = sweep_of(1);
  expect_refusal({"sweep"}, kUsage, {"SWEEP.yaml"});
  expect_refusal({"sweep", folder_.path("none.yaml")}, kWrongInput, {"none.yaml: no such file"});
  expect_refusal({"sweep", sweep, "-j", "0"}, kUsage, {"--jobs"});
  expect_refusal({"sweep", sweep, "--shard", "0/2"}, kWrongInput, {"--shard", "'0/2'", "1/4"});
  expect_refusal({"sweep", sweep, "--shard", "3/2"}, kWrongInput, {"'3/2'"});
  expect_refusal({"sweep", sweep, "--shard", "half"}, kWrongInput, {"'half'"});
  expect_refusal({"sweep", sweep, sweep}, kWrongInput, {"one file at a time"});
  expect_refusal({"sweep", sweep, "-o", folder_.path("no/r.db")}, kWrongInput,
                 {"r.db: there is no folder '" + folder_.path("no") + "'"});
  expect_refusal({"sweep", sweep, "-o", folder_.path("")}, kWrongInput, {"is a directory"});
  expect_refusal({"sweep", sweep, "--resume", "--overwrite"}, kUsage, {"--resume", "--overwrite"});
  expect_refusal({"sweep", sweep, "--retry-failed"}, kUsage, {"--retry-failed requires --resume"});
  expect_refusal({"sweep", "--merge", "-o", folder_.path("r.db")}, kUsage,
                 {"file of results to merge"});
  expect_refusal({"sweep", "--merge", sweep, "--resume"}, kUsage, {"--merge", "--resume"});
  expect_refusal({"sweep", "--merge", sweep}, kWrongInput, {"--merge", "-o FILE"});
  expect_refusal({"sweep", "--merge", sweep, "-o", folder_.path("r.db")}, kWrongInput,
                 {"is no file of sweep results"});
}

TEST_F(SweepTest, ShardsMergeIntoTheWhole) {
  const auto sweep = sweep_of(5);
  std::vector<std::string> merge{"sweep", "--merge", "-o", folder_.path("all.db")};
  for (const auto *shard : {"1/3", "2/3", "3/3"}) {
    const auto file = folder_.path(std::string("part") + shard[0] + ".db");
    ASSERT_EQ(run({"sweep", sweep, "--shard", shard, "-o", file}).exit_code, 0);
    merge.push_back(file);
  }
  const auto merged = run(merge);
  EXPECT_EQ(merged.exit_code, 0);
  EXPECT_EQ(merged.err, "");
  EXPECT_THAT(merged.out, HasSubstr("3 files"));
  EXPECT_THAT(merged.out, HasSubstr("100 of 100\n"));
  EXPECT_EQ(rows_of(sweep, folder_.path("all.db")), undisturbed(sweep));
}

TEST_F(SweepTest, SaysWhatAMergeLacks) {
  const auto sweep = sweep_of(5), part = folder_.path("part.db");
  ASSERT_EQ(run({"sweep", sweep, "--shard", "2/4", "-o", part}).exit_code, 0);
  const auto merged = run({"sweep", "--merge", part, "-o", folder_.path("all.db")});
  EXPECT_EQ(merged.exit_code, 0);
  EXPECT_THAT(merged.err, HasSubstr("75 configurations of the sweep are in none of the files"));
}

TEST_F(SweepTest, ShowsProgressOnATerminalOnly) {
  const auto outcome =
      run_on_terminal({"sweep", sweep_of(20), "-o", folder_.path("r.db"), "-j", "1"}, 120);
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.out, HasSubstr("400/400  100 %"));
  EXPECT_THAT(outcome.out, HasSubstr("ETA"));
  EXPECT_THAT(outcome.out, HasSubstr("best"));
  EXPECT_THAT(outcome.out, HasSubstr("/s"));
}

TEST_F(SweepTest, TakesFilesRelativeToItsOwn) {
  folder_.write("mine.yaml", "base: t4\nl2_mib: 5\n");
  const auto sweep = folder_.write(
      "s.yaml", "models: [resnet18]\ntargets: [./mine.yaml]\nfields: {sm_count: [20]}\n");
  const auto outcome = run({"sweep", sweep, "-o", folder_.path("r.db"), "--format", "json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(nlohmann::json::parse(outcome.out).at(0)["target"], "./mine.yaml");
}

} // namespace
} // namespace fusesim::test
