#include "report/formats.hpp"

#include <gtest/gtest.h>

namespace fusesim::report {
namespace {

TEST(Csv, QuotesWhatRfc4180SaysMustBeQuoted) {
  Table table({{"name", ""}, {"size", "", Unit::bytes}});
  table.add_row({std::string("plain"), std::uint64_t{1}});
  table.add_row({std::string("a,b"), std::uint64_t{2}});
  table.add_row({std::string("say \"x\""), std::uint64_t{3}});
  table.add_row({std::string("two\nlines"), Cell()});
  EXPECT_EQ(to_csv(table), "name,size\r\n"
                           "plain,1\r\n"
                           "\"a,b\",2\r\n"
                           "\"say \"\"x\"\"\",3\r\n"
                           "\"two\nlines\",\r\n");
}

TEST(Csv, KeepsAnEmptyFirstField) {
  Table table({{"a", ""}, {"b", ""}});
  table.add_row({Cell(), std::string("x")});
  EXPECT_EQ(to_csv(table), "a,b\r\n,x\r\n");
}

TEST(Json, NestsDottedKeysAndKeepsTheOrder) {
  Table table(
      {{"model", ""}, {"attribution_us.compute", ""}, {"attribution_us.dram", ""}, {"last", ""}});
  table.add_row({std::string("m"), 1.5, 2.5, Cell()});
  EXPECT_EQ(to_json(table).dump(),
            R"([{"model":"m","attribution_us":{"compute":1.5,"dram":2.5},"last":null}])");
}

TEST(Json, WritesTensorsAsObjects) {
  const Cell cell = std::vector<TensorCell>{{"x", "input", "f32", {1, 3}}, {"y", "", "i64", {}}};
  EXPECT_EQ(to_json(cell).dump(), R"([{"shape":[1,3],"dtype":"f32","name":"x","role":"input"},)"
                                  R"({"shape":[],"dtype":"i64","name":"y"}])");
}

TEST(Json, StaysValidWhenANameIsNoUtf8) {
  const std::string text = to_text(Json{{"name", "a\xFFz"}});
  EXPECT_EQ(Json::parse(text)["name"], "a\uFFFDz");
}

TEST(Formats, LeaveColumnsForPeopleOut) {
  Table table({{"", "shown"}, {"key", ""}});
  table.add_row({std::string("s"), std::string("k")});
  EXPECT_EQ(to_csv(table), "key\r\nk\r\n");
  EXPECT_EQ(to_json(table).dump(), R"([{"key":"k"}])");
}

} // namespace
} // namespace fusesim::report
