// From a grouping of operators to a Partition:
//   1. house the transparent nodes      2. order the groups, dissolving circles      3. name, and
//   account for edges
#include "partition/grid_wide.hpp"
#include "partition/grouping.hpp"

#include "support/error.hpp"

#include <algorithm>
#include <functional>
#include <queue>

namespace fusesim::partition {
namespace {

using ir::kNoNode;
using ir::NodeId;

/// Groups of all nodes, transparent ones included; ids have no order yet.
struct Placement {
  std::vector<GroupId> group_of;
  GroupId groups = 0;
};

/// A transparent node lives with the operator it hangs on. One that hangs on none (a view of an
/// input or a weight) lives with its readers when they live together, else alone.
Placement place_transparent_nodes(const ir::Graph &graph, const Flow &flow,
                                  const Grouping &grouping) {
  Placement placement{grouping.group_of, static_cast<GroupId>(grouping.groups.size())};
  const auto common_reader = [&](const ir::Node &node) {
    GroupId common = kNoGroup;
    for (const ir::ValueId output : node.outputs) {
      if (graph.is_output(output))
        return kNoGroup;
      for (const NodeId reader : graph.value(output).consumers) {
        const GroupId group = placement.group_of[reader];
        if (common != kNoGroup && group != common)
          return kNoGroup;
        common = group;
      }
    }
    return common;
  };
  for (auto n = static_cast<NodeId>(graph.nodes().size()); n-- > 0;) {
    GroupId &group = placement.group_of[n];
    if (flow.is_operator(n) || group != kNoGroup)
      continue;
    group = flow.origin[n] != kNoNode ? placement.group_of[flow.origin[n]]
                                      : common_reader(graph.node(n));
    if (group == kNoGroup)
      group = placement.groups++;
  }
  return placement;
}

enum class Direction { forward, backward };

/// Edges between groups, as often as there are edges between their nodes; on request, turned
/// around.
class GroupGraph {
public:
  GroupGraph(const ir::Graph &graph, const Placement &placement, Direction direction)
      : direction_(direction) {
    first_.assign(placement.groups + 1, 0);
    for_each_edge(graph, placement, [&](GroupId from, GroupId) { ++first_[from + 1]; });
    for (std::size_t g = 1; g < first_.size(); ++g)
      first_[g] += first_[g - 1];
    targets_.resize(first_.back());
    in_degree_.assign(placement.groups, 0);
    auto next = first_;
    for_each_edge(graph, placement, [&](GroupId from, GroupId to) {
      targets_[next[from]++] = to;
      ++in_degree_[to];
    });
  }
  std::span<const GroupId> targets(GroupId group) const {
    return std::span(targets_).subspan(first_[group], first_[group + 1] - first_[group]);
  }
  const std::vector<std::uint32_t> &in_degree() const { return in_degree_; }

private:
  template <typename Visit>
  void for_each_edge(const ir::Graph &graph, const Placement &placement, Visit visit) const {
    std::vector<NodeId> producers;
    for (NodeId n = 0; n < graph.nodes().size(); ++n) {
      producers_of(graph, n, producers);
      for (const NodeId p : producers) {
        const GroupId from = placement.group_of[p], to = placement.group_of[n];
        if (from != to)
          direction_ == Direction::forward ? visit(from, to) : visit(to, from);
      }
    }
  }

  Direction direction_;
  std::vector<std::uint32_t> first_, in_degree_;
  std::vector<GroupId> targets_;
};

/// First node of each group: among groups that could run, the one that begins first in the graph
/// runs first.
std::vector<NodeId> first_nodes(const Placement &placement) {
  std::vector<NodeId> first(placement.groups, kNoNode);
  for (NodeId n = 0; n < placement.group_of.size(); ++n)
    first[placement.group_of[n]] = std::min(first[placement.group_of[n]], n);
  return first;
}

/// Groups in executable order; those in or behind a circle are missing. Backward: the same from the
/// end.
std::vector<GroupId> executable_order(const ir::Graph &graph, const Placement &placement,
                                      Direction direction = Direction::forward) {
  const GroupGraph edges(graph, placement, direction);
  const auto first = first_nodes(placement);
  using Entry = std::pair<NodeId, GroupId>;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> ready;
  auto waiting_for = edges.in_degree();
  for (GroupId g = 0; g < placement.groups; ++g)
    if (waiting_for[g] == 0)
      ready.emplace(first[g], g);
  std::vector<GroupId> order;
  order.reserve(placement.groups);
  while (!ready.empty()) {
    const GroupId g = ready.top().second;
    ready.pop();
    order.push_back(g);
    for (const GroupId target : edges.targets(g))
      if (--waiting_for[target] == 0)
        ready.emplace(first[target], target);
  }
  return order;
}

/// Splits every group in a circle, or between two, into single nodes. That ends every circle: one
/// that were left would pass through single nodes only, and so be a circle of the graph itself.
Placement dissolve_circles(const ir::Graph &graph, const Placement &placement,
                           const std::vector<GroupId> &ordered) {
  std::vector<bool> keep(placement.groups, false);
  for (const GroupId g : ordered)
    keep[g] = true;
  for (const GroupId g : executable_order(graph, placement, Direction::backward))
    keep[g] = true;
  Placement dissolved{placement.group_of, 0};
  std::vector<GroupId> renumbered(placement.groups, kNoGroup);
  for (GroupId &group : dissolved.group_of) {
    GroupId single = kNoGroup;
    GroupId &number = keep[group] ? renumbered[group] : single;
    if (number == kNoGroup)
      number = dissolved.groups++;
    group = number;
  }
  return dissolved;
}

class Assembler {
public:
  Assembler(const ir::Graph &graph, const Flow &flow, const Grouping &grouping)
      : graph_(graph), flow_(flow), grouping_(grouping),
        wanted_(place_transparent_nodes(graph, flow, grouping)), placement_(wanted_) {}

  Partition run(std::string strategy) {
    auto order = executable_order(graph_, placement_);
    if (order.size() < placement_.groups) {
      placement_ = dissolve_circles(graph_, wanted_, order);
      order = executable_order(graph_, placement_);
    }
    if (order.size() < placement_.groups)
      throw InternalError("single operators wait for each other in a circle");
    partition_.strategy = std::move(strategy);
    number_subgraphs(order);
    name_subgraphs();
    log_refusals();
    return std::move(partition_);
  }

private:
  void number_subgraphs(const std::vector<GroupId> &order) {
    std::vector<SubgraphId> id_of(order.size());
    partition_.subgraphs.resize(order.size());
    for (SubgraphId id = 0; id < order.size(); ++id) {
      id_of[order[id]] = id;
      partition_.subgraphs[id].id = id;
    }
    partition_.subgraph_of.reserve(placement_.group_of.size());
    for (NodeId n = 0; n < placement_.group_of.size(); ++n) {
      const SubgraphId id = id_of[placement_.group_of[n]];
      partition_.subgraph_of.push_back(id);
      partition_.subgraphs[id].nodes.push_back(n);
    }
  }

  bool is_dissolved(NodeId a, NodeId b) const {
    return wanted_.group_of[a] == wanted_.group_of[b] &&
           partition_.subgraph_of[a] != partition_.subgraph_of[b];
  }

  void name_subgraphs() {
    std::vector<std::size_t> wanted_size(wanted_.groups, 0);
    for (const GroupId group : wanted_.group_of)
      ++wanted_size[group];
    for (Subgraph &subgraph : partition_.subgraphs) {
      const GroupId group = wanted_.group_of[subgraph.nodes[0]];
      const bool whole = wanted_size[group] == subgraph.nodes.size();
      const bool named =
          group < grouping_.groups.size() && !grouping_.groups[group].pattern.empty();
      subgraph.pattern = whole && named ? std::string(grouping_.groups[group].pattern)
                                        : name_pattern(graph_, subgraph.nodes);
    }
  }

  bool is_grid_wide(NodeId producer, NodeId consumer) const {
    const Subgraph &around = partition_.subgraphs[partition_.subgraph_of[producer]];
    return grid_wide_dependency(graph_, flow_, around.nodes, producer, consumer).has_value();
  }

  Refusal reason(NodeId producer, NodeId consumer) const {
    if (is_dissolved(producer, consumer))
      return Refusal::would_cycle;
    const NodeId origin = flow_.origin[producer];
    if (origin != kNoNode && flow_.sole_consumer[origin] == consumer) {
      const Refusal stopped = grouping_.stopped[origin];
      return stopped == Refusal::not_in_vocabulary && is_grid_wide(origin, consumer)
                 ? Refusal::grid_wide
                 : stopped;
    }
    return flow_.dead_end[consumer] != 0 ? Refusal::not_in_vocabulary : Refusal::fork;
  }

  void log_refusals() {
    std::vector<NodeId> producers;
    for (NodeId n = 0; n < graph_.nodes().size(); ++n) {
      producers_of(graph_, n, producers);
      for (const NodeId p : producers)
        if (partition_.subgraph_of[p] != partition_.subgraph_of[n])
          partition_.refusals.push_back({p, n, reason(p, n)});
    }
  }

  const ir::Graph &graph_;
  const Flow &flow_;
  const Grouping &grouping_;
  const Placement wanted_; ///< as the strategy asked
  Placement placement_;    ///< as it can be executed
  Partition partition_;
};

} // namespace

Partition assemble(const ir::Graph &graph, const Flow &flow, const Grouping &grouping,
                   std::string strategy) {
  return Assembler(graph, flow, grouping).run(std::move(strategy));
}

} // namespace fusesim::partition
