#include "claims/laboratory.hpp"
#include "support/error.hpp"

#include <fmt/format.h>

#include <algorithm>

#include <fnmatch.h>

namespace fusesim::claims {

namespace {

using partition::PartitionSummary;
using partition::SubgraphSummary;

double number(std::uint64_t count) { return static_cast<double>(count); }

double figure_of(const PartitionSummary &summary, const SubgraphSummary &subgraph,
                 std::string_view name) {
  if (name == "operators")
    return number(subgraph.size);
  if (name == "contractions")
    return static_cast<double>(std::ranges::count_if(
        subgraph.operators, [&](auto index) { return summary.operators[index].flops > 0; }));
  if (name == "launches")
    return number(subgraph.launches);
  if (name == "flops")
    return number(subgraph.flops);
  if (name == "input_bytes")
    return number(subgraph.input);
  if (name == "output_bytes")
    return number(subgraph.output);
  if (name == "weight_bytes")
    return number(subgraph.weight);
  if (name == "external_bytes")
    return number(subgraph.external());
  if (name == "internal_bytes")
    return number(subgraph.internal);
  if (name == "unfused_bytes")
    return number(subgraph.unfused);
  if (name == "intensity")
    return subgraph.arithmetic_intensity();
  throw InternalError(fmt::format("no figure '{}' of a subgraph", name));
}

bool is_without_work(const PartitionSummary &summary, const SubgraphSummary &subgraph) {
  return subgraph.size == 1 && std::ranges::all_of(subgraph.operators, [&](auto index) {
           const auto role = summary.operators[index].role;
           return role == partition::Role::view || role == partition::Role::identity ||
                  role == partition::Role::bookkeeping;
         });
}

double mean_reduction(const PartitionSummary &summary) {
  double sum = 0, count = 0;
  for (const auto &subgraph : summary.subgraphs) {
    if (subgraph.size == 0)
      continue;
    const auto all = number(subgraph.internal + subgraph.external());
    sum += all > 0 ? number(subgraph.internal) / all : 0;
    ++count;
  }
  return count > 0 ? sum / count : 0;
}

std::map<std::string, double> figures_of(const PartitionSummary &summary) {
  const auto totals = totals_of(summary);
  const auto count = [&](partition::Bottleneck bottleneck) {
    const auto found = totals.bottlenecks.find(bottleneck);
    return found == totals.bottlenecks.end() ? 0 : number(found->second);
  };
  using partition::Bottleneck;
  const auto share = [](double part, double whole) { return whole > 0 ? part / whole : 0; };
  return {
      {"launches", number(totals.launches)},
      {"operators", number(totals.operators)},
      {"subgraphs", number(totals.working)},
      {"single_operator", number(totals.single_operator)},
      {"single_without_work",
       static_cast<double>(std::ranges::count_if(
           summary.subgraphs, [&](const auto &s) { return is_without_work(summary, s); }))},
      {"largest", number(totals.largest)},
      {"fusion_efficiency", totals.fusion_efficiency()},
      {"coverage", 1 - share(number(totals.single_operator), number(totals.working))},
      {"flops", number(totals.flops)},
      {"macs", number(totals.macs())},
      {"input_bytes", number(totals.input)},
      {"output_bytes", number(totals.output)},
      {"weight_bytes", number(totals.weight)},
      {"external_bytes", number(totals.external())},
      {"internal_bytes", number(totals.internal)},
      {"unfused_bytes", number(totals.unfused)},
      {"memory_reduction", totals.memory_reduction()},
      {"mean_reduction", mean_reduction(summary)},
      {"mean_intensity", totals.mean_arithmetic_intensity},
      {"intensity", share(number(totals.flops), number(totals.external()))},
      {"compute_bound", count(Bottleneck::compute_bound)},
      {"balanced", count(Bottleneck::balanced)},
      {"memory_bound", count(Bottleneck::memory_bound)},
      {"bandwidth_bound", count(Bottleneck::bandwidth_bound)},
  };
}

} // namespace

std::map<std::string, double> partition_figures(const PartitionSummary &summary,
                                                const std::string &pattern,
                                                const std::string &where,
                                                const std::string &where_place) {
  if (pattern.empty() && where.empty())
    return figures_of(summary);
  PartitionSummary chosen = summary;
  if (!pattern.empty())
    std::erase_if(chosen.subgraphs, [&](const auto &subgraph) {
      return ::fnmatch(pattern.c_str(), subgraph.pattern.c_str(), 0) != 0;
    });
  if (!where.empty()) {
    const sweep::Expression formula(where, where_place);
    std::erase_if(chosen.subgraphs, [&](const auto &subgraph) {
      return formula.evaluate([&](std::size_t name) {
        return figure_of(summary, subgraph, formula.names()[name]);
      }) == 0;
    });
  }
  return figures_of(chosen);
}

} // namespace fusesim::claims
