#pragma once

#include "net.hpp"

namespace fusesim::test {

/// Two convolutions around a fork, a view, and a softmax, cut into three subgraphs:
///
///   x ─> conv1 ─> bn ─> relu ─┬─> conv2 ─> add ─> flat ─> softmax ─>
///        └────── 0 ───────┘   └────────────^┘       │     └─ 2 ─┘
///                                 └────── 1 ────────┘
///
/// Every tensor has 4·4·4 floats: 256 B. Weights: 4·4·4 B = 64 B of a convolution, 4·4·4 B of the
/// normalisation's four vectors. A convolution does 4·4·4·4 = 256 multiply-accumulates.
struct SummarisedNet {
  ir::Graph graph;
  partition::Partition partition;
};

inline SummarisedNet summarised_net() {
  using ir::OpKind;
  Net net;
  const auto x = net.input("x", {1, 4, 4, 4});
  const auto relu = net.op(OpKind::relu, "relu", {net.bn("bn", net.conv("conv1", x, 4))});
  const auto add = net.op(OpKind::add, "add", {net.conv("conv2", relu, 4), relu});
  const auto softmax = net.softmax("softmax", net.view("flat", add, {1, 64}));
  partition::Partition partition;
  partition.strategy = "greedy";
  partition.subgraphs = {
      {0, "conv2d+batch_norm+relu", {0, 1, 2}}, {1, "conv2d+add", {3, 4, 5}}, {2, "unfused", {6}}};
  partition.subgraph_of = {0, 0, 0, 1, 1, 1, 2};
  partition.refusals = {{2, 3, partition::Refusal::fork},
                        {2, 4, partition::Refusal::fork},
                        {5, 6, partition::Refusal::not_in_vocabulary}};
  return {std::move(net).build({softmax}), std::move(partition)};
}

} // namespace fusesim::test
