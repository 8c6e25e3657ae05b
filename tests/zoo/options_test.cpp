// Wrong requests: one clear error each.
#include "support/error.hpp"
#include "zoo/zoo_testing.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <map>
#include <set>

using namespace fusesim::ir;
using fusesim::Error;
using testing::HasSubstr;
using testing::StartsWith;

namespace {

std::string error_of(std::string_view name, const ZooOptions &options = {}) {
  try {
    build_zoo_model(name, options);
  } catch (const Error &error) {
    return error.what();
  }
  return "no error";
}

} // namespace

TEST(ZooOptions, AnUnknownModelGetsTheNearestNames) {
  EXPECT_THAT(error_of("resnet5O"),
              StartsWith("unknown model 'resnet5O'; did you mean 'resnet50'"));
  EXPECT_THAT(error_of("vit_b16"), HasSubstr("vit_b_16"));
}

TEST(ZooOptions, VitTakesWholePatchesOnly) {
  EXPECT_EQ(error_of("vit_b_16", {.image_size = 225}),
            "vit_b_16: image size 225 is no multiple of the patch size 16; use 224 or 240");
  EXPECT_EQ(error_of("vit_b_32", {.image_size = 16}),
            "vit_b_32: image size 16 is too small; at least 32");
}

TEST(ZooOptions, MaxVitTakesWholeWindowsOnly) {
  // Five halvings that leave 7×7: 7·2⁵ = 224.
  EXPECT_EQ(error_of("maxvit_t", {.image_size = 256}),
            "maxvit_t: image size 256 is no multiple of the window grid 224; use 224 or 448");
  EXPECT_EQ(error_of("maxvit_t", {.image_size = 160}),
            "maxvit_t: image size 160 is too small; at least 224");
}

TEST(ZooOptions, ImagesMustSurviveTheDownsampling) {
  // Five halvings without padding need 2⁵ pixels.
  EXPECT_EQ(error_of("vgg16", {.image_size = 31}),
            "vgg16: image size 31 is too small; at least 32");
  EXPECT_EQ(error_of("convnext_tiny", {.image_size = 31}),
            "convnext_tiny: image size 31 is too small; at least 32");
  EXPECT_EQ(error_of("swin_t", {.image_size = 3}), "swin_t: image size 3 is too small; at least 4");
  EXPECT_EQ(error_of("resnet50", {.image_size = 0}),
            "resnet50: image size 0 is too small; at least 1");
  EXPECT_EQ(error_of("resnet50", {.image_size = -224}),
            "resnet50: image size -224 is too small; at least 1");
}

TEST(ZooOptions, TheSmallestImageIsTorchvisions) {
  // `min_size` of the published weights; torchvision's networks fail below.
  for (const auto &[name, smallest] : std::map<std::string, std::int64_t>{{"alexnet", 63},
                                                                          {"densenet121", 29},
                                                                          {"googlenet", 15},
                                                                          {"inception_v3", 75},
                                                                          {"mnasnet1_0", 1},
                                                                          {"regnet_y_400mf", 1},
                                                                          {"shufflenet_v2_x1_0", 1},
                                                                          {"squeezenet1_0", 21},
                                                                          {"squeezenet1_1", 17},
                                                                          {"vgg11_bn", 32}}) {
    EXPECT_EQ(error_of(name, {.image_size = smallest}), "no error") << name;
    EXPECT_EQ(
        error_of(name, {.image_size = smallest - 1}),
        fmt::format("{}: image size {} is too small; at least {}", name, smallest - 1, smallest));
  }
}

TEST(ZooOptions, TheSmallestImagesAreAccepted) {
  for (const auto *name : {"resnet18", "mobilenet_v3_large", "efficientnet_b0"})
    EXPECT_EQ(error_of(name, {.image_size = 1}), "no error") << name;
  EXPECT_EQ(error_of("vgg16", {.image_size = 32}), "no error");
  EXPECT_EQ(error_of("convnext_tiny", {.image_size = 32}), "no error");
  EXPECT_EQ(error_of("swin_t", {.image_size = 4}), "no error");
}

TEST(ZooOptions, SequencesEndWhereThePositionTableEnds) {
  EXPECT_EQ(error_of("bert_base", {.sequence_length = 513}),
            "bert_base: sequence length 513 is too large; at most 512");
  EXPECT_EQ(error_of("gpt2", {.sequence_length = 1025}),
            "gpt2: sequence length 1025 is too large; at most 1024");
  EXPECT_EQ(error_of("gpt2", {.sequence_length = 0}),
            "gpt2: sequence length 0 is too small; at least 1");
}

TEST(ZooOptions, SizesOfTheOtherKindAreRefused) {
  EXPECT_EQ(error_of("bert_base", {.image_size = 224}),
            "bert_base: takes no image size; give its sequence length");
  EXPECT_EQ(error_of("resnet50", {.sequence_length = 128}),
            "resnet50: takes no sequence length; give its image size");
}

TEST(ZooOptions, ImpossibleBatchesAreRefused) {
  EXPECT_THAT(error_of("resnet50", {.batch = 0}), HasSubstr("resnet50: batch 0 is impossible"));
  EXPECT_THAT(error_of("resnet50", {.batch = -1}), HasSubstr("batch -1"));
}

TEST(ZooOptions, TensorsBeyondAnyMemoryAreRefusedAtTheirNode) {
  EXPECT_THAT(error_of("vgg16", {.batch = 1 << 24, .image_size = 1 << 16}),
              HasSubstr("features.0"));
}

TEST(ZooListing, NamesAreUniqueAndDescribed) {
  std::set<std::string> seen;
  for (const auto &entry : zoo()) {
    EXPECT_TRUE(seen.insert(entry.name).second) << entry.name;
    EXPECT_FALSE(entry.description.empty()) << entry.name;
    EXPECT_EQ(build_zoo_model(entry.name).name(), entry.name);
  }
}
