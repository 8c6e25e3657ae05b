#include "targets/gpu/segments.hpp"

#include "ir/cost.hpp"
#include "ir/op.hpp"

#include <algorithm>
#include <optional>

namespace fusesim::targets::gpu {

namespace {

using ir::NodeId;
using ir::OpClass;
using ir::OpKind;

/// How an operator can share a kernel with others.
enum class Role : std::uint8_t {
  product,   ///< runs as a GEMM
  pointwise, ///< same loop over the same elements: prologue or epilogue of anything
  rows,      ///< needs whole rows of its input
  start,     ///< reads in a pattern of its own; others can only follow it
  alone,     ///< unknown
};

bool is_depthwise(const ir::Graph &graph, const ir::Node &node) {
  const auto *conv = std::get_if<ir::ConvAttrs>(&node.attributes);
  return conv != nullptr && node.kind != OpKind::conv_transpose2d && conv->groups > 1 &&
         graph.value(node.inputs[1]).type.dims[1] == 1;
}

Role role_of(const ir::Graph &graph, const ir::Node &node) {
  switch (node.kind) {
  case OpKind::batch_norm:
  case OpKind::copy:
    return Role::pointwise;
  case OpKind::adaptive_avg_pool2d:
  case OpKind::adaptive_max_pool2d:
    return Role::rows;
  default:
    break;
  }
  switch (ir::class_of(node.kind)) {
  case OpClass::contraction:
    return is_depthwise(graph, node) ? Role::start : Role::product;
  case OpClass::elementwise:
    return Role::pointwise;
  case OpClass::normalisation:
  case OpClass::reduction:
    return Role::rows;
  case OpClass::pooling:
  case OpClass::data_movement:
    return Role::start;
  default:
    return Role::alone;
  }
}

class Segmenter {
public:
  Segmenter(const ir::Graph &graph, const Storage &storage, const SegmentOptions &options)
      : graph_(graph), storage_(storage), options_(options) {}

  std::vector<Segment> run(const partition::Subgraph &subgraph);

private:
  struct Chain { ///< positions of an attention pattern's products among the nodes with work
    std::size_t scores, apply;
  };
  std::optional<Chain> find_attention(const std::vector<NodeId> &nodes) const;
  void add(NodeId id);
  void add_attention(const std::vector<NodeId> &nodes, const Chain &chain);
  bool try_join(NodeId id, Role role);
  bool try_fold(const ir::Node &node, NodeId id);
  bool try_merge_sibling(const ir::Node &node, NodeId id);
  bool try_prologue(const ir::Node &node, NodeId id, Role role);
  void start(NodeId id, Role role);

  const ir::Node &node(NodeId id) const { return graph_.node(id); }
  std::uint64_t elements(ir::ValueId id) const { return graph_.value(id).type.elements(); }
  std::uint64_t result_elements(NodeId id) const { return elements(node(id).outputs.at(0)); }
  /// The producer of operand `index` when it is in the segment under way.
  std::optional<NodeId> producer_here(const ir::Node &node, std::size_t index) const;

  const ir::Graph &graph_;
  const Storage &storage_;
  const SegmentOptions &options_;
  std::vector<Segment> segments_;
};

std::optional<NodeId> Segmenter::producer_here(const ir::Node &node, std::size_t index) const {
  const auto producer = graph_.value(storage_.root(node.inputs[index])).producer;
  const auto &nodes = segments_.back().nodes;
  if (producer == ir::kNoNode || !std::binary_search(nodes.begin(), nodes.end(), producer))
    return std::nullopt;
  return producer;
}

std::vector<Segment> Segmenter::run(const partition::Subgraph &subgraph) {
  std::vector<NodeId> nodes;
  for (const auto id : subgraph.nodes)
    if (!ir::is_free(node(id).kind) && !node(id).outputs.empty())
      nodes.push_back(id);
  const auto chain = find_attention(nodes);
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (chain && i == chain->scores) {
      add_attention(nodes, *chain);
      i = chain->apply;
    } else {
      add(nodes[i]);
    }
  }
  return std::move(segments_);
}

// Between the two products lie only pointwise operators on the scores and the softmax, each reading
// the one before.
std::optional<Segmenter::Chain> Segmenter::find_attention(const std::vector<NodeId> &nodes) const {
  if (!options_.attention_fits)
    return std::nullopt;
  constexpr std::size_t kNone = ~std::size_t{0};
  std::size_t scores = kNone;
  bool softmax = false;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const auto &at = node(nodes[i]);
    if (at.kind == OpKind::matmul && !softmax) {
      scores = i;
    } else if (at.kind == OpKind::matmul) {
      const auto first = ir::gemm_of(graph_, node(nodes[scores]));
      const auto second = ir::gemm_of(graph_, at);
      const bool reads_chain = graph_.value(storage_.root(at.inputs[0])).producer == nodes[i - 1];
      const bool small = options_.attention_fits(
          std::max(first->k, second->n), ir::size_of(graph_.value(at.inputs[0]).type.dtype));
      return reads_chain && small ? std::optional<Chain>({scores, i}) : std::nullopt;
    } else if (scores != kNone) {
      const bool same_loop = result_elements(nodes[i]) == result_elements(nodes[scores]);
      const bool fits = at.kind == OpKind::softmax || role_of(graph_, at) == Role::pointwise;
      softmax = same_loop && fits && (softmax || at.kind == OpKind::softmax);
      scores = same_loop && fits ? scores : kNone;
    }
  }
  return std::nullopt;
}

void Segmenter::add_attention(const std::vector<NodeId> &nodes, const Chain &chain) {
  Segment segment;
  segment.shape = KernelShape::attention;
  segment.anchor = nodes[chain.scores];
  segment.last_anchor = nodes[chain.apply];
  segment.nodes.assign(nodes.begin() + static_cast<std::ptrdiff_t>(chain.scores),
                       nodes.begin() + static_cast<std::ptrdiff_t>(chain.apply) + 1);
  segment.elements = result_elements(segment.last_anchor);
  segments_.push_back(std::move(segment));
}

void Segmenter::add(NodeId id) {
  const auto role = role_of(graph_, node(id));
  if (segments_.empty() || !try_join(id, role))
    start(id, role);
}

void Segmenter::start(NodeId id, Role role) {
  Segment segment;
  segment.shape = role == Role::product ? KernelShape::gemm
                  : role == Role::rows  ? KernelShape::rows
                                        : KernelShape::stream;
  segment.anchor = id;
  segment.nodes = {id};
  segment.elements = result_elements(id);
  segments_.push_back(std::move(segment));
}

bool Segmenter::try_join(NodeId id, Role role) {
  auto &segment = segments_.back();
  const auto &joining = node(id);
  if (try_fold(joining, id) || try_merge_sibling(joining, id) || try_prologue(joining, id, role))
    return true;
  if (role != Role::pointwise || role_of(graph_, node(segment.anchor)) == Role::alone ||
      result_elements(id) != segment.elements)
    return false;
  for (std::size_t i = 0; i < joining.inputs.size();
       ++i) // a smaller operand from here: all of it must be done first
    if (const auto producer = producer_here(joining, i);
        producer && result_elements(*producer) != segment.elements)
      return false;
  segment.nodes.push_back(id);
  return true;
}

// w·(x·γ) + β has the same cost as w'·x + b'.
bool Segmenter::try_fold(const ir::Node &joining, NodeId id) {
  if (!options_.folds_batch_norm || joining.kind != OpKind::batch_norm)
    return false;
  const auto producer = producer_here(joining, 0);
  if (!producer || ir::class_of(node(*producer).kind) != OpClass::contraction)
    return false;
  segments_.back().nodes.push_back(id);
  segments_.back().folded.push_back(id);
  return true;
}

bool Segmenter::try_merge_sibling(const ir::Node &joining, NodeId id) {
  auto &segment = segments_.back();
  if (segment.shape != KernelShape::gemm || joining.kind != OpKind::linear ||
      node(segment.anchor).kind != OpKind::linear)
    return false;
  const auto &anchor = node(segment.anchor);
  const bool same_input = storage_.root(anchor.inputs[0]) == storage_.root(joining.inputs[0]) &&
                          elements(anchor.inputs[0]) == elements(joining.inputs[0]);
  const bool same_depth =
      graph_.value(anchor.inputs[1]).type.dims[1] == graph_.value(joining.inputs[1]).type.dims[1];
  if (!same_input || !same_depth)
    return false;
  segment.nodes.push_back(id);
  segment.siblings.push_back(id);
  return true;
}

// What is pointwise, or normalises rows, can be applied to the elements that the next operator's
// CTAs load.
bool Segmenter::try_prologue(const ir::Node &joining, NodeId id, Role role) {
  auto &segment = segments_.back();
  const auto &anchor = node(segment.anchor);
  const auto producer = joining.inputs.empty() ? std::nullopt : producer_here(joining, 0);
  if (!producer || result_elements(*producer) != segment.elements ||
      elements(joining.inputs[0]) != segment.elements)
    return false;
  const bool loop =
      segment.shape == KernelShape::stream && role_of(graph_, anchor) == Role::pointwise;
  const bool normalised = segment.shape == KernelShape::rows && joining.kind == OpKind::linear &&
                          (anchor.kind == OpKind::layer_norm || anchor.kind == OpKind::rms_norm);
  if (!(loop && (role == Role::product || role == Role::rows)) && !normalised)
    return false;
  segment.shape = role == Role::product ? KernelShape::gemm : KernelShape::rows;
  segment.recomputes_statistics = normalised;
  segment.anchor = id;
  segment.nodes.push_back(id);
  segment.elements = result_elements(id);
  return true;
}

} // namespace

std::vector<Segment> segments_of(const ir::Graph &graph, const Storage &storage,
                                 const partition::Subgraph &subgraph,
                                 const SegmentOptions &options) {
  return Segmenter(graph, storage, options).run(subgraph);
}

} // namespace fusesim::targets::gpu
