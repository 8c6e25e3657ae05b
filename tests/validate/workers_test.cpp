#include "validate/workers.hpp"

#include "validate_fixture.hpp"

#include <unistd.h>

#include <cstdlib>

using namespace fusesim;
using namespace fusesim::validate;
using test::add_case;

namespace {

const Labels kLabels{"a", "t4", "pytorch-eager", "f16", 1};

TEST(Workers, PredictAsOneProcessDoes) {
  Dataset dataset;
  for (int i = 1; i <= 40; ++i)
    add_case(dataset, kLabels, i, [i](Bench &bench) -> double {
      if (i % 10 == 0)
        throw Error("rows.csv:" + std::to_string(i), "is too hard");
      return i * bench.runtime("pytorch-eager").dispatch_us / 3;
    });
  Bench bench;
  const auto alone = run_cases(dataset, bench);
  for (const unsigned jobs : {1U, 2U, 3U, 64U}) {
    std::size_t last = 0;
    const auto shared = run_cases_in_workers(dataset, bench, jobs, [&](std::size_t done) {
      EXPECT_GE(done, last); // also called while nothing is new
      last = done;
    });
    EXPECT_EQ(last, 40U);
    ASSERT_EQ(shared.size(), alone.size());
    for (std::size_t i = 0; i < alone.size(); ++i) {
      EXPECT_EQ(shared[i].measurement, alone[i].measurement);
      EXPECT_EQ(shared[i].failure, alone[i].failure);
      ASSERT_EQ(shared[i].prediction.has_value(), alone[i].prediction.has_value());
      if (alone[i].prediction) {
        EXPECT_EQ(shared[i].prediction->value, alone[i].prediction->value) << "bit for bit";
      }
    }
  }
}

TEST(Workers, ThatDieLeaveFailuresAndNoHang) {
  Dataset dataset;
  const auto parent = getpid();
  for (int i = 0; i < 12; ++i)
    add_case(dataset, kLabels, 1, [=](Bench &) -> double {
      if (i == 5 && getpid() != parent)
        std::_Exit(9);
      return 1;
    });
  Bench bench;
  const auto outcomes = run_cases_in_workers(dataset, bench, 3);
  ASSERT_EQ(outcomes.size(), 12U);
  EXPECT_FALSE(outcomes[5].prediction);
  EXPECT_FALSE(outcomes[5].failure.empty());
  std::size_t predicted = 0;
  for (const auto &outcome : outcomes) {
    EXPECT_NE(outcome.prediction.has_value(), !outcome.failure.empty());
    predicted += outcome.prediction ? 1 : 0;
  }
  EXPECT_GE(predicted, 7U); // of the two workers that live
}

} // namespace
