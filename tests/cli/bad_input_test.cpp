#include "expect.hpp"

#include <gtest/gtest.h>

namespace fusesim::test {
namespace {

std::vector<std::string> simulate(const std::string &model, std::vector<std::string> more = {}) {
  std::vector<std::string> arguments{"simulate", model, "--target", "t4"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

TEST(BadInput, SuggestsTheNearestModel) {
  expect_refusal(simulate("resnet51"), kWrongInput, {"unknown model 'resnet51'", "'resnet50'"});
  expect_refusal({"inspect", "vitb16"}, kWrongInput, {"'vit_b_16'"});
}

TEST(BadInput, SuggestsTheNearestTargetAndRuntime) {
  expect_refusal({"simulate", "resnet50", "--target", "a100"}, kWrongInput,
                 {"unknown target 'a100'", "'a100-sxm-40gb'"});
  expect_refusal(simulate("resnet50", {"--runtime", "cudagraph"}), kWrongInput,
                 {"unknown runtime 'cudagraph'", "'cuda-graph'"});
  expect_refusal({"targets", "h100"}, kWrongInput, {"'h100", "unknown target or runtime"});
}

TEST(BadInput, SuggestsTheNearestStrategyAndElementType) {
  expect_refusal(simulate("resnet50", {"--strategy", "gredy"}), kWrongInput,
                 {"unknown strategy 'gredy'", "'greedy'"});
  expect_refusal({"partition", "resnet50", "--strategy", "atention"}, kWrongInput, {"'attention'"});
  expect_refusal(simulate("resnet50", {"--dtype", "fp8"}), kWrongInput,
                 {"--dtype", "'fp8'", "'f16'"});
}

TEST(BadInput, RefusesARuntimeOfAnotherKindOfMachine) {
  expect_refusal({"simulate", "resnet50", "--target", "kpu-t64", "--runtime", "cuda-graph"},
                 kWrongInput, {"'cuda-graph' drives gpu machines", "'kpu-runtime'"});
  expect_refusal({"compare", "resnet50", "--target", "t4", "--runtime", "kpu-runtime"}, kWrongInput,
                 {"'kpu-runtime' drives tile machines"});
}

TEST(BadInput, RefusesSizesThatAreNone) {
  expect_refusal(simulate("resnet50", {"--batch", "0"}), kWrongInput, {"--batch", "1 or more"});
  expect_refusal(simulate("resnet50", {"--batch", "-4"}), kWrongInput, {"--batch", "-4"});
  expect_refusal(simulate("resnet50", {"--image-size", "0"}), kWrongInput, {"--image-size"});
}

TEST(BadInput, RefusesSizesThatNoCounterHolds) {
  for (const auto *batch : {"9223372036854775807", "4000000000000000"})
    expect_refusal(simulate("resnet50", {"--batch", batch}), kWrongInput, {});
  expect_refusal(simulate("resnet50", {"--image-size", "4000000000000"}), kWrongInput, {});
}

TEST(BadInput, RefusesAnImageTooSmallForTheNetwork) {
  expect_refusal({"inspect", "vgg16", "--image-size", "8"}, kWrongInput, {"vgg16"});
  expect_refusal({"inspect", "vit_b_16", "--image-size", "100"}, kWrongInput, {"vit_b_16"});
}

TEST(BadInput, TellsImageModelsFromLanguageModels) {
  expect_refusal(simulate("bert_base", {"--image-size", "224"}), kWrongInput,
                 {"bert_base takes tokens", "--sequence-length"});
  expect_refusal(simulate("resnet50", {"--sequence-length", "128"}), kWrongInput,
                 {"resnet50 takes images", "--image-size"});
}

TEST(BadInput, SaysWhatAnInputMustLookLike) {
  expect_refusal(simulate("resnet50", {"--input", "1x3x"}), kWrongInput, {"1x3x"});
  expect_refusal(simulate("resnet50", {"--input", "1x-3x224x224"}), kWrongInput, {"1x-3x224x224"});
  expect_refusal(simulate("resnet50", {"--input", "1x3x224x224:f23"}), kWrongInput,
                 {"f23", "'f32'"});
  expect_refusal(simulate("resnet50", {"--input", "1x3x224x320"}), kWrongInput,
                 {"square RGB images", "--input 1x3x224x224"});
  expect_refusal(simulate("bert_base", {"--input", "1x128"}), kWrongInput, {"tokens", ":i64"});
  expect_refusal(simulate("resnet50", {"--input", "1x3x224x224", "--image-size", "224"}),
                 kWrongInput, {"--image-size", "--input says the sizes already"});
}

TEST(BadInput, NamesAFileThatIsNotThere) {
  expect_refusal(simulate("nowhere.pt", {"--input", "1x3x224x224"}), kWrongInput,
                 {"nowhere.pt", "no such file"});
  expect_refusal(simulate("nowhere.pt"), kWrongInput, {"nowhere.pt", "no such file"});
  expect_refusal({"simulate", "resnet50", "--target", "nowhere.yaml"}, kWrongInput,
                 {"nowhere.yaml"});
}

TEST(BadInput, RecognisesAFileThatIsNoTorchScript) {
  const TemporaryFolder folder;
  const std::string file = folder.write("model.pt", "this is no zip archive");
  expect_refusal(simulate(file, {"--input", "1x3x224x224"}), kWrongInput,
                 {file, "no TorchScript file"});
  const std::string empty = folder.write("empty.pt", "");
  expect_refusal(simulate(empty, {"--input", "1x3x224x224"}), kWrongInput, {empty, "empty"});
}

TEST(BadInput, AsksForTheInputsOfAFile) {
  const TemporaryFolder folder;
  const std::string file = folder.write("model.pt", "PK");
  expect_refusal(simulate(file), kWrongInput, {file, "--input 1x3x224x224"});
}

} // namespace
} // namespace fusesim::test
