#include "ir/zoo/conv_blocks.hpp"
#include "ir/zoo/families.hpp"

namespace fusesim::ir::models {

namespace {

constexpr std::int64_t kHeadWidth = 32;
/// Edge of a window, and of the grid.
constexpr std::int64_t kPartition = 7;

/// Inverted residual with squeeze-and-excitation, normalised first.
ValueId mbconv(Layers &net, const std::string &path, ValueId input, std::int64_t out,
               std::int64_t stride) {
  auto shortcut = input;
  if (stride != 1) {
    shortcut = net.avg_pool2d(join(path, "proj.0"), input, 3, stride, 1);
    shortcut = net.conv2d(join(path, "proj.1"), shortcut, {.out_channels = out, .bias = true});
  }
  const auto layers = join(path, "layers");
  const auto expanded = 4 * out;
  auto x = net.batch_norm(join(layers, "pre_norm"), input);
  x = conv_norm_activation(net, join(layers, "conv_a"), x, {.out_channels = expanded},
                           OpKind::gelu);
  x = conv_norm_activation(
      net, join(layers, "conv_b"), x,
      {.out_channels = expanded, .kernel = 3, .stride = stride, .groups = expanded}, OpKind::gelu);
  x = squeeze_excitation(net, join(layers, "squeeze_excitation"), x, out / 4, OpKind::silu,
                         OpKind::sigmoid);
  x = net.conv2d(join(layers, "conv_c"), x, {.out_channels = out, .bias = true});
  return net.call(OpKind::add, path, {shortcut, x});
}

/// table[index] → 1×heads×tokens×tokens.
ValueId relative_position_bias(Layers &net, const std::string &path, std::int64_t heads) {
  constexpr auto kTokens = kPartition * kPartition;
  constexpr auto kDistances = (2 * kPartition - 1) * (2 * kPartition - 1);
  const auto table = net.builder().weight(join(path, "relative_position_bias_table"),
                                          {DType::f32, {kDistances, heads}});
  auto index = net.builder().weight(join(path, "relative_position_index"),
                                    {DType::i64, {kTokens, kTokens}}, ValueRole::buffer);
  index = net.view(path, index, {kTokens * kTokens});
  auto bias =
      net.call_typed(OpKind::index, path, {table, index}, {DType::f32, {kTokens * kTokens, heads}});
  bias = net.view(path, bias, {kTokens, kTokens, heads});
  bias = net.contiguous(path, net.permute(path, bias, {2, 0, 1}));
  return net.view(path, bias, {1, heads, kTokens, kTokens});
}

/// Product of the last two dims for every one of the first three, written in torchvision as an
/// einsum and here as the importers translate it: one batched product of views, and a view of its result.
ValueId einsum(Layers &net, const std::string &path, ValueId left, ValueId right) {
  const auto merged = [&](ValueId x) {
    const Dims &dims = net.dims(x);
    const TensorType type{DType::f32, {dims[0] * dims[1] * dims[2], dims[3], dims[4]}};
    return net.call_typed(OpKind::view, path, {x}, type);
  };
  Dims result = net.dims(left);
  result[4] = net.dim(right, 4);
  const auto product = net.call(OpKind::matmul, path, {merged(left), merged(right)});
  return net.call_typed(OpKind::view, path, {product}, {DType::f32, result});
}

/// x: images × windows × tokens × channels.
ValueId attention(Layers &net, const std::string &path, ValueId x) {
  const Dims shape = net.dims(x);
  const auto channels = shape[3], heads = channels / kHeadWidth;
  const auto qkv = net.split(path, net.linear(join(path, "to_qkv"), x, 3 * channels), 3, 3);
  const auto by_head = [&](ValueId part) {
    part = net.reshape(path, part, {shape[0], shape[1], shape[2], heads, kHeadWidth});
    return net.permute(path, part, {0, 1, 3, 2, 4});
  };
  const auto q = by_head(qkv[0]), k = by_head(qkv[1]), v = by_head(qkv[2]);
  const auto scaled = net.call(OpKind::mul, path, {k});
  auto scores = einsum(net, path, q, net.permute(path, scaled, {0, 1, 2, 4, 3}));
  scores = net.call(OpKind::add, path, {scores, relative_position_bias(net, path, heads)});
  x = einsum(net, path, net.softmax(path, scores), v);
  x = net.reshape(path, net.permute(path, x, {0, 1, 3, 2, 4}), shape);
  return net.linear(join(path, "merge"), x, channels);
}

/// How a map is cut: `outer`×`outer` pieces of `inner`×`inner` pixels. Attention is within a piece
/// (windows of 7×7), or across them between pixels of the same place (a grid of 7×7 pieces).
struct Partition {
  std::int64_t outer, inner;
  bool across;
};

/// N×C×H×W → N × pieces × pixels × C.
ValueId partition(Layers &net, const std::string &path, ValueId x, const Partition &by) {
  const auto batch = net.dim(x, 0), channels = net.dim(x, 1);
  x = net.reshape(path, x, {batch, channels, by.outer, by.inner, by.outer, by.inner});
  x = net.permute(path, x, {0, 2, 4, 3, 5, 1});
  return net.reshape_module(path, x, {batch, by.outer * by.outer, by.inner * by.inner, channels});
}

ValueId departition(Layers &net, const std::string &path, ValueId x, const Partition &by) {
  const auto batch = net.dim(x, 0), channels = net.dim(x, 3), size = by.outer * by.inner;
  x = net.reshape(path, x, {batch, by.outer, by.outer, by.inner, by.inner, channels});
  x = net.permute(path, x, {0, 5, 1, 3, 2, 4});
  return net.reshape_module(path, x, {batch, channels, size, size});
}

ValueId perceptron(Layers &net, const std::string &path, ValueId x) {
  const auto channels = net.dims(x).back();
  x = net.layer_norm(join(path, 0), x);
  x = net.linear(join(path, 1), x, 4 * channels);
  x = net.module(OpKind::gelu, join(path, 2), {x});
  x = net.linear(join(path, 3), x, channels);
  return net.module(OpKind::dropout, join(path, 4), {x});
}

ValueId partition_attention(Layers &net, const std::string &path, ValueId x, const Partition &by) {
  const auto swapped = [&](const char *name, ValueId value) {
    return by.across ? net.permute(join(path, name), value, {0, 2, 1, 3}) : value;
  };
  x = swapped("partition_swap", partition(net, join(path, "partition_op"), x, by));
  const auto layers = join(path, "attn_layer");
  auto branch = attention(net, join(layers, 1), net.layer_norm(join(layers, 0), x));
  branch = net.module(OpKind::dropout, join(layers, 2), {branch});
  x = net.call(OpKind::add, path, {x, branch});
  x = net.call(OpKind::add, path, {x, perceptron(net, join(path, "mlp_layer"), x)});
  return departition(net, join(path, "departition_op"), swapped("departition_swap", x), by);
}

ValueId layer(Layers &net, const std::string &path, ValueId x, std::int64_t channels,
              std::int64_t stride) {
  x = mbconv(net, join(path, "MBconv"), x, channels, stride);
  const auto windows = net.dim(x, 2) / kPartition;
  x = partition_attention(net, join(path, "window_attention"), x, {windows, kPartition, false});
  return partition_attention(net, join(path, "grid_attention"), x, {kPartition, windows, true});
}

} // namespace

ValueId maxvit(Layers &net, ValueId x, const MaxVit &spec) {
  x = conv_norm_activation(net, "stem.0", x,
                           {.out_channels = spec.stem_channels, .kernel = 3, .stride = 2},
                           OpKind::gelu);
  x = net.conv2d("stem.1.0", x,
                 {.out_channels = spec.stem_channels, .kernel = 3, .padding = 1, .bias = true});
  for (int block = 0; block < 4; ++block) {
    const auto layers = join(join("blocks", block), "layers");
    for (std::int64_t index = 0; index < spec.depths[block]; ++index)
      x = layer(net, join(join(layers, index), "layers"), x, spec.widths[block],
                index == 0 ? 2 : 1);
  }
  x = net.adaptive_avg_pool2d("classifier.0", x, 1);
  x = net.layer_norm("classifier.2", net.flatten("classifier.1", x));
  x = net.linear("classifier.3", x, spec.widths[3]);
  x = net.module(OpKind::tanh, "classifier.4", {x});
  return net.linear("classifier.5", x, 1000, false);
}

} // namespace fusesim::ir::models
