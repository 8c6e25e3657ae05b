#include "ir/zoo/families.hpp"
#include "ir/zoo/transformer_blocks.hpp"

namespace fusesim::ir::models {

// As the eager implementations in Hugging Face transformers execute them (BertModel with its
// pooler, GPT2LMHeadModel), without past keys and values. f32 masks and scales by Python scalars
// are operators with one tensor operand.

namespace {

std::int64_t sequence_length(const Layers &net, ValueId tokens) { return net.dims(tokens).at(1); }

TensorType float_tensor(Dims dims) { return {DType::f32, std::move(dims)}; }

// ---- BERT

ValueId bert_embeddings(Layers &net, ValueId tokens, const LanguageModel &spec) {
  const std::string path = "embeddings";
  const auto length = sequence_length(net, tokens);
  const auto buffer = [&](const char *name) {
    const auto ids = net.builder().weight(join(path, name), {DType::i64, {1, spec.positions}},
                                          ValueRole::buffer);
    return net.slice(path, ids, 1, 0, length);
  };
  const auto types = net.expand(path, buffer("token_type_ids"), net.dims(tokens));
  const auto words =
      net.embedding(join(path, "word_embeddings"), tokens, spec.vocabulary, spec.width);
  const auto type = net.embedding(join(path, "token_type_embeddings"), types, 2, spec.width);
  auto x = net.call(OpKind::add, path, {words, type});
  const auto position = net.embedding(join(path, "position_embeddings"), buffer("position_ids"),
                                      spec.positions, spec.width);
  x = net.call(OpKind::add, path, {x, position});
  x = net.layer_norm(join(path, "LayerNorm"), x);
  return net.module(OpKind::dropout, join(path, "dropout"), {x});
}

/// (1 - attention mask) · lowest number, N×1×1×S, from the all-ones mask of a batch without
/// padding.
ValueId bert_attention_mask(Layers &net, ValueId tokens) {
  auto mask = net.call_typed(OpKind::fill, "", {}, float_tensor(net.dims(tokens)));
  mask = net.view("", mask, {net.dim(tokens, 0), 1, 1, sequence_length(net, tokens)});
  return net.call(OpKind::mul, "", {net.call(OpKind::sub, "", {mask})});
}

/// Linear, dropout, residual add, layer norm: the end of both halves of a BERT layer.
ValueId bert_output(Layers &net, const std::string &path, ValueId x, ValueId residual) {
  x = net.linear(join(path, "dense"), x, net.dims(residual).back());
  x = net.module(OpKind::dropout, join(path, "dropout"), {x});
  x = net.call(OpKind::add, path, {x, residual});
  return net.layer_norm(join(path, "LayerNorm"), x);
}

ValueId bert_self_attention(Layers &net, const std::string &path, ValueId x, ValueId mask,
                            std::int64_t heads) {
  const auto width = net.dims(x).back();
  const auto q = net.linear(join(path, "query"), x, width);
  const auto k = split_heads(net, path, net.linear(join(path, "key"), x, width), heads);
  const auto v = split_heads(net, path, net.linear(join(path, "value"), x, width), heads);
  auto scores = net.call(OpKind::matmul, path,
                         {split_heads(net, path, q, heads), net.permute(path, k, {0, 1, 3, 2})});
  scores = net.call(OpKind::div, path, {scores});
  scores = net.call(OpKind::add, path, {scores, mask});
  const auto weights =
      net.module(OpKind::dropout, join(path, "dropout"), {net.softmax(path, scores)});
  return merge_heads(net, path, net.call(OpKind::matmul, path, {weights, v}));
}

ValueId bert_layer(Layers &net, const std::string &path, ValueId x, ValueId mask,
                   const LanguageModel &spec) {
  const auto attended = bert_self_attention(net, join(path, "attention.self"), x, mask, spec.heads);
  x = bert_output(net, join(path, "attention.output"), attended, x);
  auto hidden = net.linear(join(path, "intermediate.dense"), x, 4 * spec.width);
  hidden = net.module(OpKind::gelu, join(path, "intermediate.intermediate_act_fn"), {hidden});
  return bert_output(net, join(path, "output"), hidden, x);
}

} // namespace

std::vector<ValueId> bert(Layers &net, ValueId tokens, const LanguageModel &spec) {
  const auto mask = bert_attention_mask(net, tokens);
  auto x = bert_embeddings(net, tokens, spec);
  for (std::int64_t layer = 0; layer < spec.layers; ++layer)
    x = bert_layer(net, join("encoder.layer", layer), x, mask, spec);
  auto pooled = net.linear("pooler.dense", net.select("pooler", x, 1), spec.width);
  pooled = net.module(OpKind::tanh, "pooler.activation", {pooled});
  return {x, pooled};
}

// ---- GPT-2

namespace {

/// 0.5·x·(1 + tanh(√(2/π)·(x + 0.044715·x³))), operator by operator (transformers'
/// NewGELUActivation).
ValueId gelu_new(Layers &net, const std::string &path, ValueId x) {
  const auto half = net.call(OpKind::mul, path, {x});
  auto inner = net.call(OpKind::pow, path, {x});
  inner = net.call(OpKind::mul, path, {inner});
  inner = net.call(OpKind::add, path, {x, inner});
  inner = net.call(OpKind::mul, path, {inner});
  inner = net.call(OpKind::tanh, path, {inner});
  inner = net.call(OpKind::add, path, {inner});
  return net.call(OpKind::mul, path, {half, inner});
}

ValueId gpt2_attention(Layers &net, const std::string &path, ValueId x, const LanguageModel &spec) {
  const auto length = net.dim(x, 1);
  const auto qkv = net.split(path, net.linear(join(path, "c_attn"), x, 3 * spec.width), 2, 3);
  const auto q = split_heads(net, path, qkv[0], spec.heads);
  const auto k = split_heads(net, path, qkv[1], spec.heads);
  const auto v = split_heads(net, path, qkv[2], spec.heads);
  auto scores = net.call(OpKind::matmul, path, {q, net.permute(path, k, {0, 1, 3, 2})});
  scores = net.call(OpKind::div, path, {scores});
  const auto triangle = net.builder().weight(
      join(path, "bias"), {DType::boolean, {1, 1, spec.positions, spec.positions}},
      ValueRole::buffer);
  const auto masked_bias =
      net.builder().weight(join(path, "masked_bias"), float_tensor({}), ValueRole::buffer);
  const auto causal = net.slice(path, net.slice(path, triangle, 2, 0, length), 3, 0, length);
  scores = net.call(OpKind::where, path, {causal, scores, masked_bias});
  const auto weights =
      net.module(OpKind::dropout, join(path, "attn_dropout"), {net.softmax(path, scores)});
  x = merge_heads(net, path, net.call(OpKind::matmul, path, {weights, v}));
  x = net.linear(join(path, "c_proj"), x, spec.width);
  return net.module(OpKind::dropout, join(path, "resid_dropout"), {x});
}

ValueId gpt2_mlp(Layers &net, const std::string &path, ValueId x, std::int64_t width) {
  x = net.linear(join(path, "c_fc"), x, 4 * width);
  x = gelu_new(net, join(path, "act"), x);
  x = net.linear(join(path, "c_proj"), x, width);
  return net.module(OpKind::dropout, join(path, "dropout"), {x});
}

ValueId gpt2_block(Layers &net, const std::string &path, ValueId x, const LanguageModel &spec) {
  auto branch =
      gpt2_attention(net, join(path, "attn"), net.layer_norm(join(path, "ln_1"), x), spec);
  x = net.call(OpKind::add, path, {branch, x});
  branch = gpt2_mlp(net, join(path, "mlp"), net.layer_norm(join(path, "ln_2"), x), spec.width);
  return net.call(OpKind::add, path, {x, branch});
}

} // namespace

std::vector<ValueId> gpt2(Layers &net, ValueId tokens, const LanguageModel &spec) {
  const std::string path = "transformer";
  const auto table =
      net.builder().weight("transformer.wte.weight", float_tensor({spec.vocabulary, spec.width}));
  auto positions =
      net.call_typed(OpKind::fill, path, {}, {DType::i64, {sequence_length(net, tokens)}});
  positions = net.view(path, positions, {1, sequence_length(net, tokens)});
  const auto words = net.module(OpKind::embedding, "transformer.wte", {table, tokens});
  const auto position = net.embedding("transformer.wpe", positions, spec.positions, spec.width);
  auto x = net.call(OpKind::add, path, {words, position});
  x = net.module(OpKind::dropout, "transformer.drop", {x});
  for (std::int64_t layer = 0; layer < spec.layers; ++layer)
    x = gpt2_block(net, join("transformer.h", layer), x, spec);
  x = net.layer_norm("transformer.ln_f", x);
  return {net.module(OpKind::linear, "lm_head", {x, table})};
}

} // namespace fusesim::ir::models
