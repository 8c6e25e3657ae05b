#include "validate/workers.hpp"

#include "support/workers.hpp"

#include <cstring>

namespace fusesim::validate {

namespace {

/// An answer: the prediction as plain bytes (both ends are this program), then the text of a failure.
std::string answer_of(const Case &one, Bench &bench) {
  Prediction prediction;
  std::string failure;
  try {
    prediction = one.predict(bench);
  } catch (const std::exception &error) {
    failure = error.what();
  }
  std::string answer(sizeof prediction, '\0');
  std::memcpy(answer.data(), &prediction, sizeof prediction);
  return answer + failure;
}

} // namespace

std::vector<Outcome> run_cases_in_workers(const Dataset &dataset, Bench &bench, unsigned jobs,
                                          const std::function<void(std::size_t)> &on_progress) {
  if (jobs <= 1)
    return run_cases(dataset, bench, on_progress);
  std::vector<Outcome> outcomes;
  for (const auto &one : dataset.cases)
    outcomes.push_back({one.get(), {}, "the process that worked on this row ended before it"});
  const auto take = [&](std::size_t index, const std::string &answer) {
    auto &outcome = outcomes.at(index);
    Prediction prediction;
    std::memcpy(&prediction, answer.data(), sizeof prediction);
    outcome.failure = answer.substr(sizeof prediction);
    if (outcome.failure.empty())
      outcome.prediction = prediction;
  };
  run_in_workers({dataset.cases.size(), jobs, "validate",
                  [&](std::size_t index) { return answer_of(*dataset.cases[index], bench); }, take,
                  on_progress});
  return outcomes;
}

} // namespace fusesim::validate
