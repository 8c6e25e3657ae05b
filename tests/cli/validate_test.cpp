// validate, calibrate, and the options of simulate that measurements were made with.
#include "expect.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cmath>

namespace fusesim::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

constexpr const char *kHeader = "model,gpu,precision,runtime,batch,latency_ms\n";
const std::string kUnfused = "resnet18,t4,f16,pytorch-eager,1,2\n",
                  kFused = "resnet18,t4,f16,tensorrt,1,1\n",
                  kUnknown = "resnet18,t44,f16,tensorrt,1,1\n";

json json_of(std::vector<std::string> arguments) {
  arguments.insert(arguments.end(), {"--format", "json"});
  const Outcome outcome = run(arguments);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  return outcome.exit_code == 0 ? json::parse(outcome.out) : json();
}

class ValidateTest : public testing::Test {
protected:
  std::string rows(const std::string &text) const {
    return folder_.write("rows.csv", kHeader + text);
  }
  const TemporaryFolder folder_;
};

// Errors against 2 ms and 1 ms, from what simulate says of the same runs.
TEST_F(ValidateTest, HasTheErrorsOfWhatSimulateSays) {
  const auto result = json_of({"validate", rows(kUnfused + kFused)});
  const auto simulated = [](const char *runtime) {
    return json_of({"simulate", "resnet18", "--target", "t4", "--runtime", runtime, "--dtype",
                    "f16"})["latency_us"]
               .get<double>() *
           1e-3;
  };
  const double unfused = simulated("pytorch-eager"), fused = simulated("tensorrt");
  ASSERT_EQ(result["predictions"].size(), 2u);
  EXPECT_DOUBLE_EQ(result["predictions"][0]["predicted"].get<double>(), unfused);
  EXPECT_DOUBLE_EQ(result["predictions"][0]["error"].get<double>(), unfused / 2 - 1);
  EXPECT_EQ(result["predictions"][1]["runtime"], "tensorrt");
  EXPECT_EQ(result["rows"], 2);
  const double first = std::abs(unfused / 2 - 1), second = std::abs(fused - 1);
  EXPECT_NEAR(result["mape"].get<double>(), (first + second) / 2, 1e-9);
  EXPECT_NEAR(result["median_ape"].get<double>(), (first + second) / 2, 1e-9);
  EXPECT_NEAR(result["bias"].get<double>(), (unfused / 2 - 1 + fused - 1) / 2, 1e-9);
  EXPECT_DOUBLE_EQ(result["kendall_tau"].get<double>(), 1);
  ASSERT_EQ(result["speed_ups"].size(), 1u);
  EXPECT_DOUBLE_EQ(result["speed_ups"][0]["measured"].get<double>(), 2);
  EXPECT_NEAR(result["speed_ups"][0]["predicted"].get<double>(), unfused / fused, 1e-9);
}

// The keys are part of the interface.
TEST_F(ValidateTest, JsonHasTheDocumentedKeys) {
  const auto result = json_of({"validate", rows(kUnfused + kFused), "--by", "machine,runtime"});
  for (const auto *key : {"rows", "mape", "median_ape", "bias", "kendall_tau"})
    EXPECT_TRUE(result[key].is_number()) << key;
  ASSERT_EQ(result["groups"].size(), 2u);
  EXPECT_EQ(result["groups"][0]["key"], "machine=t4 runtime=pytorch-eager");
  for (const auto *key : {"rows", "mape", "median_ape"})
    EXPECT_TRUE(result["groups"][0][key].is_number()) << key;
  for (const auto *key :
       {"model", "gpu", "precision", "runtime", "batch", "latency_ms", "predicted", "error"})
    EXPECT_TRUE(result["predictions"][0].contains(key)) << key;
}

TEST_F(ValidateTest, CsvIsTheFileWithItsPredictions) {
  const Outcome outcome = run({"validate", rows(kUnfused), "--format", "csv"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.out,
              testing::StartsWith("model,gpu,precision,runtime,batch,latency_ms,predicted,error"));
  EXPECT_THAT(outcome.out, HasSubstr("\nresnet18,t4,f16,pytorch-eager,1,2,"));
  EXPECT_EQ(count_lines(outcome.out), 2u);
}

TEST_F(ValidateTest, TableShowsGroupsAndTheWorstRowsWithTheirCauses) {
  const Outcome outcome = run({"validate", rows(kUnfused + kFused), "--worst", "1"});
  EXPECT_EQ(outcome.exit_code, 0);
  for (const auto *text : {"mean error", "Kendall tau", "machine=t4", "runtime=tensorrt", "batch=1",
                           "Fused against unfused", "Furthest off", "host dispatch"})
    EXPECT_THAT(outcome.out, HasSubstr(text));
  EXPECT_THAT(outcome.out, Not(HasSubstr("Not predicted")));
}

TEST_F(ValidateTest, NamesARowThatItCannotPredictAndGoesOn) {
  const auto file = rows(kUnfused + kUnknown);
  const Outcome outcome = run({"validate", file});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.out, HasSubstr("Not predicted\n" + file + ":3: unknown target 't44'"));
  const auto result = json_of({"validate", file});
  EXPECT_EQ(result["rows"], 1);
  EXPECT_EQ(result["failed"], 1);
  EXPECT_TRUE(result["predictions"][1]["predicted"].is_null());
  EXPECT_THAT(result["predictions"][1]["failure"].get<std::string>(), HasSubstr("'t44'"));
}

TEST_F(ValidateTest, RefusesAFileThatItCannotRead) {
  for (const auto *command : {"validate", "calibrate"}) {
    expect_refusal({command, "nowhere.csv"}, kWrongInput, {"nowhere.csv", "cannot be read"});
    expect_refusal({command, folder_.write("other.csv", "a,b\n1,2\n")}, kWrongInput,
                   {"other.csv", "its columns fit none", "latency_ms"});
    expect_refusal({command, rows("resnet18,t4,f16,pytorch-eager,1,fast\n")}, kWrongInput,
                   {"rows.csv:2", "'latency_ms'", "'fast'"});
    expect_refusal({command, rows("resnet18,t4,f16,pytorch-eager,1\n")}, kWrongInput,
                   {"rows.csv:2", "5 fields under 6 columns"});
    expect_refusal({command, rows("resnet18,t4,fp8,pytorch-eager,1,2\n")}, kWrongInput,
                   {"rows.csv:2", "unknown dtype 'fp8'", "'f16'"});
  }
}

TEST_F(ValidateTest, RefusesUsageThatMeansNothing) {
  expect_refusal({"validate"}, kUsage, {"file"});
  expect_refusal({"calibrate"}, kUsage, {"file"});
  EXPECT_EQ(run({"validate", rows(kUnfused), "--by", "weekday"}).exit_code, kUsage);
}

// Two evaluations change little; what counts is what is said about which constants.
TEST_F(ValidateTest, CalibrateReportsTheConstantsOfTheConfigs) {
  const auto file = rows(kUnfused);
  const auto result =
      json_of({"calibrate", file, "--only", "pytorch-eager.dispatch_us", "--evaluations", "2"});
  ASSERT_EQ(result["constants"].size(), 1u);
  const auto &constant = result["constants"][0];
  EXPECT_EQ(constant["file"], "pytorch-eager");
  EXPECT_EQ(constant["key"], "dispatch_us");
  EXPECT_LT(constant["min"].get<double>(), constant["max"].get<double>());
  EXPECT_GE(constant["value"].get<double>(), constant["min"].get<double>());
  EXPECT_LE(constant["value"].get<double>(), constant["max"].get<double>());
  EXPECT_TRUE(constant["loss_lower"].is_number());
  EXPECT_TRUE(constant["loss_higher"].is_number());
  EXPECT_LE(result["loss"].get<double>(), result["loss_before"].get<double>());
  EXPECT_EQ(result["evaluations"], 2);
}

TEST_F(ValidateTest, CalibrateLeavesOutWhatItIsTold) {
  const auto file = rows(kUnfused + "resnet18,rtx-3090,f16,pytorch-eager,1,7\n");
  const std::vector<std::string> quick{"calibrate",     file, "--only", "pytorch-eager.dispatch_us",
                                       "--evaluations", "2"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), quick.begin(), quick.end());
    return more;
  };
  const auto folds = json_of(with({"--leave-out", "machine=rtx-3090"}))["left_out"];
  ASSERT_EQ(folds.size(), 1u);
  EXPECT_EQ(folds[0]["left_out"], "machine=rtx-3090");
  expect_refusal(with({"--leave-out", "machine=t44"}), kWrongInput,
                 {"machine=t44", "KEY", "no row"});
  EXPECT_EQ(json_of(with({"--except", "machine=rtx-3090,dtype=f16"}))["left_out"].size(), 0u);
  expect_refusal(with({"--except", "machine=rtx-3090,dtype=int8"}), kWrongInput,
                 {"machine=rtx-3090,dtype=int8", "no row", "dtype"});
  expect_refusal(with({"--except", "rtx-3090"}), kWrongInput, {"rtx-3090", "KEY=NAME"});
}

TEST_F(ValidateTest, CalibrateNamesARowOfAnUnknownMachine) {
  expect_refusal({"calibrate", rows(kUnfused + kUnknown), "--evaluations", "2"}, kWrongInput,
                 {"rows.csv:3", "'t44'"});
  expect_refusal({"calibrate", rows(kUnknown), "--evaluations", "2"}, kWrongInput, {"'t44'"});
}

TEST_F(ValidateTest, CalibrateRefusesNamesOfNoConstant) {
  expect_refusal({"calibrate", rows(kUnfused), "--only", "sm_count"}, kWrongInput,
                 {"no constants to fit"});
}

// ---- how a network is run -----------------------------------------------------------------------

json simulated(std::vector<std::string> more) {
  std::vector<std::string> arguments{"simulate",  "resnet18",      "--target", "a100-sxm-40gb",
                                     "--runtime", "pytorch-eager", "--batch",  "128"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return json_of(arguments);
}

// Autocast adds casts of images and weights to what float16 runs.
TEST(Precision, AutocastIsADtype) {
  const auto amp = simulated({"--dtype", "amp-f16"}), half = simulated({"--dtype", "f16"});
  EXPECT_EQ(amp["dtype"], "amp-f16");
  EXPECT_GT(amp["launches"].get<int>(), half["launches"].get<int>());
  EXPECT_GT(amp["latency_us"].get<double>(), half["latency_us"].get<double>());
  expect_refusal({"simulate", "resnet18", "--target", "t4", "--dtype", "amp-f61"}, kWrongInput,
                 {"--dtype", "'amp-f61'", "'amp-f16'"});
}

// 20 convolutions on tensor cores convert image, weights and result.
TEST(Layout, ChannelsLastNeedsNoConversions) {
  const auto nchw = simulated({"--dtype", "f16"}),
             nhwc = simulated({"--dtype", "f16", "--channels-last"});
  EXPECT_EQ(nchw["launches"].get<int>() - nhwc["launches"].get<int>(), 20 * 3);
  EXPECT_LT(nhwc["latency_us"].get<double>(), nchw["latency_us"].get<double>());
}

// ResNet has one linear with a bias, its last layer.
TEST(Bias, OfALinearIsAKernelInOldPyTorch) {
  const auto today = simulated({"--dtype", "f16"}),
             old = simulated({"--dtype", "f16", "--copies-linear-bias"});
  EXPECT_EQ(old["launches"].get<int>(), today["launches"].get<int>() + 1);
}

// An A100 has 156 TFLOP/s in TF32 and 19.5 on CUDA cores.
TEST(Precision, WithoutTf32ConvolutionsRunOnCudaCores) {
  const auto usual = simulated({"--dtype", "f32"}),
             strict = simulated({"--dtype", "f32", "--no-tf32"});
  EXPECT_GT(strict["attribution_us"]["compute"].get<double>(),
            2 * usual["attribution_us"]["compute"].get<double>());
}

} // namespace
} // namespace fusesim::test
