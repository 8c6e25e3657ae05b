#include "validate_fixture.hpp"

#include "targets/experiment.hpp"

#include "ir/zoo.hpp"

#include <gmock/gmock.h>

using namespace fusesim;
using namespace fusesim::validate;
using test::error_of;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

namespace {

class DatasetTest : public test::FolderTest {
protected:
  static constexpr const char *kNetworks =
      "model,gpu,precision,runtime,batch,image_size,latency_ms,note,source\n";
  static constexpr const char *kOperators =
      "op,gpu,dtype,timing,latency_us,m,n,k,batch,cols,cin,h,w,cout,kh,kw,pad_h,pad_w,"
      "stride_h,stride_w\n";

  Dataset networks(const std::string &rows) const {
    return read_dataset(write("rows.csv", kNetworks + rows));
  }
  Dataset operators(const std::string &rows) const {
    return read_dataset(write("rows.csv", kOperators + rows));
  }
  static double predict(const Dataset &dataset, std::size_t index = 0) {
    Bench bench;
    return dataset.cases.at(index)->predict(bench).value;
  }
};

TEST_F(DatasetTest, IsOfNetworksWhenItsColumnsAre) {
  const auto dataset =
      networks("resnet18,t4,f16,pytorch-eager,4,224,2.5,,\nvgg16,l4,amp-f16,tensorrt,1,,8,,\n");
  EXPECT_EQ(dataset.kind, "networks");
  EXPECT_EQ(dataset.measured, "latency_ms");
  ASSERT_EQ(dataset.cases.size(), 2U);
  const auto &first = *dataset.cases[0];
  EXPECT_EQ(first.row, 0U);
  EXPECT_EQ(first.labels.model, "resnet18");
  EXPECT_EQ(first.labels.machine, "t4");
  EXPECT_EQ(first.labels.runtime, "pytorch-eager");
  EXPECT_EQ(first.labels.dtype, "f16");
  EXPECT_EQ(first.labels.batch, 4);
  EXPECT_DOUBLE_EQ(first.measured, 2.5);
  EXPECT_EQ(dataset.cases[1]->row, 1U);
  EXPECT_EQ(dataset.cases[1]->labels.dtype, "amp-f16");
}

TEST_F(DatasetTest, IsOfOperatorsWhenItsColumnsAre) {
  const auto dataset = operators("gemm,t4,f16,kernel,50,512,512,512,,,,,,,,,,,,\n");
  EXPECT_EQ(dataset.kind, "operators");
  EXPECT_EQ(dataset.measured, "latency_us");
  EXPECT_EQ(dataset.cases.at(0)->labels.model, "gemm");
}

TEST_F(DatasetTest, SaysWhichColumnsItWouldKnow) {
  const auto file = write("other.csv", "quantity,gpu,value\nlaunch,t4,2\n");
  EXPECT_THAT(error_of([&] { read_dataset(file); }),
              AllOf(HasSubstr("other.csv: "), HasSubstr("its columns fit none"),
                    HasSubstr("networks (model, gpu, precision, runtime, batch, latency_ms)"),
                    HasSubstr("operators (op, gpu, dtype, timing, latency_us)")));
}

TEST_F(DatasetTest, RefusesAFileWithoutRows) {
  EXPECT_THAT(error_of([&] { networks(""); }), HasSubstr("rows.csv: has no rows"));
}

TEST_F(DatasetTest, NamesTheLineAndTheColumnOfAFault) {
  const std::string good = "resnet18,t4,f16,pytorch-eager,4,224,2.5,,\n";
  const auto check = [&](const std::string &row, const char *column, const char *fault) {
    EXPECT_THAT(error_of([&] { networks(good + row); }),
                AllOf(HasSubstr("rows.csv:3: "), HasSubstr(column), HasSubstr(fault)));
  };
  check("resnet18,t4,f16,pytorch-eager,0,224,2.5,,\n", "'batch'", "a whole number from 1");
  check("resnet18,t4,f16,pytorch-eager,4,224,0,,\n", "'latency_ms'", "must be above 0");
  check("resnet18,t4,f16,pytorch-eager,4,224,fast,,\n", "'latency_ms'", "is no number: 'fast'");
  check(",t4,f16,pytorch-eager,4,224,2.5,,\n", "'model'", "is empty");
  check("resnet18,t4,f61,pytorch-eager,4,224,2.5,,\n", "'precision'", "unknown dtype 'f61'");
}

TEST_F(DatasetTest, NamesTheFaultOfAnOperatorsRow) {
  const auto check = [&](const std::string &row, const char *fault) {
    EXPECT_THAT(error_of([&] { operators(row); }),
                AllOf(HasSubstr("rows.csv:2: "), HasSubstr(fault)));
  };
  check("fft,t4,f16,kernel,50,512,512,512,,,,,,,,,,,,\n", "column 'op' is 'fft'; known are gemm");
  check("gemm,t4,f16,guess,50,512,512,512,,,,,,,,,,,,\n",
        "column 'timing' is 'guess'; must begin with kernel, cuda-event or wall clock");
  check("gemm,t4,f16,kernel,50,512,512,,,,,,,,,,,,,\n", "column 'k' is empty");
  check("conv2d,t4,f16,kernel,50,,,,1,,3,32,32,8,3,3,1,1,0,1\n", "column 'stride_h' is 0");
  check("gemm,t4,fp8,kernel,50,512,512,512,,,,,,,,,,,,\n", "column 'dtype' is an unknown dtype");
}

TEST_F(DatasetTest, PredictsANetworkAsTheSimulatorRunsIt) {
  const auto dataset = networks("resnet18,t4,f16,cuda-graph,2,192,2.5,,\n");
  ir::ZooOptions zoo;
  zoo.batch = 2;
  zoo.image_size = 192;
  targets::ExperimentOptions options;
  options.dtype = ir::DType::f16;
  const auto run =
      targets::run_experiment(ir::build_zoo_model("resnet18", zoo), targets::load_machine("t4"),
                              targets::load_runtime("cuda-graph"), options);
  EXPECT_DOUBLE_EQ(predict(dataset), run.latency_us() * 1e-3);
}

TEST_F(DatasetTest, ChargesAllOfAPredictionToItsCauses) {
  const auto dataset = networks("resnet18,t4,f16,pytorch-eager,2,192,2.5,,\n");
  Bench bench;
  double sum = 0;
  for (const double share : dataset.cases[0]->predict(bench).shares)
    sum += share;
  EXPECT_NEAR(sum, 1, 1e-9);
}

// In NCHW convolutions on tensor cores convert their images; with channels last they do not.
TEST_F(DatasetTest, TakesChannelsLastFromTheNote) {
  const auto dataset = networks("resnet18,a100-sxm-40gb,f16,pytorch-eager,256,,9,nhwc,\n"
                                "resnet18,a100-sxm-40gb,f16,pytorch-eager,256,,9,,\n");
  EXPECT_LT(predict(dataset, 0), 0.8 * predict(dataset, 1));
}

// 64 images of 197 tokens: a copy of the bias into every linear's result, and reading it again.
TEST_F(DatasetTest, TakesCopiesOfBiasesFromTheNote) {
  const auto dataset =
      networks("vit_b_16,a100-sxm-40gb,f16,pytorch-eager,64,,9,,\n"
               "vit_b_16,a100-sxm-40gb,f16,pytorch-eager,64,,9,PyTorch 1.10: bias copied,\n");
  EXPECT_GT(predict(dataset, 1), 1.05 * predict(dataset, 0));
}

// PyTorch 2's one attention operator never writes the scores.
TEST_F(DatasetTest, TakesOneAttentionOperatorFromTheVersionOfPyTorch) {
  const auto dataset =
      networks("vit_b_16,a100-sxm-40gb,f16,pytorch-eager,64,,9,,benchmark-pt113.csv\n"
               "vit_b_16,a100-sxm-40gb,f16,pytorch-eager,64,,9,,benchmark-pt210.csv\n");
  EXPECT_LT(predict(dataset, 1), predict(dataset, 0));
}

// 64 MiB in and 64 MiB out at most at the T4's 320 GB/s: 419 us. From event to event the launch and the host's dispatch
// come on top, on the wall clock the final synchronisation too.
TEST_F(DatasetTest, AddsToAnOperatorWhatStoodBetweenTheClockReadings) {
  const auto dataset = operators("relu,t4,f32,kernel,500,,,,4096,4096,,,,,,,,,,\n"
                                 "relu,t4,f32,cuda-event,500,,,,4096,4096,,,,,,,,,,\n"
                                 "relu,t4,f32,wall clock,500,,,,4096,4096,,,,,,,,,,\n");
  const auto runtime = targets::load_runtime("pytorch-eager");
  const double kernel = predict(dataset, 0), event = predict(dataset, 1),
               wall = predict(dataset, 2);
  EXPECT_GT(kernel, 419);
  EXPECT_LT(kernel, 2 * 419);
  EXPECT_NEAR(event - kernel, runtime.dispatch_us + runtime.launch_us + runtime.launch_latency_us,
              1e-6);
  EXPECT_NEAR(wall - event, runtime.sync_us, 1e-6);
}

// LLMCompass compiled its LayerNorm: entering compiled code comes before the first launch. A row whose source says what its
// host takes in all has that and the kernel.
TEST_F(DatasetTest, TakesTheRuntimeOfAnOperatorAndWhatItsHostTookFromItsColumns) {
  const std::string columns = std::string(kOperators),
                    row = "relu,t4,f32,wall clock,500,,,,4096,4096,,,,,,,,,,";
  const auto dataset = read_dataset(
      write("rows.csv", columns.substr(0, columns.size() - 1) + ",runtime,overhead_us\n" + row +
                            ",torch-compile,\n" + row + ",torch-compile,45\n"));
  const auto runtime = targets::load_runtime("torch-compile");
  EXPECT_EQ(dataset.cases[0]->labels.runtime, "torch-compile");
  EXPECT_NEAR(predict(dataset, 0) - (predict(dataset, 1) - 45),
              runtime.call_us + runtime.dispatch_us + runtime.launch_us +
                  runtime.launch_latency_us + runtime.sync_us,
              1e-6);
}

TEST_F(DatasetTest, NamesTheRowThatCannotBePredicted) {
  const auto dataset = networks("resnet18,t44,f16,pytorch-eager,4,224,2.5,,\n"
                                "resnet188,t4,f16,pytorch-eager,4,224,2.5,,\n"
                                "resnet18,t4,bf16,pytorch-eager,4,224,2.5,,\n");
  EXPECT_THAT(error_of([&] { predict(dataset, 0); }),
              AllOf(HasSubstr("rows.csv:2: "), HasSubstr("unknown target 't44'")));
  EXPECT_THAT(error_of([&] { predict(dataset, 1); }),
              AllOf(HasSubstr("rows.csv:3: "), HasSubstr("unknown model 'resnet188'")));
  EXPECT_THAT(error_of([&] { predict(dataset, 2); }),
              AllOf(HasSubstr("rows.csv:4: "), HasSubstr("bf16")));
}

} // namespace
