#include "targets/tile/chain_builder.hpp"

#include "ir/cost.hpp"
#include "support/error.hpp"
#include "targets/tile/figures.hpp"
#include "targets/tile/operator_contraction.hpp"
#include "targets/tile/vector_operator.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

namespace fusesim::targets::tile {

namespace {

using ir::NodeId;
using ir::ValueId;

constexpr std::uint32_t kNoStage = ~std::uint32_t{0};

std::uint64_t size(std::int64_t dim) { return static_cast<std::uint64_t>(dim); }

/// Lines of a batch of maps; 0 for all else.
std::uint64_t lines_of(const ir::TensorType &type) {
  return type.dims.size() == 4 ? size(type.dims[2]) : 0;
}

std::optional<StageLines> stage_lines(const ir::Graph &graph, const ir::Node &node) {
  StageLines lines;
  lines.out = lines_of(graph.value(node.outputs[0]).type);
  lines.in = node.inputs.empty() ? 0 : lines_of(graph.value(node.inputs[0]).type);
  if (lines.out == 0 || lines.in == 0)
    return std::nullopt;
  const auto first = [](const ir::Dims &dims, std::int64_t otherwise) {
    return size(dims.empty() ? otherwise : dims.front());
  };
  if (node.kind == ir::OpKind::conv2d) {
    const auto &conv = std::get<ir::ConvAttrs>(node.attributes);
    lines.kernel = size(graph.value(node.inputs[1]).type.dims[2]);
    lines.stride = first(conv.stride, 1);
    lines.dilation = first(conv.dilation, 1);
    lines.padding = first(conv.padding, 0);
    return lines;
  }
  if (node.kind == ir::OpKind::max_pool2d || node.kind == ir::OpKind::avg_pool2d) {
    const auto &pool = std::get<ir::PoolAttrs>(node.attributes);
    lines.kernel = first(pool.kernel, 1);
    lines.stride = first(pool.stride, static_cast<std::int64_t>(lines.kernel));
    lines.dilation = first(pool.dilation, 1);
    lines.padding = first(pool.padding, 0);
    return lines;
  }
  return is_inline(node.kind) && lines.in == lines.out ? std::optional(lines) : std::nullopt;
}

class Builder {
public:
  Builder(const ir::Graph &graph, const StorageMap &storage, const partition::Subgraph &subgraph,
          const TileMachine &machine)
      : graph_(graph), storage_(storage), subgraph_(subgraph), machine_(machine) {}

  Chain run() {
    chain_.row_units = 0; // gcd's neutral element
    for (const auto id : subgraph_.nodes)
      if (storage_.works(id))
        add(id);
    for (std::uint32_t s = 0; s < chain_.stages.size(); ++s)
      add_writes(s);
    finish_tensors();
    chain_.row_units = std::max<std::uint64_t>(1, chain_.row_units);
    return std::move(chain_);
  }

private:
  /// What a stage makes, beyond what Stage says.
  struct Made {
    std::vector<ValueId>
        values; ///< its results, one per operator in it, those that nobody else reads included
    std::vector<NodeId> operators;
    bool has_scale = false, has_activation = false; ///< the drain's free ride is taken
  };

  const ir::Value &value(ValueId id) const { return graph_.value(id); }
  std::uint32_t stage_of(ValueId id) const {
    const auto found = stage_of_.find(storage_.root(id));
    return found == stage_of_.end() ? kNoStage : found->second;
  }

  void add(NodeId id) {
    const auto &node = graph_.node(id);
    if (node.kind == ir::OpKind::multi_head_attention)
      throw Error(node.name, "composite multi-head attention has no lowering",
                  "decompose it first (ir::decompose_attention)");
    if (node.kind == ir::OpKind::scaled_dot_product_attention) {
      add_attention(id, node);
      return;
    }
    limit_row_units(node);
    const auto joined = is_inline(node.kind) ? stage_to_join(node) : kNoStage;
    if (joined != kNoStage)
      join(joined, id, node);
    else
      start(id, node);
    for (const auto output : node.outputs)
      stage_of_[output] =
          joined != kNoStage ? joined : static_cast<std::uint32_t>(chain_.stages.size() - 1);
  }

  /// The latest stage that makes an operand, if that operand lines up with the result element by
  /// element.
  std::uint32_t stage_to_join(const ir::Node &node) const {
    std::uint32_t latest = kNoStage;
    for (const auto input : node.inputs)
      if (const auto s = stage_of(input); s != kNoStage && (latest == kNoStage || s > latest))
        latest = s;
    if (latest == kNoStage)
      return kNoStage;
    const auto elements = value(node.outputs[0]).type.elements();
    bool lines_up = false;
    for (const auto input : node.inputs) {
      if (stage_of(input) != latest)
        continue;
      if (value(input).type.elements() != elements ||
          value(storage_.root(input)).type.elements() != elements)
        return kNoStage; // a slice or a reduced part of what the stage makes
      lines_up = true;
    }
    return lines_up ? latest : kNoStage;
  }

  void join(std::uint32_t s, NodeId id, const ir::Node &node) {
    auto &stage = chain_.stages[s];
    auto &made = made_[s];
    made.operators.push_back(id);
    made.values.push_back(node.outputs[0]);
    if (stage.contraction)
      stage.contraction->drain_ops += drain_ops(made, node);
    else
      stage.vector_ops += lane_ops(graph_, node);
    for (std::size_t i = 0; i < node.inputs.size(); ++i)
      if (stage_of(node.inputs[i]) != s)
        add_read(s, node, i, Role::other);
  }

  /// Scale-and-shift and activation of a drain are one pass with the bias: only what comes on top
  /// costs a lane-cycle.
  static std::uint64_t drain_ops(Made &made, const ir::Node &node) {
    bool &taken = node.kind == ir::OpKind::batch_norm ? made.has_scale : made.has_activation;
    const bool rides = node.kind == ir::OpKind::batch_norm || node.inputs.size() == 1;
    if (!rides || taken)
      return 1;
    taken = true;
    return 0;
  }

  void start(NodeId id, const ir::Node &node) {
    const auto s = static_cast<std::uint32_t>(chain_.stages.size());
    auto &stage = chain_.stages.emplace_back();
    stage.name = node.name;
    made_.push_back({{node.outputs.begin(), node.outputs.end()}, {id}, false, false});
    stage.lines = stage_lines(graph_, node);
    stage.contraction = contraction_of(graph_, node);
    if (stage.contraction) {
      stage.contraction->macs_per_pe =
          macs_per_pe(machine_, value(node.inputs[0]).type.dtype, node.name);
      stage.splits_batch = node.kind == ir::OpKind::matmul && stage.contraction->batch > 1;
    } else {
      stage.vector_ops = lane_ops(graph_, node);
      stage.row_bytes = row_bytes(graph_, node);
    }
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      const bool operand = stage.contraction.has_value() && i < 2;
      add_read(s, node, i, !operand ? Role::other : i == 0 ? Role::a : Role::b);
    }
  }

  /// scores = q·kᵀ (with scale and mask on the drain), softmax, result = scores·v.
  void add_attention(NodeId id, const ir::Node &node) {
    const auto parts = attention_contractions(graph_, node);
    const auto rate = macs_per_pe(machine_, value(node.inputs[0]).type.dtype, node.name);
    const Bytes score_bytes =
        parts.scores.batch * parts.scores.m * parts.scores.n * parts.scores.c_size;
    chain_.row_units = std::gcd(chain_.row_units, parts.scores.batch);
    for (const auto input : node.inputs)
      if (stage_of(input) != kNoStage)
        chain_.row_units = std::gcd(chain_.row_units, storage_.equal_parts(input));
    const auto first = static_cast<std::uint32_t>(chain_.stages.size());
    const auto scores = add_tensor({node.name + ".scores", score_bytes});
    const auto weights = add_tensor({node.name + ".softmax", score_bytes});
    for (const auto *suffix : {".scores", ".softmax", ".apply"}) {
      chain_.stages.emplace_back().name = node.name + suffix;
      made_.emplace_back();
    }
    auto *stages = &chain_.stages[first];
    stages[0].contraction = parts.scores;
    stages[2].contraction = parts.apply;
    for (const auto s : {0, 2}) {
      stages[s].contraction->macs_per_pe = rate;
      stages[s].splits_batch = true;
    }
    stages[1].vector_ops = parts.softmax_ops;
    stages[1].row_bytes = parts.scores.n * parts.scores.c_size;
    stages[0].writes = {{scores, kNoTensor, score_bytes, Role::other, true}};
    stages[1].reads = {{scores, kNoTensor, score_bytes, Role::other, true}};
    stages[1].writes = {{weights, kNoTensor, score_bytes, Role::other, true}};
    stages[2].reads = {{weights, kNoTensor, score_bytes, Role::a, true}};
    add_read(first, node, 0, Role::a);
    add_read(first, node, 1, Role::b);
    if (node.inputs.size() > 3)
      add_read(first, node, 3, Role::other);
    add_read(first + 2, node, 2, Role::b);
    made_[first + 2] = {{node.outputs[0]}, {id}, false, false};
    stage_of_[node.outputs[0]] = first + 2;
  }

  /// A copy that only others read may put each row block of a permuted tensor where it belongs: heads merged after
  /// attention.
  bool leaves_in_blocks(const ir::Node &node) const {
    return node.kind == ir::OpKind::copy &&
           std::ranges::none_of(storage_.readers(node.outputs[0]), [&](NodeId reader) {
             return std::ranges::binary_search(subgraph_.nodes, reader);
           });
  }

  void limit_row_units(const ir::Node &node) {
    chain_.row_units = std::gcd(chain_.row_units, row_units(graph_, node));
    for (const auto input : node.inputs) {
      if (stage_of(input) == kNoStage)
        continue;
      if (!leaves_in_blocks(node)) // rows are shuffled on the way, within parts
        chain_.row_units = std::gcd(chain_.row_units, storage_.equal_parts(input));
      if (storage_.root(input) != input && value(storage_.root(input)).type != value(input).type)
        chain_.keeps_lines = false;
    }
  }

  TensorIndex add_tensor(ChainTensor tensor) {
    chain_.tensors.push_back(std::move(tensor));
    return static_cast<TensorIndex>(chain_.tensors.size() - 1);
  }

  /// Made inside: the whole of what `id` is a slice of. From outside: the slice, unless slices
  /// overlap. Besides, the slice as this one stage sees it, in case the stage uses it twice and the
  /// tensor is not kept for longer.
  Access access_to(ValueId id, std::uint32_t s) {
    const auto root = storage_.root(id), slice = storage_.source(id);
    const bool inside = stage_of(id) != kNoStage;
    const auto slice_bytes = ir::read_bytes(graph_, id);
    Access access;
    access.tensor = inside || slices_overlap(root)
                        ? tensor_for({root, kNoStage}, value(root).type.bytes(), !inside)
                        : tensor_for({slice, kNoStage}, slice_bytes, true);
    access.slice = tensor_for({slice, s}, slice_bytes, true);
    return access;
  }

  using TensorKey =
      std::pair<ValueId, std::uint32_t>; ///< the value; as one stage sees it, or kNoStage
  TensorIndex tensor_for(TensorKey key, Bytes bytes, bool from_outside) {
    const auto [entry, is_new] = tensor_of_.try_emplace(key, 0);
    if (is_new) {
      ChainTensor tensor;
      tensor.name = value(key.first).name;
      tensor.bytes = bytes;
      tensor.resident = storage_.is_resident(storage_.root(key.first));
      tensor.lines = lines_of(value(key.first).type);
      tensor.from_outside = from_outside;
      tensor.is_slice = key.second != kNoStage;
      entry->second = add_tensor(std::move(tensor));
    }
    return entry->second;
  }

  /// True when the subgraph reads more bytes of slices of `root` than it has.
  bool slices_overlap(ValueId root) {
    const auto [entry, is_new] = overlaps_.try_emplace(root, false);
    if (!is_new)
      return entry->second;
    std::set<ValueId> slices;
    Bytes bytes = 0;
    for (const auto id : subgraph_.nodes)
      if (storage_.works(id))
        for (const auto input : graph_.node(id).inputs)
          if (storage_.root(input) == root && slices.insert(storage_.source(input)).second)
            bytes += ir::read_bytes(graph_, input);
    return entry->second = bytes > value(root).type.bytes();
  }

  void add_read(std::uint32_t s, const ir::Node &node, std::size_t input, Role role) {
    const auto id = node.inputs[input];
    auto &stage = chain_.stages[s];
    auto access = access_to(id, s);
    access.bytes = ir::operand_bytes(graph_, node, input);
    access.role = role;
    access.is_weight = graph_.is_weight(storage_.root(id));
    access.windowed = input == 0 && !is_inline(node.kind);
    const auto elements = value(id).type.elements();
    const bool whole_rows = elements == value(node.outputs[0]).type.elements() ||
                            (input == 0 && !is_inline(node.kind)) ||
                            node.kind == ir::OpKind::concat;
    access.split =
        !graph_.is_weight(storage_.root(id)) && (role == Role::b ? stage.splits_batch : whole_rows);
    if (role == Role::other && merge_read(s, storage_.source(id), access))
      return;
    stage.reads.push_back(access);
    slices_read_.insert({s, storage_.source(id)});
  }

  /// A tensor that the stage's vector work reads already: a slice of it used twice is fetched once,
  /// another slice adds what it has.
  bool merge_read(std::uint32_t s, ValueId slice, const Access &access) {
    auto &reads = chain_.stages[s].reads;
    const auto same = std::find_if(reads.begin(), reads.end(), [&](const Access &r) {
      return r.tensor == access.tensor && r.role == Role::other;
    });
    if (same == reads.end())
      return false;
    const bool is_new = slices_read_.insert({s, slice}).second;
    same->bytes = is_new ? std::min(chain_.tensors[access.tensor].bytes, same->bytes + access.bytes)
                         : std::max(same->bytes, access.bytes);
    same->split = same->split && access.split;
    return true;
  }

  /// Results that somebody outside the stage reads.
  void add_writes(std::uint32_t s) {
    auto &stage = chain_.stages[s];
    const auto &made = made_[s];
    for (auto v = made.values.rbegin(); v != made.values.rend(); ++v) {
      const auto readers = storage_.readers(*v);
      const auto is_inside = [&](NodeId reader) {
        return std::binary_search(subgraph_.nodes.begin(), subgraph_.nodes.end(), reader);
      };
      const auto in_stage = [&](NodeId reader) {
        return std::find(made.operators.begin(), made.operators.end(), reader) !=
               made.operators.end();
      };
      const bool unread = readers.empty() && v == made.values.rbegin(); // still computed
      const bool to_outside = unread || storage_.is_result(*v) ||
                              !std::all_of(readers.begin(), readers.end(), is_inside);
      if (!to_outside && std::all_of(readers.begin(), readers.end(), in_stage))
        continue;
      const auto tensor = tensor_for({*v, kNoStage}, value(*v).type.bytes(), false);
      chain_.tensors[tensor].to_outside = to_outside;
      stage.writes.push_back({tensor, kNoTensor, chain_.tensors[tensor].bytes, Role::other, true});
    }
  }

  void finish_tensors() {
    for (auto &tensor : chain_.tensors)
      tensor.first_stage = kNoStage;
    for (std::uint32_t s = 0; s < chain_.stages.size(); ++s) {
      const auto &stage = chain_.stages[s];
      for (const auto &access : stage.writes)
        touch(s, access.tensor, access.split);
      for (const auto &access : stage.reads)
        for (const auto tensor : {access.tensor, access.slice})
          if (tensor != kNoTensor) {
            touch(s, tensor, access.split);
            ++chain_.tensors[tensor].reads;
          }
    }
  }

  void touch(std::uint32_t s, TensorIndex index, bool split) {
    auto &tensor = chain_.tensors[index];
    const bool is_first = tensor.first_stage == kNoStage;
    tensor.first_stage = std::min(tensor.first_stage, s);
    tensor.last_stage = s;
    tensor.split = split && (is_first || tensor.split);
  }

  const ir::Graph &graph_;
  const StorageMap &storage_;
  const partition::Subgraph &subgraph_;
  const TileMachine &machine_;
  Chain chain_;
  std::vector<Made> made_;
  std::map<ValueId, std::uint32_t> stage_of_;
  std::map<TensorKey, TensorIndex> tensor_of_;
  std::map<ValueId, bool> overlaps_;
  std::set<std::pair<std::uint32_t, ValueId>> slices_read_; ///< by stage
};

} // namespace

Chain build_chain(const ir::Graph &graph, const StorageMap &storage,
                  const partition::Subgraph &subgraph, const TileMachine &machine) {
  return Builder(graph, storage, subgraph, machine).run();
}

} // namespace fusesim::targets::tile
