#pragma once

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
};
Type type_from_name(std::string_view name);

} // namespace fusesim::partition::seed
