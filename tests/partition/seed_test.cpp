// The published tables (figures: data/seed of the project's sources; architectures: torchvision's
// block tables), from torch.fx nodes written down by hand. All of float32 at batch 1 and 224×224.
#include "partition/seed.hpp"

#include "support/error.hpp"

#include <algorithm>
#include <map>

namespace fusesim::test {
namespace {

using ir::NodeId;
namespace seed = partition::seed;

constexpr Bytes kFloat = 4;

/// A torch.fx graph of feature maps, one call per module or function.
class Fx {
public:
  struct Map {
    NodeId node;
    std::int64_t channels, size; ///< size×size; 1 after global pooling
  };
  Map input() { return append({"x", "placeholder", false, {}, 0, 0, 0}, 3, 224); }
  Map conv(Map x, std::int64_t channels, std::int64_t k, std::int64_t stride = 1,
           std::int64_t groups = 1, bool bias = false) {
    const auto size = (x.size + 2 * (k / 2) - k) / stride + 1;
    const auto weights = channels * (x.channels / groups) * k * k + (bias ? channels : 0);
    return append({"",
                   "Conv2d",
                   true,
                   {x.node},
                   seed::conv2d_macs({1, x.channels, channels, size, size, k, k, groups}),
                   0,
                   kFloat * bytes(weights)},
                  channels, size);
  }
  Map bn(Map x) {
    return append({"", "BatchNorm2d", true, {x.node}, 0, 0, kFloat * 2 * bytes(x.channels)}, x);
  }
  Map op(std::string type, Map x) {
    return append({"", std::move(type), true, {x.node}, 0, 0, 0}, x);
  }
  Map join(std::string type, Map x, Map y) {
    return append({"", std::move(type), true, {x.node, y.node}, 0, 0, 0}, x);
  }
  Map pool(std::string type, Map x, std::int64_t size) {
    return append({"", std::move(type), true, {x.node}, 0, 0, 0}, x.channels, size);
  }
  Map linear(Map x, std::int64_t features) {
    return append({"",
                   "Linear",
                   true,
                   {x.node},
                   seed::linear_macs(1, x.channels, features),
                   0,
                   kFloat * bytes((x.channels + 1) * features)},
                  features, 1);
  }
  std::vector<seed::Node> output(Map x) && {
    append({"output", "output", false, {x.node}, 0, 0, 0}, x);
    return std::move(nodes_);
  }

private:
  static Bytes bytes(std::int64_t n) { return static_cast<Bytes>(n); }
  Map append(seed::Node node, Map like) {
    return append(std::move(node), like.channels, like.size);
  }
  Map append(seed::Node node, std::int64_t channels, std::int64_t size) {
    node.output_bytes = kFloat * bytes(channels * size * size);
    nodes_.push_back(std::move(node));
    return {static_cast<NodeId>(nodes_.size() - 1), channels, size};
  }
  std::vector<seed::Node> nodes_;
};

std::vector<seed::Node> resnet18() {
  Fx fx;
  auto x = fx.op("ReLU", fx.bn(fx.conv(fx.input(), 64, 7, 2)));
  x = fx.pool("MaxPool2d", x, 56);
  for (const std::int64_t width : {64, 128, 256, 512})
    for (const bool first : {true, false}) {
      const std::int64_t stride = first && width != 64 ? 2 : 1;
      auto y = fx.op("ReLU", fx.bn(fx.conv(x, width, 3, stride)));
      y = fx.bn(fx.conv(y, width, 3));
      if (stride == 2)
        x = fx.bn(fx.conv(x, width, 1, 2));
      x = fx.op("ReLU", fx.join("add", y, x));
    }
  x = fx.op("flatten", fx.pool("AdaptiveAvgPool2d", x, 1));
  return std::move(fx).output(fx.linear(x, 1000));
}

std::vector<seed::Node> efficientnet_b0() {
  struct Row { // Tan & Le 2019, table 1
    std::int64_t expand, kernel, stride, channels, layers;
  };
  Fx fx;
  auto x = fx.op("SiLU", fx.bn(fx.conv(fx.input(), 32, 3, 2)));
  for (const Row &row :
       {Row{1, 3, 1, 16, 1}, Row{6, 3, 2, 24, 2}, Row{6, 5, 2, 40, 2}, Row{6, 3, 2, 80, 3},
        Row{6, 5, 1, 112, 3}, Row{6, 5, 2, 192, 4}, Row{6, 3, 1, 320, 1}})
    for (std::int64_t layer = 0; layer < row.layers; ++layer) {
      const auto shortcut = x;
      const auto stride = layer == 0 ? row.stride : 1;
      const auto wide = x.channels * row.expand;
      if (row.expand != 1)
        x = fx.op("SiLU", fx.bn(fx.conv(x, wide, 1)));
      x = fx.op("SiLU", fx.bn(fx.conv(x, wide, row.kernel, stride, wide)));
      auto s = fx.conv(fx.pool("AdaptiveAvgPool2d", x, 1), shortcut.channels / 4, 1, 1, 1, true);
      s = fx.op("Sigmoid", fx.conv(fx.op("SiLU", s), wide, 1, 1, 1, true));
      const auto scaled = fx.join("mul", x, s); // of the size of x
      x = fx.bn(fx.conv(scaled, row.channels, 1));
      if (stride == 1 && shortcut.channels == row.channels)
        x = fx.join("add", fx.op("StochasticDepth", x), shortcut);
    }
  x = fx.op("SiLU", fx.bn(fx.conv(x, 1280, 1)));
  x = fx.op("Dropout", fx.op("flatten", fx.pool("AdaptiveAvgPool2d", x, 1)));
  return std::move(fx).output(fx.linear(x, 1000));
}

std::map<std::string, int> patterns(const std::vector<seed::Subgraph> &subgraphs) {
  std::map<std::string, int> counts;
  for (const auto &subgraph : subgraphs)
    ++counts[subgraph.pattern];
  return counts;
}

TEST(SeedAccounting, ReproducesTheTableOfResNet18) {
  const auto nodes = resnet18();
  ASSERT_EQ(nodes.size(), 71u);
  const auto subgraphs = seed::subgraphs(nodes, seed::vocabulary("v3"));
  const auto sum = seed::summarise(subgraphs);
  EXPECT_EQ(sum.operators, 69u);
  EXPECT_EQ(sum.subgraphs, 32u);
  EXPECT_EQ(sum.single_operator, 4u);
  EXPECT_EQ(sum.largest, 3u);
  EXPECT_EQ(sum.macs, 1'814'073'344u);
  EXPECT_EQ(sum.input, 18'067'456u);
  EXPECT_EQ(sum.output, 13'756'320u);
  EXPECT_EQ(sum.weight, 46'758'048u);
  EXPECT_EQ(sum.internal, 19'167'232u);
  EXPECT_NEAR(sum.memory_reduction(), 0.196086, 5e-7);
  EXPECT_NEAR(sum.fusion_efficiency(), 2.1562, 5e-5 + 1e-12);
  EXPECT_NEAR(sum.coverage(), 0.875, 1e-12);
  EXPECT_NEAR(sum.mean_arithmetic_intensity, 50.5657, 5e-5);
  EXPECT_EQ(patterns(subgraphs), (std::map<std::string, int>{{"Conv2d_BatchNorm2d", 11},
                                                             {"Conv2d_BatchNorm2d_ReLU", 9},
                                                             {"add_ReLU", 8},
                                                             {"Unfused", 4}}));
  EXPECT_EQ(std::ranges::count(subgraphs, "compute_bound", &seed::Subgraph::bottleneck), 13);
  EXPECT_EQ(std::ranges::count(subgraphs, "balanced", &seed::Subgraph::bottleneck), 7);
  EXPECT_EQ(std::ranges::count(subgraphs, "bandwidth_bound", &seed::Subgraph::bottleneck), 12);
}

TEST(SeedAccounting, ReproducesTheEvolutionOfEfficientNetB0) {
  const auto nodes = efficientnet_b0();
  ASSERT_EQ(nodes.size(), 251u);
  struct Version {
    const char *vocabulary;
    std::size_t subgraphs;
    double reduction; ///< in percent, as published
  };
  for (const Version &version :
       {Version{"v1", 200, 14.6}, Version{"v2", 87, 46.3}, Version{"v3", 71, 46.4}}) {
    const auto sum = seed::summarise(seed::subgraphs(nodes, seed::vocabulary(version.vocabulary)));
    EXPECT_EQ(sum.operators, 249u);
    EXPECT_EQ(sum.subgraphs, version.subgraphs) << version.vocabulary;
    EXPECT_NEAR(100 * sum.memory_reduction(), version.reduction, 0.05) << version.vocabulary;
    EXPECT_EQ(sum.macs, 385'814'752u);
  }
  const auto subgraphs = seed::subgraphs(nodes, seed::vocabulary("v3"));
  const auto sum = seed::summarise(subgraphs);
  EXPECT_EQ(sum.external(), 77'266'864u);
  EXPECT_EQ(sum.internal, 66'844'640u);
  EXPECT_NEAR(sum.mean_arithmetic_intensity, 11.012, 5e-4);
  EXPECT_EQ(patterns(subgraphs)["AdaptiveAvgPool2d_Conv2d_SiLU_+3more"], 16);
}

/// A line of operators of the given types, each reading the one before.
std::vector<std::string> chains_of(const std::vector<std::string> &types,
                                   std::string_view vocabulary) {
  std::vector<seed::Node> nodes;
  for (const auto &type : types) {
    const auto id = static_cast<NodeId>(nodes.size());
    nodes.push_back(
        {type, type, true, id == 0 ? std::vector<NodeId>{} : std::vector<NodeId>{id - 1}, 0, 8, 0});
  }
  std::vector<std::string> names;
  for (const auto &subgraph : seed::subgraphs(nodes, seed::vocabulary(vocabulary)))
    names.push_back(subgraph.pattern);
  return names;
}

TEST(SeedVocabulary, TellsModulesFromFunctions) {
  EXPECT_EQ(chains_of({"BatchNorm2d", "ReLU"}, "v3"),
            (std::vector<std::string>{"BatchNorm2d_ReLU"}));
  EXPECT_EQ(chains_of({"BatchNorm2d", "relu"}, "v3"),
            (std::vector<std::string>{"Unfused", "Unfused"}));
  EXPECT_EQ(chains_of({"BatchNorm1d", "ReLU"}, "v3"),
            (std::vector<std::string>{"Unfused", "Unfused"}));
}

TEST(SeedVocabulary, HasTransformerPairsOnlyInItsLastVersion) {
  const std::vector<std::string> mlp{"LayerNorm", "Linear", "GELU", "Linear", "Dropout"};
  EXPECT_EQ(chains_of(mlp, "v3"), (std::vector<std::string>{"LayerNorm_Linear_GELU_+2more"}));
  EXPECT_EQ(chains_of(mlp, "v1"),
            (std::vector<std::string>{"Unfused", "Linear_GELU", "Linear_Dropout"}));
}

TEST(SeedAccounting, IgnoresMethodCallsAsReadersButNotTheirBytes) {
  // A method reads the convolution's result, too: to growth it does not exist, but its edge leaves
  // the chain.
  std::vector<seed::Node> nodes{{"x", "placeholder", false, {}, 0, 100, 0},
                                {"conv", "Conv2d", true, {0}, 0, 40, 12},
                                {"size", "size", false, {1}, 0, 0, 0},
                                {"bn", "BatchNorm2d", true, {1}, 0, 40, 8}};
  const auto subgraphs = seed::subgraphs(nodes, seed::vocabulary("v3"));
  ASSERT_EQ(subgraphs.size(), 1u);
  EXPECT_EQ(subgraphs[0].input, 100u);
  EXPECT_EQ(subgraphs[0].internal, 40u);
  EXPECT_EQ(subgraphs[0].output, 80u); // conv's for the method, bn's for nobody
  EXPECT_EQ(subgraphs[0].weight, 20u);
}

TEST(SeedAccounting, CountsGroupsOnlyWhenDepthwise) {
  // 1×8×5×5 to 1×16×5×5 with 3×3: dense 16·25·8·9 = 28800; in two groups just so; depthwise (groups
  // = 8) 8·25·9 = 1800.
  EXPECT_EQ(seed::conv2d_macs({1, 8, 16, 5, 5, 3, 3, 1}), 28'800u);
  EXPECT_EQ(seed::conv2d_macs({1, 8, 16, 5, 5, 3, 3, 2}), 28'800u);
  EXPECT_EQ(seed::conv2d_macs({1, 8, 16, 5, 5, 3, 3, 8}), 1'800u);
  EXPECT_EQ(seed::conv2d_macs({1, 1, 16, 5, 5, 3, 3, 1}), 3'600u); // groups = channels = 1 is dense
  EXPECT_EQ(seed::linear_macs(1, 768, 1000), 768'000u);
}

TEST(SeedAccounting, RejectsCyclesAndUnknownVocabularies) {
  EXPECT_THROW(seed::subgraphs(std::vector<seed::Node>{{"a", "add", true, {0}, 0, 0, 0}},
                               seed::vocabulary("v1")),
               Error);
  EXPECT_THROW(seed::subgraphs(std::vector<seed::Node>{{"a", "add", true, {7}, 0, 0, 0}},
                               seed::vocabulary("v1")),
               Error);
  EXPECT_THROW(seed::vocabulary("v4"), Error);
}

} // namespace
} // namespace fusesim::test
