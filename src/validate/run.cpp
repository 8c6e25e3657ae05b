#include "validate/run.hpp"

#include "support/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace fusesim::validate {

std::string key_of(const Labels &labels, Label label) {
  switch (label) {
  case Label::machine:
    return "machine=" + labels.machine;
  case Label::runtime:
    return "runtime=" + labels.runtime;
  case Label::model:
    return "model=" + labels.model;
  case Label::dtype:
    return "dtype=" + labels.dtype;
  case Label::batch:
    break;
  }
  return fmt::format("batch={}", labels.batch);
}

std::vector<Outcome> run_cases(const Dataset &dataset, Bench &bench,
                               const std::function<void(std::size_t)> &on_progress) {
  std::vector<Outcome> outcomes;
  for (const auto &measurement : dataset.cases) {
    Outcome outcome{measurement.get(), {}, {}};
    try {
      outcome.prediction = measurement->predict(bench);
    } catch (const Error &error) {
      outcome.failure = error.what();
    }
    outcomes.push_back(std::move(outcome));
    if (on_progress)
      on_progress(outcomes.size());
  }
  return outcomes;
}

Summary summarise(std::span<const Outcome> outcomes) {
  std::vector<Pair> pairs;
  for (const auto &outcome : outcomes)
    if (outcome.prediction)
      pairs.push_back({outcome.prediction->value, outcome.measurement->measured});
  return summarise(std::span<const Pair>(pairs));
}

std::vector<Group> group_by(std::span<const Outcome> outcomes, std::span<const Label> labels) {
  struct Members {
    std::string key;
    std::vector<Pair> pairs;
  };
  std::map<std::pair<std::string, std::int64_t>, Members> groups; // batches sort as numbers
  for (const auto &outcome : outcomes) {
    if (!outcome.prediction)
      continue;
    const auto &of = outcome.measurement->labels;
    std::string key, sorted;
    std::int64_t batch = 0;
    for (const auto label : labels) {
      key.append(key.empty() ? "" : " ").append(key_of(of, label));
      if (label == Label::batch)
        batch = of.batch;
      else
        sorted.append(key_of(of, label)).append(" ");
    }
    auto &group = groups[{sorted, batch}];
    group.key = key;
    group.pairs.push_back({outcome.prediction->value, outcome.measurement->measured});
  }
  std::vector<Group> result;
  for (const auto &[order, group] : groups)
    result.push_back({group.key, summarise(std::span<const Pair>(group.pairs))});
  return result;
}

std::vector<SpeedUp> speed_ups(std::span<const Outcome> outcomes, Bench &bench) {
  const auto fuses = [&](const Outcome &outcome) {
    return bench.runtime(outcome.measurement->labels.runtime).strategy != "unfused";
  };
  std::map<std::string, std::vector<const Outcome *>> same_work;
  for (const auto &outcome : outcomes)
    if (outcome.prediction && !outcome.measurement->pairing.empty())
      same_work[outcome.measurement->pairing].push_back(&outcome);
  std::vector<SpeedUp> pairs;
  for (const auto &outcome : outcomes) {
    if (!outcome.prediction || outcome.measurement->pairing.empty() || !fuses(outcome))
      continue;
    for (const auto *unfused : same_work[outcome.measurement->pairing])
      if (!fuses(*unfused))
        pairs.push_back({unfused, &outcome,
                         unfused->measurement->measured / outcome.measurement->measured,
                         unfused->prediction->value / outcome.prediction->value});
  }
  return pairs;
}

} // namespace fusesim::validate
