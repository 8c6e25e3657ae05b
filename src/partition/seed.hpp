#pragma once

#include "partition/patterns.hpp"
#include "support/units.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace fusesim::ir {
struct FxProgram;
}

/// The `seed` accounting: the counting rules behind the published fusion tables, errors included.
/// It exists only to reproduce those tables; everything else uses `physical` (partition.hpp). Known
/// to be wrong on purpose: grouped convolutions count as dense ones, a linear counts one row per
/// image, attention counts nothing, an intermediate costs one pass instead of a write and a read.
namespace fusesim::partition::seed {

/// One node of a torch.fx graph at leaf-module granularity.
struct Node {
  std::string name;
  std::string type; ///< class of the module or name of the function: "Conv2d", "add"
  bool is_operator =
      true; ///< call_module or call_function; nothing else produces, consumes or counts
  std::vector<ir::NodeId> inputs; ///< earlier nodes, each once, in argument order
  Macs macs = 0;
  Bytes output_bytes = 0; ///< 4 per element, whatever its dtype (indices, too); 0 for tuples
  Bytes weight_bytes = 0; ///< parameters of the leaf module, without running statistics
  std::string shape = {}; ///< of its result, "1x64x56x56", for reports; empty for tuples
};

/// Multiply-accumulates of a Conv2d: dense, whatever its groups, except for depthwise with groups =
/// in_channels > 1.
struct ConvShape {
  std::int64_t batch, in_channels, out_channels, out_height, out_width, kernel_height, kernel_width,
      groups;
};
Macs conv2d_macs(const ConvShape &shape);
/// Multiply-accumulates of a Linear: one product per entry of the first axis.
Macs linear_macs(std::int64_t first_dim, std::int64_t in_features, std::int64_t out_features);

/// The nodes of an exported torch.fx graph as these rules see them, without the bodies of composite
/// calls. Node i here is the graph's node number i.
std::vector<Node> nodes_of(const ir::FxProgram &program);

/// "v1", "v2" or "v3". Throws Error with the nearest names.
const Vocabulary &vocabulary(std::string_view name);

struct Subgraph {
  std::string pattern;           ///< "Conv2d_BatchNorm2d_ReLU", "…_+3more", "Unfused"
  std::vector<ir::NodeId> nodes; ///< in order of execution
  Macs macs = 0;
  Bytes input = 0, output = 0, weight = 0, internal = 0;

  Flops flops() const { return 2 * macs; }
  Bytes external() const { return input + output + weight; }
  double arithmetic_intensity() const; ///< FLOPs per external byte; 0 without bytes
  std::string_view
  bottleneck() const; ///< "compute_bound", "balanced", "memory_bound", "bandwidth_bound"
};

/// What is made before chains grow along the vocabulary's pairs.
enum class Strategy {
  greedy,    ///< nothing
  attention, ///< attention chains and merged projections, see seed_attention.cpp
};
/// "greedy" or "attention". Throws Error with the nearest names.
Strategy strategy(std::string_view name);

/// The subgraphs of a graph, in order of their first operators. Throws Error when a node reads a
/// later one.
std::vector<Subgraph> subgraphs(std::span<const Node> nodes, const Vocabulary &vocabulary,
                                Strategy strategy = Strategy::greedy);

struct Summary {
  std::size_t operators = 0, subgraphs = 0, single_operator = 0, largest = 0;
  Macs macs = 0;
  Bytes input = 0, output = 0, weight = 0, internal = 0;
  double mean_arithmetic_intensity = 0; ///< over subgraphs

  Bytes external() const { return input + output + weight; }
  double memory_reduction() const;  ///< internal ÷ (external + internal)
  double fusion_efficiency() const; ///< operators per subgraph
  double coverage() const;          ///< share of subgraphs with more than one operator
};
Summary summarise(std::span<const Subgraph> subgraphs);

} // namespace fusesim::partition::seed
