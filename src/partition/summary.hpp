#pragma once

#include "partition/patterns.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// A partitioned network as people and scripts look at it: plain figures and names, the same for
/// every accounting, so that each view of it (table, boxes, balance, savings, graph) exists once.
namespace fusesim::partition {

using OperatorIndex = std::uint32_t; ///< index into PartitionSummary::operators

/// What an operator is to fusion. All but `compute` (and data movement that the vocabulary has rows
/// for) are *structural*: there is nothing to gain by looking for a missed fusion there.
enum class Role : std::uint8_t {
  compute,
  data_movement,
  pooling,
  view,
  identity, ///< at inference: dropout, stochastic depth
  bookkeeping,
};
std::string_view name_of(Role role);

/// What limits a subgraph, judged by its FLOPs per byte alone (thresholds of the published tables).
enum class Bottleneck : std::uint8_t {
  none,            ///< it does nothing
  bandwidth_bound, ///< up to 1 FLOP/B
  memory_bound,    ///< above 1
  balanced,        ///< above 10
  compute_bound,   ///< above 50
};
inline constexpr std::size_t kBottlenecks = 5;
std::string_view name_of(Bottleneck bottleneck);
Bottleneck bottleneck_of(double arithmetic_intensity);

struct OperatorSummary {
  std::string name, kind;
  std::string shape; ///< of its first result, "1x64x56x56"; empty when it has none
  Role role = Role::compute;
  bool in_vocabulary = false; ///< some row of the vocabulary takes its kind
  bool counts = true;         ///< the accounting counts it (`physical`: it has work)
  SubgraphId subgraph = 0;
  Flops flops = 0;

  bool is_structural() const {
    return role != Role::compute && (role != Role::data_movement || !in_vocabulary);
  }
};

struct SubgraphSummary {
  SubgraphId id = 0;
  std::string pattern;
  std::vector<OperatorIndex> operators; ///< ascending, which is an order of execution
  std::uint64_t size = 0;               ///< of them, those that count; 0: it runs for nothing
  std::uint64_t launches = 0;           ///< kernels: one, or one per producer of a concat in place
  Flops flops = 0;
  Bytes input = 0, output = 0, weight = 0;
  Bytes internal = 0; ///< intermediates that never leave, as the accounting counts their passes
  Bytes unfused = 0;  ///< external bytes of its operators one by one

  Bytes external() const { return input + output + weight; }
  Bytes saved() const { return unfused > external() ? unfused - external() : 0; }
  double arithmetic_intensity() const; ///< FLOPs per external byte; 0 without bytes
  Bottleneck bottleneck() const;
};

/// One operator reads another's result.
struct EdgeSummary {
  OperatorIndex producer = 0, consumer = 0;
  std::string shape; ///< of the tensor
  Bytes bytes = 0;
  std::optional<Refusal> refusal; ///< absent: both run in one subgraph
  std::string detail;             ///< why, in words: "layer1.0.add also reads relu"

  Refusal reason() const; ///< of an edge with a refusal
};

/// A tensor given to the network.
struct InputSummary {
  std::string name, shape;
  std::vector<OperatorIndex> readers;
};

struct PartitionSummary {
  std::string network, strategy, vocabulary, accounting;
  std::optional<std::uint64_t> fx_nodes; ///< of the torch.fx graph it comes from, if it does
  std::vector<OperatorSummary> operators;
  std::vector<SubgraphSummary> subgraphs; ///< in order of execution
  std::vector<EdgeSummary> edges;         ///< by consumer, then producer
  std::vector<InputSummary> inputs;
};

struct PartitionTotals {
  std::uint64_t operators = 0;       ///< that count
  std::uint64_t subgraphs = 0;       ///< all
  std::uint64_t working = 0;         ///< of them, those that do something
  std::uint64_t single_operator = 0; ///< of them, those of one operator that counts
  std::uint64_t launches = 0;
  std::uint64_t largest = 0; ///< operators of the largest
  Flops flops = 0;
  Bytes input = 0, output = 0, weight = 0, internal = 0, unfused = 0;
  double mean_arithmetic_intensity = 0;          ///< over working subgraphs
  std::map<std::string, std::uint64_t> patterns; ///< of working subgraphs
  std::map<Bottleneck, std::uint64_t> bottlenecks;

  Bytes external() const { return input + output + weight; }
  Macs macs() const { return flops / 2; }
  double fusion_efficiency() const; ///< operators per launch
  double memory_reduction() const;  ///< internal ÷ (external + internal)
};
PartitionTotals totals_of(const PartitionSummary &summary);

/// `physical` accounting.
PartitionSummary summarise(const ir::Graph &graph, const Partition &partition);

} // namespace fusesim::partition
