#include "validate/fields.hpp"

#include "support/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

using namespace fusesim;
using namespace fusesim::validate;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

namespace {

/// One row at line 7, with a column of each kind of content.
class FieldsTest : public ::testing::Test {
protected:
  const CsvTable table_{"rows.csv",
                        {"name", "empty", "whole", "half", "zero", "minus", "word", "endless"},
                        {{7, {"resnet50", "", "16.0", "2.5", "0", "-3", "12ms", "inf"}}}};
  const Fields fields_{table_, table_.rows[0]};

  static std::string error_of(const std::function<void()> &read) {
    try {
      read();
    } catch (const Error &error) {
      return error.what();
    }
    return "no error";
  }
};

TEST_F(FieldsTest, ReadTextAndNumbersByColumn) {
  EXPECT_EQ(fields_.text("name"), "resnet50");
  EXPECT_DOUBLE_EQ(fields_.positive("half"), 2.5);
  EXPECT_EQ(fields_.count("whole"), 16);
  EXPECT_EQ(fields_.size("zero"), 0);
  EXPECT_EQ(fields_.place(), "rows.csv:7");
}

TEST_F(FieldsTest, TakeTheOtherValueWhereTheColumnIsEmptyOrMissing) {
  EXPECT_EQ(fields_.text_or("empty", "none"), "none");
  EXPECT_EQ(fields_.text_or("missing", "none"), "none");
  EXPECT_EQ(fields_.text_or("name", "none"), "resnet50");
  EXPECT_EQ(fields_.count_or("empty", 3), 3);
  EXPECT_EQ(fields_.count_or("whole", 3), 16);
  EXPECT_FALSE(fields_.has("empty"));
  EXPECT_FALSE(fields_.has("missing"));
  EXPECT_TRUE(fields_.has("zero"));
}

TEST_F(FieldsTest, NameFileLineAndColumnOfEveryFault) {
  const auto check = [](const std::string &error, const char *column, const char *fault) {
    EXPECT_THAT(error, AllOf(StartsWith("rows.csv:7: "), HasSubstr("'" + std::string(column) + "'"),
                             HasSubstr(fault)));
  };
  check(error_of([&] { fields_.text("missing"); }), "missing", "is missing");
  check(error_of([&] { fields_.text("empty"); }), "empty", "is empty");
  check(error_of([&] { fields_.positive("word"); }), "word", "is no number: '12ms'");
  check(error_of([&] { fields_.positive("endless"); }), "endless", "is no number");
  check(error_of([&] { fields_.positive("zero"); }), "zero", "must be above 0");
  check(error_of([&] { fields_.count("zero"); }), "zero", "a whole number from 1");
  check(error_of([&] { fields_.count("half"); }), "half", "a whole number from 1");
  check(error_of([&] { fields_.size("minus"); }), "minus", "a whole number from 0");
  // Not silently the other value: something is there, and it is wrong.
  check(error_of([&] { fields_.count_or("word", 1); }), "word", "is no number");
}

} // namespace
