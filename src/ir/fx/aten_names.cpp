// Which ATen operator a call of a module, function or method is.
#include "ir/fx/detail.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace fusesim::ir {

namespace fx {
namespace {

struct Alias {
  std::string_view name, aten;
};

/// Leaf modules by class. Their weights and settings have the names that ATen gives to arguments.
constexpr auto kModules = std::to_array<Alias>({
    {"Conv1d", "conv1d"},
    {"Conv2d", "conv2d"},
    {"Conv3d", "conv3d"},
    {"ConvTranspose1d", "conv_transpose1d"},
    {"ConvTranspose2d", "conv_transpose2d"},
    {"ConvTranspose3d", "conv_transpose3d"},
    {"Linear", "linear"},
    {"NonDynamicallyQuantizableLinear", "linear"},
    {"Embedding", "embedding"},
    {"MultiheadAttention", "multi_head_attention"},

    {"BatchNorm1d", "batch_norm"},
    {"BatchNorm2d", "batch_norm"},
    {"BatchNorm3d", "batch_norm"},
    {"SyncBatchNorm", "batch_norm"},
    {"InstanceNorm1d", "instance_norm"},
    {"InstanceNorm2d", "instance_norm"},
    {"InstanceNorm3d", "instance_norm"},
    {"LayerNorm", "layer_norm"},
    {"RMSNorm", "rms_norm"},
    {"GroupNorm", "group_norm"},
    {"LocalResponseNorm", "local_response_norm"},

    {"ReLU", "relu"},
    {"ReLU6", "relu6"},
    {"SiLU", "silu"},
    {"GELU", "gelu"},
    {"Sigmoid", "sigmoid"},
    {"Tanh", "tanh"},
    {"Hardswish", "hardswish"},
    {"Hardsigmoid", "hardsigmoid"},
    {"Hardtanh", "hardtanh"},
    {"LeakyReLU", "leaky_relu"},
    {"PReLU", "prelu"},
    {"ELU", "elu"},
    {"CELU", "celu"},
    {"SELU", "selu"},
    {"Mish", "mish"},
    {"Softplus", "softplus"},
    {"LogSigmoid", "log_sigmoid"},
    {"Softmax", "softmax"},
    {"LogSoftmax", "log_softmax"},

    {"MaxPool1d", "max_pool1d"},
    {"MaxPool2d", "max_pool2d"},
    {"AvgPool1d", "avg_pool1d"},
    {"AvgPool2d", "avg_pool2d"},
    {"AdaptiveAvgPool1d", "adaptive_avg_pool1d"},
    {"AdaptiveAvgPool2d", "adaptive_avg_pool2d"},
    {"AdaptiveMaxPool1d", "adaptive_max_pool1d"},
    {"AdaptiveMaxPool2d", "adaptive_max_pool2d"},
    {"Upsample", "upsample_nearest2d"},
    {"UpsamplingNearest2d", "upsample_nearest2d"},
    {"UpsamplingBilinear2d", "upsample_bilinear2d"},

    {"ZeroPad2d", "pad"},
    {"ConstantPad1d", "pad"},
    {"ConstantPad2d", "pad"},
    {"ReflectionPad1d", "pad"},
    {"ReflectionPad2d", "pad"},
    {"ReplicationPad1d", "pad"},
    {"ReplicationPad2d", "pad"},
    {"PixelShuffle", "pixel_shuffle"},
    {"PixelUnshuffle", "pixel_unshuffle"},
    {"ChannelShuffle", "channel_shuffle"},
    {"Flatten", "flatten"},
    {"Unflatten", "unflatten"},
    {"Identity", "alias"},
    {"Dropout", "dropout"},
    {"Dropout1d", "dropout"},
    {"Dropout2d", "dropout"},
    {"Dropout3d", "dropout"},
    {"AlphaDropout", "dropout"},
    {"StochasticDepth", "stochastic_depth"},
});

/// Python's operators, whose names are not ATen's.
constexpr auto kOperators = std::to_array<Alias>({
    {"truediv", "div"},
    {"floordiv", "floor_divide"},
    {"mod", "remainder"},
    {"and_", "bitwise_and"},
    {"or_", "bitwise_or"},
    {"xor", "bitwise_xor"},
    {"inv", "bitwise_not"},
    {"invert", "bitwise_not"},
    {"getitem", "slice"},
    {"iadd", "add"},
    {"isub", "sub"},
    {"imul", "mul"},
    {"itruediv", "div"},
    {"imatmul", "matmul"},
});

/// Functions and methods that PyTorch has under several names, or that ATen has only in parts.
constexpr auto kFunctions = std::to_array<Alias>({
    {"concatenate", "cat"},
    {"multiply", "mul"},
    {"subtract", "sub"},
    {"divide", "div"},
    {"negative", "neg"},
    {"absolute", "abs"},
    {"clip", "clamp"},
    {"greater", "gt"},
    {"less", "lt"},
    {"not_equal", "ne"},
    {"logsigmoid", "log_sigmoid"},
    {"interpolate", "upsample_nearest2d"},
    {"upsample", "upsample_nearest2d"},
    {"dropout1d", "dropout"},
    {"dropout2d", "dropout"},
    {"dropout3d", "dropout"},
    {"float", "to"},
    {"double", "to"},
    {"half", "to"},
    {"bfloat16", "to"},
    {"int", "to"},
    {"long", "to"},
    {"bool", "to"},
    {"T", "t"},
    {"H", "t"},
    {"mH", "mT"},
    {"vector_norm", "linalg_vector_norm"},
    {"_adaptive_avg_pool2d", "adaptive_avg_pool2d"},
    {"_native_batch_norm_legit_no_training", "native_batch_norm"},
    {"_scaled_dot_product_flash_attention", "scaled_dot_product_attention"},
    {"_scaled_dot_product_efficient_attention", "scaled_dot_product_attention"},
    {"_scaled_dot_product_flash_attention_for_cpu", "scaled_dot_product_attention"},
});

template <std::size_t N>
std::optional<std::string_view> find(const std::array<Alias, N> &table, std::string_view name) {
  const auto found = std::ranges::find(table, name, &Alias::name);
  return found == table.end() ? std::nullopt : std::optional(found->aten);
}

std::string aten(std::string_view name) {
  return fmt::format("aten::{}", find(kFunctions, name).value_or(name));
}

/// `add` for add_ and iadd; `__and__` is a name of its own.
std::string_view without_underscore(std::string_view name) {
  const bool in_place = name.size() > 1 && name.ends_with('_') && !name.ends_with("__");
  return in_place ? name.substr(0, name.size() - 1) : name;
}

std::optional<std::string_view> after(std::string_view text, std::string_view prefix) {
  return text.starts_with(prefix) ? std::optional(text.substr(prefix.size())) : std::nullopt;
}

bool is_plain_name(std::string_view name) { return name.find('.') == std::string_view::npos; }

/// `getattr(x, "T")`.
std::optional<std::string> attribute_name(const FxNode &node) {
  if (node.args.size() < 2)
    return std::nullopt;
  const auto *name = std::get_if<std::string>(&node.args[1].value);
  return name ? std::optional(aten(*name)) : std::nullopt;
}

bool selects_by_tensor(const FxNode &node) {
  return node.inputs.size() > 1 ||
         (node.result.tensor() && node.result.tensor()->view_of == kNoNode);
}

std::optional<std::string> function_name(const FxNode &node) {
  const std::string_view target = node.target;
  if (target == "builtins.getattr")
    return attribute_name(node);
  if (target == "operator.getitem")
    return selects_by_tensor(node) ? "aten::index" : "aten::slice";
  if (const auto name = after(target, "operator."))
    return aten(find(kOperators, *name).value_or(*name));
  if (const auto name = after(target, "torch.ops.aten.")) // `add_.Tensor`
    return aten(without_underscore(name->substr(0, name->find('.'))));
  if (target == "torchvision.ops.stochastic_depth.stochastic_depth")
    return "aten::stochastic_depth";
  for (const auto prefix : {"torch.nn.functional.", "torch.linalg.", "torch.special.", "torch."})
    if (const auto name = after(target, prefix); name && is_plain_name(*name))
      return aten(without_underscore(*name));
  return std::nullopt;
}

} // namespace

bool is_tuple_call(const FxNode &node) {
  return node.target == "builtins.tuple" || node.target == "builtins.list";
}

std::optional<std::string> aten_name(const FxProgram &program, const FxNode &node) {
  switch (node.op) {
  case FxOp::call_module: {
    const auto name = find(kModules, program.modules[node.index].type);
    return name ? std::optional(fmt::format("aten::{}", *name)) : std::nullopt;
  }
  case FxOp::call_function:
    return function_name(node);
  case FxOp::call_method:
    return aten(without_underscore(node.target));
  default:
    return std::nullopt;
  }
}

} // namespace fx

std::string type_name(const FxProgram &program, const FxNode &node) {
  constexpr std::array<std::string_view, 6> kOpNames{"placeholder", "get_attr",    "call_function",
                                                     "call_method", "call_module", "output"};
  const std::string_view target = node.target;
  switch (node.op) {
  case FxOp::call_module:
    return program.modules[node.index].type;
  case FxOp::call_method:
    return node.target;
  case FxOp::call_function:
    if (const auto name = fx::after(target, "torch.ops.")) // `aten.add.Tensor`
      return std::string(
          name->substr(name->find('.') + 1).substr(0, name->substr(name->find('.') + 1).find('.')));
    return std::string(target.substr(target.rfind('.') + 1));
  default:
    return std::string(kOpNames[static_cast<std::size_t>(node.op)]);
  }
}

} // namespace fusesim::ir
