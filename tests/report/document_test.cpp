#include "experiment_fixture.hpp"
#include "ir/zoo.hpp"
#include "report/document/claims_document.hpp"
#include "report/document/compare_document.hpp"
#include "report/document/document.hpp"
#include "report/document/page.hpp"
#include "report/document/page_template.hpp"
#include "report/document/run_document.hpp"
#include "report/document/simulate_document.hpp"
#include "targets/machine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fusesim::report {
namespace {

using testing::HasSubstr;
using testing::Not;

double sum(const Json &numbers) {
  double total = 0;
  for (const auto &[key, value] : numbers.items())
    total += value.get<double>();
  return total;
}

/// ResNet-18 on a T4, as the command line runs it, with its timeline.
struct RealRun {
  targets::Machine machine = targets::load_machine("t4");
  targets::Experiment experiment;
  RunReport report;

  explicit RealRun(const std::string &strategy) {
    experiment = targets::run_experiment(ir::build_zoo_model("resnet18"), machine,
                                         targets::load_runtime(machine.default_runtime),
                                         {.strategy = strategy, .timeline = true});
    Workload workload;
    workload.model = "resnet18";
    report = report_of(experiment, workload);
  }
  Json document() const {
    return detailed_run_document(experiment, report, targets::roofline_of(machine, experiment));
  }
};

TEST(RunDocument, HasTheFiguresOfTheTables) {
  const RealRun run("attention");
  const Json document = run.document(), table = run_json(run.report);
  for (const auto *key : {"latency_us", "launches", "dram_bytes", "flops", "attribution_us"})
    EXPECT_EQ(document.at(key), table.at(key)) << key;
  ASSERT_EQ(document["subgraphs"].size(), table["subgraphs"].size());
  for (std::size_t i = 0; i < table["subgraphs"].size(); ++i)
    for (const auto &[key, value] : table["subgraphs"][i].items())
      EXPECT_EQ(document["subgraphs"][i].at(key), value) << key;
}

TEST(RunDocument, AttributionSumsToTheLatencyAndToTheTimeOfEverySubgraphAndKernel) {
  for (const auto *strategy : {"unfused", "attention"}) {
    const Json document = RealRun(strategy).document();
    const double latency = document["latency_us"];
    EXPECT_NEAR(sum(document["attribution_us"]), latency, 1e-6 * latency);
    for (const auto &subgraph : document["subgraphs"])
      EXPECT_NEAR(sum(subgraph["attribution_us"]), subgraph["busy_us"].get<double>(), 1e-6);
    for (const auto &kernel : document["kernels"])
      EXPECT_NEAR(sum(kernel["attribution_us"]),
                  kernel["end_us"].get<double>() - kernel["start_us"].get<double>(), 1e-6);
  }
}

TEST(RunDocument, EveryOperatorStandsInItsSubgraphAndEveryRefusedEdgeBetweenTwo) {
  const Json document = RealRun("attention").document();
  const auto &operators = document["operators"];
  std::size_t listed = 0;
  for (const auto &subgraph : document["subgraphs"])
    listed += subgraph["operators"].size();
  EXPECT_EQ(listed, operators.size());
  for (const auto &edge : document["edges"]) {
    const bool apart = operators[edge["producer"].get<std::size_t>()]["subgraph"] !=
                       operators[edge["consumer"].get<std::size_t>()]["subgraph"];
    EXPECT_EQ(edge.contains("refusal"), apart) << edge;
    EXPECT_TRUE(!apart || edge["detail"] != "") << edge;
  }
}

TEST(RunDocument, TimelineLiesInTheRunAndBelowWhatTheMachineHas) {
  const RealRun run("attention");
  const Json document = run.document();
  const auto &timeline = document["timeline"];
  const double latency = document["latency_us"];
  const auto within = [&](const Json &spans) {
    for (std::size_t i = 0; i < spans["start_us"].size(); ++i)
      EXPECT_LE(spans["start_us"][i].get<double>() + spans["duration_us"][i].get<double>(),
                latency + 0.01);
    EXPECT_FALSE(spans["start_us"].empty());
  };
  within(timeline["host"]);
  for (const auto &stream : timeline["streams"])
    within(stream);
  ASSERT_EQ(timeline["units"].size(), 1U);
  EXPECT_EQ(timeline["units"][0]["count"], 40); // SMs of a T4 (datasheet)
  for (const auto &value : timeline["units"][0]["value"])
    EXPECT_LE(value, 40);
  for (const auto &link : timeline["links"])
    for (const auto &value : link["value"])
      EXPECT_LE(value.get<double>(), link["bytes_per_s"].get<double>() * 1.001);
}

TEST(RunDocument, RoofsAreTheMachinesDatasheetTimesWhatItSustains) {
  const RealRun run("attention");
  const auto roofline = targets::roofline_of(run.machine, run.experiment);
  // T4: 8.1 TFLOP/s of FP32, 320 GB/s (datasheet); nothing reaches more.
  ASSERT_FALSE(roofline.compute.empty());
  EXPECT_EQ(roofline.compute.front().name, "CUDA cores");
  EXPECT_LE(roofline.compute.front().per_second, 8.1e12);
  EXPECT_GE(roofline.compute.front().per_second, 8.1e12 / 3);
  EXPECT_EQ(roofline.bandwidth.front().name, "DRAM");
  EXPECT_LE(roofline.bandwidth.front().per_second, 320e9);
  EXPECT_GE(roofline.bandwidth.front().per_second, 320e9 / 2);
}

TEST(RunDocument, RoofOfATileMachineIsItsArraysRate) {
  const auto machine = targets::load_machine("kpu-t64");
  targets::ExperimentOptions options;
  options.dtype = ir::DType::i8;
  const auto experiment =
      targets::run_experiment(ir::build_zoo_model("resnet18"), machine,
                              targets::load_runtime(machine.default_runtime), options);
  const auto roofline = targets::roofline_of(machine, experiment);
  // 64 tiles × 2048 INT8 operations per clock × 0.475 GHz (published figures).
  ASSERT_EQ(roofline.compute.size(), 1U);
  EXPECT_NEAR(roofline.compute.front().per_second, 64 * 2048 * 0.475e9, 1e9);
}

TEST(SimulateDocument, HoldsARunAgainstTheSameWithoutFusion) {
  const RealRun unfused("unfused"), fused("attention");
  const DetailedRun a{&unfused.experiment, &unfused.report,
                      targets::roofline_of(unfused.machine, unfused.experiment)};
  const DetailedRun b{&fused.experiment, &fused.report,
                      targets::roofline_of(fused.machine, fused.experiment)};
  const Json document = simulate_document(a, b, true, "1.2.3");
  EXPECT_EQ(document["format"], kDocumentFormat);
  EXPECT_EQ(document["kind"], "simulate");
  EXPECT_EQ(document["title"], "resnet18 on t4");
  EXPECT_EQ(document["tool_version"], "1.2.3");
  EXPECT_EQ(document["asked"], 1);
  EXPECT_EQ(document["runs"][0]["strategy"], "unfused");
  EXPECT_EQ(document["runs"][1]["strategy"], "attention");
  EXPECT_EQ(document["causes"].size(), sim::kCauseCount);
}

RunReport with_subgraphs(std::size_t count) {
  RunReport report;
  report.model = "m";
  for (std::uint32_t i = 0; i < count; ++i) {
    SubgraphReport subgraph;
    subgraph.id = i;
    subgraph.busy_us = static_cast<double>(i % 50);
    report.subgraphs.push_back(subgraph);
  }
  return report;
}

TEST(CompareDocument, KeepsTheLongestSubgraphsWhereThereAreTooMany) {
  const std::vector<Comparison> comparisons(2, {with_subgraphs(100), with_subgraphs(20)});
  const std::vector<ComparisonRoofs> roofs(2);
  const Json all = compare_document(comparisons, roofs, "1");
  EXPECT_TRUE(all["notes"].empty());
  EXPECT_EQ(all["comparisons"][0]["unfused"]["subgraphs"].size(), 100U);

  const Json some = compare_document(comparisons, roofs, "1", {.subgraphs = 120});
  ASSERT_EQ(some["notes"].size(), 1U);
  EXPECT_THAT(some["notes"][0].get<std::string>(), HasSubstr("30 subgraphs"));
  const auto &kept = some["comparisons"][1]["unfused"]["subgraphs"];
  ASSERT_EQ(kept.size(), 30U);
  for (const auto &subgraph : kept)
    EXPECT_GE(subgraph["busy_us"], 35); // the 30 longest of 2 × (0 … 49)
  for (std::size_t i = 1; i < kept.size(); ++i)
    EXPECT_LT(kept[i - 1]["id"], kept[i]["id"]);
}

TEST(ClaimsDocument, HoldsClaimsAsTheCommandGivesThem) {
  const Json claims = Json::array({{{"id", "a"}, {"verdict", "refuted"}}});
  const Json document = claims_document(claims, {{"f.yaml", "about"}}, "1 claim: 1 refuted", "1");
  EXPECT_EQ(document["kind"], "claims");
  EXPECT_EQ(document["title"], "1 claim: 1 refuted");
  EXPECT_EQ(document["claims"], claims);
  EXPECT_EQ(document["descriptions"]["f.yaml"], "about");
  EXPECT_EQ(document["causes"].size(), sim::kCauseCount);
}

TEST(TableDocument, LeavesOutWhatIsForMachinesOnlyAndKeepsExactValues) {
  Table table({{"a", "A", Unit::bytes}, {"b", ""}, {"c", "C"}});
  table.add_row({std::uint64_t{1234567}, std::string("hidden"), Cell()});
  const Json json = table_document(table);
  EXPECT_EQ(json.dump(), R"({"columns":[{"key":"a","title":"A","unit":"bytes"},)"
                         R"({"key":"c","title":"C","unit":"none"}],"rows":[[1234567,null]]})");
}

TEST(Significant, RoundsToDigits) {
  EXPECT_EQ(significant(123456.789, 4), 123500);
  EXPECT_EQ(significant(0.00123456, 3), 0.00123);
  EXPECT_EQ(significant(0, 3), 0);
  EXPECT_EQ(significant(-9.999, 2), -10);
}

TEST(ScriptSafe, NothingEndsTheElementOrTheLine) {
  const Json json{{"name", "</script><!-- \u2028 \u2029 &"}};
  const auto text = script_safe(json);
  EXPECT_EQ(text, R"({"name":"\u003c/script>\u003c!-- \u2028 \u2029 &"})");
  EXPECT_EQ(Json::parse(text), json);
}

TEST(ScriptSafe, IsValidWhateverTheBytes) {
  const auto text = script_safe(Json{{"name", "\xff\xfe"}});
  EXPECT_NO_THROW({ [[maybe_unused]] const auto parsed = Json::parse(text); });
}

TEST(Page, HoldsTitleAndDocumentInOneFile) {
  if (page_template().empty())
    GTEST_SKIP() << "built without the page";
  const Json document =
      document_of({.kind = "simulate", .title = "a <b> & </title>", .tool_version = "1"});
  const auto page = report_page(document);
  EXPECT_THAT(page, testing::StartsWith("<!DOCTYPE html>"));
  EXPECT_THAT(page, HasSubstr("<title>a &lt;b&gt; &amp; &lt;/title&gt;</title>"));
  EXPECT_THAT(page, HasSubstr(script_safe(document)));
  EXPECT_THAT(page, HasSubstr("default-src 'none'")); // what forbids it the network
  EXPECT_THAT(page, Not(HasSubstr("<!--")));          // no place is left unfilled
}

} // namespace
} // namespace fusesim::report
