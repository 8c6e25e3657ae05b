#include "ir/zoo/families.hpp"
#include "ir/zoo/transformer_blocks.hpp"

namespace fusesim::ir::models {

// Everything torchvision computes in forward() is here, the parts that do not depend on the image
// included: the gather of the position bias and the mask of shifted windows are worked out anew in
// every block and every run.

namespace {

/// The feature map of one block (N×H×W×C), padded to whole windows and cut into them.
struct Windows {
  std::int64_t batch, rows, columns; ///< images; windows per column and per row of one image
  std::int64_t size, channels;       ///< edge of a window
  std::int64_t shift;                ///< cyclic shift of the map, 0 in every other block

  std::int64_t per_image() const { return rows * columns; }
  std::int64_t tokens() const { return size * size; } ///< of one window
  std::int64_t height() const { return rows * size; }
  std::int64_t width() const { return columns * size; }
};

Windows windows_of(const Dims &map, std::int64_t size, std::int64_t shift) {
  Windows windows{.batch = map[0],
                  .rows = (map[1] + size - 1) / size,
                  .columns = (map[2] + size - 1) / size,
                  .size = size,
                  .channels = map[3],
                  .shift = shift};
  if (windows.rows == 1 && windows.columns == 1) // one window sees everything: nothing to shift
    windows.shift = 0;
  return windows;
}

/// A row per distance between two tokens and a column per head. Version 2 works it out from the
/// distances themselves.
ValueId position_bias_table(Layers &net, const std::string &attn, const Windows &windows,
                            std::int64_t heads, SwinVersion version) {
  const auto distances = 2 * windows.size - 1;
  if (version == SwinVersion::v1)
    return net.builder().weight(join(attn, "relative_position_bias_table"),
                                {DType::f32, {distances * distances, heads}});
  auto table = net.builder().weight(join(attn, "relative_coords_table"),
                                    {DType::f32, {1, distances, distances, 2}}, ValueRole::buffer);
  table = net.linear(join(attn, "cpb_mlp.0"), table, 512);
  table = net.module(OpKind::relu, join(attn, "cpb_mlp.1"), {table});
  table = net.linear(join(attn, "cpb_mlp.2"), table, heads, false);
  return net.view(attn, table, {distances * distances, heads});
}

/// table[index], a row per pair of tokens and a column per head → 1×heads×tokens×tokens.
ValueId relative_position_bias(Layers &net, const std::string &attn, const Windows &windows,
                               std::int64_t heads, SwinVersion version) {
  const auto pairs = windows.tokens() * windows.tokens();
  const auto table = position_bias_table(net, attn, windows, heads, version);
  const auto index = net.builder().weight(join(attn, "relative_position_index"),
                                          {DType::i64, {pairs}}, ValueRole::buffer);
  auto bias = net.call_typed(OpKind::index, attn, {table, index}, {DType::f32, {pairs, heads}});
  bias = net.view(attn, bias, {windows.tokens(), windows.tokens(), heads});
  bias = net.contiguous(attn, net.permute(attn, bias, {2, 0, 1}));
  bias = net.view(attn, bias, {1, heads, windows.tokens(), windows.tokens()});
  return version == SwinVersion::v1
             ? bias
             : net.call(OpKind::mul, attn, {net.call(OpKind::sigmoid, attn, {bias})});
}

ValueId pad_map(Layers &net, const std::string &scope, ValueId x, std::int64_t height,
                std::int64_t width) {
  return net.call_typed(OpKind::pad, scope, {x},
                        {DType::f32, {net.dim(x, 0), height, width, net.dim(x, 3)}});
}

ValueId roll(Layers &net, const std::string &attn, ValueId x) {
  return net.call_typed(OpKind::roll, attn, {x}, net.builder().type(x), AxisAttrs{{1, 2}, false});
}

/// N×H×W×C → (N·windows)×tokens×C.
ValueId partition_windows(Layers &net, const std::string &attn, ValueId x, const Windows &w) {
  x = net.view(attn, x, {w.batch, w.rows, w.size, w.columns, w.size, w.channels});
  x = net.permute(attn, x, {0, 1, 3, 2, 4, 5});
  return net.reshape(attn, x, {w.batch * w.per_image(), w.tokens(), w.channels});
}

ValueId reverse_windows(Layers &net, const std::string &attn, ValueId x, const Windows &w) {
  x = net.view(attn, x, {w.batch, w.rows, w.columns, w.size, w.size, w.channels});
  x = net.permute(attn, x, {0, 1, 3, 2, 4, 5});
  return net.reshape(attn, x, {w.batch, w.height(), w.width(), w.channels});
}

/// Numbers the nine regions that a shift brings together at the border of the map: three bands of
/// rows (all but the last window, the last window but its shifted part, the shifted part) crossed
/// with three of columns.
ValueId number_regions(Layers &net, const std::string &attn, const Windows &w) {
  auto regions = net.call_typed(OpKind::fill, attn, {}, {DType::f32, {w.height(), w.width()}});
  const auto bands = [&](std::int64_t extent) {
    return std::vector<std::int64_t>{0, extent - w.size, extent - w.shift, extent};
  };
  const auto rows = bands(w.height()), columns = bands(w.width());
  for (std::size_t row = 0; row < 3; ++row)
    for (std::size_t column = 0; column < 3; ++column) {
      const auto number = net.call_typed(
          OpKind::fill, attn, {},
          {DType::f32, {rows[row + 1] - rows[row], columns[column + 1] - columns[column]}});
      regions = net.call(OpKind::overlay, attn, {regions, number});
    }
  return regions;
}

/// windows×tokens×tokens: 0 within a region, -100 between tokens of different ones.
ValueId shift_mask(Layers &net, const std::string &attn, const Windows &w) {
  auto regions = number_regions(net, attn, w);
  regions = net.view(attn, regions, {w.rows, w.size, w.columns, w.size});
  regions = net.permute(attn, regions, {0, 2, 1, 3});
  regions = net.reshape(attn, regions, {w.per_image(), w.tokens()});
  const auto across = net.view(attn, regions, {w.per_image(), 1, w.tokens()});
  const auto down = net.view(attn, regions, {w.per_image(), w.tokens(), 1});
  const auto difference = net.call(OpKind::sub, attn, {across, down});
  const auto differs = net.call(OpKind::compare, attn, {difference});
  const auto mask = net.call(OpKind::masked_fill, attn, {difference, differs});
  const auto equals = net.call(OpKind::compare, attn, {difference});
  return net.call(OpKind::masked_fill, attn, {mask, equals});
}

ValueId add_shift_mask(Layers &net, const std::string &attn, ValueId scores, const Windows &w,
                       std::int64_t heads) {
  const auto mask =
      net.view(attn, shift_mask(net, attn, w), {1, w.per_image(), 1, w.tokens(), w.tokens()});
  const Dims merged = net.dims(scores);
  scores = net.view(attn, scores, {w.batch, w.per_image(), heads, w.tokens(), w.tokens()});
  scores = net.call(OpKind::add, attn, {scores, mask});
  return net.view(attn, scores, merged);
}

/// The products of queries and keys, scaled.
ValueId attention_scores(Layers &net, const std::string &attn, ValueId q, ValueId k) {
  const auto scaled = net.call(OpKind::mul, attn, {q});
  return net.call(OpKind::matmul, attn, {scaled, net.permute(attn, k, {0, 1, 3, 2})});
}

// ---- version 2: Liu et al. 2021 (arXiv 2111.09883)

/// Linear whose middle third of the bias, that of the keys, is set to zero in every run.
ValueId linear_without_key_bias(Layers &net, const std::string &attn, ValueId x) {
  const auto channels = net.dims(x).back();
  const auto parameter = [&](const char *name, Dims dims) {
    return net.builder().weight(join(attn, name), {DType::f32, std::move(dims)});
  };
  const auto weight = parameter("qkv.weight", {3 * channels, channels});
  const auto trained = parameter("qkv.bias", {3 * channels});
  auto bias = net.call_typed(OpKind::copy, attn, {trained}, net.builder().type(trained));
  const auto zeros = net.call_typed(OpKind::fill, attn, {}, {DType::f32, {channels}});
  bias = net.call(OpKind::overlay, attn, {bias, zeros});
  return net.module(OpKind::linear, join(attn, "qkv"), {x, weight, bias});
}

/// x over its length (torch.nn.functional.normalize over the last dim).
ValueId normalise(Layers &net, const std::string &attn, ValueId x) {
  auto length = net.call(OpKind::vector_norm, attn, {x}, AxisAttrs{.dims = {3}, .keepdim = true});
  length = net.call(OpKind::clamp, attn, {length});
  return net.call(OpKind::div, attn, {x, net.expand(attn, length, net.dims(x))});
}

/// Cosines of the angles between queries and keys, scaled per head.
ValueId cosine_scores(Layers &net, const std::string &attn, ValueId q, ValueId k) {
  const auto heads = net.dim(q, 1);
  q = normalise(net, attn, q);
  k = normalise(net, attn, k);
  const auto scores = net.call(OpKind::matmul, attn, {q, net.permute(attn, k, {0, 1, 3, 2})});
  auto scale = net.builder().weight(join(attn, "logit_scale"), {DType::f32, {heads, 1, 1}});
  scale = net.call(OpKind::exp, attn, {net.call(OpKind::clamp, attn, {scale})});
  return net.call(OpKind::mul, attn, {scores, scale});
}

// ---- both versions

/// Self-attention within each window.
ValueId window_attention(Layers &net, const std::string &attn, ValueId x, ValueId bias,
                         const Windows &w, std::int64_t heads, SwinVersion version) {
  const Dims shape = net.dims(x);
  auto qkv = version == SwinVersion::v1 ? net.linear(join(attn, "qkv"), x, 3 * w.channels)
                                        : linear_without_key_bias(net, attn, x);
  qkv = net.reshape(attn, qkv, {shape[0], shape[1], 3, heads, w.channels / heads});
  qkv = net.permute(attn, qkv, {2, 0, 3, 1, 4});
  const auto q = net.select(attn, qkv, 0), k = net.select(attn, qkv, 0),
             v = net.select(attn, qkv, 0);
  auto scores = version == SwinVersion::v1 ? attention_scores(net, attn, q, k)
                                           : cosine_scores(net, attn, q, k);
  scores = net.call(OpKind::add, attn, {scores, bias});
  if (w.shift > 0)
    scores = add_shift_mask(net, attn, scores, w, heads);
  const auto weights = net.call(OpKind::dropout, attn, {net.softmax(attn, scores)});
  x = net.permute(attn, net.call(OpKind::matmul, attn, {weights, v}), {0, 2, 1, 3});
  x = net.linear(join(attn, "proj"), net.reshape(attn, x, shape), w.channels);
  return net.call(OpKind::dropout, attn, {x});
}

ValueId shifted_window_attention(Layers &net, const std::string &attn, ValueId x, const Windows &w,
                                 std::int64_t heads, SwinVersion version) {
  const auto height = net.dim(x, 1), width = net.dim(x, 2);
  const auto bias = relative_position_bias(net, attn, w, heads, version);
  x = pad_map(net, attn, x, w.height(), w.width());
  if (w.shift > 0)
    x = roll(net, attn, x);
  x = window_attention(net, attn, partition_windows(net, attn, x, w), bias, w, heads, version);
  x = reverse_windows(net, attn, x, w);
  if (w.shift > 0)
    x = roll(net, attn, x);
  x = net.slice(attn, net.slice(attn, x, 1, 0, height), 2, 0, width);
  return net.contiguous(attn, x);
}

ValueId swin_block(Layers &net, const std::string &path, ValueId x, const Windows &windows,
                   std::int64_t heads, SwinVersion version) {
  const auto attention = [&](ValueId input) {
    return shifted_window_attention(net, join(path, "attn"), input, windows, heads, version);
  };
  const auto perceptron = [&](ValueId input) {
    return mlp(net, join(path, "mlp"), input, 4 * windows.channels);
  };
  const auto norm = [&](const char *name, ValueId input) {
    return net.layer_norm(join(path, name), input);
  };
  const bool norm_first = version == SwinVersion::v1;
  auto branch = norm_first ? attention(norm("norm1", x)) : norm("norm1", attention(x));
  x = net.call(OpKind::add, path, {x, branch});
  branch = norm_first ? perceptron(norm("norm2", x)) : norm("norm2", perceptron(x));
  return net.call(OpKind::add, path, {x, branch});
}

/// Halves the map and doubles the channels: the four pixels of each 2×2 patch side by side,
/// normalised and reduced, in version 2 the other way round.
ValueId patch_merging(Layers &net, const std::string &path, ValueId x, SwinVersion version) {
  const auto height = (net.dim(x, 1) + 1) / 2 * 2, width = (net.dim(x, 2) + 1) / 2 * 2;
  const auto channels = net.dim(x, 3);
  x = pad_map(net, path, x, height, width);
  std::vector<ValueId> pixels;
  for (const auto &[row, column] : {std::pair{0, 0}, {1, 0}, {0, 1}, {1, 1}})
    pixels.push_back(net.slice(path, net.slice(path, x, 1, row, height, 2), 2, column, width, 2));
  x = net.concat(path, pixels, 3);
  if (version == SwinVersion::v1)
    x = net.layer_norm(join(path, "norm"), x);
  x = net.linear(join(path, "reduction"), x, 2 * channels, false);
  return version == SwinVersion::v1 ? x : net.layer_norm(join(path, "norm"), x);
}

} // namespace

ValueId swin(Layers &net, ValueId x, const Swin &spec) {
  x = net.conv2d("features.0.0", x,
                 {.out_channels = spec.width, .kernel = 4, .stride = 4, .bias = true});
  x = net.permute("features.0.1", x, {0, 2, 3, 1});
  x = net.layer_norm("features.0.2", x);
  for (std::int64_t stage = 0; stage < 4; ++stage) {
    if (stage > 0)
      x = patch_merging(net, join("features", 2 * stage), x, spec.version);
    const auto path = join("features", 2 * stage + 1);
    for (std::int64_t block = 0; block < spec.depths[stage]; ++block) {
      const auto windows =
          windows_of(net.dims(x), spec.window, block % 2 == 0 ? 0 : spec.window / 2);
      x = swin_block(net, join(path, block), x, windows, spec.heads[stage], spec.version);
    }
  }
  x = net.layer_norm("norm", x);
  x = net.permute("permute", x, {0, 3, 1, 2});
  x = net.adaptive_avg_pool2d("avgpool", x, 1);
  return net.linear("head", net.flatten("flatten", x), 1000);
}

} // namespace fusesim::ir::models
