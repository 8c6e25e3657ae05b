#include "report/partition_advice.hpp"

#include "report/figure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace fusesim::report {

namespace {

using partition::Bottleneck;
using partition::Refusal;

// assumed: shares from which on a figure is worth a reader's attention
constexpr double kDominates = 0.5, kOneOperator = 0.25, kManySingles = 0.05, kWorthwhile = 0.02;

std::string bytes_text(Bytes bytes) { return human(static_cast<double>(bytes), Unit::bytes); }
std::string share_text(double share) { return human(share, Unit::fraction); }

double share_of(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

std::string counted(std::uint64_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", for_people(count, Unit::count), count == 1 ? one : many);
}

/// Refused edges that are alike in what would have to change.
struct Obstacle {
  std::uint64_t edges = 0;
  Bytes bytes = 0;

  void add(const partition::EdgeSummary &edge) {
    ++edges;
    bytes += edge.bytes;
  }
  std::string_view is() const { return edges == 1 ? "is" : "are"; }
  std::string_view it() const { return edges == 1 ? "it" : "them"; }
};

class Adviser {
public:
  Adviser(const partition::PartitionSummary &summary, const partition::Balance &balance)
      : summary_(summary), balance_(balance), totals_(totals_of(summary)) {}

  std::vector<Advice> run() {
    if (summary_.strategy == "unfused") {
      add("strategy", totals_.external(),
          fmt::format("nothing is fused: all {} operators launch; the strategies greedy and "
                      "attention fuse",
                      for_people(totals_.launches, Unit::count)));
      return std::move(advice_);
    }
    on_pairs();
    on_edges();
    on_singles();
    on_free_operators();
    on_weights();
    on_bandwidth();
    on_concentration();
    std::ranges::stable_sort(advice_, std::greater<>{}, &Advice::bytes);
    return std::move(advice_);
  }

private:
  void add(std::string_view topic, Bytes bytes, std::string text) {
    advice_.push_back({topic, std::move(text), bytes});
  }
  bool worthwhile(Bytes bytes) const { return share_of(bytes, totals_.external()) >= kWorthwhile; }

  static bool has_no_row(Refusal reason) {
    return reason == Refusal::not_in_vocabulary || reason == Refusal::grid_wide;
  }

  bool multiplies(partition::OperatorIndex op) const {
    return summary_.subgraphs[summary_.operators[op].subgraph].flops > 0;
  }

  /// The pair that would gain most from a row of its own; what lies between two layers is
  /// on_edges'.
  void on_pairs() {
    for (const partition::MissedPair &pair : balance_.pairs) {
      const Bytes bytes = pair.bytes - pair.layer_bytes;
      if (!has_no_row(pair.reason) || !worthwhile(bytes))
        continue;
      add("missed_pair", bytes,
          fmt::format("{} → {} is no pair of {}: {} could keep {} inside", pair.producer_kind,
                      pair.consumer_kind, summary_.vocabulary,
                      pair.reason == Refusal::grid_wide
                          ? "it waits for a whole grid, so only a barrier or a larger pattern"
                          : "a row for it",
                      bytes_text(bytes)));
      return;
    }
  }

  void on_edges() {
    Obstacle layers, joins;
    std::map<partition::OperatorIndex, Bytes> forks;
    for (const auto &edge : summary_.edges) {
      if (!edge.refusal || !summary_.operators[edge.consumer].counts)
        continue;
      if (*edge.refusal == Refusal::fork)
        forks[edge.producer] = std::max(forks[edge.producer], edge.bytes);
      else if (*edge.refusal == Refusal::join)
        joins.add(edge);
      else if (has_no_row(*edge.refusal) && multiplies(edge.producer) && multiplies(edge.consumer))
        layers.add(edge);
    }
    Obstacle forked;
    for (const auto &[producer, bytes] : forks)
      forked.bytes += bytes, ++forked.edges;
    if (worthwhile(forked.bytes))
      add("forks", forked.bytes,
          fmt::format(
              "{} of {} {} written because several operators read {}: residual branches and "
              "the like; only a subgraph that takes all readers in saves {}",
              counted(forked.edges, "tensor", "tensors"), bytes_text(forked.bytes), forked.is(),
              forked.it(), forked.it()));
    if (worthwhile(joins.bytes))
      add("joins", joins.bytes,
          fmt::format("{} of {} {} written for an operator with several operands that runs with "
                      "another chain, or joins none",
                      counted(joins.edges, "tensor", "tensors"), bytes_text(joins.bytes),
                      joins.is()));
    if (worthwhile(layers.bytes))
      add("layers", layers.bytes,
          fmt::format(
              "{} of {} {} handed from one contraction to the next: keeping {} takes on-chip "
              "memory for parts of two layers at once",
              counted(layers.edges, "tensor", "tensors"), bytes_text(layers.bytes), layers.is(),
              layers.it()));
  }

  void on_singles() {
    if (share_of(balance_.missed.size(), totals_.working) < kManySingles)
      return;
    std::map<std::string, std::uint64_t> kinds;
    Bytes bytes = 0;
    for (const auto &single : balance_.missed) {
      ++kinds[summary_.operators[single.op].kind];
      bytes += summary_.subgraphs[single.subgraph].external();
    }
    const auto most =
        std::ranges::max_element(kinds, {}, [](const auto &kind) { return kind.second; });
    add("singles", bytes,
        fmt::format("{} of {} subgraphs {} one operator that could be part of a chain, mostly {} "
                    "({}); they move {}",
                    for_people(std::uint64_t{balance_.missed.size()}, Unit::count),
                    for_people(totals_.working, Unit::count),
                    balance_.missed.size() == 1 ? "runs" : "run", most->first, most->second,
                    bytes_text(bytes)));
  }

  /// Of accountings that count them.
  void on_free_operators() {
    std::uint64_t free = 0;
    Bytes bytes = 0;
    for (const auto &single : balance_.structural) {
      const auto role = summary_.operators[single.op].role;
      if (role != partition::Role::view && role != partition::Role::identity &&
          role != partition::Role::bookkeeping)
        continue;
      ++free;
      bytes += summary_.subgraphs[single.subgraph].external();
    }
    if (free > 0)
      add("free_operators", bytes,
          fmt::format(
              "{} of {} subgraphs are a view, an identity at inference or bookkeeping, which "
              "launch nothing and move nothing on a machine: the {} accounting counts them, "
              "physical does not",
              for_people(free, Unit::count), for_people(totals_.working, Unit::count),
              summary_.accounting));
  }

  void on_weights() {
    const double share = share_of(totals_.weight, totals_.external());
    if (share >= kDominates)
      add("weights", totals_.weight,
          fmt::format(
              "weights are {} of the external bytes ({}): fusion cannot save them, a larger "
              "batch reads them no more often",
              share_text(share), bytes_text(totals_.weight)));
  }

  void on_bandwidth() {
    const auto &bound = balance_.bottlenecks[static_cast<std::size_t>(Bottleneck::bandwidth_bound)];
    const double bytes = share_of(bound.external, totals_.external());
    if (share_of(bound.subgraphs, totals_.working) >= kDominates || bytes >= kDominates)
      add("bandwidth", bound.external,
          fmt::format(
              "{} of {} subgraphs do no more than 1 FLOP per byte: {} of the bytes for {} of "
              "the work; fewer or narrower tensors help there, faster arithmetic does not",
              for_people(bound.subgraphs, Unit::count), for_people(totals_.working, Unit::count),
              share_text(bytes), share_text(share_of(bound.flops, totals_.flops))));
  }

  void on_concentration() {
    const auto largest =
        std::ranges::max_element(summary_.subgraphs, {}, &partition::SubgraphSummary::flops);
    if (largest == summary_.subgraphs.end() ||
        share_of(largest->flops, totals_.flops) < kOneOperator || totals_.working < 4)
      return;
    add("concentration", largest->external(),
        fmt::format("subgraph {} ({}) does {} of the work alone", largest->id, largest->pattern,
                    share_text(share_of(largest->flops, totals_.flops))));
  }

  const partition::PartitionSummary &summary_;
  const partition::Balance &balance_;
  const partition::PartitionTotals totals_;
  std::vector<Advice> advice_;
};

} // namespace

std::vector<Advice> advice_on(const partition::PartitionSummary &summary,
                              const partition::Balance &balance) {
  return Adviser(summary, balance).run();
}

} // namespace fusesim::report
