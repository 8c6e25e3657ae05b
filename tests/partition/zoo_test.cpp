// Subgraphs of known networks, counted by hand from their papers' block tables.
#include "net.hpp"

#include "ir/passes.hpp"
#include "ir/zoo.hpp"

#include <algorithm>
#include <map>

namespace fusesim::test {
namespace {

using Counts = std::map<std::string, int>;

Counts patterns(const ir::Graph &graph, std::string_view strategy) {
  Counts counts;
  for (const auto &subgraph : partition::run_strategy(strategy, graph).subgraphs)
    ++counts[subgraph.pattern];
  return counts;
}

TEST(Zoo, ResNet18Has22Subgraphs) {
  // The stem and the first half of each of 8 blocks: conv bn relu. The second half of each block
  // ends in the addition. Three blocks change the width: conv bn. The head: average pool, flatten,
  // classifier. Alone: max pool.
  EXPECT_EQ(patterns(ir::build_zoo_model("resnet18"), "greedy"),
            (Counts{{"conv2d+batch_norm+relu", 9},
                    {"conv2d+batch_norm+add+relu", 8},
                    {"conv2d+batch_norm", 3},
                    {"adaptive_avg_pool2d+linear", 1},
                    {"unfused", 1}}));
}

TEST(Zoo, ResNet50Has55Subgraphs) {
  // 16 bottlenecks: two convolutions with relu each, one with the addition; four change the width.
  EXPECT_EQ(patterns(ir::build_zoo_model("resnet50"), "greedy"),
            (Counts{{"conv2d+batch_norm+relu", 33},
                    {"conv2d+batch_norm+add+relu", 16},
                    {"conv2d+batch_norm", 4},
                    {"adaptive_avg_pool2d+linear", 1},
                    {"unfused", 1}}));
}

TEST(Zoo, MobileNetV2Has53Subgraphs) {
  // 17 blocks; 16 expand and convolve, the first only convolves: 33 with relu6, and the stem and
  // the last convolution. Of 17 projections 10 end a residual. Pool and classifier are one.
  const auto counts = patterns(ir::build_zoo_model("mobilenet_v2"), "greedy");
  EXPECT_EQ(counts, (Counts{{"conv2d+batch_norm+relu6", 35},
                            {"conv2d+batch_norm+add", 10},
                            {"conv2d+batch_norm", 7},
                            {"adaptive_avg_pool2d+linear", 1}}));
}

TEST(Zoo, EfficientNetB0RunsItsSixteenSqueezeBlocksWhole) {
  // 16 blocks; 15 expand, all convolve: 31 with silu, and the stem and the head. 9 of 16
  // projections end a residual.
  EXPECT_EQ(patterns(ir::build_zoo_model("efficientnet_b0"), "greedy"),
            (Counts{{"adaptive_avg_pool2d+conv2d+silu+3more", 16},
                    {"conv2d+batch_norm+silu", 33},
                    {"conv2d+batch_norm+add", 9},
                    {"conv2d+batch_norm", 7},
                    {"adaptive_avg_pool2d+linear", 1}}));
}

TEST(Zoo, VisionTransformerMergesAndChainsTwelveTimes) {
  // Per layer: merged projections, attention, two linears with their residual, one behind its norm;
  // the norm ahead of the projections stays alone, 12. Besides: patches; position, added as the
  // class token and they are put together; the head behind the last norm.
  const auto graph =
      ir::decompose_attention(ir::build_zoo_model("vit_b_16"), ir::InProjection::separate);
  EXPECT_EQ(patterns(graph, "attention"), (Counts{{"qkv_merge", 12},
                                                  {"attention", 12},
                                                  {"linear+add", 24},
                                                  {"layer_norm+linear+gelu", 12},
                                                  {"layer_norm+linear", 1},
                                                  {"concat+add", 1},
                                                  {"unfused", 12 + 1}}));
}

TEST(Zoo, MergingProjectionsSavesTheSharedActivationTwicePerLayer) {
  // ViT-B/16, batch 1: the norm's result is 197·768·4 = 605,184 bytes, read once instead of three
  // times: 1.21 MB a layer.
  const auto graph =
      ir::decompose_attention(ir::build_zoo_model("vit_b_16"), ir::InProjection::separate);
  const auto merged = partition::run_strategy("attention", graph),
             apart = partition::run_strategy("greedy", graph);
  const auto found =
      std::ranges::find(merged.subgraphs, "qkv_merge", &partition::Subgraph::pattern);
  ASSERT_NE(found, merged.subgraphs.end());
  Bytes apart_input = 0, apart_weight = 0;
  for (const auto node : found->nodes)
    if (graph.node(node).kind == ir::OpKind::linear) {
      const auto traffic = traffic_of(graph, apart, apart.subgraphs[apart.subgraph_of[node]]);
      apart_input += traffic.input, apart_weight += traffic.weight;
    }
  const auto traffic = traffic_of(graph, merged, *found);
  EXPECT_EQ(apart_input - traffic.input, 2u * 605'184);
  EXPECT_EQ(apart_weight, traffic.weight);
}

} // namespace
} // namespace fusesim::test
