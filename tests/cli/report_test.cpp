#include "expect.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace fusesim::test {
namespace {

using testing::HasSubstr;

/// What a page shows, read out of its one <script type="application/json">.
nlohmann::json document_of(const std::string &page) {
  const std::string begin = "id=\"fusesim-document\">";
  const auto from = page.find(begin) + begin.size();
  return nlohmann::json::parse(page.substr(from, page.find("</script>", from) - from));
}

const std::vector<std::string> kSimulate{"simulate", "resnet18", "--target", "t4"};

std::vector<std::string> with(std::vector<std::string> arguments,
                              const std::vector<std::string> &more) {
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

TEST(Report, OfASimulationHasItsFiguresBesideThoseWithoutFusion) {
  const TemporaryFolder folder;
  const auto outcome = run(with(kSimulate, {"--strategy", "attention", "--format", "json",
                                            "--report", folder.path("r.html")}));
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const auto printed = nlohmann::json::parse(outcome.out);
  const auto document = document_of(read_file(folder.path("r.html")));
  EXPECT_EQ(document["asked"], 1);
  EXPECT_EQ(document["runs"][1]["latency_us"], printed["latency_us"]);
  EXPECT_EQ(document["runs"][1]["attribution_us"], printed["attribution_us"]);
  EXPECT_EQ(document["runs"][0]["strategy"], "unfused");
  EXPECT_FALSE(document["runs"][1]["timeline"]["host"]["start_us"].empty());
  EXPECT_THAT(folder.files(), testing::ElementsAre("r.html"));
}

TEST(Report, OfAnUnfusedRunShowsItFusedBeside) {
  const TemporaryFolder folder;
  const auto outcome =
      run(with(kSimulate, {"--strategy", "unfused", "--report", folder.path("r.html")}));
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const auto document = document_of(read_file(folder.path("r.html")));
  EXPECT_EQ(document["asked"], 0);
  EXPECT_NE(document["runs"][1]["strategy"], "unfused");
  EXPECT_LT(document["runs"][1]["latency_us"], document["runs"][0]["latency_us"]);
}

TEST(Report, IsRepeatable) {
  const TemporaryFolder folder;
  for (const auto *name : {"a.html", "b.html"})
    EXPECT_EQ(run(with(kSimulate, {"--report", folder.path(name)})).exit_code, 0);
  EXPECT_EQ(read_file(folder.path("a.html")), read_file(folder.path("b.html")));
}

TEST(Report, OfVitLargeStaysSmall) {
  const TemporaryFolder folder;
  const auto outcome = run({"simulate", "vit_l_16", "--target", "h100-sxm", "--batch", "8",
                            "--report", folder.path("r.html")});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_LT(read_file(folder.path("r.html")).size(), 5U << 20U);
}

TEST(Report, OfAComparisonHasEveryPair) {
  const TemporaryFolder folder;
  const auto outcome = run({"compare", "resnet18", "mobilenet_v2", "--target", "t4", "--target",
                            "kpu-t64", "--format", "json", "--report", folder.path("r.html")});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const auto printed = nlohmann::json::parse(outcome.out);
  const auto document = document_of(read_file(folder.path("r.html")));
  ASSERT_EQ(document["comparisons"].size(), printed.size());
  for (std::size_t i = 0; i < printed.size(); ++i)
    for (const auto *key : {"model", "target", "speedup"})
      EXPECT_EQ(document["comparisons"][i][key], printed[i][key]);
}

TEST(Report, OfMeasurementsHasEveryRow) {
  const TemporaryFolder folder;
  const auto csv = folder.write("m.csv", "model,gpu,precision,runtime,batch,latency_ms\n"
                                         "resnet18,t4,f16,pytorch-eager,1,2.5\n"
                                         "resnet50,t4,f16,pytorch-eager,1,6\n");
  const auto outcome =
      run({"validate", csv, "--format", "json", "--report", folder.path("r.html")});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const auto printed = nlohmann::json::parse(outcome.out);
  const auto document = document_of(read_file(folder.path("r.html")));
  EXPECT_EQ(document["summary"]["mape"], printed["mape"]);
  ASSERT_EQ(document["rows"].size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_NEAR(document["rows"][i]["predicted"].get<double>(),
                printed["predictions"][i]["predicted"].get<double>(), 1e-6);
    double shares = 0;
    for (const auto &share : document["rows"][i]["shares"])
      shares += share.get<double>();
    EXPECT_NEAR(shares, 1, 1e-3);
  }
}

TEST(Report, OfASweepIsWrittenAtItsEnd) {
  const TemporaryFolder folder;
  const auto sweep = folder.write("s.yaml", "models: [resnet18]\ntargets: [t4]\n"
                                            "fields: {launch_us: [0, 10]}\n");
  const auto outcome =
      run({"sweep", sweep, "-o", folder.path("r.db"), "--report", folder.path("r.html")});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const auto direct = document_of(read_file(folder.path("r.html")));
  EXPECT_EQ(direct["rows"]["number"].size(), 2U);
  ASSERT_EQ(run({"sweep", "report", folder.path("r.db"), "--report", folder.path("again.html")})
                .exit_code,
            0);
  EXPECT_EQ(document_of(read_file(folder.path("again.html"))), direct);
}

TEST(Report, RefusesWhatIsNoFile) {
  expect_refusal(with(kSimulate, {"--report", "-"}), kUsage, {"--report", "a page is a file"});
}

TEST(Report, RefusesAFolderThatIsNotThereBeforeItSimulates) {
  const TemporaryFolder folder;
  const std::string file = folder.path("nowhere/out.html");
  expect_refusal(with(kSimulate, {"--report", file}), kWrongInput,
                 {file, "No such file or directory"});
  const auto sweep = folder.write("s.yaml", "models: [resnet18]\ntargets: [t4]\n"
                                            "fields: {launch_us: [0, 10]}\n");
  expect_refusal({"sweep", sweep, "-o", folder.path("r.db"), "--report", file}, kWrongInput,
                 {file, "No such file or directory"});
  EXPECT_THAT(folder.files(), testing::ElementsAre("s.yaml")); // no results either
  expect_refusal({"sweep", sweep, "--dry-run", "--report", folder.path("r.html")}, kWrongInput,
                 {"--report", "dry run"});
}

TEST(Report, ReportsAFullDisk) {
  expect_refusal(with(kSimulate, {"--report", "/dev/full"}), kWrongInput,
                 {"/dev/full", "No space left"});
}

TEST(Report, LeavesTheOldFileWhenTheInputIsWrong) {
  const TemporaryFolder folder;
  const std::string file = folder.write("out.html", "old");
  expect_refusal({"simulate", "resnet51", "--target", "t4", "--report", file}, kWrongInput, {});
  EXPECT_EQ(read_file(file), "old");
  EXPECT_THAT(folder.files(), testing::ElementsAre("out.html"));
}

} // namespace
} // namespace fusesim::test
