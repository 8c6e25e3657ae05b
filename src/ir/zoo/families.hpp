#pragma once

#include "ir/zoo/layers.hpp"

#include <span>

/// One description per family. `x` is the input (N×3×H×W images, N×S tokens); the result is what
/// forward() returns. Structures follow torchvision 0.14 (torchvision/models/*.py) and, for the
/// language models, Hugging Face transformers; node names are their module paths.
namespace fusesim::ir::models {

// ---- resnet.cpp: He et al. 2015; Xie et al. 2016 (ResNeXt); Zagoruyko 2016 (Wide ResNet)
struct ResNet {
  std::int64_t depths[4];
  bool bottleneck;
  std::int64_t groups = 1, width_per_group = 64;
};
ValueId resnet(Layers &net, ValueId x, const ResNet &spec);

// ---- densenet.cpp: Huang et al. 2016
struct DenseNet {
  std::int64_t growth; ///< new channels per layer; the stem has twice as many
  std::int64_t layers[4];
};
ValueId densenet(Layers &net, ValueId x, const DenseNet &spec);

// ---- regnet.cpp: Radosavovic et al. 2020
struct RegNet {
  std::int64_t depth, initial_width;
  double slope, step; ///< w_a and w_m of the paper
  std::int64_t group_width;
  bool squeeze_excitation; ///< RegNetY
};
ValueId regnet(Layers &net, ValueId x, const RegNet &spec);

// ---- mobilenet.cpp: Sandler et al. 2018; Howard et al. 2019
struct MobileNetV2 {};
ValueId mobilenet_v2(Layers &net, ValueId x, const MobileNetV2 &spec);

struct MobileNetV3Block {
  std::int64_t kernel, expanded, out;
  bool squeeze_excitation;
  OpKind activation;
  std::int64_t stride;
};
struct MobileNetV3 {
  std::span<const MobileNetV3Block> blocks;
  std::int64_t last_channels;
};
extern const MobileNetV3 kMobileNetV3Large, kMobileNetV3Small;
ValueId mobilenet_v3(Layers &net, ValueId x, const MobileNetV3 &spec);

// ---- efficientnet.cpp: Tan & Le 2019, 2021
enum class EfficientNetBlock : std::uint8_t { mbconv, fused_mbconv };
struct EfficientNetStage {
  EfficientNetBlock block;
  std::int64_t expansion, kernel, stride, channels, blocks;
};
struct EfficientNet {
  std::span<const EfficientNetStage> stages;
  std::int64_t stem_channels, last_channels;
  double width = 1, depth = 1; ///< multiply channels and blocks per stage
};
extern const EfficientNet kEfficientNetB0, kEfficientNetV2S, kEfficientNetV2M, kEfficientNetV2L;
/// b1 … b7: b0 wider and deeper.
EfficientNet scaled_efficientnet(double width, double depth);
ValueId efficientnet(Layers &net, ValueId x, const EfficientNet &spec);

// ---- mnasnet.cpp: Tan et al. 2018
struct MnasNet {
  double width; ///< multiplies channels
};
ValueId mnasnet(Layers &net, ValueId x, const MnasNet &spec);

// ---- shufflenet.cpp: Ma et al. 2018
struct ShuffleNetV2 {
  std::int64_t channels; ///< of the first stage; every further one doubles them
  std::int64_t last_channels;
};
ValueId shufflenet_v2(Layers &net, ValueId x, const ShuffleNetV2 &spec);

// ---- alexnet.cpp: Krizhevsky 2014 ("one weird trick")
struct AlexNet {};
ValueId alexnet(Layers &net, ValueId x, const AlexNet &spec);

// ---- squeezenet.cpp: Iandola et al. 2016
struct SqueezeNet {
  std::int64_t stem_channels, stem_kernel;
  std::size_t pooled_before[3]; ///< numbers of the fire modules, from 0
};
ValueId squeezenet(Layers &net, ValueId x, const SqueezeNet &spec);

// ---- inception.cpp: Szegedy et al. 2014, 2015
struct GoogLeNet {};
ValueId googlenet(Layers &net, ValueId x, const GoogLeNet &spec);
struct InceptionV3 {};
ValueId inception_v3(Layers &net, ValueId x, const InceptionV3 &spec);

// ---- vgg.cpp: Simonyan & Zisserman 2014
struct Vgg {
  std::int64_t convs_per_stage[5];
  bool batch_norm = false;
};
ValueId vgg(Layers &net, ValueId x, const Vgg &spec);

// ---- vit.cpp: Dosovitskiy et al. 2020
struct VisionTransformer {
  std::int64_t patch, layers, heads, width;
  bool class_token = true; ///< false: patches alone, averaged before the last norm (timm's "gap")
};
ValueId vision_transformer(Layers &net, ValueId x, const VisionTransformer &spec);

// ---- swin.cpp: Liu et al. 2021
enum class SwinVersion : std::uint8_t { v1, v2 };
struct Swin {
  std::int64_t width;
  std::int64_t depths[4], heads[4];
  std::int64_t window = 7;
  SwinVersion version = SwinVersion::v1;
};
ValueId swin(Layers &net, ValueId x, const Swin &spec);

// ---- maxvit.cpp: Tu et al. 2022
struct MaxVit {
  std::int64_t stem_channels;
  std::int64_t widths[4], depths[4];
};
ValueId maxvit(Layers &net, ValueId x, const MaxVit &spec);

// ---- convnext.cpp: Liu et al. 2022
struct ConvNext {
  std::int64_t widths[4], depths[4];
};
ValueId convnext(Layers &net, ValueId x, const ConvNext &spec);

// ---- language.cpp: BERT, Devlin et al. 2018; GPT-2, Radford et al. 2019
struct LanguageModel {
  std::int64_t vocabulary, positions, layers, heads, width;
};
/// The last hidden state and the pooled first token.
std::vector<ValueId> bert(Layers &net, ValueId tokens, const LanguageModel &spec);
/// Logits over the vocabulary; the head is tied to the token embedding.
std::vector<ValueId> gpt2(Layers &net, ValueId tokens, const LanguageModel &spec);

} // namespace fusesim::ir::models
