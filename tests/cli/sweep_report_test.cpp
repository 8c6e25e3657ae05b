#include "expect.hpp"
#include "sweep_testing.hpp"

#include <algorithm>

namespace fusesim::test {
namespace {

using testing::HasSubstr;
using testing::Not;

class SweepReportTest : public SweepTest {
protected:
  std::string results(const std::string &text) const {
    const auto sweep = folder_.write("s.yaml", text);
    const auto outcome = run({"sweep", sweep, "-o", folder_.path("r.db")});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return folder_.path("r.db");
  }
  std::string two_fields() const {
    return results(
        "models: [resnet18]\ntargets: [t4]\nstrategies: [unfused, fused]\ndtypes: [f16]\n"
        "fields:\n  dram_bandwidth_gbps: [80, 160, 320]\n  launch_us: [0, 10, 20]\n"
        "objectives:\n  - latency_us\n"
        "  - {name: bandwidth, value: dram_bandwidth_gbps}\n");
  }
  nlohmann::json json(const std::string &file) const {
    const auto outcome = run({"sweep", "report", file, "--format", "json"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return nlohmann::json::parse(outcome.out);
  }
};

TEST_F(SweepReportTest, RanksByTheRowsOwnFigures) {
  const auto file = two_fields();
  const auto report = json(file);
  EXPECT_EQ(report["rows"], 18);
  const auto rows = nlohmann::json::parse(
      run({"sweep", folder_.path("s.yaml"), "-o", file, "--resume", "--format", "json"}).out);
  const auto best = *std::min_element(rows.begin(), rows.end(), [](const auto &a, const auto &b) {
    return a["latency_us"] < b["latency_us"];
  });
  EXPECT_EQ(report["best"][0]["configuration"], best["configuration"]);
  EXPECT_EQ(report["best"][0]["latency_us"], best["latency_us"]);
  // No row of the front is beaten by any row.
  for (const auto &front : report["pareto"])
    for (const auto &row : rows)
      EXPECT_FALSE(row["latency_us"] < front["latency_us"] &&
                   row["bandwidth"] <= front["bandwidth"])
          << row << front;
}

TEST_F(SweepReportTest, SharesOfVarianceAreShares) {
  const auto report = json(two_fields());
  ASSERT_EQ(report["sensitivity"].size(), 4U); // two strategies x two fields
  for (const auto &item : report["sensitivity"]) {
    EXPECT_GE(item["first_order"], 0);
    constexpr double kRounding = 1e-9;
    EXPECT_LE(item["first_order"].get<double>(), item["total"].get<double>() + kRounding);
    EXPECT_LE(item["total"].get<double>(), 1 + kRounding);
  }
}

TEST_F(SweepReportTest, SaysWhereFusionPays) {
  const auto report = json(two_fields());
  ASSERT_FALSE(report["crossovers"].empty());
  for (const auto &item : report["crossovers"]) {
    EXPECT_EQ(item["compared"], "strategy");
    EXPECT_EQ(item["reference"], "unfused");
    EXPECT_THAT(item["finding"].get<std::string>(), HasSubstr("unfused"));
  }
}

TEST_F(SweepReportTest, WritesAPageThatNeedsNothingElse) {
  const auto file = two_fields();
  const auto outcome = run({"sweep", "report", file, "--report", folder_.path("page.html"), "--svg",
                            folder_.path("plots")});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  const auto page = read_file(folder_.path("page.html"));
  EXPECT_THAT(page, testing::StartsWith("<!DOCTYPE html>"));
  EXPECT_THAT(page, HasSubstr("\"kind\":\"sweep\""));
  for (const auto *outside : {"<script src", "<link", "<img", "@import"})
    EXPECT_THAT(page, Not(HasSubstr(outside)));
  EXPECT_THAT(read_file(folder_.path("plots/sensitivity.svg")), testing::StartsWith("<svg "));
}

TEST_F(SweepReportTest, TellsTablesToPeopleAndSectionsToMachines) {
  const auto file = two_fields();
  const auto text = run({"sweep", "report", file}).out;
  for (const auto *part : {"18 of 18 configurations", "Best by latency_us", "Pareto front",
                           "Sensitivity of latency", "Crossovers"})
    EXPECT_THAT(text, HasSubstr(part));
  const auto csv =
      run({"sweep", "report", file, "--format", "csv", "--section", "sensitivity"}).out;
  EXPECT_EQ(count_lines(csv), 5U);
}

TEST_F(SweepReportTest, ListsFailures) {
  const auto report = json(results("models: [resnet18]\ntargets: [t4]\n"
                                   "fields: {l2_bandwidth_gbps: [1000, 100, 150]}\n"));
  EXPECT_EQ(report["failed"], 2);
  EXPECT_EQ(report["failures"].size(), 2U);
}

TEST_F(SweepReportTest, RefusesWhatIsNoResult) {
  expect_refusal({"sweep", "report"}, kUsage,
                 {"results is required", "fusesim sweep report --help"});
  expect_refusal({"sweep", "report", folder_.path("none.db")}, kWrongInput, {"no such file"});
  expect_refusal({"sweep", "report", folder_.write("a.db", "text")}, kWrongInput,
                 {"is no file of sweep results"});
}

} // namespace
} // namespace fusesim::test
