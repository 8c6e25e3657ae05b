#include "partition/patterns.hpp"

#include <algorithm>

namespace fusesim::partition {
namespace {

using enum ir::OpKind;

// ---- kinds that a row treats alike --------------------------------------------------------------

constexpr LabelSet kConvolution{conv1d, conv2d, conv3d, conv_transpose2d};
constexpr LabelSet kProduct{linear, matmul};
constexpr LabelSet kContraction = kConvolution | kProduct;
constexpr LabelSet kBatchNorm{batch_norm}; // at inference a scale and a shift per channel
constexpr LabelSet kRowNorm{layer_norm, rms_norm};
constexpr LabelSet kStatistics = kRowNorm | LabelSet{group_norm, instance_norm};
constexpr LabelSet kActivation{relu, relu6,     silu,        gelu,     sigmoid,
                               tanh, hardswish, hardsigmoid, hardtanh, leaky_relu,
                               elu,  mish,      softplus,    clamp};
constexpr LabelSet kGate{sigmoid, hardsigmoid};
// `copy` belongs here: the same elements stored in another order, as when heads are merged.
constexpr LabelSet kUnary = kActivation | LabelSet{ir::OpKind::exp,
                                                   ir::OpKind::log,
                                                   ir::OpKind::sqrt,
                                                   ir::OpKind::abs,
                                                   ir::OpKind::erf,
                                                   ir::OpKind::sin,
                                                   ir::OpKind::cos,
                                                   ir::OpKind::pow,
                                                   rsqrt,
                                                   neg,
                                                   reciprocal,
                                                   cast,
                                                   copy};
constexpr LabelSet kBinary{add,     sub,   mul,         ir::OpKind::div, maximum,
                           minimum, where, masked_fill, compare,         logical};
constexpr LabelSet kPointwise = kUnary | kBinary;
constexpr LabelSet kGlobalPool{adaptive_avg_pool2d, mean};

// ---- the modern vocabulary ----------------------------------------------------------------------

constexpr PairRow kModern[] = {
    // x ─> conv ─> bn        scale and shift on the accumulators, or folded into the weights
    {"conv_norm", kConvolution, kBatchNorm, kMainOperand | kKeepsSize},
    // x ─> linear ─> bn
    {"linear_norm", LabelSet{linear}, kBatchNorm, kMainOperand | kKeepsSize},
    // x ─> conv|linear|matmul ─> act|scale|cast|store in another order
    {"epilogue", kContraction, kUnary, kKeepsSize},
    // x ─> conv|linear|matmul ─┬─> add|mul|…      the other operand is read by the epilogue
    // y ───────────────────────┘
    {"epilogue_join", kContraction, kBinary, kJoins | kKeepsSize},
    // conv ─> bn ─> act
    {"norm_activation", kBatchNorm, kUnary, kKeepsSize},
    // conv ─> bn ─┬─> add ─> relu                 end of a residual block
    // x ──────────┘
    {"norm_residual", kBatchNorm, kBinary, kJoins | kKeepsSize},
    // add ─> relu ─> mul ─> …                     one loop over the same elements
    {"pointwise", kPointwise, kPointwise, kJoins | kKeepsSize},
    // add ─> bn ─> relu                           pre-activation
    {"pointwise_norm", kPointwise, kBatchNorm, kMainOperand | kKeepsSize},
    // group_norm ─> act, layer_norm ─┬─> add      the second pass over the row goes on
    {"row_norm_epilogue", kStatistics, kPointwise, kJoins | kKeepsSize},
    // layer_norm ─> linear                        every CTA recomputes statistics of its rows
    {"row_norm_linear", kRowNorm, LabelSet{linear}, kMainOperand},

    // Squeeze-and-excitation, one launch with three barriers (═>); x forks and is read twice:
    //   x ─┬─> pool ═> conv ─> act ═> conv ─> sigmoid ═> mul ─> …
    //      └──────────────────────────────────────────────┘
    {"se_squeeze", kGlobalPool, LabelSet{conv2d}, kMainOperand | kGridWide, Stage::any,
     Stage::squeezed},
    {"se_excite", kActivation, LabelSet{conv2d}, kMainOperand | kGridWide, Stage::squeezed,
     Stage::excited},
    {"se_scale", kGate, LabelSet{mul}, kJoins | kGridWide, Stage::excited, Stage::plain},
};

constexpr Vocabulary kModernVocabulary{"modern",
                                       "what fused engines run as one kernel: one contraction with "
                                       "its epilogue, pointwise loops, SE blocks",
                                       kModern};

} // namespace

Match Vocabulary::match(const Pair &pair) const {
  Match best;
  for (const PairRow &row : rows) {
    const bool holds = row.is_for(pair.producer, pair.consumer) &&
                       (row.needs == Stage::any || row.needs == pair.stage) &&
                       (!row.has(kMainOperand) || pair.main) &&
                       (!row.has(kKeepsSize) || pair.same_size);
    if (!holds)
      continue;
    if (!pair.joins || row.has(kJoins))
      return {&row, {}};
    best.refusal = Refusal::join;
  }
  return best;
}

const Vocabulary &modern_vocabulary() { return kModernVocabulary; }

std::vector<ir::NodeId> grid_barriers(const ir::Graph &graph, const Subgraph &subgraph) {
  const auto elements = [&](const ir::Node &node) {
    return graph.value(node.outputs.at(0)).type.elements();
  };
  std::vector<ir::NodeId> barriers;
  const ir::Node *previous = nullptr;
  Stage stage = Stage::plain;
  for (const ir::NodeId id : subgraph.nodes) {
    const ir::Node &node = graph.node(id);
    if (ir::is_free(node.kind) || node.outputs.empty())
      continue;
    if (previous != nullptr) {
      const auto row = modern_vocabulary()
                           .match({.producer = static_cast<Label>(previous->kind),
                                   .consumer = static_cast<Label>(node.kind),
                                   .stage = stage,
                                   .same_size = elements(*previous) == elements(node)})
                           .row;
      if (row != nullptr && row->has(kGridWide))
        barriers.push_back(id);
      if (row != nullptr && row->next != Stage::any)
        stage = row->next;
    }
    previous = &node;
  }
  return barriers;
}

} // namespace fusesim::partition
