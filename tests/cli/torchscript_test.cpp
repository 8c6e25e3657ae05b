#include "expect.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace fusesim::test {
namespace {

using nlohmann::json;

std::string module(const std::string &name) { return FUSESIM_TEST_MODULES "/" + name + ".pt"; }

TEST(TorchScriptFile, RunsLikeAZooModel) {
  const Outcome outcome = run(
      {"simulate", module("plain"), "--input", "1x3x32x32", "--target", "t4", "--format", "json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const json result = json::parse(outcome.out);
  EXPECT_EQ(result["model"], module("plain"));
  EXPECT_EQ(result["image_size"], 32);
  // conv: 32·32·8 · 3·3·3 MACs, linear: 8·10; two FLOPs each
  EXPECT_EQ(result["flops"], 2 * (32 * 32 * 8 * 27 + 80));
}

TEST(TorchScriptFile, TakesAnotherBatchThanItWasExportedWith) {
  const Outcome outcome =
      run({"inspect", module("plain"), "--input", "1x3x32x32", "--batch", "5", "--format", "json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(json::parse(outcome.out)["inputs"][0]["shape"], (json{5, 3, 32, 32}));
}

TEST(TorchScriptFile, TakesSeveralInputsWithElementTypes) {
  const Outcome outcome = run(
      {"inspect", module("two_inputs"), "--input", "2x7:i64", "--input", "1", "--format", "json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(json::parse(outcome.out)["outputs"][0]["shape"], (json{2, 7, 4}));
}

TEST(TorchScriptFile, NamesTheInputThatIsMissing) {
  expect_refusal({"inspect", module("plain")}, kWrongInput,
                 {module("plain"), "--input 1x3x224x224"});
  expect_refusal({"inspect", module("two_inputs"), "--input", "2x7:i64"}, kWrongInput,
                 {module("two_inputs"), "input"});
  expect_refusal({"inspect", module("plain"), "--input", "1x3x32x32", "--input", "1"}, kWrongInput,
                 {"input"});
}

TEST(TorchScriptFile, NamesTheOperatorThatRejectsAShape) {
  expect_refusal({"inspect", module("plain"), "--input", "1x4x32x32"}, kWrongInput,
                 {"conv", "to have 3 channels", "--input"});
}

TEST(TorchScriptFile, SaysWhyAnImageSizeIsNotEnough) {
  expect_refusal({"inspect", module("plain"), "--image-size", "32"}, kWrongInput,
                 {"--image-size", "--input"});
}

TEST(TorchScriptFile, RecognisesATruncatedAndACorruptFile) {
  const TemporaryFolder folder;
  std::string content = read_file(module("plain"));
  ASSERT_GT(content.size(), 1000u);
  const std::string truncated = folder.write("truncated.pt", content.substr(0, content.size() / 2));
  expect_refusal({"inspect", truncated, "--input", "1x3x32x32"}, kWrongInput, {truncated});
  // The bytes of the program itself: still an archive, no longer what it says.
  for (std::size_t i = content.size() / 4; i < content.size() * 3 / 4; ++i)
    content[i] = static_cast<char>(~content[i]);
  const std::string corrupt = folder.write("corrupt.pt", content);
  expect_refusal({"inspect", corrupt, "--input", "1x3x32x32"}, kWrongInput, {corrupt});
}

TEST(TorchScriptFile, WarnsOfAnUnknownOperatorAndSimulatesItAsTraffic) {
  const Outcome outcome =
      run({"simulate", module("unknown"), "--input", "2x3", "--target", "t4", "--format", "json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, testing::StartsWith("fusesim: warning: "));
  EXPECT_THAT(outcome.err, testing::HasSubstr("erfinv"));
  const json result = json::parse(outcome.out);
  ASSERT_EQ(result["warnings"].size(), 1u);
  EXPECT_THAT(result["warnings"][0].get<std::string>(), testing::HasSubstr("erfinv"));
  EXPECT_EQ(result["launches"], 2); // erfinv is not dropped
}

} // namespace
} // namespace fusesim::test
