#include "report/document/sweep_document.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace fusesim::report {
namespace {

/// One network on one machine over two fields of `values` values each; latency = 1 + a + 2·b, cost
/// falls as it rises.
sweep::Study study_of(std::uint32_t values) {
  sweep::Study study;
  study.name = "s";
  study.sampling = "grid";
  study.tool_version = "1";
  study.objectives = {{"latency_us", "latency_us", false}, {"cost", "cost", false}};
  for (const auto *name : {"model", "target", "runtime", "dtype", "strategy"}) {
    auto &dimension = study.dimensions.emplace_back();
    dimension.name = name;
    dimension.role = "name";
    dimension.labels = {"one"};
  }
  for (const auto *name : {"a", "b"}) {
    auto &dimension = study.dimensions.emplace_back();
    dimension.name = name;
    dimension.role = "field";
    dimension.numeric = dimension.drawn = true;
    for (std::uint32_t i = 0; i < values; ++i) {
      dimension.labels.push_back(std::to_string(i));
      dimension.numbers.push_back(i);
    }
  }
  for (std::uint32_t a = 0; a < values; ++a)
    for (std::uint32_t b = 0; b < values; ++b) {
      auto &row = study.rows.emplace_back();
      row.number = study.rows.size() - 1;
      row.at = {0, 0, 0, 0, 0, a, b};
      row.latency_us = 1.0 + a + 2.0 * b;
      row.objectives = {row.latency_us, 1000 - row.latency_us};
    }
  study.configurations = study.points = study.rows.size();
  return study;
}

TEST(SweepDocument, HasEveryRowByColumn) {
  const SweepReport report(study_of(4), {});
  const Json json = sweep_document(report);
  const auto &rows = json["rows"];
  EXPECT_EQ(json["kind"], "sweep");
  EXPECT_TRUE(json["notes"].empty());
  ASSERT_EQ(rows["number"].size(), 16U);
  EXPECT_TRUE(rows["at"][0].empty()); // one model: nothing to tell
  for (std::size_t i = 0; i < 16; ++i)
    EXPECT_EQ(rows["latency_us"][i].get<double>(),
              1 + rows["at"][5][i].get<double>() + 2 * rows["at"][6][i].get<double>());
  EXPECT_EQ(rows["objectives"][0], rows["latency_us"]);
  EXPECT_EQ(json["best"]["rows"].size(), best_table(report).rows().size());
  EXPECT_EQ(json["pareto"]["rows"].size(), report.pareto.size());
}

TEST(SweepDocument, ThinsWhatIsTooMuchAndSaysSo) {
  const SweepReport report(study_of(60), {.top = 5});
  const Json json = sweep_document(report, {.rows = 1000});
  ASSERT_EQ(json["notes"].size(), 1U);
  EXPECT_THAT(json["notes"][0].get<std::string>(), testing::HasSubstr("of 3600 configurations"));
  std::set<std::uint64_t> kept;
  for (const auto &number : json["rows"]["number"])
    kept.insert(number.get<std::uint64_t>());
  EXPECT_EQ(kept.size(), json["rows"]["number"].size()); // none twice
  EXPECT_LE(kept.size(), 1000U);
  EXPECT_GE(kept.size(), 900U);
  for (const auto &ranked : report.best)
    EXPECT_TRUE(kept.contains(ranked.row->number));
  // Along a, b is at its middle, the 30th of 60 values, and so the other way round.
  for (std::uint64_t i = 0; i < 60; ++i) {
    EXPECT_TRUE(kept.contains(i * 60 + 30)) << i;
    EXPECT_TRUE(kept.contains(30 * 60 + i)) << i;
  }
}

} // namespace
} // namespace fusesim::report
