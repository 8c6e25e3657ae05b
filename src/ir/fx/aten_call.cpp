// The arguments of a call under the names that ATen's schema gives them.
#include "ir/fx/detail.hpp"

#include <algorithm>
#include <array>

namespace fusesim::ir::fx {

namespace {

using torchscript::Argument;
using torchscript::Call;
using torchscript::Operand;

// ---- values -------------------------------------------------------------------------------------

/// What an argument is once references are looked up: operands, numbers, or a list of these.
class Converter {
public:
  Converter(const FxProgram &program, const OperandSource &operands)
      : program_(program), operands_(operands) {}

  Argument operator()(const FxArgument &argument) const {
    if (const auto *reference = std::get_if<FxReference>(&argument.value))
      return of_node(reference->node);
    if (const auto *list = std::get_if<std::vector<FxArgument>>(&argument.value))
      return of_list(*list);
    return scalar(argument.value);
  }

private:
  template <typename Variant> static Argument scalar(const Variant &value) {
    if (const auto *boolean = std::get_if<bool>(&value))
      return *boolean;
    if (const auto *integer = std::get_if<std::int64_t>(&value))
      return *integer;
    if (const auto *real = std::get_if<double>(&value))
      return *real;
    if (const auto *text = std::get_if<std::string>(&value))
      return *text;
    return {};
  }

  Argument of_node(NodeId id) const {
    auto tensors = operands_.of_node(id);
    const auto &result = program_.nodes[id].result;
    if (result.tensor() && tensors.size() == 1)
      return std::move(tensors.front());
    if (!tensors.empty())
      return tensors;
    if (const auto *list = std::get_if<std::vector<FxResult>>(&result.value)) // a shape
      return of_scalars(*list, [](const FxResult &element) { return scalar(element.value); });
    return scalar(result.value);
  }

  Argument of_list(const std::vector<FxArgument> &list) const {
    std::vector<Operand> tensors;
    for (const auto &element : list) {
      const auto argument = (*this)(element);
      if (const auto *one = std::get_if<Operand>(&argument))
        tensors.push_back(*one);
      else if (const auto *several = std::get_if<std::vector<Operand>>(&argument))
        tensors.insert(tensors.end(), several->begin(), several->end());
    }
    if (!tensors.empty())
      return tensors;
    return of_scalars(list, *this);
  }

  template <typename T, typename Convert>
  static Argument of_scalars(const std::vector<T> &list, const Convert &convert) {
    Dims integers;
    std::vector<double> reals;
    for (const auto &element : list) {
      const auto argument = convert(element);
      if (const auto *integer = std::get_if<std::int64_t>(&argument))
        integers.push_back(*integer);
      else if (const auto *real = std::get_if<double>(&argument))
        reals.push_back(*real);
    }
    if (integers.size() == list.size())
      return integers;
    return reals.size() == list.size() ? Argument(reals) : Argument();
  }

  const FxProgram &program_;
  const OperandSource &operands_;
};

// ---- names --------------------------------------------------------------------------------------

constexpr std::string_view kAttention = "multi_head_attention"; ///< the module; ATen has no such

struct Signature {
  std::string_view name; ///< ATen's, without `aten::`
  std::vector<std::string_view> arguments;
};

/// Positional arguments, where a rule asks for them by name. Python's functions and ATen's operators
/// agree on the order but for the last three, see `pythons_signatures`.
const std::vector<Signature> &signatures() {
  static const std::vector<Signature> table{
      {"conv1d", {"input", "weight", "bias", "stride", "padding", "dilation", "groups"}},
      {"conv2d", {"input", "weight", "bias", "stride", "padding", "dilation", "groups"}},
      {"conv3d", {"input", "weight", "bias", "stride", "padding", "dilation", "groups"}},
      {"conv_transpose1d",
       {"input", "weight", "bias", "stride", "padding", "output_padding", "groups", "dilation"}},
      {"conv_transpose2d",
       {"input", "weight", "bias", "stride", "padding", "output_padding", "groups", "dilation"}},
      {"convolution",
       {"input", "weight", "bias", "stride", "padding", "dilation", "transposed", "output_padding",
        "groups"}},
      {"addmm", {"self", "mat1", "mat2"}},
      {"addmv", {"self", "mat", "vec"}},
      {"baddbmm", {"self", "batch1", "batch2"}},
      {"addcmul", {"self", "tensor1", "tensor2"}},
      {"addcdiv", {"self", "tensor1", "tensor2"}},
      {"einsum", {"equation", "tensors"}},
      {"roll", {"self", "shifts", "dims"}},
      {"scaled_dot_product_attention",
       {"query", "key", "value", "attn_mask", "dropout_p", "is_causal"}},
      {kAttention, {"query", "key", "value", "key_padding_mask", "need_weights", "attn_mask"}},
      {"_native_multi_head_attention",
       {"query", "key", "value", "embed_dim", "num_head", "qkv_weight", "qkv_bias", "proj_weight",
        "proj_bias", "mask"}},
      {"_transformer_encoder_layer_fwd",
       {"src", "embed_dim", "num_heads", "qkv_weight", "qkv_bias", "proj_weight", "proj_bias",
        "use_gelu", "norm_first", "eps", "norm_weight_1", "norm_bias_1", "norm_weight_2",
        "norm_bias_2", "ffn_weight_1", "ffn_bias_1", "ffn_weight_2", "ffn_bias_2", "mask"}},

      {"hardtanh", {"self", "min_val", "max_val"}},
      {"layer_norm", {"input", "normalized_shape", "weight", "bias"}},
      {"native_layer_norm", {"input", "normalized_shape", "weight", "bias"}},
      {"rms_norm", {"input", "normalized_shape", "weight"}},
      {"group_norm", {"input", "num_groups", "weight", "bias"}},
      {"native_group_norm", {"input", "weight", "bias", "N", "C", "HxW", "group"}},
      {"local_response_norm", {"input", "size"}},
      {"normalize", {"input", "p", "dim"}},

      {"softmax", {"self", "dim"}},
      {"_softmax", {"self", "dim"}},
      {"log_softmax", {"self", "dim"}},
      {"_log_softmax", {"self", "dim"}},
      {"mean", {"self", "dim", "keepdim"}},
      {"sum", {"self", "dim", "keepdim"}},
      {"amax", {"self", "dim", "keepdim"}},
      {"amin", {"self", "dim", "keepdim"}},
      {"any", {"self", "dim", "keepdim"}},
      {"all", {"self", "dim", "keepdim"}},
      {"max", {"self", "dim", "keepdim"}},
      {"min", {"self", "dim", "keepdim"}},
      {"argmax", {"self", "dim", "keepdim"}},
      {"argmin", {"self", "dim", "keepdim"}},
      {"norm", {"self", "p", "dim", "keepdim"}},
      {"linalg_norm", {"self", "ord", "dim", "keepdim"}},
      {"linalg_vector_norm", {"self", "ord", "dim", "keepdim"}},
      {"cumsum", {"self", "dim"}},

      {"max_pool1d", {"self", "kernel_size", "stride", "padding", "dilation", "ceil_mode"}},
      {"max_pool2d", {"self", "kernel_size", "stride", "padding", "dilation", "ceil_mode"}},
      {"max_pool2d_with_indices",
       {"self", "kernel_size", "stride", "padding", "dilation", "ceil_mode"}},
      {"avg_pool1d", {"self", "kernel_size", "stride", "padding", "ceil_mode"}},
      {"avg_pool2d", {"self", "kernel_size", "stride", "padding", "ceil_mode"}},
      {"adaptive_avg_pool1d", {"self", "output_size"}},
      {"adaptive_avg_pool2d", {"self", "output_size"}},
      {"adaptive_max_pool1d", {"self", "output_size"}},
      {"adaptive_max_pool2d", {"self", "output_size"}},

      {"cat", {"tensors", "dim"}},
      {"concat", {"tensors", "dim"}},
      {"stack", {"tensors", "dim"}},
      {"split", {"self", "split_size", "dim"}},
      {"split_with_sizes", {"self", "split_sizes", "dim"}},
      {"chunk", {"self", "chunks", "dim"}},
      {"tensor_split", {"self", "indices_or_sections", "dim"}},
      {"unbind", {"self", "dim"}},
      {"copy", {"self", "src"}},
      {"fill", {"self", "value"}},
      {"index_put", {"self", "indices", "values"}},
      {"scatter", {"self", "dim", "index", "src"}},
      {"scatter_add", {"self", "dim", "index", "src"}},

      {"batch_norm", {"input", "weight", "bias", "running_mean", "running_var"}},
      {"native_batch_norm", {"input", "weight", "bias", "running_mean", "running_var"}},
      {"instance_norm", {"input", "weight", "bias", "running_mean", "running_var"}},
      {"embedding", {"weight", "indices"}},
  };
  return table;
}

/// torch.nn.functional's own order.
const std::vector<Signature> &pythons_signatures() {
  static const std::vector<Signature> table{
      {"batch_norm", {"input", "running_mean", "running_var", "weight", "bias"}},
      {"instance_norm", {"input", "running_mean", "running_var", "weight", "bias"}},
      {"embedding", {"indices", "weight"}},
  };
  return table;
}

const Signature *find(const std::vector<Signature> &table, std::string_view name) {
  const auto found = std::ranges::find(table, name, &Signature::name);
  return found == table.end() ? nullptr : &*found;
}

const Signature *signature_of(const FxNode &node, std::string_view name) {
  if (node.target.starts_with("torch.nn.functional."))
    if (const auto *pythons = find(pythons_signatures(), name))
      return pythons;
  return find(signatures(), name);
}

/// What the first argument of a leaf module is called: its only tensor, but for attention.
std::string_view module_input(std::string_view name) {
  const auto *signature = find(signatures(), name);
  if (name == "embedding")
    return "indices";
  return signature ? signature->arguments.front() : "self";
}

/// Python calls some arguments by other names than ATen.
std::string_view aten_argument(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kNames{{
      {"axis", "dim"},
      {"split_size_or_sections", "split_size"},
      {"attention_mask", "attn_mask"},
      {"return_indices", ""},
      {"_stacklevel", ""},
  }};
  const auto found = std::ranges::find(kNames, name, [](const auto &entry) { return entry.first; });
  return found == kNames.end() ? name : found->second;
}

void add_module_arguments(const FxModule &module, const Converter &convert,
                          const OperandSource &operands, Call &call) {
  for (const auto &[key, weight] : module.weights)
    call.arguments.emplace_back(key, operands.of_weight(weight));
  for (const auto &[key, setting] : module.config)
    call.arguments.emplace_back(key, convert(setting));
}

/// ATen's embedding takes its table before the indices; the operands' order is the arguments'.
Call with_first(std::string_view name, const Call &call) {
  Call sorted{.name = call.name, .overload = {}, .arguments = {}};
  for (const bool wanted : {true, false})
    for (const auto &argument : call.arguments)
      if ((argument.first == name) == wanted)
        sorted.arguments.push_back(argument);
  return sorted;
}

} // namespace

Call aten_call(const FxProgram &program, const FxNode &node, const std::string &name,
               const OperandSource &operands) {
  const auto plain = std::string_view(name).substr(std::string_view("aten::").size());
  const Converter convert(program, operands);
  const auto *signature = signature_of(node, plain);
  Call call{.name = name, .overload = {}, .arguments = {}};
  const auto *module = node.op == FxOp::call_module ? &program.modules[node.index] : nullptr;
  const bool one_input = module && plain != kAttention;
  for (std::size_t i = 0; i < node.args.size(); ++i) {
    std::string argument = std::to_string(i); // no rule asks for it
    if (one_input && i == 0)
      argument = module_input(plain);
    else if (!one_input && signature && i < signature->arguments.size())
      argument = signature->arguments[i];
    call.arguments.emplace_back(std::move(argument), convert(node.args[i]));
  }
  for (const auto &[key, argument] : node.kwargs)
    if (const auto known = aten_argument(key); !known.empty())
      call.arguments.emplace_back(known, convert(argument));
  if (module)
    add_module_arguments(*module, convert, operands, call);
  return plain == "embedding" ? with_first("weight", call) : call;
}

Call opaque_call(const FxProgram &program, const FxNode &node, const OperandSource &operands) {
  auto call = aten_call(program, node, "aten::", operands);
  call.name =
      node.op == FxOp::call_module ? "torch.nn." + program.modules[node.index].type : node.target;
  return call;
}

} // namespace fusesim::ir::fx
