#include "ir/zoo/families.hpp"
#include "ir/zoo/transformer_blocks.hpp"

namespace fusesim::ir::models {

namespace {

ValueId encoder_block(Layers &net, const std::string &path, ValueId input,
                      const VisionTransformer &spec) {
  auto x = net.layer_norm(join(path, "ln_1"), input);
  x = net.multi_head_attention(join(path, "self_attention"), x, spec.heads);
  x = net.module(OpKind::dropout, join(path, "dropout"), {x});
  // Whose operand comes first decides how the sum lies in memory: torchvision adds the tokens to what attention made of
  // them, timm (global_pool "avg") the other way round.
  x = net.call(OpKind::add, path, spec.class_token ? std::vector{x, input} : std::vector{input, x});
  const auto y = mlp(net, join(path, "mlp"), net.layer_norm(join(path, "ln_2"), x), 4 * spec.width);
  return net.call(OpKind::add, path, {x, y});
}

} // namespace

ValueId vision_transformer(Layers &net, ValueId x, const VisionTransformer &spec) {
  const auto batch = net.dim(x, 0);
  x = net.conv2d(
      "conv_proj", x,
      {.out_channels = spec.width, .kernel = spec.patch, .stride = spec.patch, .bias = true});
  x = net.reshape("", x, {batch, spec.width, net.dim(x, 2) * net.dim(x, 3)});
  x = net.permute("", x, {0, 2, 1});
  if (spec.class_token) {
    const auto token = net.builder().weight("class_token", {DType::f32, {1, 1, spec.width}});
    x = net.concat("", {net.expand("", token, {batch, 1, spec.width}), x}, 1);
  }
  // The position table has one row per patch of this image size, as torchvision builds it for its
  // `image_size`.
  const auto positions =
      net.builder().weight("encoder.pos_embedding", {DType::f32, {1, net.dim(x, 1), spec.width}});
  x = net.call(OpKind::add, "encoder", {x, positions});
  x = net.module(OpKind::dropout, "encoder.dropout", {x});
  for (std::int64_t layer = 0; layer < spec.layers; ++layer)
    x = encoder_block(net, "encoder.layers.encoder_layer_" + std::to_string(layer), x, spec);
  if (!spec.class_token)
    x = net.call(OpKind::mean, "encoder", {x}, AxisAttrs{.dims = {1}});
  x = net.layer_norm("encoder.ln", x);
  if (!spec.class_token)
    return net.linear("heads.head", x, 1000);
  return net.linear("heads.head", net.select("", x, 1), 1000);
}

} // namespace fusesim::ir::models
