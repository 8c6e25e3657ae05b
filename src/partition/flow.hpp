#pragma once

#include "ir/graph.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace fusesim::partition {

/// What a vocabulary calls an operator: its ir::OpKind here; other accountings may number types of
/// their own.
using Label = std::uint8_t;

/// A graph as fusion sees it: operators, and who feeds whom, with everything that moves no bytes
/// looked through.
///
///   conv ──> dropout ──> view ──> relu          is          conv ──> relu
///
/// A node is *transparent* when it is free (ir::is_free) and hangs on at most one operator; every
/// other node is an *operator*. Bookkeeping is transparent only when nothing but more bookkeeping
/// ever reads it (an assertion, an unused size): such a dead end can be ignored, for no tensor
/// depends on it. All arrays are indexed by NodeId.
struct Flow {
  struct Operand {
    ir::NodeId producer; ///< an operator
    bool main;           ///< it arrives through operand 0 and through no other
    /// The last view on the way that shows elements in another order or number; kNoNode when none
    /// does. kSeveral: it is read more than once, in different orders.
    ir::NodeId order = ir::kNoNode;
  };
  static constexpr ir::NodeId kSeveral = ir::kNoNode - 1;

  std::vector<Label> label;
  std::vector<ir::NodeId>
      origin; ///< operator: itself; transparent: the operator it hangs on, or kNoNode
  std::vector<ir::NodeId>
      sole_consumer; ///< the one operator that reads the results; kNoNode when none or several
                     ///< do, or when a result leaves the network
  /// Distinct operators that read each operator, ascending; none for one whose result leaves the
  /// network. Empty where the maker of the flow has no use for it.
  std::vector<std::uint32_t> first_reader;
  std::vector<ir::NodeId> readers;
  std::vector<std::uint64_t> elements; ///< of the first result
  std::vector<std::uint8_t> dead_end;  ///< no tensor and no result depends on it
  std::vector<std::uint32_t> first_operand;
  std::vector<Operand> operands; ///< distinct producers per operator, in operand order

  bool is_operator(ir::NodeId node) const { return origin[node] == node; }
  std::span<const Operand> operands_of(ir::NodeId node) const {
    return std::span(operands).subspan(first_operand[node],
                                       first_operand[node + 1] - first_operand[node]);
  }
  std::span<const ir::NodeId> readers_of(ir::NodeId node) const {
    if (first_reader.empty())
      return {};
    return std::span(readers).subspan(first_reader[node],
                                      first_reader[node + 1] - first_reader[node]);
  }
};

/// The flow of an IR graph; labels are OpKinds. Linear in nodes and edges.
Flow flow_of(const ir::Graph &graph);

} // namespace fusesim::partition
