#pragma once

#include "partition/grouping.hpp"
#include "partition/seed.hpp"

namespace fusesim::partition::seed {

/// Operator types that the published vocabularies tell apart; labels of their Flow.
enum class Type : Label {
  other,
  conv2d,
  batch_norm1d,
  batch_norm2d,
  relu,
  relu6,
  silu,
  swish,
  sigmoid,
  hardswish,
  gelu,
  linear,
  dropout,
  adaptive_avg_pool2d,
  layer_norm,
  multihead_attention,
  stochastic_depth,
  add,
  mul,
  matmul,
  softmax,
  linear_function,
};
Type type_from_name(std::string_view name);

/// Puts the attention patterns of a graph into groups that do not grow. `flow` has the operators'
/// types as labels.
void group_attention(std::span<const Node> nodes, const Flow &flow, Grouping &grouping);

} // namespace fusesim::partition::seed
