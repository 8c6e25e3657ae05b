#include "targets/experiment.hpp"

#include "ir/zoo.hpp"
#include "support/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

using namespace fusesim;
using namespace fusesim::targets;
using ::testing::AllOf;
using ::testing::HasSubstr;

namespace {

Experiment run(const char *model, const char *machine, const char *runtime, std::int64_t batch,
               ExperimentOptions options = {.strategy = {}, .dtype = ir::DType::f16}) {
  ir::ZooOptions zoo;
  zoo.batch = batch;
  return run_experiment(ir::build_zoo_model(model, zoo), load_machine(machine),
                        load_runtime(runtime), options);
}

TEST(Precision, HasTheNamesOfPyTorchAndOfDatasheets) {
  for (const auto &[name, own] : {std::pair{"float16", "f16"},
                                  {"half", "f16"},
                                  {"fp32", "f32"},
                                  {"bfloat16", "bf16"},
                                  {"int8", "i8"},
                                  {"amp", "amp-f16"}})
    EXPECT_EQ(name_of(precision_from_name(name)), own);
  for (const auto name : precision_names())
    EXPECT_EQ(name_of(precision_from_name(name)), name);
}

TEST(Experiment, SaysWhatItRan) {
  const auto experiment = run("resnet18", "t4", "aot-fused", 1);
  EXPECT_EQ(experiment.machine, "t4");
  EXPECT_EQ(experiment.runtime, "aot-fused");
  EXPECT_EQ(experiment.precision, (Precision{ir::DType::f16, false}));
  EXPECT_EQ(experiment.partition.strategy, "attention");
  for (const auto &value : experiment.graph.values())
    if (ir::is_floating(value.type.dtype)) {
      EXPECT_EQ(value.type.dtype, ir::DType::f16) << value.name;
    }
}

TEST(Experiment, RunsTheStrategyAskedForInPlaceOfTheRuntimes) {
  const auto experiment =
      run("resnet18", "t4", "aot-fused", 1, {.strategy = "unfused", .dtype = ir::DType::f16});
  EXPECT_EQ(experiment.partition.strategy, "unfused");
  // 20 convolutions, 20 batch norms, 17 relus, 8 adds, max pool, global pool, linear; flatten is a
  // view.
  EXPECT_EQ(experiment.launches(), 68U);
}

TEST(Experiment, ChargesEveryPicosecondOnce) {
  for (const auto *runtime : {"pytorch-eager", "cuda-graph", "aot-fused"}) {
    const auto experiment = run("mobilenet_v2", "a10", runtime, 2);
    const auto &causes = experiment.run.attribution;
    EXPECT_EQ(std::accumulate(causes.begin(), causes.end(), sim::Picoseconds{0}),
              experiment.run.latency);
    EXPECT_GT(experiment.run.latency, 0);
  }
}

TEST(Experiment, RefusesARuntimeOfTheOtherKindAndNamesThoseThatFit) {
  const auto resnet = ir::build_zoo_model("resnet18");
  const auto gpu = load_machine("t4");
  auto runtime = load_runtime("pytorch-eager");
  runtime.target = "tile";
  EXPECT_THAT([&] { run_experiment(resnet, gpu, runtime); },
              ::testing::ThrowsMessage<Error>(
                  AllOf(HasSubstr("runtime 'pytorch-eager'"), HasSubstr("t4"),
                        HasSubstr("aot-fused, cuda-graph"), HasSubstr("pytorch-eager"))));
}

TEST(Experiment, RefusesATypeThatTheMachineLacks) {
  EXPECT_THAT(
      [] {
        run("resnet18", "v100-sxm2-16gb", "pytorch-eager", 1,
            {.strategy = {}, .dtype = ir::DType::bf16});
      },
      ::testing::ThrowsMessage<Error>(
          AllOf(HasSubstr("conv1"), HasSubstr("bf16"), HasSubstr("f32, f16"))));
}

TEST(Experiment, RefusesAnUnknownStrategy) {
  EXPECT_THROW(
      run("resnet18", "t4", "pytorch-eager", 1, {.strategy = "greedyy", .dtype = ir::DType::f16}),
      Error);
}

TEST(Experiment, IsTheSameBitForBitEveryTime) {
  const auto one = run("vit_b_16", "h100-sxm", "aot-fused", 3),
             two = run("vit_b_16", "h100-sxm", "aot-fused", 3);
  EXPECT_EQ(one.run.latency, two.run.latency);
  EXPECT_EQ(one.run.attribution, two.run.attribution);
  EXPECT_EQ(one.run.link_bytes, two.run.link_bytes);
}

// Engines multiply float32 in TF32 where the machine can, so they are no slower than eager PyTorch in any type.
TEST(Experiment, EnginesAreFasterThanEagerPyTorchInFloat32) {
  for (const auto *machine : {"a100-sxm-40gb", "v100-sxm2-16gb"}) {
    const auto latency = [&](const char *runtime) {
      return run("resnet50", machine, runtime, 64, {.strategy = {}, .dtype = ir::DType::f32})
          .run.latency;
    };
    const auto eager = latency("pytorch-eager");
    for (const auto *engine : {"tensorrt", "aitemplate", "aot-fused"})
      EXPECT_LT(latency(engine), eager) << engine << " on " << machine;
  }
}

// ---- against measurements -----------------------------------------------------------------------
// data/measured/gpu_end_to_end.csv: a row for each regime, with room for constants to be fitted anew; tests/validate
// has the errors of all rows.

struct Measured {
  const char *model, *machine, *runtime, *dtype;
  std::int64_t batch;
  double ms;        ///< measured
  double tolerance; ///< relative
};
void PrintTo(const Measured &row, std::ostream *stream) {
  *stream << row.model << " " << row.machine << " " << row.runtime << " " << row.dtype << " batch "
          << row.batch;
}

class AgainstMeasurement : public ::testing::TestWithParam<Measured> {};

TEST_P(AgainstMeasurement, IsWithinTolerance) {
  const auto &row = GetParam();
  const auto precision = precision_from_name(row.dtype);
  ExperimentOptions options{.strategy = {}, .dtype = precision.dtype};
  options.autocast = precision.autocast;
  options.channels_last = precision.autocast; // the file's rows under autocast are in NHWC
  const double ms =
      run(row.model, row.machine, row.runtime, row.batch, options).latency_us() * 1e-3;
  EXPECT_NEAR(ms, row.ms, row.tolerance * row.ms);
}

INSTANTIATE_TEST_SUITE_P(
    HostBound, AgainstMeasurement,
    ::testing::Values(Measured{"resnet50", "a100-sxm-40gb", "pytorch-eager", "f16", 1, 7.68, 0.15},
                      Measured{"resnet50", "a100-sxm-40gb", "pytorch-eager", "f16", 16, 7.01, 0.15},
                      Measured{"resnet50", "a100-sxm-40gb", "torch-compile", "f32", 1, 4.124, 0.15},
                      Measured{"efficientnet_b0", "a100-sxm-80gb", "pytorch-eager", "tf32", 1, 9.33,
                               0.15}));

INSTANTIATE_TEST_SUITE_P(
    DeviceBound, AgainstMeasurement,
    ::testing::Values(
        Measured{"resnet50", "a100-sxm-40gb", "pytorch-eager", "f16", 64, 13.98, 0.15},
        Measured{"resnet50", "a100-sxm-40gb", "pytorch-eager", "f16", 256, 50.93, 0.15},
        Measured{"vit_b_16", "a100-sxm-40gb", "pytorch-eager", "f32", 16, 40.944, 0.15},
        Measured{"resnet18", "rtx-3090", "pytorch-eager", "amp-f16", 1024, 91.511, 0.15},
        Measured{"resnet50", "rtx-3090", "pytorch-eager", "amp-f16", 1024, 274.531, 0.15},
        Measured{"mobilenet_v2", "rtx-3090", "pytorch-eager", "amp-f16", 1024, 103.554, 0.15},
        Measured{"efficientnet_b0", "rtx-3090", "pytorch-eager", "amp-f16", 1024, 124.241, 0.15},
        Measured{"vgg16", "rtx-3090", "pytorch-eager", "amp-f16", 1024, 592.106, 0.2}));

INSTANTIATE_TEST_SUITE_P(
    Fused, AgainstMeasurement,
    ::testing::Values(Measured{"resnet50", "a100-sxm-40gb", "aitemplate", "f16", 1, 0.58, 0.12},
                      Measured{"resnet50", "a100-sxm-40gb", "aitemplate", "f16", 64, 4.53, 0.12},
                      Measured{"resnet50", "a100-sxm-40gb", "aitemplate", "f16", 256, 16.58, 0.12},
                      Measured{"resnet50", "a100-sxm-80gb", "tensorrt", "f16", 1, 0.76, 0.15},
                      Measured{"resnet50", "a100-sxm-80gb", "tensorrt", "f16", 256, 14.74, 0.12},
                      Measured{"resnet50", "a100-sxm-80gb", "tensorrt", "tf32", 32, 4.40, 0.12},
                      Measured{"resnet50", "a100-sxm-80gb", "tensorrt", "i8", 256, 9.16, 0.12}));

// Eager PyTorch at small batches waits for the host: the latency does not depend on the batch
// (7.68, 7.16, 7.17, 7.02 and 7.01 ms for 1 to 16 images).
TEST(Experiment, EagerLatencyIsFlatWhileTheHostIsTheBottleneck) {
  const auto one = run("resnet50", "a100-sxm-40gb", "pytorch-eager", 1);
  const auto eight = run("resnet50", "a100-sxm-40gb", "pytorch-eager", 8);
  EXPECT_NEAR(one.latency_us(), eight.latency_us(), 0.05 * one.latency_us());
  const auto host = one.run.attribution[static_cast<std::size_t>(sim::Cause::host_dispatch)];
  EXPECT_GT(static_cast<double>(host), 0.5 * static_cast<double>(one.run.latency));
}

} // namespace
