#pragma once

#include "partition/patterns.hpp"

#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace fusesim::partition {

using GroupId = std::uint32_t;
inline constexpr GroupId kNoGroup = std::numeric_limits<GroupId>::max();

/// Operators on their way to becoming a subgraph.
struct Group {
  ir::NodeId head = ir::kNoNode; ///< first operator
  ir::NodeId last = ir::kNoNode; ///< operator at which it may grow
  std::string_view pattern;      ///< empty: named after its operators
  bool may_grow = true;
  Stage stage = Stage::plain;
};

/// What a strategy decides: which operators belong together. assemble() makes a Partition of it.
struct Grouping {
  explicit Grouping(std::size_t nodes)
      : group_of(nodes, kNoGroup), stopped(nodes, Refusal::not_in_vocabulary) {}

  GroupId add(Group group);

  std::vector<Group> groups;
  std::vector<GroupId>
      group_of; ///< by NodeId; transparent ones only where they live elsewhere than assemble() says
  std::vector<Refusal>
      stopped; ///< by NodeId: why the sole consumer of this operator is in another group
};

/// Grows every group that may, and a new one from every operator still free, along the pairs of the
/// vocabulary. The algorithm is explained in greedy.cpp. Linear in operators and their operands.
void grow_chains(const Flow &flow, const Vocabulary &vocabulary, Grouping &grouping);

/// The region between a fork and the operator where all its paths meet again, that operator
/// included, ascending, when every step of it is a row with kReconverges; else empty. See
/// region.cpp.
std::vector<ir::NodeId> reconvergent_region(const Flow &flow, const Vocabulary &vocabulary,
                                            const Grouping &grouping, ir::NodeId fork, Stage stage);

/// Makes a group of every concat that all of its producers can write into. See concat.cpp.
void gather_concats(const ir::Graph &graph, const Flow &flow, const Vocabulary &vocabulary,
                    Grouping &grouping);

/// Completes a grouping of the operators of `flow`: gives transparent nodes a home, dissolves
/// groups that wait for each other in a circle, orders, names, and says of every edge between two
/// subgraphs why it is one.
Partition assemble(const ir::Graph &graph, const Flow &flow, const Grouping &grouping,
                   std::string strategy);

// The strategies of StrategyInfo, each in the file of its name.
Partition unfused(const ir::Graph &graph);
Partition greedy(const ir::Graph &graph);
Partition attention(const ir::Graph &graph);
Partition sdpa(const ir::Graph &graph); ///< in attention.cpp

} // namespace fusesim::partition
