#include "report/table.hpp"

#include "support/error.hpp"

#include <gtest/gtest.h>

namespace fusesim::report {
namespace {

Table small_table() {
  Table table({{"model", "model"},
               {"batch", "batch"},
               {"latency_us", "latency", Unit::microseconds},
               {"hidden", ""}});
  table.add_row({std::string("resnet50"), std::int64_t{1}, 7120.0, std::string("a")});
  table.add_row({std::string("vit"), std::int64_t{256}, 85.5, std::string("b")});
  return table;
}

TEST(TextTable, AlignsTextsLeftAndNumbersRightByDisplayWidth) {
  EXPECT_EQ(to_text(small_table()), "model     batch  latency\n"
                                    "────────  ─────  ───────\n"
                                    "resnet50      1  7.12 ms\n"
                                    "vit         256  85.5 µs\n");
}

TEST(TextTable, KeepsAnEmptyTableReadable) {
  EXPECT_EQ(to_text(Table({{"a", "name"}, {"b", "size", Unit::bytes}})), "name  size\n"
                                                                         "────  ────\n");
}

TEST(TextTable, RightAlignsAbsentNumbers) {
  Table table({{"gain", "gain", Unit::ratio}});
  table.add_row({Cell()});
  table.add_row({12.5});
  EXPECT_EQ(to_text(table), "  gain\n"
                            "──────\n"
                            "     –\n"
                            "12.50×\n");
}

TEST(TextTable, MovesAConstantColumnToTheCaption) {
  Table table({{"model", "model"}, {"dtype", "dtype"}});
  table.add_row({std::string("a"), std::string("f16")});
  table.add_row({std::string("b"), std::string("f16")});
  EXPECT_EQ(to_text(table, {.hoist_columns = 2}), "dtype f16\n"
                                                  "\n"
                                                  "model\n"
                                                  "─────\n"
                                                  "a\n"
                                                  "b\n");
}

TEST(TextTable, KeepsConstantColumnsBehindTheLeadingOnes) {
  Table table({{"model", "model"}, {"tail", "tail", Unit::microseconds}});
  table.add_row({std::string("a"), 0.0});
  table.add_row({std::string("b"), 0.0});
  EXPECT_EQ(to_text(table, {.hoist_columns = 1}), "model  tail\n"
                                                  "─────  ────\n"
                                                  "a         0\n"
                                                  "b         0\n");
}

TEST(TextTable, KeepsTheColumnsOfASingleRow) {
  Table table({{"model", "model"}, {"dtype", "dtype"}});
  table.add_row({std::string("a"), std::string("f16")});
  EXPECT_EQ(to_text(table, {.hoist_columns = 2}), "model  dtype\n"
                                                  "─────  ─────\n"
                                                  "a      f16\n");
}

TEST(TextTable, BlanksRepeatedGroupCellsOnlyWhileTheGroupLasts) {
  Table table({{"m", "model"}, {"t", "target"}, {"v", "value"}});
  for (const std::string row : {"ax1", "ax2", "ay3", "by4"})
    table.add_row({row.substr(0, 1), row.substr(1, 1), row.substr(2)});
  EXPECT_EQ(to_text(table, {.group_columns = 2}), "model  target  value\n"
                                                  "─────  ──────  ─────\n"
                                                  "a      x       1\n"
                                                  "               2\n"
                                                  "       y       3\n"
                                                  "b      y       4\n");
}

TEST(TextTable, CutsLongTextsAtACharacterBorder) {
  Table table(std::vector<Column>{{"n", "n"}});
  table.add_row({std::string("µµµµµµ")});
  EXPECT_EQ(to_text(table, {.max_cell = 4}), "n\n"
                                             "────\n"
                                             "µµµ…\n");
}

TEST(TextTable, NeverLetsANameBreakTheLine) {
  Table table(std::vector<Column>{{"n", "n"}});
  table.add_row({std::string("a\nb")});
  EXPECT_EQ(to_text(table), "n\n"
                            "────\n"
                            "a\\nb\n");
}

TEST(TextTable, PrintsOneRowAsABlock) {
  Table table({{"model", "model"}, {"latency_us", "latency", Unit::microseconds}, {"x", ""}});
  table.add_row({std::string("resnet50"), 7120.0, std::string("hidden")});
  EXPECT_EQ(to_text_block(table), "model    resnet50\n"
                                  "latency  7.12 ms\n");
}

TEST(Table, RefusesARowOfTheWrongLength) {
  Table table({{"a", "a"}, {"b", "b"}});
  EXPECT_THROW(table.add_row({std::int64_t{1}}), InternalError);
}

} // namespace
} // namespace fusesim::report
