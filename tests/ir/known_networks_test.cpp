// Two whole networks written out by hand, against parameters and multiply-adds that were counted by
// intercepting a real run of torchvision (shared data file torchvision_macs.csv: resnet18 and
// vit_b_16 at 224×224).
#include "ir/cost.hpp"
#include "ir/passes.hpp"
#include "small_graphs.hpp"

#include <gtest/gtest.h>

using namespace fusesim;
using namespace fusesim::ir;
using test::f32;

namespace {

/// ResNet-18, He et al. 2016, table 1.
class ResNet18 {
public:
  Graph build() {
    auto x = builder_.input("x", f32({1, 3, 224, 224}));
    x = relu(conv(x, 64, 7, 2));
    x = builder_.add(OpKind::max_pool2d, "maxpool", {x},
                     PoolAttrs{.kernel = {3}, .stride = {2}, .padding = {1}});
    for (const std::int64_t width : {64, 128, 256, 512})
      for (int block = 0; block < 2; ++block)
        x = basic_block(x, width, width > 64 && block == 0 ? 2 : 1);
    x = builder_.add(OpKind::adaptive_avg_pool2d, "avgpool", {x}, PoolAttrs{.output_size = {1}});
    x = builder_.add_typed(OpKind::view, "flatten", {x}, {f32({1, 512})})[0];
    builder_.output(builder_.add(OpKind::linear, "fc",
                                 {x, builder_.weight("fc.weight", f32({1000, 512})),
                                  builder_.weight("fc.bias", f32({1000}))}));
    return std::move(builder_).build();
  }

private:
  ValueId conv(ValueId x, std::int64_t width, std::int64_t kernel, std::int64_t stride) {
    const auto in = builder_.type(x).dims[1];
    const auto weight = builder_.weight("conv.weight", f32({width, in, kernel, kernel}));
    x = builder_.add(OpKind::conv2d, "conv", {x, weight},
                     ConvAttrs{.stride = {stride}, .padding = {kernel / 2}});
    const auto channel = [&](ValueRole role) { return builder_.weight("bn", f32({width}), role); };
    return builder_.add(OpKind::batch_norm, "bn",
                        {x, channel(ValueRole::parameter), channel(ValueRole::parameter),
                         channel(ValueRole::buffer), channel(ValueRole::buffer)});
  }
  ValueId relu(ValueId x) { return builder_.add(OpKind::relu, "relu", {x}); }
  ValueId basic_block(ValueId x, std::int64_t width, std::int64_t stride) {
    const auto shortcut = stride == 2 ? conv(x, width, 1, 2) : x;
    const auto residual = conv(relu(conv(x, width, 3, stride)), width, 3, 1);
    return relu(builder_.add(OpKind::add, "add", {residual, shortcut}));
  }

  GraphBuilder builder_{"resnet18"};
};

/// ViT-B/16, Dosovitskiy et al. 2021, table 1: 12 layers, width 768, MLP 3072, 12 heads.
class VitB16 {
public:
  Graph build() {
    const auto image = builder_.input("x", f32({1, 3, 224, 224}));
    auto x =
        builder_.add(OpKind::conv2d, "patches", {image, weight({768, 3, 16, 16}), weight({768})},
                     ConvAttrs{.stride = {16}});
    x = builder_.add_typed(OpKind::view, "flatten", {x}, {f32({1, 768, 196})})[0];
    x = builder_.add_typed(OpKind::permute, "tokens", {x}, {f32({1, 196, 768})})[0];
    x = builder_.add(OpKind::concat, "class", {weight({1, 1, 768}), x}, AxisAttrs{.dims = {1}});
    x = builder_.add(OpKind::add, "positions", {x, weight({1, 197, 768})});
    for (int layer = 0; layer < 12; ++layer)
      x = encoder_layer(x);
    x = norm(x);
    x = builder_.add_typed(OpKind::slice, "first", {x}, {f32({1, 768})})[0];
    builder_.output(linear(x, 1000));
    return std::move(builder_).build();
  }

private:
  ValueId weight(Dims dims) { return builder_.weight("w", f32(std::move(dims))); }
  ValueId linear(ValueId x, std::int64_t out) {
    const auto in = builder_.type(x).dims.back();
    const auto matrix = weight({out, in}), bias = weight({out});
    return builder_.add(OpKind::linear, "linear", {x, matrix, bias});
  }
  ValueId norm(ValueId x) {
    return builder_.add(OpKind::layer_norm, "ln", {x, weight({768}), weight({768})}, NormAttrs{});
  }
  ValueId encoder_layer(ValueId x) {
    const auto y = norm(x);
    const auto attended = builder_.add(
        OpKind::multi_head_attention, "attention",
        {y, y, y, weight({2304, 768}), weight({2304}), weight({768, 768}), weight({768})},
        AttentionAttrs{.num_heads = 12});
    x = builder_.add(OpKind::add, "add", {x, attended});
    const auto hidden = builder_.add(OpKind::gelu, "gelu", {linear(norm(x), 3072)});
    return builder_.add(OpKind::add, "add", {x, linear(hidden, 768)});
  }

  GraphBuilder builder_{"vit_b_16"};
};

TEST(KnownNetworks, ResNet18HasItsKnownTotals) {
  const auto totals = totals_of(ResNet18().build());
  EXPECT_EQ(totals.parameters, 11'689'512U);
  EXPECT_EQ(totals.macs, 1'814'073'344U);
  EXPECT_EQ(totals.flops, 2U * 1'814'073'344U);
}

TEST(KnownNetworks, VitB16HasItsKnownTotalsWholeAndDecomposed) {
  const auto graph = VitB16().build();
  for (const auto &variant : {graph, decompose_attention(graph, InProjection::separate),
                              decompose_attention(graph, InProjection::packed)}) {
    const auto totals = totals_of(variant);
    EXPECT_EQ(totals.parameters, 86'567'656U);
    EXPECT_EQ(totals.macs, 17'563'828'224U);
  }
}

} // namespace
