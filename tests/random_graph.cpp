#include "random_graph.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <optional>
#include <ostream>
#include <span>
#include <string>
#include <vector>

namespace fusesim::ir {

std::ostream &operator<<(std::ostream &stream, const Graph &graph) {
  const auto list = [&](std::span<const ValueId> ids) {
    for (const auto id : ids)
      stream << ' ' << graph.value(id).name << '[' << to_string(graph.value(id).type) << ']';
  };
  stream << "graph " << graph.name() << ", inputs";
  list(graph.inputs());
  for (const auto &node : graph.nodes()) {
    stream << '\n' << node.name << " = " << name_of(node.kind) << " of";
    list(node.inputs);
    stream << " ->";
    list(node.outputs);
  }
  stream << "\noutputs";
  list(graph.outputs());
  return stream;
}

} // namespace fusesim::ir

namespace fusesim::test {

namespace {

using ir::Dims, ir::OpKind, ir::TensorType, ir::ValueId;

constexpr std::int64_t kMostElements = 1 << 18; ///< of one value: keeps runs on the graphs short

/// The random numbers behind one step of the construction. Any numbers make a valid step, so that
/// dropping steps, which is how RapidCheck shrinks, leaves a valid graph.
struct Choice {
  std::uint32_t recipe = 0, first = 0, second = 0, detail = 0;
};

class Grower {
public:
  Grower(const Choice &seed, std::size_t max_nodes);
  /// Adds one operator (two where noted) as `choice` says; an activation where that is not
  /// possible.
  void grow(const Choice &choice);
  bool full() const { return nodes_ >= max_nodes_; }
  ir::Graph finish() &&;

private:
  using Recipe = bool (Grower::*)(const Choice &); ///< false: nothing there to apply it to

  bool convolution(const Choice &c);
  bool batch_norm(const Choice &c);
  bool group_norm(const Choice &c);
  bool pooling(const Choice &c);
  bool adaptive_pooling(const Choice &c);
  bool upsample(const Choice &c);
  bool flatten(const Choice &c);
  bool linear(const Choice &c);
  bool layer_norm(const Choice &c);
  bool attention(const Choice &c);
  bool scores(const Choice &c); ///< two operators
  bool product(const Choice &c);
  bool split(const Choice &c);
  bool permute(const Choice &c);
  bool slice(const Choice &c);
  bool activation(const Choice &c);
  bool softmax(const Choice &c);
  bool join(const Choice &c);
  bool concat(const Choice &c);
  bool mean(const Choice &c);
  bool pass_through(const Choice &c);
  bool foreign(const Choice &c);
  static const std::array<Recipe, 32> kRecipes;

  const Dims &dims(ValueId id) const { return builder_.type(id).dims; }
  ValueId weight(Dims dims, ir::ValueRole role = ir::ValueRole::parameter);
  bool add(OpKind kind, const std::vector<ValueId> &inputs, const ir::Attributes &attributes = {});
  bool add_typed(OpKind kind, const std::vector<ValueId> &inputs, const std::vector<Dims> &outputs);
  void note_reads(const std::vector<ValueId> &inputs);

  /// A live value that `fits`, half of the time the newest such; nothing when there is none.
  template <typename Fits> std::optional<ValueId> pick(std::uint32_t number, Fits fits) const;
  std::optional<ValueId> pick_rank(std::uint32_t number, std::size_t rank) const {
    return pick(number, [&](ValueId id) { return dims(id).size() == rank; });
  }
  ValueId pick_any(std::uint32_t number) const {
    return *pick(number, [](ValueId) { return true; });
  }

  ir::GraphBuilder builder_{"random"};
  std::size_t max_nodes_, nodes_ = 0, weights_ = 0;
  std::vector<ValueId> inputs_; ///< of f32
  std::vector<ValueId> live_;   ///< what later steps may read; all f32
  std::vector<ValueId> reads_;  ///< live values that something read
  std::vector<ValueId> extra_outputs_;
};

std::int64_t elements(const Dims &dims) {
  std::int64_t count = 1;
  for (const auto dim : dims)
    count *= dim;
  return count;
}

Grower::Grower(const Choice &seed, std::size_t max_nodes) : max_nodes_(max_nodes) {
  const std::int64_t batch = 1 + seed.first % 3;
  const std::int64_t channels = 4 * (1 + seed.second % 8);
  const std::int64_t size = 1 + seed.detail % 24;
  // A feature map, a sequence, or both.
  if (seed.recipe % 3 != 1)
    inputs_.push_back(builder_.input("image", {ir::DType::f32, {batch, channels, size, size}}));
  if (seed.recipe % 3 != 0 && (seed.recipe / 3 % 2 == 0 || max_nodes == 1))
    inputs_.push_back(builder_.input("tokens", {ir::DType::f32, {batch, size, channels}}));
  live_ = inputs_;
  if (seed.recipe % 3 != 0 && seed.recipe / 3 % 2 != 0 && max_nodes > 1) // word indices
    add(OpKind::embedding,
        {weight({100, channels}), builder_.input("ids", {ir::DType::i64, {batch, size}})});
}

ValueId Grower::weight(Dims dims, ir::ValueRole role) {
  return builder_.weight(fmt::format("w{}", weights_++), {ir::DType::f32, std::move(dims)}, role);
}

void Grower::note_reads(const std::vector<ValueId> &inputs) {
  reads_.insert(reads_.end(), inputs.begin(), inputs.end());
}

bool Grower::add(OpKind kind, const std::vector<ValueId> &inputs,
                 const ir::Attributes &attributes) {
  live_.push_back(builder_.add(kind, std::string(ir::name_of(kind)), inputs, attributes));
  note_reads(inputs);
  ++nodes_;
  return true;
}

bool Grower::add_typed(OpKind kind, const std::vector<ValueId> &inputs,
                       const std::vector<Dims> &outputs) {
  std::vector<TensorType> types;
  for (const auto &output : outputs)
    types.push_back({ir::DType::f32, output});
  for (const auto id : builder_.add_typed(kind, std::string(ir::name_of(kind)), inputs, types))
    live_.push_back(id);
  note_reads(inputs);
  ++nodes_;
  return true;
}

template <typename Fits>
std::optional<ValueId> Grower::pick(std::uint32_t number, Fits fits) const {
  std::vector<ValueId> fitting;
  std::ranges::copy_if(live_, std::back_inserter(fitting), fits);
  if (fitting.empty())
    return std::nullopt;
  // Chains, forks and long skips all occur: one half goes on from the newest value, one half from
  // any.
  return number % 2 == 0 ? fitting.back() : fitting[number / 2 % fitting.size()];
}

// ---- feature maps N×C×H×W -------------------------------------------------------------

bool Grower::convolution(const Choice &c) {
  const auto x = pick_rank(c.first, 4);
  if (!x)
    return false;
  const auto &in = dims(*x);
  constexpr std::array<std::int64_t, 4> kKernels{1, 1, 3, 5};
  ir::ConvAttrs attrs;
  const auto kernel = kKernels[c.detail % kKernels.size()];
  attrs.padding = {kernel / 2};
  attrs.stride = {1 + (c.detail / 4 % 4 == 0 ? 1 : 0)};
  std::int64_t out = 4 * (1 + c.second % 16);
  if (c.detail / 16 % 4 == 0) // depthwise
    attrs.groups = out = in[1];
  else if (c.detail / 16 % 4 == 1 && in[1] % 4 == 0) // grouped
    attrs.groups = 4;
  std::vector<ValueId> inputs{*x, weight({out, in[1] / attrs.groups, kernel, kernel})};
  if (c.detail / 64 % 2 == 0)
    inputs.push_back(weight({out}));
  return add(OpKind::conv2d, inputs, attrs);
}

bool Grower::batch_norm(const Choice &c) {
  const auto x = pick_rank(c.first, 4);
  if (!x)
    return false;
  const Dims channels{dims(*x)[1]};
  const auto scale = weight(channels), shift = weight(channels);
  const auto mean = weight(channels, ir::ValueRole::buffer);
  const auto variance = weight(channels, ir::ValueRole::buffer);
  return add(OpKind::batch_norm, {*x, scale, shift, mean, variance});
}

bool Grower::group_norm(const Choice &c) {
  const auto x = pick_rank(c.first, 4);
  if (!x)
    return false;
  const auto channels = dims(*x)[1];
  const auto scale = weight({channels}), shift = weight({channels});
  return add(OpKind::group_norm, {*x, scale, shift}, ir::NormAttrs{1, channels % 2 == 0 ? 2 : 1});
}

bool Grower::pooling(const Choice &c) {
  const auto x = pick_rank(c.first, 4);
  if (!x)
    return false;
  ir::PoolAttrs attrs;
  const std::int64_t kernel = 2 + c.detail % 2;
  attrs.kernel = {kernel};
  attrs.stride = {1 + c.detail / 2 % 2};
  attrs.padding = {1}; // so that it also fits maps of 1×1
  attrs.ceil_mode = c.detail / 4 % 2 == 0;
  return add(c.second % 2 == 0 ? OpKind::max_pool2d : OpKind::avg_pool2d, {*x}, attrs);
}

bool Grower::adaptive_pooling(const Choice &c) {
  const auto x = pick_rank(c.first, 4);
  if (!x)
    return false;
  ir::PoolAttrs attrs;
  attrs.output_size = {1 + (c.detail % 3 == 0 ? c.detail / 3 % 7 : 0)}; // mostly global
  return add(OpKind::adaptive_avg_pool2d, {*x}, attrs);
}

bool Grower::upsample(const Choice &c) {
  const auto x = pick_rank(c.first, 4);
  if (!x || 4 * elements(dims(*x)) > kMostElements)
    return false;
  auto out = dims(*x);
  out[2] *= 2;
  out[3] *= 2;
  return add_typed(OpKind::upsample, {*x}, {out});
}

/// To tokens in channel order; a permute makes them N×L×C.
bool Grower::flatten(const Choice &c) {
  const auto x = pick_rank(c.first, 4);
  if (!x)
    return false;
  const auto &in = dims(*x);
  return add_typed(OpKind::view, {*x}, {{in[0], in[1], in[2] * in[3]}});
}

// ---- tokens N×L×E ---------------------------------------------------------------------

bool Grower::linear(const Choice &c) {
  const auto x = pick_any(c.first);
  const std::int64_t out = 4 * (1 + c.second % 16);
  const auto in = dims(x).back();
  if (elements(dims(x)) / in * out > kMostElements)
    return false;
  std::vector<ValueId> inputs{x, weight({out, in})};
  if (c.detail % 2 == 0)
    inputs.push_back(weight({out}));
  return add(OpKind::linear, inputs);
}

bool Grower::layer_norm(const Choice &c) {
  const auto x = pick_any(c.first);
  const Dims innermost{dims(x).back()};
  const auto scale = weight(innermost), shift = weight(innermost);
  return add(OpKind::layer_norm, {x, scale, shift}, ir::NormAttrs{1, 1});
}

bool Grower::attention(const Choice &c) {
  const auto query = pick_rank(c.first, 3);
  if (!query)
    return false;
  const auto &shape = dims(*query);
  const auto embedding = shape[2];
  // Self-attention, or attention to another sequence of the same width.
  const auto memory = c.second % 4 == 0
                          ? *pick(c.second / 4,
                                  [&](ValueId id) {
                                    const auto &d = dims(id);
                                    return d.size() == 3 && d[0] == shape[0] && d[2] == embedding;
                                  })
                          : *query;
  ir::AttentionAttrs attrs;
  attrs.num_heads = embedding % 4 == 0 ? 4 : 1;
  if (attrs.num_heads * shape[0] * shape[1] * dims(memory)[1] > kMostElements)
    return false;
  attrs.causal = c.detail % 4 == 0;
  attrs.has_bias = c.detail / 4 % 2 == 0;
  std::vector<ValueId> inputs{*query, memory, memory, weight({3 * embedding, embedding})};
  if (attrs.has_bias)
    inputs.push_back(weight({3 * embedding}));
  inputs.push_back(weight({embedding, embedding}));
  if (attrs.has_bias)
    inputs.push_back(weight({embedding}));
  return add(OpKind::multi_head_attention, inputs, attrs);
}

/// x·xᵀ: what attention written out by hand begins with.
bool Grower::scores(const Choice &c) {
  const auto x = pick_any(c.first);
  auto transposed = dims(x);
  if (max_nodes_ - nodes_ < 2 || transposed.size() < 3)
    return false;
  std::swap(transposed.end()[-1], transposed.end()[-2]);
  if (elements(transposed) / transposed.end()[-2] * transposed.back() > kMostElements)
    return false;
  add_typed(OpKind::permute, {x}, {transposed});
  return add(OpKind::matmul, {x, live_.back()});
}

/// A product of two results whose shapes happen to match: softmax of scores with values, for
/// example.
bool Grower::product(const Choice &c) {
  const auto a = pick_any(c.first);
  const auto left = dims(a);
  if (left.size() < 3)
    return false;
  const auto b = pick(c.second, [&](ValueId id) {
    const auto &right = dims(id);
    return right.size() == left.size() && right.end()[-2] == left.back() &&
           std::equal(left.begin(), left.end() - 2, right.begin()) &&
           elements(left) / left.back() * right.back() <= kMostElements;
  });
  return b && add(OpKind::matmul, {a, *b});
}

// ---- any shape ------------------------------------------------------------------------

bool Grower::activation(const Choice &c) {
  constexpr std::array kKinds{OpKind::relu, OpKind::relu,    OpKind::silu,      OpKind::gelu,
                              OpKind::tanh, OpKind::sigmoid, OpKind::hardswish, OpKind::clamp};
  return add(kKinds[c.detail % kKinds.size()], {pick_any(c.first)});
}

bool Grower::softmax(const Choice &c) {
  const auto x = pick_any(c.first);
  const auto axis = static_cast<std::int64_t>(dims(x).size()) - 1;
  return add(OpKind::softmax, {x}, ir::AxisAttrs{{axis}, false});
}

/// Residual sum or gate: the partner has the same shape or 1 where it differs (squeeze-excitation).
bool Grower::join(const Choice &c) {
  const auto x = pick_any(c.first);
  const auto &shape = dims(x);
  const auto partner = *pick(c.second, [&](ValueId id) {
    const auto &other = dims(id);
    return other.size() == shape.size() &&
           std::equal(other.begin(), other.end(), shape.begin(),
                      [](auto mine, auto full) { return mine == full || mine == 1; });
  });
  return add(c.detail % 3 == 0 ? OpKind::mul : OpKind::add, {x, partner});
}

bool Grower::concat(const Choice &c) {
  const auto x = pick_any(c.first);
  const auto &shape = dims(x);
  const auto partner = *pick(c.second, [&](ValueId id) {
    auto other = dims(id);
    if (other.size() != shape.size())
      return false;
    other[1] = shape[1];
    return other == shape;
  });
  if (elements(shape) + elements(dims(partner)) > kMostElements)
    return false;
  return add(OpKind::concat, {x, partner}, ir::AxisAttrs{{1}, false});
}

bool Grower::mean(const Choice &c) {
  return add(OpKind::mean, {pick_any(c.first)}, ir::AxisAttrs{{1}, true});
}

bool Grower::split(const Choice &c) {
  const auto x = pick(c.first, [&](ValueId id) { return dims(id)[1] % 2 == 0; });
  if (!x)
    return false;
  auto half = dims(*x);
  half[1] /= 2;
  return add_typed(OpKind::split, {*x}, {half, half});
}

bool Grower::slice(const Choice &c) {
  const auto x = pick_any(c.first);
  auto part = dims(x);
  part[1] = 1 + c.detail % part[1];
  return add_typed(OpKind::slice, {x}, {part});
}

bool Grower::permute(const Choice &c) {
  const auto x = pick_any(c.first);
  auto permuted = dims(x);
  std::rotate(permuted.begin() + 1, permuted.end() - 1, permuted.end());
  return add_typed(OpKind::permute, {x}, {permuted});
}

bool Grower::pass_through(const Choice &c) {
  const auto x = pick_any(c.first);
  if (c.detail % 3 == 0)
    return add_typed(OpKind::copy, {x}, {dims(x)});
  return add(c.detail % 3 == 1 ? OpKind::dropout : OpKind::roll, {x});
}

/// Operators that no strategy knows: unknown ones, and integer arithmetic whose result nobody
/// needs.
bool Grower::foreign(const Choice &c) {
  const auto x = pick_any(c.first);
  if (c.detail % 2 == 0)
    return add_typed(OpKind::opaque, {x}, {dims(x)});
  if (nodes_ == 0)
    return false; // a network of nothing else would have no result
  builder_.add_typed(OpKind::bookkeeping, "size", {x}, {{ir::DType::i64, {}}}, {}, "aten::size");
  ++nodes_;
  return true;
}

// Repeated entries are more frequent.
const std::array<Grower::Recipe, 32> Grower::kRecipes{
    &Grower::convolution, &Grower::convolution,  &Grower::convolution, &Grower::convolution,
    &Grower::batch_norm,  &Grower::batch_norm,   &Grower::batch_norm,  &Grower::activation,
    &Grower::activation,  &Grower::activation,   &Grower::join,        &Grower::join,
    &Grower::join,        &Grower::linear,       &Grower::linear,      &Grower::layer_norm,
    &Grower::attention,   &Grower::scores,       &Grower::softmax,     &Grower::product,
    &Grower::pooling,     &Grower::concat,       &Grower::group_norm,  &Grower::adaptive_pooling,
    &Grower::upsample,    &Grower::flatten,      &Grower::permute,     &Grower::mean,
    &Grower::split,       &Grower::pass_through, &Grower::slice,       &Grower::foreign};

void Grower::grow(const Choice &choice) {
  if (!(this->*kRecipes[choice.recipe % kRecipes.size()])(choice))
    activation(choice);
  if (choice.recipe % 17 == 0) // a result that is also used further on
    extra_outputs_.push_back(live_.back());
}

ir::Graph Grower::finish() && {
  const auto listed = [](const std::vector<ValueId> &ids, ValueId id) {
    return std::ranges::find(ids, id) != ids.end();
  };
  for (const auto id : live_)
    if (!listed(inputs_, id) && (!listed(reads_, id) || listed(extra_outputs_, id)))
      builder_.output(id);
  return std::move(builder_).build();
}

ir::Graph build(const Choice &seed, const std::vector<Choice> &steps, std::size_t max_nodes) {
  Grower grower(seed, max_nodes);
  for (const auto &step : steps)
    if (!grower.full())
      grower.grow(step);
  return std::move(grower).finish();
}

rc::Gen<Choice> arbitrary_choice() {
  // Whole range at every size: small numbers would prefer the first recipes.
  const auto number = [] { return rc::gen::inRange<std::uint32_t>(0, 1U << 20); };
  return rc::gen::map(rc::gen::tuple(number(), number(), number(), number()), [](const auto &n) {
    return Choice{std::get<0>(n), std::get<1>(n), std::get<2>(n), std::get<3>(n)};
  });
}

} // namespace

rc::Gen<ir::Graph> arbitrary_graph(int max_nodes) {
  const auto limit = static_cast<std::size_t>(std::max(max_nodes, 1));
  const auto more = rc::gen::container<std::vector<Choice>>(arbitrary_choice());
  return rc::gen::map(rc::gen::tuple(arbitrary_choice(), arbitrary_choice(), more),
                      [limit](const auto &choices) {
                        auto steps = std::get<2>(choices);
                        steps.insert(steps.begin(), std::get<1>(choices));
                        return build(std::get<0>(choices), steps, limit);
                      });
}

} // namespace fusesim::test
