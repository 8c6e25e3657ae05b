// Calls that torch.fx keeps whole and ATen does not: what they are in terms of IR operators.
#include "ir/fx/detail.hpp"
#include "ir/torchscript/mapping.hpp"

#include "support/error.hpp"

#include <algorithm>
#include <array>

namespace fusesim::ir::fx {

namespace {

using namespace torchscript;

std::vector<StepInput> present(const Call &call, std::initializer_list<const char *> names) {
  std::vector<StepInput> inputs;
  for (const auto *name : names)
    if (const auto operand = call.operand(name))
      inputs.emplace_back(*operand);
  return inputs;
}

Operand required(const Call &call, const char *name) {
  const auto operand = call.operand(name);
  if (!operand)
    throw Error({}, std::string("has no tensor argument '") + name + "'");
  return *operand;
}

/// A mask of keys, N×S, in a form that broadcasts over heads and queries.
StepInput key_mask(Steps &steps, const Operand &mask) {
  TensorType type = mask.type;
  if (type.dims.size() != 2)
    throw Error({}, "its key_padding_mask is " + to_string(type.dims) + ", not batch x keys");
  type.dims.insert(type.dims.begin() + 1, 2, 1);
  return steps.add_shaped(OpKind::view, {mask}, std::move(type));
}

/// torch.nn.MultiheadAttention, batch first, with packed input projections.
std::vector<Step> multi_head_attention(const Call &call) {
  Steps steps;
  std::vector<StepInput> inputs{required(call, "query"), required(call, "key"),
                                required(call, "value")};
  for (auto &weight :
       present(call, {"in_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias"}))
    inputs.push_back(std::move(weight));
  const auto attn_mask = call.operand("attn_mask"), keys = call.operand("key_padding_mask");
  if (attn_mask && keys)
    inputs.emplace_back(steps.add(OpKind::add, {*attn_mask, key_mask(steps, *keys)}));
  else if (attn_mask)
    inputs.emplace_back(*attn_mask);
  else if (keys)
    inputs.push_back(key_mask(steps, *keys));
  return std::move(steps).finish(
      OpKind::multi_head_attention, std::move(inputs),
      AttentionAttrs{.num_heads = call.integer("num_heads", 1),
                     .causal = false,
                     .has_bias = call.operand("in_proj_bias").has_value()});
}

/// x / max(‖x‖, ε)
std::vector<Step> normalize(const Call &call) {
  const auto x = required(call, "input");
  const auto dim = wrapped_dim(call.integer("dim", 1), x.type.dims.size());
  Steps steps;
  const auto norm = steps.add(OpKind::vector_norm, {x}, AxisAttrs{.dims = {dim}, .keepdim = true});
  const auto clamped = steps.add(OpKind::clamp, {norm});
  return std::move(steps).finish(OpKind::div, {x, clamped});
}

std::vector<Step> local_response_norm(const Call &call) {
  return Steps().finish(OpKind::local_response_norm, {required(call, "input")},
                        PoolAttrs{.kernel = {call.integer("size", 1)}});
}

std::vector<Step> stochastic_depth(const Call &call) {
  const auto operands = call.operands();
  return Steps().finish(OpKind::stochastic_depth, {operands.at(0)});
}

struct Whole {
  std::string_view name;
  std::vector<Step> (*rule)(const Call &);
};
constexpr auto kWhole = std::to_array<Whole>({
    {"aten::multi_head_attention", multi_head_attention},
    {"aten::normalize", normalize},
    {"aten::local_response_norm", local_response_norm},
    {"aten::stochastic_depth", stochastic_depth},
});

} // namespace

std::vector<Step> steps_of(const Call &call) {
  const auto whole = std::ranges::find(kWhole, call.name, &Whole::name);
  if (call.name.starts_with("aten::conv") && required(call, "weight").type.dims.size() < 3)
    throw Error({},
                "its weight " + to_string(required(call, "weight").type.dims) + " has no kernel");
  return whole == kWhole.end() ? translate(call) : whole->rule(call);
}

} // namespace fusesim::ir::fx
