#include "ir/torchscript/rules.hpp"

namespace fusesim::ir::torchscript::rules {

namespace {

std::vector<StepInput> present(const Call &call, std::initializer_list<const char *> names) {
  std::vector<StepInput> inputs;
  for (const auto *name : names)
    if (const auto operand = call.operand(name))
      inputs.emplace_back(*operand);
  return inputs;
}

/// The weights of a torch.nn.TransformerEncoderLayer in the order of the fused operator's
/// arguments.
class EncoderLayer {
public:
  explicit EncoderLayer(const Call &call) : call_(call) {}

  std::vector<Step> build() && {
    const StepInput x = call_.operand("src").value();
    // norm_first: x + attention(norm(x)), then x + feed_forward(norm(x)); otherwise each sum is
    // normalised.
    if (call_.flag("norm_first", false)) {
      const auto attended = steps_.add(OpKind::add, {x, attention(normalised(x, "1"))});
      const auto fed = feed_forward(normalised(attended, "2"));
      return std::move(steps_).finish(OpKind::add, {attended, fed});
    }
    const auto attended = normalised(steps_.add(OpKind::add, {x, attention(x)}), "1");
    const auto sum = steps_.add(OpKind::add, {attended, feed_forward(attended)});
    return std::move(steps_).finish(OpKind::layer_norm, norm_inputs(sum, "2"), NormAttrs{});
  }

private:
  std::vector<StepInput> norm_inputs(const StepInput &x, const std::string &number) const {
    return {x, call_.operand("norm_weight_" + number).value(),
            call_.operand("norm_bias_" + number).value()};
  }

  FromStep normalised(const StepInput &x, const std::string &number) {
    return steps_.add(OpKind::layer_norm, norm_inputs(x, number), NormAttrs{});
  }

  FromStep attention(const StepInput &x) {
    std::vector<StepInput> inputs{x, x, x};
    for (auto &weight : present(call_, {"qkv_weight", "qkv_bias", "proj_weight", "proj_bias"}))
      inputs.push_back(std::move(weight));
    if (const auto mask = call_.operand("mask"))
      inputs.emplace_back(*mask);
    return steps_.add(OpKind::multi_head_attention, std::move(inputs),
                      AttentionAttrs{.num_heads = call_.integer("num_heads", 1),
                                     .has_bias = call_.operand("qkv_bias").has_value()});
  }

  FromStep feed_forward(const StepInput &x) {
    const auto hidden = steps_.add(OpKind::linear, {x, call_.operand("ffn_weight_1").value(),
                                                    call_.operand("ffn_bias_1").value()});
    const auto activation = call_.flag("use_gelu", false) ? OpKind::gelu : OpKind::relu;
    const auto activated = steps_.add(activation, {hidden});
    return steps_.add(OpKind::linear, {activated, call_.operand("ffn_weight_2").value(),
                                       call_.operand("ffn_bias_2").value()});
  }

  const Call &call_;
  Steps steps_;
};

} // namespace

std::vector<Step> addmm(OpKind kind, const Call &call) {
  const auto bias = call.operand("self");
  auto factors = call.operands();
  if (bias)
    factors.erase(factors.begin());
  if (factors.size() != 2)
    return Steps().finish(OpKind::opaque, {factors.begin(), factors.end()});
  const auto &weight = factors[1];
  if (bias && bias->type.dims.size() == 1 && weight.transpose_of) {
    const Operand stored{weight.transpose_of->first, weight.transpose_of->second, {}};
    return Steps().finish(OpKind::linear, {factors[0], stored, *bias});
  }
  if (!bias)
    return Steps().finish(kind, {factors[0], factors[1]});
  Steps steps;
  const auto product = steps.add(kind, {factors[0], factors[1]});
  return std::move(steps).finish(OpKind::add, {product, *bias});
}

std::vector<Step> attention(OpKind kind, const Call &call) {
  auto inputs = present(call, {"query", "key", "value", "attn_mask"});
  const auto &q = call.operands().at(0).type.dims;
  const auto heads = q.size() >= 3 ? q[q.size() - 3] : 1;
  return Steps().finish(kind, std::move(inputs),
                        AttentionAttrs{.num_heads = heads,
                                       .causal = call.flag("is_causal", false),
                                       .has_bias = false});
}

std::vector<Step> native_attention(OpKind kind, const Call &call) {
  auto inputs = present(call, {"query", "key", "value", "qkv_weight", "qkv_bias", "proj_weight",
                               "proj_bias", "mask"});
  return Steps().finish(kind, std::move(inputs),
                        AttentionAttrs{.num_heads = call.integer("num_head", 1),
                                       .has_bias = call.operand("qkv_bias").has_value()});
}

std::vector<Step> encoder_layer(OpKind, const Call &call) { return EncoderLayer(call).build(); }

} // namespace fusesim::ir::torchscript::rules
