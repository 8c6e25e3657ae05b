#include "partition/seed.hpp"

#include "partition/grouping.hpp"
#include "partition/seed_type.hpp"
#include "partition/summary.hpp"
#include "support/error.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace fusesim::partition::seed {
namespace {

using ir::kNoNode;
using ir::NodeId;

constexpr std::size_t kShownTypes = 3;

void check_inputs(std::span<const Node> nodes) {
  for (NodeId n = 0; n < nodes.size(); ++n)
    for (const NodeId input : nodes[n].inputs)
      if (input >= n)
        throw Error(nodes[n].name, fmt::format("reads node {}, which is not before it", input));
}

/// Chains are found among operators alone: to them, other nodes do not exist.
Flow flow_of(std::span<const Node> nodes) {
  Flow flow;
  const auto count = nodes.size();
  flow.label.resize(count);
  flow.origin.assign(count, kNoNode);
  flow.sole_consumer.assign(count, kNoNode);
  flow.elements.assign(count, 0);
  flow.dead_end.assign(count, 0);
  std::vector<bool> forks(count, false);
  for (NodeId n = 0; n < count; ++n) {
    flow.first_operand.push_back(static_cast<std::uint32_t>(flow.operands.size()));
    if (!nodes[n].is_operator)
      continue;
    flow.label[n] = static_cast<Label>(type_from_name(nodes[n].type));
    flow.origin[n] = n;
    for (const NodeId input : nodes[n].inputs) {
      if (!nodes[input].is_operator)
        continue;
      flow.operands.push_back({input, true});
      forks[input] = forks[input] || flow.sole_consumer[input] != kNoNode;
      flow.sole_consumer[input] = forks[input] ? kNoNode : n;
    }
  }
  flow.first_operand.push_back(static_cast<std::uint32_t>(flow.operands.size()));
  return flow;
}

std::string name_pattern(std::span<const Node> nodes, std::span<const NodeId> members) {
  if (members.size() == 1)
    return "Unfused";
  std::string name = nodes[members[0]].type;
  for (std::size_t i = 1; i < std::min(members.size(), kShownTypes); ++i)
    name += "_" + nodes[members[i]].type;
  if (members.size() > kShownTypes)
    name += fmt::format("_+{}more", members.size() - kShownTypes);
  return name;
}

/// Patterns that were grouped before the chains grew have the first numbers until now.
void renumber_by_first_operator(Grouping &grouping) {
  std::vector<GroupId> number(grouping.groups.size(), kNoGroup);
  GroupId next = 0;
  for (GroupId &group : grouping.group_of)
    if (group != kNoGroup) {
      if (number[group] == kNoGroup)
        number[group] = next++;
      group = number[group];
    }
}

/// Every edge is counted: into a chain as input, inside as internal. A result is output when
/// anything outside reads it, operator or not, or when nothing reads it.
void count_bytes(std::span<const Node> nodes, std::span<const GroupId> group_of,
                 std::vector<Subgraph> &subgraphs) {
  enum : std::uint8_t { unread, inside, outside };
  std::vector<std::uint8_t> readers(nodes.size(), unread);
  for (NodeId n = 0; n < nodes.size(); ++n)
    for (const NodeId input : nodes[n].inputs) {
      const bool same = group_of[n] != kNoGroup && group_of[input] == group_of[n];
      if (readers[input] != outside)
        readers[input] = same ? inside : outside;
      if (group_of[n] != kNoGroup)
        (same ? subgraphs[group_of[n]].internal : subgraphs[group_of[n]].input) +=
            nodes[input].output_bytes;
    }
  for (NodeId n = 0; n < nodes.size(); ++n) {
    if (group_of[n] == kNoGroup)
      continue;
    Subgraph &subgraph = subgraphs[group_of[n]];
    if (readers[n] != inside)
      subgraph.output += nodes[n].output_bytes;
    subgraph.weight += nodes[n].weight_bytes;
    subgraph.macs += nodes[n].macs;
  }
}

double ratio(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

} // namespace

Macs conv2d_macs(const ConvShape &s) {
  const auto product = [](std::initializer_list<std::int64_t> factors) {
    std::uint64_t result = 1;
    for (const std::int64_t factor : factors)
      result =
          checked_mul(result, static_cast<std::uint64_t>(factor), "multiply-accumulates of Conv2d");
    return result;
  };
  if (s.groups > 1 && s.groups == s.in_channels)
    return product(
        {s.batch, s.in_channels, s.out_height, s.out_width, s.kernel_height, s.kernel_width});
  return product({s.batch, s.out_channels, s.out_height, s.out_width, s.in_channels,
                  s.kernel_height, s.kernel_width});
}

Macs linear_macs(std::int64_t first_dim, std::int64_t in_features, std::int64_t out_features) {
  constexpr std::string_view kPlace = "multiply-accumulates of Linear";
  return checked_mul(checked_mul(static_cast<std::uint64_t>(first_dim),
                                 static_cast<std::uint64_t>(in_features), kPlace),
                     static_cast<std::uint64_t>(out_features), kPlace);
}

double Subgraph::arithmetic_intensity() const { return ratio(flops(), external()); }

std::string_view Subgraph::bottleneck() const {
  return name_of(bottleneck_of(arithmetic_intensity()));
}

Strategy strategy(std::string_view name) {
  if (name == "greedy")
    return Strategy::greedy;
  if (name == "attention")
    return Strategy::attention;
  throw Error("strategy", fmt::format("'{}' is none of the seed accounting", name),
              "greedy, attention");
}

std::vector<Subgraph> subgraphs(std::span<const Node> nodes, const Vocabulary &vocabulary,
                                Strategy strategy) {
  check_inputs(nodes);
  const Flow flow = flow_of(nodes);
  Grouping grouping(nodes.size());
  if (strategy == Strategy::attention)
    group_attention(nodes, flow, grouping);
  grow_chains(flow, vocabulary, grouping);
  renumber_by_first_operator(grouping);
  std::vector<Subgraph> result(grouping.groups.size());
  for (NodeId n = 0; n < nodes.size(); ++n)
    if (grouping.group_of[n] != kNoGroup)
      result[grouping.group_of[n]].nodes.push_back(n);
  for (Subgraph &subgraph : result)
    subgraph.pattern = name_pattern(nodes, subgraph.nodes);
  count_bytes(nodes, grouping.group_of, result);
  return result;
}

double Summary::memory_reduction() const { return ratio(internal, external() + internal); }
double Summary::fusion_efficiency() const { return ratio(operators, subgraphs); }
double Summary::coverage() const { return ratio(subgraphs - single_operator, subgraphs); }

Summary summarise(std::span<const Subgraph> subgraphs) {
  Summary sum;
  sum.subgraphs = subgraphs.size();
  for (const Subgraph &subgraph : subgraphs) {
    sum.operators += subgraph.nodes.size();
    sum.single_operator += subgraph.nodes.size() == 1;
    sum.largest = std::max(sum.largest, subgraph.nodes.size());
    sum.macs += subgraph.macs;
    sum.input += subgraph.input;
    sum.output += subgraph.output;
    sum.weight += subgraph.weight;
    sum.internal += subgraph.internal;
    sum.mean_arithmetic_intensity += subgraph.arithmetic_intensity();
  }
  if (!subgraphs.empty())
    sum.mean_arithmetic_intensity /= static_cast<double>(subgraphs.size());
  return sum;
}

} // namespace fusesim::partition::seed
