#include "expect.hpp"
#include "sweep_testing.hpp"

#include <algorithm>
#include <filesystem>

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

// Of drawn points the place is estimated; a grid over the same ranges says where it truly is.
TEST_F(SweepReportTest, SaysWhereFusionPaysOnDrawnPointsToo) {
  const auto text = [](const std::string &bandwidth, const std::string &launch,
                       const std::string &sampling) {
    return "models: [resnet18]\ntargets: [t4]\nstrategies: [unfused, fused]\ndtypes: [f16]\n"
           "fields:\n  dram_bandwidth_gbps: {log: [80, 640]" +
           bandwidth + "}\n  launch_us: {linear: [0, 20]" + launch + "}\n" + sampling;
  };
  const auto crossovers = [&](const std::string &sweep) {
    const auto outcome =
        run({"sweep", "report", results(sweep), "--gain", "180", "--format", "json"});
    std::filesystem::remove(folder_.path("r.db"));
    return nlohmann::json::parse(outcome.out)["crossovers"];
  };
  const auto along_launches = [](const nlohmann::json &all) {
    const auto found = std::find_if(all.begin(), all.end(),
                                    [](const auto &item) { return item["along"] == "launch_us"; });
    return found == all.end() ? nlohmann::json() : *found;
  };
  const auto grid =
      along_launches(crossovers(text(", count: 7", ", count: 21", "sampling: {method: grid}\n")));
  const auto drawn = along_launches(
      crossovers(text("", "", "sampling: {method: latin-hypercube, count: 200, seed: 3}\n")));
  ASSERT_EQ(grid["kind"], "below");
  ASSERT_EQ(drawn["kind"], "below") << drawn;
  EXPECT_EQ(drawn["points"], 200);
  EXPECT_TRUE(drawn["curves"].is_null());
  EXPECT_GE(drawn["half"].get<double>(), grid["from"].get<double>() - 0.5);
  EXPECT_LE(drawn["half"].get<double>(), grid["to"].get<double>() + 0.5);
  EXPECT_THAT(drawn["finding"].get<std::string>(), HasSubstr("middle half of the settings"));
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
  expect_refusal({"sweep", "report", folder_.path("")}, kWrongInput, {"is a directory"});
  expect_refusal({"sweep", "report", folder_.write("a.db", "text")}, kWrongInput,
                 {"is no file of sweep results"});
}

} // namespace
} // namespace fusesim::test
