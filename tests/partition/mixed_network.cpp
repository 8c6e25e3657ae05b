#include "mixed_network.hpp"

#include "net.hpp"

namespace fusesim::test {
namespace {

using ir::OpKind;
using Value = Net::Value;

/// Every block reads and makes maps of 1×8×4×4, small so that weights take little memory.
class Mixer {
public:
  ir::Graph run(std::size_t operators) {
    Value x = net_.input("x", {1, 8, 4, 4});
    while (operators_ < operators)
      for (const auto block : {&Mixer::residual, &Mixer::squeeze_excitation, &Mixer::inception,
                               &Mixer::dense, &Mixer::attention, &Mixer::mlp})
        x = (this->*block)(x);
    return std::move(net_).build({x});
  }

private:
  std::string name() { return "op" + std::to_string(++operators_); }
  Value op(OpKind kind, std::vector<Value> inputs) {
    return net_.op(kind, name(), std::move(inputs));
  }
  Value conv_bn_relu(Value x, std::int64_t channels) {
    return op(OpKind::relu, {net_.bn(name(), net_.conv(name(), x, channels))});
  }

  Value residual(Value x) {
    const auto y = net_.bn(name(), net_.conv(name(), conv_bn_relu(x, 8), 8));
    return op(OpKind::relu, {op(OpKind::add, {op(OpKind::stochastic_depth, {y}), x})});
  }
  Value squeeze_excitation(Value x) {
    const auto s = op(OpKind::relu, {net_.conv(name(), net_.pool(name(), x), 2)});
    return op(OpKind::mul, {op(OpKind::hardsigmoid, {net_.conv(name(), s, 8)}), x});
  }
  Value inception(Value x) {
    const auto left = conv_bn_relu(x, 4), right = conv_bn_relu(conv_bn_relu(x, 4), 4);
    return net_.concat(name(), {left, right});
  }
  Value dense(Value x) {
    const auto y = conv_bn_relu(x, 4);
    const auto all = op(OpKind::relu, {net_.bn(name(), net_.concat(name(), {x, y}))});
    return op(OpKind::add, {net_.conv(name(), all, 8), x});
  }
  Value attention(Value x) {
    const auto n = net_.ln(name(), x);
    const auto q = net_.linear(name(), n, 4), k = net_.linear(name(), n, 4),
               v = net_.linear(name(), n, 4);
    auto s = op(OpKind::matmul, {q, net_.permute(name(), k, {0, 1, 3, 2})});
    s = op(OpKind::add, {op(OpKind::mul, {s}), net_.fill(name(), {4, 4})});
    s = op(OpKind::dropout, {net_.softmax(name(), s)});
    return op(OpKind::add, {net_.linear(name(), op(OpKind::matmul, {s, v}), 4), x});
  }
  Value mlp(Value x) {
    const auto y = net_.linear(name(), net_.ln(name(), x), 16);
    auto inner = op(OpKind::add, {y, op(OpKind::mul, {op(OpKind::pow, {y})})});
    inner = op(OpKind::add, {op(OpKind::tanh, {op(OpKind::mul, {inner})})});
    const auto gelu = op(OpKind::mul, {op(OpKind::mul, {y}), inner});
    return op(OpKind::add, {op(OpKind::dropout, {net_.linear(name(), gelu, 4)}), x});
  }

  Net net_;
  std::size_t operators_ = 0;
};

} // namespace

ir::Graph mixed_network(std::size_t operators) { return Mixer().run(operators); }

} // namespace fusesim::test
