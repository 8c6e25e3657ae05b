#include "partition/balance.hpp"

#include <algorithm>
#include <boost/accumulators/accumulators.hpp>
#include <boost/accumulators/statistics/max.hpp>
#include <boost/accumulators/statistics/mean.hpp>
#include <boost/accumulators/statistics/min.hpp>
#include <boost/accumulators/statistics/stats.hpp>
#include <boost/accumulators/statistics/variance.hpp>
#include <cmath>
#include <tuple>

namespace fusesim::partition {
namespace {

// Boost's median is an estimate from a stream (P²); here all values are at hand.
double median_of(std::vector<double> &values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  if (values.size() % 2 == 1)
    return *middle;
  return (*std::max_element(values.begin(), middle) + *middle) / 2;
}

template <class ValueOf>
Statistics per_subgraph(const PartitionSummary &summary, const ValueOf &value_of) {
  std::vector<double> values;
  for (const SubgraphSummary &subgraph : summary.subgraphs)
    if (subgraph.size > 0)
      values.push_back(static_cast<double>(value_of(subgraph)));
  return statistics_of(std::move(values));
}

void add_distributions(const PartitionSummary &summary, Balance &balance) {
  std::map<std::string, PatternTotal> patterns;
  for (const SubgraphSummary &subgraph : summary.subgraphs) {
    if (subgraph.size == 0)
      continue;
    ++balance.sizes[subgraph.size];
    PatternTotal &pattern = patterns[subgraph.pattern];
    ++pattern.subgraphs;
    pattern.operators += subgraph.size;
    pattern.flops += subgraph.flops;
    pattern.external += subgraph.external();
    auto &bottleneck = balance.bottlenecks[static_cast<std::size_t>(subgraph.bottleneck())];
    ++bottleneck.subgraphs;
    bottleneck.flops += subgraph.flops;
    bottleneck.external += subgraph.external();
  }
  for (auto &[name, pattern] : patterns) {
    pattern.pattern = name;
    balance.patterns.push_back(std::move(pattern));
  }
  std::ranges::stable_sort(balance.patterns, std::greater<>{}, &PatternTotal::subgraphs);
}

/// The operator that an end of an edge is about: of those that count in its subgraph the nearest to
/// the edge, views and the like looked through; the end itself when none counts.
OperatorIndex worker(const PartitionSummary &summary, OperatorIndex op, bool backwards) {
  const auto &mates = summary.subgraphs[summary.operators[op].subgraph].operators;
  const auto at = std::ranges::lower_bound(mates, op);
  const auto counts = [&](OperatorIndex candidate) { return summary.operators[candidate].counts; };
  if (backwards) {
    const auto found =
        std::find_if(std::make_reverse_iterator(std::next(at)), mates.rend(), counts);
    return found == mates.rend() ? op : *found;
  }
  const auto found = std::find_if(at, mates.end(), counts);
  return found == mates.end() ? op : *found;
}

void add_singles(const PartitionSummary &summary, Balance &balance) {
  std::vector<SingleOperator> singles(summary.subgraphs.size());
  for (const EdgeSummary &edge : summary.edges) {
    if (!edge.refusal)
      continue;
    const auto remember = [&edge](const EdgeSummary *&place) {
      if (place == nullptr)
        place = &edge;
    };
    remember(singles[summary.operators[edge.producer].subgraph].after);
    remember(singles[summary.operators[edge.consumer].subgraph].before);
  }
  for (const SubgraphSummary &subgraph : summary.subgraphs) {
    if (subgraph.size != 1)
      continue;
    SingleOperator single = singles[subgraph.id];
    single.subgraph = subgraph.id;
    if (single.before != nullptr)
      single.before_op = worker(summary, single.before->producer, true);
    if (single.after != nullptr)
      single.after_op = worker(summary, single.after->consumer, false);
    single.op = *std::ranges::find_if(
        subgraph.operators, [&](OperatorIndex op) { return summary.operators[op].counts; });
    (summary.operators[single.op].is_structural() ? balance.structural : balance.missed)
        .push_back(single);
  }
}

void add_pairs(const PartitionSummary &summary, Balance &balance) {
  const auto multiplies = [&](const OperatorSummary &op) {
    return summary.subgraphs[op.subgraph].flops > 0;
  };
  std::map<std::tuple<std::string, std::string, Refusal>, MissedPair> pairs;
  for (const EdgeSummary &edge : summary.edges) {
    if (!edge.refusal)
      continue;
    const auto &from = summary.operators[worker(summary, edge.producer, true)];
    const auto &to = summary.operators[worker(summary, edge.consumer, false)];
    if (from.is_structural() || to.is_structural() || !from.counts || !to.counts)
      continue;
    MissedPair &pair = pairs[{from.kind, to.kind, *edge.refusal}];
    if (multiplies(from) && multiplies(to))
      pair.layer_bytes += edge.bytes;
    pair.producer_kind = from.kind;
    pair.consumer_kind = to.kind;
    pair.reason = *edge.refusal;
    ++pair.edges;
    pair.bytes += edge.bytes;
  }
  for (auto &entry : pairs)
    balance.pairs.push_back(std::move(entry.second));
  std::ranges::stable_sort(balance.pairs, std::greater<>{}, &MissedPair::bytes);
}

} // namespace

Statistics statistics_of(std::vector<double> values) {
  if (values.empty())
    return {};
  namespace acc = boost::accumulators;
  acc::accumulator_set<double,
                       acc::stats<acc::tag::mean, acc::tag::variance, acc::tag::min, acc::tag::max>>
      accumulator;
  for (const double value : values)
    accumulator(value);
  return {.mean = acc::mean(accumulator),
          .median = median_of(values),
          // rounding can leave a tiny negative variance where all values are equal
          .stddev = std::sqrt(std::max(0.0, acc::variance(accumulator))),
          .min = acc::min(accumulator),
          .max = acc::max(accumulator)};
}

Balance balance_of(const PartitionSummary &summary) {
  Balance balance;
  balance.size = per_subgraph(summary, [](const SubgraphSummary &s) { return s.size; });
  balance.flops = per_subgraph(summary, [](const SubgraphSummary &s) { return s.flops; });
  balance.external = per_subgraph(summary, [](const SubgraphSummary &s) { return s.external(); });
  balance.intensity =
      per_subgraph(summary, [](const SubgraphSummary &s) { return s.arithmetic_intensity(); });
  add_distributions(summary, balance);
  add_singles(summary, balance);
  add_pairs(summary, balance);
  return balance;
}

} // namespace fusesim::partition
