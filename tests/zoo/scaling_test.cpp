// What batch and image size do to a network.
#include "zoo/zoo_testing.hpp"

#include <rapidcheck/gtest.h>

using namespace fusesim::ir;

namespace {

std::vector<std::string> names(bool language_models) {
  std::vector<std::string> result;
  for (const auto &entry : zoo())
    if (entry.is_language_model == language_models)
      result.push_back(entry.name);
  return result;
}

/// Work that does not depend on the images. Swin V2 computes the position bias of every block, of
/// 15×15 distances between the tokens of an 8×8 window, from two coordinates over 512 features to
/// one number per head.
std::uint64_t macs_of_any_batch(const std::string &name) {
  const auto bias = [](std::uint64_t heads) { return 15 * 15 * 512 * (2 + heads); };
  if (name == "swin_v2_t")
    return 2 * bias(3) + 2 * bias(6) + 6 * bias(12) + 2 * bias(24);
  if (name == "swin_v2_s")
    return 2 * bias(3) + 2 * bias(6) + 18 * bias(12) + 2 * bias(24);
  if (name == "swin_v2_b")
    return 2 * bias(4) + 2 * bias(8) + 18 * bias(16) + 2 * bias(32);
  return 0;
}

/// Edge of the patches (MaxViT: of the grid of windows) that an image is cut into, which must be
/// whole ones; 1 where there are none.
std::int64_t patch_of(const std::string &name) {
  if (name == "maxvit_t")
    return 224;
  if (!name.starts_with("vit"))
    return 1;
  return std::stoll(name.substr(name.find('_', 4) + 1)); // vit_b_16, vit_b_16_gap
}

/// Image sizes that a model must take.
std::vector<std::int64_t> sizes_of(const std::string &name) {
  std::vector<std::int64_t> result;
  for (const std::int64_t size : {160, 224, 256, 384})
    result.push_back(std::max<std::int64_t>(1, size / patch_of(name)) * patch_of(name));
  return result;
}

} // namespace

TEST(ZooScaling, MacsGrowLinearlyWithTheBatchAndParametersNotAtAll) {
  for (const auto &entry : zoo()) {
    const auto one = totals_of(build_zoo_model(entry.name, {.batch = 1}));
    const auto seven = totals_of(build_zoo_model(entry.name, {.batch = 7}));
    EXPECT_EQ(seven.macs, 7 * one.macs - 6 * macs_of_any_batch(entry.name)) << entry.name;
    EXPECT_EQ(seven.parameters, one.parameters) << entry.name;
  }
}

TEST(ZooScaling, EveryImageModelEndsInAThousandLogitsPerImage) {
  for (const auto &name : names(false))
    for (const std::int64_t size : sizes_of(name)) {
      const auto graph = build(name, size, 2);
      ASSERT_EQ(graph.outputs().size(), 1u) << name;
      EXPECT_EQ(graph.value(graph.outputs()[0]).type, (TensorType{DType::f32, {2, 1000}}))
          << name << " at " << size;
    }
}

TEST(ZooScaling, ConvolutionalNetworksHalveTheImageFiveTimes) {
  // Padded convolutions and poolings round up at every halving: ceil(size / 32).
  for (const auto &[size, map] :
       {std::pair<std::int64_t, std::int64_t>{160, 5}, {224, 7}, {225, 8}, {256, 8}, {384, 12}}) {
    EXPECT_EQ(shape_of(build("resnet50", size), "layer4.2.conv3"), (Dims{1, 2048, map, map}));
    EXPECT_EQ(shape_of(build("mobilenet_v2", size), "features.18.0"), (Dims{1, 1280, map, map}));
    EXPECT_EQ(shape_of(build("mobilenet_v3_large", size), "features.16.0"),
              (Dims{1, 960, map, map}));
    EXPECT_EQ(shape_of(build("efficientnet_b0", size), "features.8.0"), (Dims{1, 1280, map, map}));
    EXPECT_EQ(shape_of(build("efficientnet_v2_s", size), "features.7.0"),
              (Dims{1, 1280, map, map}));
  }
}

TEST(ZooScaling, UnpaddedHalvingsRoundDown) {
  // floor(size / 32): 2×2 poolings of VGG, patch convolutions of ConvNeXt.
  for (const auto &[size, map] :
       {std::pair<std::int64_t, std::int64_t>{160, 5}, {255, 7}, {256, 8}, {384, 12}}) {
    EXPECT_EQ(shape_of(build("vgg16", size), "features.30"), (Dims{1, 512, map, map}));
    EXPECT_EQ(shape_of(build("convnext_tiny", size), "features.7.2.block.0"),
              (Dims{1, 768, map, map}));
  }
}

TEST(ZooScaling, VitHasATokenPerPatchAndOneForTheClass) {
  // (384 / 16)² + 1 = 577; (384 / 32)² + 1 = 145; (160 / 16)² + 1 = 101
  EXPECT_EQ(shape_of(build("vit_b_16", 384, 3), "encoder.ln"), (Dims{3, 577, 768}));
  EXPECT_EQ(shape_of(build("vit_b_32", 384), "encoder.ln"), (Dims{1, 145, 768}));
  EXPECT_EQ(shape_of(build("vit_l_16", 160), "encoder.ln"), (Dims{1, 101, 1024}));
}

TEST(ZooScaling, VitsPositionTableFollowsTheImageSize) {
  // torchvision's own number at 384 (`num_params` of ViT_B_16_Weights.IMAGENET1K_SWAG_E2E_V1).
  EXPECT_EQ(build("vit_b_16", 384).parameter_count(), 86'859'496u);
}

RC_GTEST_PROP(ZooScaling, AnyAcceptableImageSizeBuilds, ()) {
  const auto name = *rc::gen::elementOf(names(false));
  const auto size = patch_of(name) > 1 ? patch_of(name) * *rc::gen::inRange<std::int64_t>(1, 20)
                                       : *rc::gen::inRange<std::int64_t>(75, 400);
  const auto graph = build(name, size);
  RC_ASSERT(graph.value(graph.outputs()[0]).type.dims == (Dims{1, 1000}));
}
