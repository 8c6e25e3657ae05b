#pragma once

#include "ir/graph.hpp"

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fusesim::partition {

using SubgraphId = std::uint32_t;

/// One unit of execution: operators that run as one fused kernel (GPU) or one resident chain (tile
/// machine).
struct Subgraph {
  SubgraphId id = 0;
  std::string pattern; ///< "conv2d+batch_norm+relu", "qkv_merge", "unfused", …: see name_pattern
  std::vector<ir::NodeId> nodes; ///< ascending, so topological
};

/// Why the edge producer → consumer was not fused. On-chip memory is no reason here: a partition
/// knows no machine. Where a subgraph exceeds a machine's, its lowering runs it in blocks or spills
/// (targets/tile/residency.hpp).
enum class Refusal : std::uint8_t {
  fork,              ///< the producer has other consumers
  join,              ///< the consumer has other producers
  not_in_vocabulary, ///< the pair is no pattern
  grid_wide,         ///< nor could it be one: the consumer waits for the producer's whole grid
  would_cycle,       ///< fusing would make a cycle between subgraphs
  strategy,          ///< the strategy does not fuse at all
};
std::string_view name_of(Refusal refusal);

struct Decision {
  ir::NodeId producer, consumer;
  Refusal reason;
};

/// Disjoint, covering and convex set of subgraphs; `subgraphs` in an order in which they can
/// execute.
struct Partition {
  std::string strategy;
  std::vector<Subgraph> subgraphs;
  std::vector<SubgraphId> subgraph_of; ///< by NodeId
  std::vector<Decision> refusals;      ///< every graph edge between two subgraphs, with its reason
};

/// Name of a set of operators: their kinds joined by '+', free ones left out
/// ("conv2d+batch_norm+relu"); beyond four, the first three and how many more
/// ("conv2d+batch_norm+add+2more"); "unfused" for one operator, "no_work" for none.
std::string name_pattern(const ir::Graph &graph, std::span<const ir::NodeId> nodes);

/// Replaces `producers` by the nodes that `node` reads from, ascending, each once.
void producers_of(const ir::Graph &graph, ir::NodeId node, std::vector<ir::NodeId> &producers);

/// Throws Error naming the first violation: a node missing or twice, ids out of order, a dependency
/// from a later subgraph to an earlier one (which is how both a cycle and a broken order show).
void verify(const ir::Graph &graph, const Partition &partition);

/// Bytes of a subgraph, `physical` accounting, resolved through views to the tensors that own
/// storage.
struct Traffic {
  Bytes input = 0;    ///< activations read from outside (graph inputs included), each tensor once
  Bytes output = 0;   ///< tensors produced inside and used outside, or results of the network
  Bytes weight = 0;   ///< parameters, buffers and constants read
  Bytes internal = 0; ///< saved by fusing: one write, and one read per consuming operator, of every
                      ///< tensor that stays inside
  Bytes external() const { return input + output + weight; }
};
/// `needless`: tensors, by the value that owns their storage, that need not be fetched.
Traffic traffic_of(const ir::Graph &graph, const Partition &partition, const Subgraph &subgraph,
                   const std::function<bool(ir::ValueId)> &needless = {});

/// Concats that move no bytes because all their producers write into their results, by NodeId:
/// every operand is the whole result of an operator in the concat's own subgraph, nothing else reads
/// it, and what reads the concat is outside (or is such a concat itself).
std::vector<bool> concats_in_place(const ir::Graph &graph, const Partition &partition);

/// True when running the subgraph touches memory or computes: not only views, identities and
/// bookkeeping.
bool has_work(const ir::Graph &graph, const Subgraph &subgraph);

} // namespace fusesim::partition
