#include "report/partition_visual.hpp"

#include "partition_fixture.hpp"
#include "report/text.hpp"
#include "support/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace fusesim::report {
namespace {

using testing::HasSubstr;
using testing::Not;

TextStyle columns(std::size_t width) {
  TextStyle style;
  style.width = width;
  return style;
}

std::vector<std::string> lines_of(const std::string &text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);)
    lines.push_back(line);
  return lines;
}

TEST(PartitionVisual, DrawsOperatorsBesideBoxes) {
  EXPECT_EQ(visual_text(small_report(), {}, columns(72)), R"(operators                subgraphs
                         ┌─ 0 conv2d+relu ────────────────────┐
conv     conv2d     ─┬─▶ │ 6.91 kFLOP             4.41 FLOP/B │
relu     relu       ─┘   │ external 1.57 kB     saved 1.02 kB │
                         └─ reads x ─────────── memory-bound ─┘
                         ┌─ 1 unfused ────────────────────────┐
pool     max_pool2d ─┬─▶ │ 0 FLOP                    0 FLOP/B │
flatten  view       ─┘   │ external 640 B           saved 0 B │
                         └─ reads 0 ──────── bandwidth-bound ─┘
                         ┌─ 2 unfused ────────────────────────┐
fc       linear     ───▶ │ 640 FLOP               0.44 FLOP/B │
                         │ external 1.45 kB         saved 0 B │
                         └─ reads 1 ──────── bandwidth-bound ─┘
bound by FLOP/B: compute > 50, balanced > 10, memory > 1, bandwidth
)");
}

TEST(PartitionVisual, ShowsShapesWhereThereIsRoom) {
  const std::string text = visual_text(small_report(), {}, columns(120));
  EXPECT_THAT(text, HasSubstr("conv     conv2d      1x8x4x4 ─┬─▶ │"));
  EXPECT_THAT(text, HasSubstr("flatten  view        1x32    ─┘   │"));
}

TEST(PartitionVisual, FitsEveryWidth) {
  for (const std::size_t width : {72, 80, 100, 120, 160})
    for (const std::string &line :
         lines_of(visual_text(with_operator_named(std::string(200, 'n')), {}, columns(width))))
      EXPECT_LE(display_width(line), width) << line;
}

TEST(PartitionVisual, CutsLongNamesInFrontForTheirEndsTellThemApart) {
  const auto report = with_operator_named("features.4.1.block.0.0.of_a_long_path.relu");
  EXPECT_THAT(visual_text(report, {}, columns(72)), HasSubstr("…_long_path.relu  relu"));
}

// Every box ends in the same column, whatever the width of the characters in the names.
TEST(PartitionVisual, AlignsWideCharacters) {
  for (const char *name : {"层.卷积", "e\u0301tage", "🚀", "tab\there", "", "\xff\xfe"}) {
    auto lines = lines_of(visual_text(with_operator_named(name), {}, columns(80)));
    lines.erase(lines.begin()); // the heading
    lines.pop_back();           // the legend
    for (const std::string &line : lines)
      EXPECT_EQ(display_width(line), display_width(lines.front())) << line;
  }
}

TEST(PartitionVisual, StretchesTheBoxBesideManyOperators) {
  PartitionReport report = small_report();
  auto &s = report.summary;
  s.subgraphs[0].operators = {0, 1, 2, 3, 4};
  s.subgraphs.resize(1);
  for (auto &op : s.operators)
    op.subgraph = 0;
  EXPECT_EQ(visual_text(report, {}, columns(72)), R"(operators                subgraphs
conv     conv2d     ─┐   ┌─ 0 conv2d+relu ────────────────────┐
relu     relu       ─┤   │ 6.91 kFLOP             4.41 FLOP/B │
pool     max_pool2d ─┼─▶ │ external 1.57 kB     saved 1.02 kB │
flatten  view       ─┤   │                                    │
fc       linear     ─┘   └─ reads x ─────────── memory-bound ─┘
bound by FLOP/B: compute > 50, balanced > 10, memory > 1, bandwidth
)");
}

TEST(PartitionVisual, DrawsNoBoxWhereNothingRuns) {
  PartitionReport report = small_report();
  report.summary.subgraphs[1].size = 0;
  EXPECT_THAT(visual_text(report, {}, columns(72)),
              HasSubstr("pool     max_pool2d ┄┄┄  1 no launch\n"
                        "flatten  view       ┄┄┄  1 no launch\n"));
}

TEST(PartitionVisual, ShowsAWindow) {
  const std::string text = visual_text(small_report(), {.start = 1, .max_nodes = 2}, columns(72));
  EXPECT_THAT(text, HasSubstr("(1 before)            ─┬─▶ │"));
  EXPECT_THAT(text, HasSubstr("relu       relu       ─┘   │"));
  EXPECT_THAT(text, HasSubstr("pool       max_pool2d ─┬─▶ │"));
  EXPECT_THAT(text, HasSubstr("(1 after)"));
  EXPECT_THAT(text, Not(HasSubstr("flatten")));
  EXPECT_THAT(text, Not(HasSubstr("linear")));
  EXPECT_THAT(text, HasSubstr("operators 1 to 2 of 5; more with --start 3\n"));
}

TEST(PartitionVisual, WindowsReachToTheEndAndNotBeyond) {
  EXPECT_THAT(visual_text(small_report(), {.start = 4, .max_nodes = 10}),
              HasSubstr("operators 4 to 4 of 5\n"));
  EXPECT_THAT(visual_text(small_report(), {.start = 3, .max_nodes = ~std::uint64_t{0}}),
              HasSubstr("operators 3 to 4 of 5\n"));
  try {
    (void)visual_text(small_report(), {.start = 5, .max_nodes = 1});
    FAIL();
  } catch (const Error &error) {
    EXPECT_THAT(error.what(), HasSubstr("small has 5, counted from 0"));
  }
}

TEST(PartitionVisual, ColoursBoxesByBottleneck) {
  TextStyle style = columns(72);
  style.colour = true;
  const std::string text = visual_text(small_report(), {}, style);
  EXPECT_THAT(text, HasSubstr("\x1b[33m┌─ 0 conv2d+relu")); // memory-bound
  EXPECT_THAT(text, HasSubstr("\x1b[31m┌─ 1 unfused"));     // bandwidth-bound
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (text[i] == '\x1b')
      i = text.find('m', i);
    else
      plain += text[i];
  EXPECT_EQ(plain, visual_text(small_report(), {}, columns(72)));
}

} // namespace
} // namespace fusesim::report
