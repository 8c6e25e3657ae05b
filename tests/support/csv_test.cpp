#include "support/csv.hpp"
#include "support/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

using namespace fusesim;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

namespace {

class CsvTest : public ::testing::Test {
protected:
  CsvTest() { std::filesystem::create_directories(folder_); }
  ~CsvTest() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path write(const std::string &text) const {
    const auto file = folder_ / "table.csv";
    std::ofstream(file, std::ios::binary) << text;
    return file;
  }
  CsvTable read(const std::string &text) const { return read_csv(write(text)); }
  std::string error_of(const std::string &text) const {
    try {
      read(text);
    } catch (const Error &error) {
      return error.what();
    }
    return "no error";
  }

  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() /
      ("fusesim_csv_" +
       std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()));
};

// RFC 4180, section 2: rules 5 to 7 (quotes around commas, line breaks and doubled quotes).
TEST_F(CsvTest, ReadsQuotedCommasLineBreaksAndDoubledQuotes) {
  const auto table = read("name,note\n\"a,b\",\"says \"\"no\"\"\"\n\"two\nlines\",\n");
  EXPECT_THAT(table.columns, ElementsAre("name", "note"));
  ASSERT_EQ(table.rows.size(), 2U);
  EXPECT_THAT(table.rows[0].fields, ElementsAre("a,b", "says \"no\""));
  EXPECT_THAT(table.rows[1].fields, ElementsAre("two\nlines", ""));
}

TEST_F(CsvTest, EndsLinesEitherWayAndTheLastOneNotAtAll) {
  const auto unix_lines = read("a,b\n1,2\n3,4"), dos_lines = read("a,b\r\n1,2\r\n3,4\r\n");
  for (const auto *table : {&unix_lines, &dos_lines}) {
    EXPECT_THAT(table->columns, ElementsAre("a", "b"));
    ASSERT_EQ(table->rows.size(), 2U);
    EXPECT_THAT(table->rows[0].fields, ElementsAre("1", "2"));
    EXPECT_THAT(table->rows[1].fields, ElementsAre("3", "4"));
  }
}

// The header, 1; 2; 3 and 4; an empty line; 6 and 7; 8.
TEST_F(CsvTest, NamesTheLineOnWhichARowBegins) {
  const auto table = read("a,b\n1,2\n\"3\nthree\",4\n\n5,\"6\nsix\"\n7,8\n");
  std::vector<std::size_t> lines;
  for (const auto &row : table.rows)
    lines.push_back(row.line);
  EXPECT_THAT(lines, ElementsAre(2U, 3U, 6U, 8U));
  EXPECT_EQ(table.place_of(table.rows[1]), table.file + ":3");
}

TEST_F(CsvTest, FindsAColumnByItsWholeName) {
  const auto table = read("model,latency_ms\nresnet50,7\n");
  EXPECT_EQ(table.column("latency_ms"), 1U);
  EXPECT_EQ(table.column("latency"), std::nullopt);
}

TEST_F(CsvTest, NamesTheLineOfARowWithTooFewOrTooManyFields) {
  EXPECT_THAT(error_of("a,b\n1,2\n3\n4,5\n"), HasSubstr("table.csv:3: 1 fields under 2 columns"));
  EXPECT_THAT(error_of("a,b\n1,2,3\n"), HasSubstr("table.csv:2: 3 fields under 2 columns"));
  EXPECT_THAT(error_of("a,b\n\"1\n2\n3\"\n4,5\n"),
              HasSubstr("table.csv:2: 1 fields under 2 columns"));
}

TEST_F(CsvTest, NamesTheLineOnWhichAQuoteOpensThatNeverCloses) {
  EXPECT_THAT(error_of("a,b\n1,2\n3,\"four\n5,6\n"), HasSubstr("table.csv:3: a quote is never"));
  EXPECT_THAT(error_of("a,b\n1,2\n\"three,4\n5,6\n"), HasSubstr("table.csv:3: a quote is never"));
}

TEST_F(CsvTest, NamesTheLineOfAQuoteInsideAField) {
  EXPECT_THAT(error_of("a,b\n1,2\n5\"x,6\n"), HasSubstr("table.csv:3: "));
}

TEST_F(CsvTest, RefusesAFileWithoutColumnNames) {
  EXPECT_THAT(error_of(""), AllOf(HasSubstr("table.csv: is empty"), HasSubstr("first line")));
  EXPECT_THAT(error_of("\n\n"), HasSubstr("table.csv: is empty"));
}

TEST_F(CsvTest, RefusesTwoColumnsOfOneName) {
  EXPECT_THAT(error_of("a,b,a\n1,2,3\n"), HasSubstr("table.csv:1: a column is named twice"));
}

TEST_F(CsvTest, RefusesWhatCannotBeRead) {
  EXPECT_THAT([&] { read_csv(folder_ / "none.csv"); },
              ::testing::ThrowsMessage<Error>(
                  AllOf(HasSubstr("none.csv: cannot be read"), HasSubstr("No such file"))));
  EXPECT_THAT([&] { read_csv(folder_); },
              ::testing::ThrowsMessage<Error>(HasSubstr("cannot be read")));
}

} // namespace
