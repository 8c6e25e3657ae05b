#include "sweep/analysis.hpp"

#include "sweep_testing.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <numbers>
#include <random>

namespace fusesim::sweep::test {
namespace {

/// A study of made-up rows: names are one value each unless given, "x", "y", … are numbers.
class Builder {
public:
  explicit Builder(std::string sampling = "grid") {
    study_.sampling = std::move(sampling);
    for (const auto *name : {"model", "target", "runtime", "dtype", "strategy"})
      add_dimension(name, "name", {"a"});
    study_.objectives = {{"latency_us", "latency_us", false}, {"cost", "cost", false}};
  }
  std::size_t add_dimension(const std::string &name, const std::string &role,
                            const std::vector<std::string> &labels) {
    Study::Dimension dimension;
    dimension.name = name;
    dimension.role = role;
    dimension.labels = labels;
    study_.dimensions.push_back(dimension);
    return study_.dimensions.size() - 1;
  }
  std::size_t add_number(const std::string &name, const std::vector<double> &values) {
    std::vector<std::string> labels;
    for (const double value : values)
      labels.push_back(std::to_string(value));
    const auto position = add_dimension(name, "field", labels);
    study_.dimensions[position].numeric = study_.dimensions[position].drawn = true;
    study_.dimensions[position].numbers = values;
    return position;
  }
  void set_labels(const std::string &name, const std::vector<std::string> &labels) {
    study_.dimensions[study_.dimension(name)].labels = labels;
  }
  void add_row(const std::map<std::string, std::uint32_t> &at, double latency, double cost = 0) {
    auto &row = study_.rows.emplace_back();
    row.number = study_.rows.size() - 1;
    for (const auto &dimension : study_.dimensions) {
      const auto found = at.find(dimension.name);
      row.at.push_back(found == at.end() ? 0 : found->second);
    }
    row.latency_us = latency;
    row.objectives = {latency, cost};
  }
  Study &study() { return study_; }

private:
  Study study_;
};

std::vector<std::uint64_t> numbers_of(const std::vector<const Study::Row *> &rows) {
  std::vector<std::uint64_t> numbers;
  for (const auto *row : rows)
    numbers.push_back(row->number);
  return numbers;
}

// ---- ranking

TEST(Ranking, FindsTheBestOfEachModel) {
  Builder b;
  b.set_labels("model", {"small", "large"});
  for (const double latency : {5, 3, 4})
    b.add_row({{"model", 0}}, latency);
  for (const double latency : {50, 30, 40})
    b.add_row({{"model", 1}}, latency);
  std::vector<std::uint64_t> numbers;
  for (const auto &ranked : best_rows(b.study(), 2))
    numbers.push_back(ranked.row->number);
  EXPECT_THAT(numbers, testing::ElementsAre(1, 2, 4, 5));
}

TEST(Ranking, FindsTheParetoFront) {
  //  cost 4 │ 0        0 (1,4)  1 (2,2)  2 (4,1): the front
  //       3 │    3     3 (2,3)  beaten by 1
  //       2 │    1  4  4 (3,2)  beaten by 1
  //       1 │        2 5 (4,1)  equal to 2: the first stands
  Builder b;
  b.add_row({}, 1, 4);
  b.add_row({}, 2, 2);
  b.add_row({}, 4, 1);
  b.add_row({}, 2, 3);
  b.add_row({}, 3, 2);
  b.add_row({}, 4, 1);
  EXPECT_THAT(numbers_of(pareto_front(b.study())), testing::ElementsAre(0, 1, 2));
  b.study().objectives[1].maximise = true; // now 0 beats all
  EXPECT_THAT(numbers_of(pareto_front(b.study())), testing::ElementsAre(0));
}

// ---- sensitivity

/// Rows over a full grid of x and y.
Builder grid(const std::vector<double> &x, const std::vector<double> &y,
             const std::function<double(double, double)> &latency) {
  Builder b;
  b.add_number("x", x);
  b.add_number("y", y);
  for (std::uint32_t i = 0; i < x.size(); ++i)
    for (std::uint32_t k = 0; k < y.size(); ++k)
      b.add_row({{"x", i}, {"y", k}}, latency(x[i], y[k]));
  return b;
}

TEST(Sensitivity, SharesOfASumAreTheShareOfItsTerms) {
  // Var(3x) = 9·Var{1,2,3} = 6, Var(y) = Var{1,2,3,4} = 1.25: shares 6/7.25 and 1.25/7.25
  auto b = grid({1, 2, 3}, {1, 2, 3, 4}, [](double x, double y) { return 3 * x + y; });
  const auto results = sensitivities(b.study());
  ASSERT_EQ(results.size(), 2U);
  EXPECT_NEAR(*results[0].first_order, 6 / 7.25, 1e-12);
  EXPECT_NEAR(*results[0].total, 6 / 7.25, 1e-12); // no interaction
  EXPECT_NEAR(*results[1].first_order, 1.25 / 7.25, 1e-12);
  EXPECT_NEAR(*results[1].total, 1.25 / 7.25, 1e-12);
}

TEST(Sensitivity, InteractionsCountInTotalsOnly) {
  // x·y over {−1, 1}²: neither alone says anything, together all.
  auto b = grid({-1, 1}, {-1, 1}, [](double x, double y) { return 10 + x * y; });
  for (const auto &result : sensitivities(b.study())) {
    EXPECT_NEAR(*result.first_order, 0, 1e-12);
    EXPECT_NEAR(*result.total, 1, 1e-12);
  }
}

TEST(Sensitivity, TotalsNeedAFullGrid) {
  auto b = grid({1, 2, 3}, {1, 2}, [](double x, double y) { return x + y; });
  b.study().rows.pop_back();
  for (const auto &result : sensitivities(b.study())) {
    EXPECT_TRUE(result.first_order.has_value());
    EXPECT_FALSE(result.total.has_value());
  }
}

TEST(Sensitivity, OneAtATimeFollowsOneFieldFromTheMiddle) {
  // The middle of {1, 2, 4} is 2, of {10, 20, 40} is 20; latency = x²·y has elasticities 2 and 1.
  auto b = grid({1, 2, 4}, {10, 20, 40}, [](double x, double y) { return x * x * y; });
  const auto results = sensitivities(b.study());
  ASSERT_TRUE(results[0].alone && results[1].alone);
  EXPECT_DOUBLE_EQ(results[0].alone->low_us, 20);
  EXPECT_DOUBLE_EQ(results[0].alone->base_us, 80);
  EXPECT_DOUBLE_EQ(results[0].alone->high_us, 320);
  EXPECT_DOUBLE_EQ(results[0].alone->swing, 300.0 / 80);
  EXPECT_NEAR(*results[0].alone->elasticity, 2, 1e-12);
  EXPECT_NEAR(*results[1].alone->elasticity, 1, 1e-12);
}

/// Ishigami & Homma (1990): sin x1 + 7 sin² x2 + 0.1 x3⁴ sin x1 on [−π, π]³. Its indices are known:
/// S = 0.3139, 0.4424, 0; ST = 0.5576, 0.4424, 0.2437. Plus 100, for latencies are positive.
double ishigami(double x1, double x2, double x3) {
  return 100 + std::sin(x1) + 7 * std::pow(std::sin(x2), 2) + 0.1 * std::pow(x3, 4) * std::sin(x1);
}

Builder drawn_ishigami(const Folder &folder, const std::string &sampling, const std::string &name) {
  // Three fields of a T4 as coordinates, mapped to [−π, π].
  const auto space = space_of(folder, "fields:\n  dram_efficiency: {linear: [0.2, 0.8]}\n"
                                      "  tensor_efficiency: {linear: [0.2, 0.8]}\n"
                                      "  cuda_core_efficiency: {linear: [0.2, 0.8]}\nsampling: {" +
                                          sampling + "}\n");
  Builder b(name);
  const std::size_t first = b.study().dimensions.size();
  for (const auto *x : {"x1", "x2", "x3"})
    b.add_number(x, {});
  std::vector<std::vector<double>> points;
  for (std::uint64_t i = 0; i < space.size(); ++i) {
    const auto configuration = space.at(i);
    std::vector<double> x;
    for (std::size_t d = 0; d < 3; ++d)
      x.push_back(
          (std::get<double>(configuration.values[configuration.values.size() - 3 + d]) - 0.5) /
          0.3 * std::numbers::pi);
    points.push_back(x);
  }
  for (std::size_t d = 0; d < 3; ++d) { // labels in rising order, as a study has them
    auto &dimension = b.study().dimensions[first + d];
    for (const auto &x : points)
      dimension.numbers.push_back(x[d]);
    std::sort(dimension.numbers.begin(), dimension.numbers.end());
    dimension.numbers.erase(std::unique(dimension.numbers.begin(), dimension.numbers.end()),
                            dimension.numbers.end());
    dimension.labels.resize(dimension.numbers.size());
  }
  for (const auto &x : points) {
    std::map<std::string, std::uint32_t> at;
    for (std::size_t d = 0; d < 3; ++d) {
      const auto &numbers = b.study().dimensions[first + d].numbers;
      at[b.study().dimensions[first + d].name] = static_cast<std::uint32_t>(
          std::lower_bound(numbers.begin(), numbers.end(), x[d]) - numbers.begin());
    }
    b.add_row(at, ishigami(x[0], x[1], x[2]));
  }
  b.study().points = space.points();
  return b;
}

TEST(Sensitivity, SaltelliSamplingFindsTheIndicesOfIshigami) {
  const Folder folder;
  auto b = drawn_ishigami(folder, "method: saltelli, count: 4096", "saltelli");
  const auto results = sensitivities(b.study());
  ASSERT_EQ(results.size(), 3U);
  EXPECT_NEAR(*results[0].first_order, 0.3139, 0.02);
  EXPECT_NEAR(*results[1].first_order, 0.4424, 0.02);
  EXPECT_NEAR(*results[2].first_order, 0.0, 0.02);
  EXPECT_NEAR(*results[0].total, 0.5576, 0.02);
  EXPECT_NEAR(*results[1].total, 0.4424, 0.02);
  EXPECT_NEAR(*results[2].total, 0.2437, 0.02);
}

// 27 of 55 points have the lower batch: it decides alone, and the other field nothing, however the points fall.
TEST(Sensitivity, DrawnPointsFindAFieldOfTwoValues) {
  for (const int lower : {20, 27, 28, 40}) {
    Builder b("random");
    std::vector<double> places;
    for (int i = 0; i < 55; ++i)
      places.push_back(i);
    b.add_number("batch", {1, 8});
    b.add_number("clock", places);
    for (std::uint32_t i = 0; i < 55; ++i) {
      const bool low = static_cast<int>(i * 17 % 55) < lower;
      b.add_row({{"batch", low ? 0 : 1}, {"clock", i}}, low ? 1 : 2);
    }
    const auto results = sensitivities(b.study());
    EXPECT_NEAR(*results[0].first_order, 1, 1e-9) << lower;
    EXPECT_LT(*results[1].first_order, 0.2) << lower;
  }
}

TEST(Sensitivity, FewDrawnPointsHaveNoShares) {
  Builder b("random");
  b.add_number("x", {1, 2, 3});
  for (std::uint32_t i = 0; i < 3; ++i)
    b.add_row({{"x", i}}, i);
  EXPECT_FALSE(sensitivities(b.study())[0].first_order.has_value());
}

/// Samples of the same function by other seeds say how far an estimate really is off; the error that
/// goes with an estimate is to be of that size.
TEST(Sensitivity, SaysHowFarChanceMayHaveMovedAShare) {
  constexpr int kSamples = 12;
  constexpr double kFirst[] = {0.3139, 0.4424, 0};
  const Folder folder;
  for (const std::string method : {"random", "saltelli"}) {
    double squares[3] = {}, claimed[3] = {};
    for (int seed = 0; seed < kSamples; ++seed) {
      // Blocks of a Sobol sequence far apart.
      auto b = drawn_ishigami(
          folder, "method: " + method + ", count: 400, seed: " + std::to_string(400 * seed),
          method);
      const auto results = sensitivities(b.study());
      for (std::size_t i = 0; i < 3; ++i) {
        squares[i] += std::pow(*results[i].first_order - kFirst[i], 2) / kSamples;
        claimed[i] += std::pow(*results[i].first_order_error, 2) / kSamples;
      }
    }
    for (std::size_t i = 0; i < 2; ++i) { // the third is cut at zero on drawn points
      // Points of a Sobol sequence are spread better than by chance, so their error is less.
      EXPECT_LT(std::sqrt(squares[i]), 2 * std::sqrt(claimed[i])) << method << i;
      if (method == "random") {
        EXPECT_GT(std::sqrt(squares[i]), 0.5 * std::sqrt(claimed[i])) << method << i;
      }
    }
  }
}

TEST(Sensitivity, GridsHaveNoErrorOfChance) {
  auto b = grid({1, 2, 3}, {1, 2, 3, 4}, [](double x, double y) { return 3 * x + y; });
  for (const auto &result : sensitivities(b.study()))
    EXPECT_FALSE(result.first_order_error || result.total_error);
}

TEST(Sensitivity, DrawnPointsFindTheFirstOrderOfIshigami) {
  const Folder folder;
  auto b =
      drawn_ishigami(folder, "method: latin-hypercube, count: 3000, seed: 5", "latin-hypercube");
  const auto results = sensitivities(b.study());
  EXPECT_NEAR(*results[0].first_order, 0.3139, 0.04);
  EXPECT_NEAR(*results[1].first_order, 0.4424, 0.04);
  EXPECT_NEAR(*results[2].first_order, 0.0, 0.04);
  EXPECT_FALSE(results[0].total.has_value());
}

// ---- crossovers

Builder fused_and_unfused(const std::function<double(double)> &unfused,
                          const std::function<double(double)> &fused) {
  Builder b;
  b.set_labels("strategy", {"unfused", "attention"});
  std::vector<double> x;
  for (int i = 0; i <= 20; ++i)
    x.push_back(i * 0.5);
  b.add_number("launch_us", x);
  for (std::uint32_t i = 0; i < x.size(); ++i) {
    b.add_row({{"strategy", 0}, {"launch_us", i}}, unfused(x[i]));
    b.add_row({{"strategy", 1}, {"launch_us", i}}, fused(x[i]));
  }
  return b;
}

TEST(Crossovers, FindWhereFusionStopsPaying) {
  // (100 + 10 x) / (100 + 5 x) = 1.05 at x = 5 / 4.75 = 1.0526; at x = 10, 200 / 150 is a gain of 1/3.
  auto b = fused_and_unfused([](double x) { return 100 + 10 * x; },
                             [](double x) { return 100 + 5 * x; });
  const auto found = crossovers(b.study(), 0.05);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].kind, Crossover::Kind::below);
  EXPECT_NEAR(found[0].from, 1.0526, 0.005); // between grid points it is interpolated
  EXPECT_EQ(found[0].from, found[0].to);
  EXPECT_NEAR(found[0].least_gain, 0, 1e-12);
  EXPECT_NEAR(found[0].most_gain, 1.0 / 3, 1e-12);
}

TEST(Crossovers, TellWhetherTheGainRisesOrFalls) {
  auto falls = fused_and_unfused([](double x) { return 120 + 10 * x; },
                                 [](double x) { return 100 + 10 * x; });
  // 5 %: 120 + 10x = 105 + 10.5x at x = 30, beyond the last point, 10
  EXPECT_EQ(crossovers(falls.study(), 0.05).at(0).kind, Crossover::Kind::always);
  // 12 %: 120 + 10x = 112 + 11.2x at x = 6.667
  const auto found = crossovers(falls.study(), 0.12);
  EXPECT_EQ(found.at(0).kind, Crossover::Kind::above);
  EXPECT_NEAR(found.at(0).from, 6.667, 0.01);
}

TEST(Crossovers, MayNeverCome) {
  auto b = fused_and_unfused([](double x) { return 101 + x; }, [](double x) { return 100 + x; });
  EXPECT_EQ(crossovers(b.study(), 0.05).at(0).kind, Crossover::Kind::never);
}

// ---- crossovers of drawn points

/// `count` random points of x in [0, 5], y in [1, 3] and z in [0, 1], which says nothing, each
/// fused and unfused. Unfused latency is 100 (1 + gain), fused 100.
Builder drawn(std::size_t count, const std::function<double(double x, double y)> &gain) {
  std::mt19937_64 random(1);
  const auto uniform = [&] { return static_cast<double>(random() >> 11) * 0x1p-53; };
  Builder b("random");
  b.set_labels("strategy", {"unfused", "attention"});
  std::vector<std::array<double, 3>> points;
  for (std::size_t i = 0; i < count; ++i)
    points.push_back({5 * uniform(), 1 + 2 * uniform(), uniform()});
  const char *const names[] = {"x", "y", "z"};
  std::vector<std::vector<double>> values(3);
  for (std::size_t d = 0; d < 3; ++d) {
    for (const auto &point : points)
      values[d].push_back(point[d]);
    std::sort(values[d].begin(), values[d].end());
    b.add_number(names[d], values[d]);
  }
  for (const auto &point : points) {
    std::map<std::string, std::uint32_t> at;
    for (std::size_t d = 0; d < 3; ++d)
      at[names[d]] = static_cast<std::uint32_t>(
          std::lower_bound(values[d].begin(), values[d].end(), point[d]) - values[d].begin());
    for (std::uint32_t strategy : {0U, 1U}) {
      at["strategy"] = strategy;
      b.add_row(at, strategy == 0 ? 100 * (1 + gain(point[0], point[1])) : 100);
    }
  }
  b.study().points = count;
  return b;
}

const Crossover *along(const Study &study, const std::vector<Crossover> &all,
                       const std::string &name) {
  for (const auto &one : all)
    if (one.along && study.dimensions[*one.along].name == name)
      return &one;
  return nullptr;
}

TEST(SampledCrossovers, FindThePlaceAndWhatTheOtherFieldsMakeOfIt) {
  // The gain x / 20 y reaches 5 % at x = y: for half of all y below 2, for the middle half of them
  // between 1.5 and 2.5.
  auto b = drawn(2000, [](double x, double y) { return x / (20 * y); });
  const auto found = crossovers(b.study(), 0.05);
  const auto *x = along(b.study(), found, "x");
  ASSERT_TRUE(x && x->sample);
  EXPECT_EQ(x->kind, Crossover::Kind::below);
  EXPECT_NEAR(x->sample->half, 2, 0.15);
  EXPECT_NEAR(x->from, 1.5, 0.2);
  EXPECT_NEAR(x->to, 2.5, 0.2);
  EXPECT_FALSE(x->sample->from_is_open || x->sample->to_is_open);
  EXPECT_EQ(x->sample->points, 2000U);
  // Of x in [0, 5] and y in [1, 3], x > y for 1 − 2/5 of all points.
  EXPECT_NEAR(static_cast<double>(x->sample->paying) / 2000, 0.6, 0.03);
  EXPECT_EQ(along(b.study(), found, "z"), nullptr); // which says nothing
}

TEST(SampledCrossovers, FindASharpPlaceFromFewPoints) {
  // y says nothing: the gain reaches 5 % at x = 1, between two neighbours of 100 points in [0, 5].
  auto b = drawn(100, [](double x, double) { return x / 20; });
  const auto found = crossovers(b.study(), 0.05);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_NEAR(found[0].sample->half, 1, 0.15);
  EXPECT_EQ(found[0].from, found[0].to);
}

TEST(SampledCrossovers, TellWhenTheGainFalls) {
  auto b = drawn(2000, [](double x, double y) { return 0.05 * y / x; });
  const auto found = crossovers(b.study(), 0.05);
  const auto *x = along(b.study(), found, "x");
  ASSERT_TRUE(x);
  EXPECT_EQ(x->kind, Crossover::Kind::above);
  EXPECT_NEAR(x->sample->half, 2, 0.15);
}

TEST(SampledCrossovers, ClaimNoPlaceOutsideOfThePoints) {
  // 5 % at every x for the 40 % of all y below 1.8, at x = y for the others: the first quarter lies
  // at no x that was drawn, a half below 2, three quarters below 2.5.
  auto b = drawn(4000, [](double x, double y) { return y < 1.8 || x > y ? 1.0 : 0.0; });
  const auto found = crossovers(b.study(), 0.05);
  const auto *x = along(b.study(), found, "x");
  ASSERT_TRUE(x);
  EXPECT_TRUE(x->sample->from_is_open);
  EXPECT_FALSE(x->sample->to_is_open);
  EXPECT_NEAR(x->sample->half, 2, 0.15);
  EXPECT_NEAR(x->to, 2.5, 0.2);
}

TEST(SampledCrossovers, SayWhenNoNumberDecides) {
  std::mt19937_64 random(7);
  auto b = drawn(500, [&](double, double) { return random() % 2 == 0 ? 0.0 : 0.1; });
  const auto found = crossovers(b.study(), 0.05);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_FALSE(found[0].along);
  EXPECT_EQ(found[0].kind, Crossover::Kind::mixed);
  EXPECT_FALSE(found[0].sample->too_few);
  auto few = drawn(10, [](double x, double) { return x / 20; });
  EXPECT_TRUE(crossovers(few.study(), 0.05).at(0).sample->too_few); // 10 over 5: 252 ways at most
}

TEST(SampledCrossovers, SayAlwaysAndNeverOnce) {
  auto always = drawn(100, [](double, double) { return 0.5; });
  auto never = drawn(100, [](double, double) { return 0.01; });
  ASSERT_EQ(crossovers(always.study(), 0.05).size(), 1U);
  EXPECT_EQ(crossovers(always.study(), 0.05)[0].kind, Crossover::Kind::always);
  EXPECT_EQ(crossovers(never.study(), 0.05).at(0).kind, Crossover::Kind::never);
}

TEST(Crossovers, ComparesTargetsWithEachOther) {
  Builder b;
  b.set_labels("target", {"gpu", "kpu"});
  b.add_number("batch", {1, 2, 3, 4});
  for (std::uint32_t i = 0; i < 4; ++i) {
    b.add_row({{"target", 0}, {"batch", i}}, 25);
    b.add_row({{"target", 1}, {"batch", i}}, 10 * (i + 1.0)); // 10, 20, 30, 40
  }
  const auto found = crossovers(b.study(), 0.05);
  ASSERT_EQ(found.size(), 1U);
  // The kpu is faster up to between 2 and 3: gains 25/20 − 1 = 0.25 and 25/30 − 1 = −1/6, so at 2.6.
  EXPECT_EQ(found[0].kind, Crossover::Kind::above);
  EXPECT_NEAR(found[0].from, 2.6, 1e-9);
}

} // namespace
} // namespace fusesim::sweep::test
