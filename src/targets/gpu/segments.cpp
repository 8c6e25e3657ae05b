#include "targets/gpu/segments.hpp"

#include "ir/cost.hpp"
#include "ir/op.hpp"
#include "targets/gpu/work_order.hpp"

#include <algorithm>
#include <optional>
#include <unordered_set>

namespace fusesim::targets::gpu {

namespace {

using ir::NodeId;
using ir::OpClass;
using ir::OpKind;

/// How an operator can share a kernel with others.
enum class Role : std::uint8_t {
  product,   ///< runs as a GEMM
  attention, ///< scores, softmax and their application in one operator
  pointwise, ///< same loop over the same elements: prologue or epilogue of anything
  movement,  ///< computes where to read: part of a loop, or of what is stored behind statistics
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
  case OpKind::scaled_dot_product_attention:
    return Role::attention;
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
  case OpClass::data_movement:
    return Role::movement;
  case OpClass::pooling:
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
  struct Chain { ///< positions of an attention pattern among the nodes with work
    std::size_t begin, scores, apply;
  };
  std::optional<Chain> find_attention(const std::vector<NodeId> &nodes) const;
  std::size_t with_scales(const std::vector<NodeId> &nodes, std::size_t scores) const;
  void add(NodeId id);
  void add_attention(const std::vector<NodeId> &nodes, const Chain &chain);
  bool try_join(NodeId id, Role role);
  bool shares_loop(const ir::Node &joining, Role role) const;
  bool needs_smaller_whole(const ir::Node &joining) const;
  bool try_fold(const ir::Node &node, NodeId id);
  bool try_merge_sibling(const ir::Node &node, NodeId id);
  bool try_prologue(const ir::Node &node, NodeId id, Role role);
  void start(NodeId id, Role role);
  void take(Segment &segment, NodeId id);
  void mark_waiting();

  const ir::Node &node(NodeId id) const { return graph_.node(id); }
  std::uint64_t elements(ir::ValueId id) const { return graph_.value(id).type.elements(); }
  std::uint64_t result_elements(NodeId id) const { return elements(node(id).outputs.at(0)); }
  /// The producer of operand `index` when it is in the segment under way.
  std::optional<NodeId> producer_here(const ir::Node &node, std::size_t index) const;

  const ir::Graph &graph_;
  const Storage &storage_;
  const SegmentOptions &options_;
  std::vector<NodeId> constants_;
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
  auto order = work_order_of(graph_, storage_, subgraph);
  const auto &nodes = order.nodes;
  constants_ = std::move(order.constants);
  const auto chain = find_attention(nodes);
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (chain && i == chain->begin) {
      add_attention(nodes, *chain);
      i = chain->apply;
    } else {
      add(nodes[i]);
    }
  }
  mark_waiting();
  return std::move(segments_);
}

/// Adds an operator, and the constants that it reads.
void Segmenter::take(Segment &segment, NodeId id) {
  const auto insert = [&](NodeId member) {
    const auto place = std::lower_bound(segment.nodes.begin(), segment.nodes.end(), member);
    if (place == segment.nodes.end() || *place != member)
      segment.nodes.insert(place, member);
  };
  insert(id);
  for (const auto input : node(id).inputs) {
    const auto producer = graph_.value(storage_.root(input)).producer;
    if (std::binary_search(constants_.begin(), constants_.end(), producer))
      insert(producer);
  }
}

/// A concat that is written in place counts as written by the segments before.
void Segmenter::mark_waiting() {
  std::unordered_set<NodeId> written;
  const auto is_written = [&](ir::ValueId id) {
    const auto root = storage_.root(id);
    return !storage_.parts(root).empty() || written.contains(graph_.value(root).producer);
  };
  for (auto &segment : segments_) {
    segment.waits = std::ranges::any_of(
        segment.nodes, [&](NodeId id) { return std::ranges::any_of(node(id).inputs, is_written); });
    written.insert(segment.nodes.begin(), segment.nodes.end());
  }
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
      const bool small =
          options_.attention_fits(first->n, std::max(first->k, second->n),
                                  ir::size_of(graph_.value(at.inputs[0]).type.dtype));
      return reads_chain && small ? std::optional<Chain>({with_scales(nodes, scores), scores, i})
                                  : std::nullopt;
    } else if (scores != kNone) {
      const bool same_loop = result_elements(nodes[i]) == result_elements(nodes[scores]);
      const bool fits = at.kind == OpKind::softmax || role_of(graph_, at) == Role::pointwise;
      softmax = same_loop && fits && (softmax || at.kind == OpKind::softmax);
      scores = same_loop && fits ? scores : kNone;
    }
  }
  return std::nullopt;
}

/// The first of the pointwise operators right ahead of the product of scores that only it reads:
/// they are applied to the queries and keys as those are loaded.
std::size_t Segmenter::with_scales(const std::vector<NodeId> &nodes, std::size_t scores) const {
  std::size_t begin = scores;
  const auto is_scale = [&](NodeId id) {
    const auto readers = storage_.readers(node(id).outputs[0]);
    return role_of(graph_, node(id)) == Role::pointwise &&
           !storage_.is_result(node(id).outputs[0]) && readers.size() == 1 &&
           readers[0] == nodes[scores];
  };
  while (begin > 0 && is_scale(nodes[begin - 1]))
    --begin;
  return begin;
}

void Segmenter::add_attention(const std::vector<NodeId> &nodes, const Chain &chain) {
  Segment segment;
  segment.shape = KernelShape::attention;
  segment.anchor = nodes[chain.scores];
  segment.last_anchor = nodes[chain.apply];
  for (auto i = chain.begin; i <= chain.apply; ++i)
    take(segment, nodes[i]);
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
  segment.shape = role == Role::product     ? KernelShape::gemm
                  : role == Role::attention ? KernelShape::attention
                  : role == Role::rows      ? KernelShape::rows
                                            : KernelShape::stream;
  segment.anchor = id;
  if (role == Role::attention)
    segment.last_anchor = id;
  take(segment, id);
  segment.elements = result_elements(id);
  segments_.push_back(std::move(segment));
}

bool Segmenter::try_join(NodeId id, Role role) {
  auto &segment = segments_.back();
  const auto &joining = node(id);
  if (try_fold(joining, id) || try_merge_sibling(joining, id) || try_prologue(joining, id, role))
    return true;
  if (segment.shape == KernelShape::gemm && !options_.fuses_into_products)
    return false;
  if (result_elements(id) != segment.elements || needs_smaller_whole(joining) ||
      !shares_loop(joining, role))
    return false;
  take(segment, id);
  return true;
}

/// Whether an operator over the segment's elements can be part of its loop, or of what is done with
/// its results before they are stored. Into a loop over elements or rows it may also bring an
/// operand that something behind it reads.
bool Segmenter::shares_loop(const ir::Node &joining, Role role) const {
  const auto &segment = segments_.back();
  const auto anchor = role_of(graph_, node(segment.anchor));
  const bool is_loop = segment.shape == KernelShape::stream &&
                       (anchor == Role::pointwise || anchor == Role::movement);
  bool reads_from_here = false;
  for (std::size_t i = 0; i < joining.inputs.size(); ++i)
    reads_from_here = reads_from_here || producer_here(joining, i).has_value();
  if (role == Role::pointwise)
    return anchor != Role::alone &&
           (reads_from_here || is_loop || segment.shape == KernelShape::rows);
  const bool is_shift = joining.kind == OpKind::roll || joining.kind == OpKind::pad;
  return role == Role::movement &&
         (is_loop || (segment.shape == KernelShape::rows && is_shift && reads_from_here));
}

/// A smaller operand from here: all of it must be done first. Constants are no operands.
bool Segmenter::needs_smaller_whole(const ir::Node &joining) const {
  for (std::size_t i = 0; i < joining.inputs.size(); ++i)
    if (const auto producer = producer_here(joining, i);
        producer && result_elements(*producer) != segments_.back().elements &&
        !std::binary_search(constants_.begin(), constants_.end(), *producer))
      return true;
  return false;
}

// w·(x·γ) + β has the same cost as w'·x + b'.
bool Segmenter::try_fold(const ir::Node &joining, NodeId id) {
  if (!options_.folds_batch_norm || joining.kind != OpKind::batch_norm)
    return false;
  const auto producer = producer_here(joining, 0);
  if (!producer || ir::class_of(node(*producer).kind) != OpClass::contraction)
    return false;
  take(segments_.back(), id);
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
  take(segment, id);
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
  if (role == Role::product && !options_.fuses_into_products)
    return false;
  const auto anchor_role = role_of(graph_, anchor);
  const bool loop =
      segment.shape == KernelShape::stream &&
      (anchor_role == Role::pointwise || (anchor_role == Role::movement && role == Role::rows));
  const bool normalised = segment.shape == KernelShape::rows && joining.kind == OpKind::linear &&
                          (anchor.kind == OpKind::layer_norm || anchor.kind == OpKind::rms_norm);
  if (!(loop && (role == Role::product || role == Role::rows)) && !normalised)
    return false;
  segment.shape = role == Role::product ? KernelShape::gemm : KernelShape::rows;
  segment.recomputes_statistics = normalised;
  segment.anchor = id;
  take(segment, id);
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
