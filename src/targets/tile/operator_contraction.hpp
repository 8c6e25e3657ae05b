#pragma once

#include "ir/graph.hpp"
#include "targets/tile/contraction.hpp"

#include <optional>

namespace fusesim::targets::tile {

/// Products, element sizes and window of a contraction; tensors' bytes and places are left to the
/// caller, except that operands' element sizes are here. Empty when the node is no contraction or a
/// composite one.
std::optional<Contraction> contraction_of(const ir::Graph &graph, const ir::Node &node);

/// scaled_dot_product_attention as its two products and what lies between them.
struct AttentionParts {
  Contraction scores, apply;
  std::uint64_t softmax_ops = 0; ///< lane-cycles
};
AttentionParts attention_contractions(const ir::Graph &graph, const ir::Node &node);

} // namespace fusesim::targets::tile
