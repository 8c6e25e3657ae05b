#include "ir/zoo.hpp"

#include "ir/zoo/families.hpp"
#include "support/error.hpp"
#include "support/nearest.hpp"

#include <fmt/format.h>

#include <functional>
#include <type_traits>

namespace fusesim::ir {

namespace {

using namespace fusesim::ir::models;

/// Which image sizes or sequence lengths a model can take.
struct SizeRule {
  std::int64_t minimum = 1;
  std::int64_t maximum =
      1 << 16; ///< far beyond any image, and products of extents stay within 64 bits
  std::int64_t multiple_of = 1;
};
constexpr SizeRule any_size{};
constexpr SizeRule at_least(std::int64_t minimum) { return {.minimum = minimum}; }
constexpr SizeRule at_most(std::int64_t maximum) { return {.maximum = maximum}; }
constexpr SizeRule patches_of(std::int64_t patch) {
  return {.minimum = patch, .multiple_of = patch};
}

/// What fills an empty network, and whether it reads tokens instead of images.
struct Build {
  std::function<std::vector<ValueId>(Layers &, ValueId input)> run;
  bool is_language_model = false;
};

template <typename Spec>
Build image(ValueId (*family)(Layers &, ValueId, const Spec &), std::type_identity_t<Spec> spec) {
  return {[family, spec](Layers &net, ValueId x) { return std::vector{family(net, x, spec)}; }};
}
Build language(std::vector<ValueId> (*family)(Layers &, ValueId, const LanguageModel &),
               LanguageModel spec) {
  return {[family, spec](Layers &net, ValueId tokens) { return family(net, tokens, spec); }, true};
}

struct Row {
  std::string name, family, description;
  std::int64_t default_size; ///< image models: the size torchvision's first published weights are
                             ///< evaluated at
  SizeRule sizes;
  Build build;
};

const std::vector<Row> &rows() {
  // clang-format off
  static const std::vector<Row> table{
      {"resnet18", "resnet", "ResNet-18", 224, any_size,
       image(resnet, {.depths = {2, 2, 2, 2}, .bottleneck = false})},
      {"resnet34", "resnet", "ResNet-34", 224, any_size,
       image(resnet, {.depths = {3, 4, 6, 3}, .bottleneck = false})},
      {"resnet50", "resnet", "ResNet-50", 224, any_size,
       image(resnet, {.depths = {3, 4, 6, 3}, .bottleneck = true})},
      {"resnet101", "resnet", "ResNet-101", 224, any_size,
       image(resnet, {.depths = {3, 4, 23, 3}, .bottleneck = true})},
      {"resnet152", "resnet", "ResNet-152", 224, any_size,
       image(resnet, {.depths = {3, 8, 36, 3}, .bottleneck = true})},
      {"wide_resnet50_2", "resnet", "ResNet-50, twice as wide inside", 224, any_size,
       image(resnet, {.depths = {3, 4, 6, 3}, .bottleneck = true, .width_per_group = 128})},
      {"resnext50_32x4d", "resnet", "ResNeXt-50, 3x3 convolutions in 32 groups", 224, any_size,
       image(resnet, {.depths = {3, 4, 6, 3}, .bottleneck = true, .groups = 32,
                      .width_per_group = 4})},
      {"densenet121", "densenet", "DenseNet-121", 224, at_least(29),
       image(densenet, {.growth = 32, .layers = {6, 12, 24, 16}})},
      {"densenet161", "densenet", "DenseNet-161", 224, at_least(29),
       image(densenet, {.growth = 48, .layers = {6, 12, 36, 24}})},
      {"densenet169", "densenet", "DenseNet-169", 224, at_least(29),
       image(densenet, {.growth = 32, .layers = {6, 12, 32, 32}})},
      {"densenet201", "densenet", "DenseNet-201", 224, at_least(29),
       image(densenet, {.growth = 32, .layers = {6, 12, 48, 32}})},
      {"regnet_x_400mf", "regnet", "RegNetX, 400 MF", 224, any_size,
       image(regnet, {.depth = 22, .initial_width = 24, .slope = 24.48, .step = 2.54,
                      .group_width = 16, .squeeze_excitation = false})},
      {"regnet_x_800mf", "regnet", "RegNetX, 800 MF", 224, any_size,
       image(regnet, {.depth = 16, .initial_width = 56, .slope = 35.73, .step = 2.28,
                      .group_width = 16, .squeeze_excitation = false})},
      {"regnet_x_1_6gf", "regnet", "RegNetX, 1.6 GF", 224, any_size,
       image(regnet, {.depth = 18, .initial_width = 80, .slope = 34.01, .step = 2.25,
                      .group_width = 24, .squeeze_excitation = false})},
      {"regnet_x_3_2gf", "regnet", "RegNetX, 3.2 GF", 224, any_size,
       image(regnet, {.depth = 25, .initial_width = 88, .slope = 26.31, .step = 2.25,
                      .group_width = 48, .squeeze_excitation = false})},
      {"regnet_x_8gf", "regnet", "RegNetX, 8 GF", 224, any_size,
       image(regnet, {.depth = 23, .initial_width = 80, .slope = 49.56, .step = 2.88,
                      .group_width = 120, .squeeze_excitation = false})},
      {"regnet_x_16gf", "regnet", "RegNetX, 16 GF", 224, any_size,
       image(regnet, {.depth = 22, .initial_width = 216, .slope = 55.59, .step = 2.1,
                      .group_width = 128, .squeeze_excitation = false})},
      {"regnet_x_32gf", "regnet", "RegNetX, 32 GF", 224, any_size,
       image(regnet, {.depth = 23, .initial_width = 320, .slope = 69.86, .step = 2.0,
                      .group_width = 168, .squeeze_excitation = false})},
      {"regnet_y_400mf", "regnet", "RegNetY, 400 MF", 224, any_size,
       image(regnet, {.depth = 16, .initial_width = 48, .slope = 27.89, .step = 2.09,
                      .group_width = 8, .squeeze_excitation = true})},
      {"regnet_y_800mf", "regnet", "RegNetY, 800 MF", 224, any_size,
       image(regnet, {.depth = 14, .initial_width = 56, .slope = 38.84, .step = 2.4,
                      .group_width = 16, .squeeze_excitation = true})},
      {"regnet_y_1_6gf", "regnet", "RegNetY, 1.6 GF", 224, any_size,
       image(regnet, {.depth = 27, .initial_width = 48, .slope = 20.71, .step = 2.65,
                      .group_width = 24, .squeeze_excitation = true})},
      {"regnet_y_3_2gf", "regnet", "RegNetY, 3.2 GF", 224, any_size,
       image(regnet, {.depth = 21, .initial_width = 80, .slope = 42.63, .step = 2.66,
                      .group_width = 24, .squeeze_excitation = true})},
      {"regnet_y_8gf", "regnet", "RegNetY, 8 GF", 224, any_size,
       image(regnet, {.depth = 17, .initial_width = 192, .slope = 76.82, .step = 2.19,
                      .group_width = 56, .squeeze_excitation = true})},
      {"regnet_y_16gf", "regnet", "RegNetY, 16 GF", 224, any_size,
       image(regnet, {.depth = 18, .initial_width = 200, .slope = 106.23, .step = 2.48,
                      .group_width = 112, .squeeze_excitation = true})},
      {"regnet_y_32gf", "regnet", "RegNetY, 32 GF", 224, any_size,
       image(regnet, {.depth = 20, .initial_width = 232, .slope = 115.89, .step = 2.53,
                      .group_width = 232, .squeeze_excitation = true})},
      {"mobilenet_v2", "mobilenet", "MobileNetV2, inverted residuals", 224, any_size,
       image(mobilenet_v2, {})},
      {"mobilenet_v3_small", "mobilenet", "MobileNetV3-Small", 224, any_size,
       image(mobilenet_v3, kMobileNetV3Small)},
      {"mobilenet_v3_large", "mobilenet", "MobileNetV3-Large", 224, any_size,
       image(mobilenet_v3, kMobileNetV3Large)},
      {"efficientnet_b0", "efficientnet", "EfficientNet-B0", 224, any_size,
       image(efficientnet, kEfficientNetB0)},
      {"efficientnet_b1", "efficientnet", "EfficientNet-B1", 240, any_size,
       image(efficientnet, scaled_efficientnet(1.0, 1.1))},
      {"efficientnet_b2", "efficientnet", "EfficientNet-B2", 288, any_size,
       image(efficientnet, scaled_efficientnet(1.1, 1.2))},
      {"efficientnet_b3", "efficientnet", "EfficientNet-B3", 300, any_size,
       image(efficientnet, scaled_efficientnet(1.2, 1.4))},
      {"efficientnet_b4", "efficientnet", "EfficientNet-B4", 380, any_size,
       image(efficientnet, scaled_efficientnet(1.4, 1.8))},
      {"efficientnet_b5", "efficientnet", "EfficientNet-B5", 456, any_size,
       image(efficientnet, scaled_efficientnet(1.6, 2.2))},
      {"efficientnet_b6", "efficientnet", "EfficientNet-B6", 528, any_size,
       image(efficientnet, scaled_efficientnet(1.8, 2.6))},
      {"efficientnet_b7", "efficientnet", "EfficientNet-B7", 600, any_size,
       image(efficientnet, scaled_efficientnet(2.0, 3.1))},
      {"efficientnet_v2_s", "efficientnet", "EfficientNetV2-S", 384, any_size,
       image(efficientnet, kEfficientNetV2S)},
      {"vgg16", "vgg", "VGG-16 without batch norm", 224, at_least(32),
       image(vgg, {.convs_per_stage = {2, 2, 3, 3, 3}})},
      {"convnext_tiny", "convnext", "ConvNeXt-Tiny", 224, at_least(32),
       image(convnext, {.widths = {96, 192, 384, 768}, .depths = {3, 3, 9, 3}})},
      {"convnext_base", "convnext", "ConvNeXt-Base", 224, at_least(32),
       image(convnext, {.widths = {128, 256, 512, 1024}, .depths = {3, 3, 27, 3}})},
      {"vit_b_32", "vit", "ViT-B/32, patches of 32x32", 224, patches_of(32),
       image(vision_transformer, {.patch = 32, .layers = 12, .heads = 12,
                       .width = 768})},
      {"vit_b_16", "vit", "ViT-B/16, patches of 16x16", 224, patches_of(16),
       image(vision_transformer, {.patch = 16, .layers = 12, .heads = 12,
                       .width = 768})},
      {"vit_l_16", "vit", "ViT-L/16, patches of 16x16", 224, patches_of(16),
       image(vision_transformer, {.patch = 16, .layers = 24, .heads = 16, .width = 1024})},
      {"swin_t", "swin", "Swin-T, windows of 7x7", 224, at_least(4),
       image(swin, {.width = 96, .depths = {2, 2, 6, 2}, .heads = {3, 6, 12, 24}})},
      {"swin_s", "swin", "Swin-S, windows of 7x7", 224, at_least(4),
       image(swin, {.width = 96, .depths = {2, 2, 18, 2}, .heads = {3, 6, 12, 24}})},
      {"swin_b", "swin", "Swin-B, windows of 7x7", 224, at_least(4),
       image(swin, {.width = 128, .depths = {2, 2, 18, 2}, .heads = {4, 8, 16, 32}})},
      {"bert_base", "bert", "BERT-base encoder with pooler", 512, at_most(512),
       language(bert, {.vocabulary = 30522, .positions = 512, .layers = 12, .heads = 12,
                       .width = 768})},
      {"gpt2", "gpt", "GPT-2 small with tied language-model head", 1024, at_most(1024),
       language(gpt2, {.vocabulary = 50257, .positions = 1024, .layers = 12, .heads = 12,
                       .width = 768})},
  };
  // clang-format on
  return table;
}

const Row &row_named(std::string_view name) {
  std::vector<std::string> known;
  for (const auto &row : rows()) {
    if (row.name == name)
      return row;
    known.push_back(row.name);
  }
  throw Error({}, fmt::format("unknown model '{}'", name), nearest_names_hint(name, known));
}

std::int64_t checked_size(const Row &row, const ZooOptions &options) {
  const auto &given = row.build.is_language_model ? options.sequence_length : options.image_size;
  const auto &misplaced =
      row.build.is_language_model ? options.image_size : options.sequence_length;
  const auto *what = row.build.is_language_model ? "sequence length" : "image size";
  if (misplaced)
    throw Error(
        row.name,
        fmt::format("takes no {}", row.build.is_language_model ? "image size" : "sequence length"),
        fmt::format("give its {}", what));
  const auto size = given.value_or(row.default_size);
  const auto &rule = row.sizes;
  if (size < rule.minimum)
    throw Error(row.name, fmt::format("{} {} is too small", what, size),
                fmt::format("at least {}", rule.minimum));
  if (size > rule.maximum)
    throw Error(row.name, fmt::format("{} {} is too large", what, size),
                fmt::format("at most {}", rule.maximum));
  if (const auto excess = size % rule.multiple_of)
    throw Error(
        row.name,
        fmt::format("{} {} is no multiple of the patch size {}", what, size, rule.multiple_of),
        fmt::format("use {} or {}", size - excess, size - excess + rule.multiple_of));
  return size;
}

} // namespace

std::span<const ZooEntry> zoo() {
  static const auto entries = [] {
    std::vector<ZooEntry> result;
    for (const auto &row : rows())
      result.push_back(
          {row.name, row.family, row.description, row.build.is_language_model, row.default_size});
    return result;
  }();
  return entries;
}

Graph build_zoo_model(std::string_view name, const ZooOptions &options) {
  const auto &row = row_named(name);
  const auto size = checked_size(row, options);
  constexpr std::int64_t kMaxBatch = 1 << 24;
  if (options.batch < 1 || options.batch > kMaxBatch)
    throw Error(row.name, fmt::format("batch {} is impossible", options.batch),
                fmt::format("1 to {}", kMaxBatch));
  Layers net(row.name);
  const auto input = row.build.is_language_model
                         ? net.builder().input("input_ids", {DType::i64, {options.batch, size}})
                         : net.builder().input("x", {DType::f32, {options.batch, 3, size, size}});
  for (const auto output : row.build.run(net, input))
    net.builder().output(output);
  return std::move(net.builder()).build();
}

} // namespace fusesim::ir
