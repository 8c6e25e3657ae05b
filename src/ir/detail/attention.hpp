#pragma once

#include "ir/op.hpp"

#include <optional>

/// Where the operands of multi_head_attention stand among its inputs, and its sizes. Internal to
/// src/ir.
namespace fusesim::ir {

struct AttentionLayout {
  std::size_t in_weight = 3, out_weight = 4;
  std::optional<std::size_t> in_bias, out_bias, mask;
};
/// Throws Error when the number of inputs fits no layout.
AttentionLayout attention_layout(const AttentionAttrs &attrs, std::size_t input_count);

/// N×L×E queries against N×S×E keys and values.
struct AttentionSizes {
  std::int64_t batch, queries, keys, embedding;
};
inline AttentionSizes attention_sizes(std::span<const TensorType> inputs) {
  return {inputs[0].dims[0], inputs[0].dims[1], inputs[1].dims[1], inputs[0].dims[2]};
}

} // namespace fusesim::ir
