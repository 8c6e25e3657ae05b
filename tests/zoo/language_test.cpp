// BERT and GPT-2 against closed forms: E = 768 wide, 12 heads, 12 layers, MLP 4E wide.
#include "zoo/zoo_testing.hpp"

using namespace fusesim::ir;

namespace {

/// Multiply-accumulates of the twelve layers for S tokens: four E×E projections and two E×4E
/// linears per token, and two S×S×E products for scores and their application.
std::uint64_t encoder_macs(std::uint64_t s) {
  constexpr std::uint64_t e = 768;
  return 12 * (12 * s * e * e + 2 * s * s * e);
}

} // namespace

TEST(ZooLanguage, BertMacsFollowTheClosedForm) {
  for (const std::uint64_t s : {1, 17, 128, 512}) {
    const auto graph = build_language("bert_base", static_cast<std::int64_t>(s), 2);
    EXPECT_EQ(totals_of(graph).macs, 2 * (encoder_macs(s) + 768 * 768)) << s; // pooler: one token
  }
}

TEST(ZooLanguage, Gpt2MacsFollowTheClosedForm) {
  for (const std::uint64_t s : {1, 17, 128, 1024}) {
    const auto graph = build_language("gpt2", static_cast<std::int64_t>(s), 2);
    EXPECT_EQ(totals_of(graph).macs, 2 * (encoder_macs(s) + s * 768 * 50257)) << s; // head
  }
}

TEST(ZooLanguage, ReadsTokensAndDeliversStates) {
  const auto bert = build_language("bert_base", 17, 3);
  ASSERT_EQ(bert.inputs().size(), 1u);
  EXPECT_EQ(bert.value(bert.inputs()[0]).type, (TensorType{DType::i64, {3, 17}}));
  ASSERT_EQ(bert.outputs().size(), 2u);
  EXPECT_EQ(bert.value(bert.outputs()[0]).type.dims, (Dims{3, 17, 768}));
  EXPECT_EQ(bert.value(bert.outputs()[1]).type.dims, (Dims{3, 768}));

  const auto gpt2 = build_language("gpt2", 17, 3);
  ASSERT_EQ(gpt2.outputs().size(), 1u);
  EXPECT_EQ(gpt2.value(gpt2.outputs()[0]).type.dims, (Dims{3, 17, 50257}));
}

TEST(ZooLanguage, AttentionIsVisibleAndTheLayersAreThere) {
  const auto bert = build_language("bert_base", 128);
  EXPECT_EQ(count(bert, OpKind::softmax), 12);
  EXPECT_EQ(count(bert, OpKind::matmul), 24);
  EXPECT_EQ(count(bert, OpKind::linear), 12 * 6 + 1); // q, k, v, output, two of the MLP; pooler
  EXPECT_EQ(count(bert, OpKind::layer_norm), 25);
  EXPECT_EQ(count(bert, OpKind::gelu), 12);
  EXPECT_EQ(shape_of(bert, "encoder.layer.11.attention.self.softmax"), (Dims{1, 12, 128, 128}));

  const auto gpt2 = build_language("gpt2", 128);
  EXPECT_EQ(count(gpt2, OpKind::where), 12);
  EXPECT_EQ(count(gpt2, OpKind::linear), 12 * 4 + 1); // packed q/k/v, output, two of the MLP; head
  EXPECT_EQ(count(gpt2, OpKind::tanh), 12);
}

TEST(ZooLanguage, TheHeadOfGpt2IsItsTokenTable) {
  const auto graph = build_language("gpt2", 8);
  EXPECT_EQ(node_named(graph, "lm_head").inputs.at(1),
            node_named(graph, "transformer.wte").inputs.at(0));
}

TEST(ZooLanguage, DefaultsToTheFullContext) {
  const auto bert = build_zoo_model("bert_base");
  const auto gpt2 = build_zoo_model("gpt2");
  EXPECT_EQ(bert.value(bert.inputs()[0]).type.dims, (Dims{1, 512}));
  EXPECT_EQ(gpt2.value(gpt2.inputs()[0]).type.dims, (Dims{1, 1024}));
}
