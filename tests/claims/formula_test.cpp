#include "claims/formula.hpp"

#include "claims_testing.hpp"

#include <map>

namespace fusesim::claims {
namespace {

using test::error_of;
using testing::ElementsAre;
using testing::HasSubstr;

/// Lists of values by name.
Formula::Source source_of(const std::map<std::string, std::vector<double>> &values) {
  return {
      [values](const std::string &name) { return values.at(name).size(); },
      [values](const std::string &name, std::size_t member) { return values.at(name).at(member); }};
}

double value_of(const std::string &text, const std::map<std::string, std::vector<double>> &values) {
  const Formula formula(text, "here");
  const auto source = source_of(values);
  formula.check(source);
  return formula.evaluate(source);
}

const std::map<std::string, std::vector<double>> kValues{
    {"a.x", {6}}, {"b.x", {4}}, {"list.x", {1, 5, 3}}, {"other.x", {2, 2, 6}}, {"pair.x", {1, 2}}};

TEST(Formula, CalculatesWithFiguresOfRuns) {
  EXPECT_DOUBLE_EQ(value_of("a.x / b.x", kValues), 1.5);
  EXPECT_DOUBLE_EQ(value_of("1 - b.x / a.x", kValues), 1 - 4.0 / 6);
  EXPECT_DOUBLE_EQ(value_of("a.x > b.x && b.x > 3", kValues), 1);
}

// By hand: 1, 5, 3 and 2, 2, 6.
TEST(Formula, CalculatesOverLists) {
  EXPECT_DOUBLE_EQ(value_of("mean(list.x)", kValues), 3);
  EXPECT_DOUBLE_EQ(value_of("median(list.x)", kValues), 3);
  EXPECT_DOUBLE_EQ(value_of("median(pair.x)", kValues), 1.5);
  EXPECT_DOUBLE_EQ(value_of("smallest(list.x)", kValues), 1);
  EXPECT_DOUBLE_EQ(value_of("largest(list.x)", kValues), 5);
  EXPECT_DOUBLE_EQ(value_of("total(list.x)", kValues), 9);
  EXPECT_DOUBLE_EQ(value_of("least_step(list.x)", kValues), -2); // steps 4 and -2
  EXPECT_DOUBLE_EQ(value_of("most_step(list.x)", kValues), 4);
  EXPECT_DOUBLE_EQ(value_of("mean(list.x / other.x)", kValues), (0.5 + 2.5 + 0.5) / 3);
  EXPECT_DOUBLE_EQ(value_of("mean(list.x * (a.x - 4)) / mean(other.x) + b.x", kValues),
                   6.0 / (10.0 / 3) + 4);
  EXPECT_DOUBLE_EQ(value_of("mean(list.x > 2)", kValues), 2.0 / 3); // a share
  EXPECT_DOUBLE_EQ(value_of("mean(list.x) + mean(pair.x)", kValues), 4.5);
}

TEST(Formula, NamesAllThatItUses) {
  const Formula formula("mean(list.x / a.x) - b.x * a.x", "here");
  EXPECT_THAT(formula.names(), ElementsAre("a.x", "b.x", "list.x"));
}

TEST(Formula, ShowsWhatListsWereMadeOf) {
  const Formula formula("mean(list.x / other.x) / smallest(pair.x)", "here");
  const auto series = formula.series(source_of(kValues));
  ASSERT_EQ(series.size(), 2U);
  EXPECT_EQ(series[0].text, "list.x / other.x");
  EXPECT_THAT(series[0].values, ElementsAre(0.5, 2.5, 0.5));
  EXPECT_THAT(series[1].values, ElementsAre(1, 2));
}

TEST(Formula, RefusesListsOutsideOfListFunctions) {
  const auto message = error_of([] { value_of("list.x / a.x", kValues); });
  EXPECT_THAT(message, HasSubstr("here: "));
  EXPECT_THAT(message, HasSubstr("'list.x' stands for 3 values"));
  EXPECT_THAT(message, HasSubstr("mean"));
}

TEST(Formula, RefusesListsOfDifferentLengths) {
  EXPECT_THAT(error_of([] { value_of("mean(list.x / pair.x)", kValues); }),
              HasSubstr("'pair.x' stands for 2 values, others for 3"));
}

TEST(Formula, RefusesListFunctionsOfNoList) {
  EXPECT_THAT(error_of([] { value_of("mean(a.x)", kValues); }), HasSubstr("no list to work on"));
}

TEST(Formula, SaysWhereItIsBroken) {
  EXPECT_THAT(error_of([] { Formula("mean(a.x", "f.yaml:3"); }), HasSubstr("f.yaml:3: "));
  EXPECT_THAT(error_of([] { Formula("mean(mean(a.x))", "f.yaml:3"); }),
              HasSubstr("inside of another"));
  EXPECT_THAT(error_of([] { Formula("a.x -", "f.yaml:3"); }), HasSubstr("f.yaml:3: "));
}

} // namespace
} // namespace fusesim::claims
