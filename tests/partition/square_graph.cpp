#include "square_graph.hpp"

#include "net.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <tuple>

namespace fusesim::test {
namespace {

using ir::OpKind;
using Value = Net::Value;

/// What one step does and to which tensors; any numbers are valid.
using Step = std::tuple<std::uint8_t, std::uint16_t, std::uint16_t>;

class Weaver {
public:
  Weaver() { live_.push_back(net_.input("x", {1, 4, 4, 4})); }

  void step(const Step &step) {
    const auto [what, first, second] = step;
    const Value x = pick(first), y = pick(second);
    live_.push_back((this->*kActions[what % kActions.size()])(x, y));
    if (first % 32 == 0) // a result of the network in the middle of it
      results_.push_back(live_.back());
  }

  ir::Graph finish() && {
    results_.push_back(live_.back());
    std::ranges::sort(results_);
    const auto repeated = std::ranges::unique(results_);
    results_.erase(repeated.begin(), repeated.end());
    for (const Value result : results_)
      net_.builder().output(result);
    return std::move(net_).build({});
  }

private:
  using Action = Value (Weaver::*)(Value, Value);

  /// Mostly the newest, so that chains arise.
  Value pick(std::uint16_t number) const {
    return number % 4 != 0 ? live_.back() : live_[number / 4 % live_.size()];
  }
  std::string name(std::string_view stem) {
    return std::string(stem).append(std::to_string(++names_));
  }

  Value conv(Value x, Value) { return net_.conv(name("conv"), x, 4); }
  Value bn(Value x, Value) { return net_.bn(name("bn"), x); }
  Value relu(Value x, Value) { return net_.op(OpKind::relu, name("relu"), {x}); }
  Value linear(Value x, Value) { return net_.linear(name("linear"), x, 4); }
  Value ln(Value x, Value) { return net_.ln(name("ln"), x); }
  Value add(Value x, Value y) { return net_.op(OpKind::add, name("add"), {x, y}); }
  Value matmul(Value x, Value y) { return net_.op(OpKind::matmul, name("matmul"), {x, y}); }
  Value softmax(Value x, Value) { return net_.softmax(name("softmax"), x); }
  Value dropout(Value x, Value) { return net_.op(OpKind::dropout, name("drop"), {x}); }
  Value permute(Value x, Value) { return net_.permute(name("permute"), x, {0, 1, 3, 2}); }
  Value halves(Value x, Value) { // split and put together again
    const ir::TensorType half{ir::DType::f32, {1, 2, 4, 4}};
    const auto parts = net_.builder().add_typed(OpKind::split, name("split"), {x}, {half, half},
                                                ir::AxisAttrs{{1}, false});
    return net_.op(OpKind::concat, name("concat"), {parts[1], parts[0]}, ir::AxisAttrs{{1}, false});
  }
  Value asserted(Value x, Value) {
    net_.builder().add_typed(OpKind::bookkeeping, name("assert"), {x}, {{ir::DType::boolean, {}}});
    return x;
  }
  Value squeeze_and_excite(Value x, Value y) {
    const auto s = net_.conv(name("reduce"), net_.pool(name("pool"), x), 2);
    const auto gate = net_.conv(name("expand"), net_.op(OpKind::silu, name("silu"), {s}), 4);
    return net_.op(OpKind::mul, name("scale"),
                   {net_.op(OpKind::sigmoid, name("sigmoid"), {gate}), y});
  }
  Value attention(Value x, Value y) {
    const auto scores = net_.op(OpKind::mul, name("scaled"), {matmul(x, y)});
    return matmul(softmax(net_.op(OpKind::add, name("mask"), {scores, y}), y), y);
  }
  Value self_attention(Value x, Value y) {
    const auto q = linear(x, x), k = linear(x, x), v = linear(x, x);
    return add(matmul(softmax(matmul(q, permute(k, k)), q), v), y);
  }

  Value gelu(Value x, Value) { // a region
    const auto inner =
        net_.op(OpKind::add, name("sum"), {x, net_.op(OpKind::pow, name("pow"), {x})});
    return net_.op(OpKind::mul, name("gelu"), {net_.op(OpKind::tanh, name("tanh"), {inner}), x});
  }
  Value turned_sum(Value x, Value) { return add(x, permute(x, x)); } // none
  Value branches(Value x, Value y) {                                 // a concat in place
    const auto left = relu(net_.conv(name("left"), x, 2), x);
    return net_.concat(name("join"), {left, net_.conv(name("right"), y, 2)});
  }
  Value dense(Value x, Value y) { // a concat that a loop reads
    return net_.conv(name("narrow"), relu(bn(net_.concat(name("dense"), {x, y}), x), x), 4);
  }
  Value both_sides(Value x, Value y) {
    return net_.op(
        OpKind::mul, name("mul"),
        {net_.op(OpKind::exp, name("exp"), {x}), net_.op(OpKind::tanh, name("tanh"), {y})});
  }
  Value plus_constant(Value x, Value) { return add(x, net_.fill(name("fill"), {4, 4})); }
  Value assigned(Value x, Value) {
    const auto patch = net_.fill(name("patch"), {1, 4, 2, 4});
    return net_.op(OpKind::overlay, name("assign"), {x, patch});
  }
  Value rolled(Value x, Value) { return net_.copy(name("copy"), net_.roll(name("roll"), x)); }
  Value one_attention(Value x, Value y) {
    return net_.op(OpKind::scaled_dot_product_attention, name("attend"), {x, y, y},
                   ir::AttentionAttrs{.num_heads = 4});
  }
  Value head(Value x, Value y) { // a pool and a linear, spread over the map again
    const auto row = net_.view(name("flat"), net_.pool(name("pool"), x), {1, 4});
    const auto scores = net_.view(name("wide"), net_.linear(name("head"), row, 4), {1, 4, 1, 1});
    return add(y, scores);
  }

  static constexpr std::array<Action, 25> kActions{&Weaver::conv,
                                                   &Weaver::bn,
                                                   &Weaver::relu,
                                                   &Weaver::linear,
                                                   &Weaver::ln,
                                                   &Weaver::add,
                                                   &Weaver::add,
                                                   &Weaver::softmax,
                                                   &Weaver::dropout,
                                                   &Weaver::permute,
                                                   &Weaver::halves,
                                                   &Weaver::asserted,
                                                   &Weaver::squeeze_and_excite,
                                                   &Weaver::attention,
                                                   &Weaver::self_attention,
                                                   &Weaver::gelu,
                                                   &Weaver::turned_sum,
                                                   &Weaver::branches,
                                                   &Weaver::dense,
                                                   &Weaver::both_sides,
                                                   &Weaver::plus_constant,
                                                   &Weaver::assigned,
                                                   &Weaver::rolled,
                                                   &Weaver::one_attention,
                                                   &Weaver::head};

  Net net_;
  std::vector<Value> live_, results_;
  int names_ = 0;
};

} // namespace

rc::Gen<ir::Graph> square_graph() {
  return rc::gen::map(rc::gen::arbitrary<std::vector<Step>>(), [](const std::vector<Step> &steps) {
    Weaver weaver;
    for (const Step &step : steps)
      weaver.step(step);
    return std::move(weaver).finish();
  });
}

} // namespace fusesim::test
