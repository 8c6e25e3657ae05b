#include "validate_fixture.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

using namespace fusesim;
using namespace fusesim::validate;
using test::add_case;
using test::error_of;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

namespace {

constexpr const char *kEager = "pytorch-eager";

const Parameter &named(const std::vector<Parameter> &parameters, const std::string &key) {
  const auto found = std::ranges::find(parameters, key, &Parameter::key);
  if (found == parameters.end())
    throw Error(key, "is no parameter");
  return *found;
}

/// Measurements as a simulator with `truth` for constants makes them.
class PlantedTest : public test::FolderTest {
protected:
  Dataset plant(const std::vector<std::string> &rows, const std::vector<Constant> &truth) const {
    std::string text = "model,gpu,precision,runtime,batch,latency_ms\n";
    for (const auto &row : rows)
      text += row + ",1\n";
    const auto drafts = read_dataset(write("draft.csv", text));
    Bench bench(truth);
    text.resize(text.find('\n') + 1);
    for (std::size_t i = 0; i < rows.size(); ++i)
      text += rows[i] + "," + std::to_string(drafts.cases[i]->predict(bench).value) + "\n";
    return read_dataset(write("planted.csv", text));
  }
};

/// A value well inside the bounds, a third of the range from the one of the config.
double another(const Parameter &parameter) {
  const double third = (parameter.max - parameter.min) / 3;
  return parameter.value + third < parameter.max ? parameter.value + third
                                                 : parameter.value - third;
}

std::span<const Dataset> one(const Dataset &dataset) { return {&dataset, 1}; }

TEST_F(PlantedTest, FindsAHostCostThatTheMeasurementsHave) {
  const std::vector<std::string> rows{"resnet18,t4,f16,pytorch-eager,1",
                                      "mobilenet_v2,t4,f16,pytorch-eager,1"};
  const auto as_shipped = plant(rows, {});
  Bench bench;
  auto parameter = named(parameters_of(one(as_shipped), bench), "dispatch_us");
  const double truth = another(parameter);
  const auto dataset = plant(rows, {{kEager, "dispatch_us", truth}});
  const auto found = fit(one(dataset), {parameter});
  EXPECT_GT(found.loss_before, 0.02);
  EXPECT_LT(found.loss, 0.002);
  EXPECT_NEAR(found.parameters[0].value, truth, 0.03 * truth);
  EXPECT_EQ(found.parameters[0].key, "dispatch_us");
  EXPECT_GT(found.evaluations, 3U);
}

TEST_F(PlantedTest, FindsAConstantOfTheMachineBesideOneOfTheRuntime) {
  const std::vector<std::string> rows{"resnet18,a100-sxm-40gb,f16,pytorch-eager,1",
                                      "resnet50,a100-sxm-40gb,f16,pytorch-eager,1",
                                      "resnet50,a100-sxm-40gb,f16,pytorch-eager,256",
                                      "mobilenet_v2,a100-sxm-80gb,f32,pytorch-eager,256"};
  const auto as_shipped = plant(rows, {});
  Bench bench;
  const auto all = parameters_of(one(as_shipped), bench);
  const auto host = named(all, "dispatch_us"), memory = named(all, "dram_efficiency");
  const double host_truth = another(host), memory_truth = another(memory);
  const auto dataset =
      plant(rows, {{host.file, host.key, host_truth}, {memory.file, memory.key, memory_truth}});
  const auto found = fit(one(dataset), {host, memory});
  EXPECT_LT(found.loss, 0.1 * found.loss_before);
  EXPECT_NEAR(found.parameters[0].value, host_truth, 0.05 * host_truth);
  EXPECT_NEAR(found.parameters[1].value, memory_truth, 0.05 * memory_truth);
}

TEST_F(PlantedTest, StaysWithinTheBounds) {
  const std::vector<std::string> rows{"resnet18,t4,f16,pytorch-eager,1"};
  const auto shipped = plant(rows, {});
  Bench bench;
  auto parameter = named(parameters_of(one(shipped), bench), "dispatch_us");
  const auto dataset = plant(rows, {{kEager, "dispatch_us", parameter.max}});
  parameter.max = (parameter.value + parameter.max) / 2;
  EXPECT_NEAR(fit(one(dataset), {parameter}).parameters[0].value, parameter.max,
              0.01 * parameter.max);
}

TEST_F(PlantedTest, HasTheConstantsThatTheConfigsOfItsRowsDeclare) {
  const auto dataset = plant({"resnet18,t4,f16,cuda-graph,1", "resnet18,t4,f16,pytorch-eager,1",
                              "resnet18,rtx-3090,f16,pytorch-eager,1"},
                             {});
  Bench bench;
  const auto parameters = parameters_of(one(dataset), bench);
  const auto machine = targets::load_machine("rtx-3090");
  const auto runtime = targets::load_runtime(kEager);
  const auto &generation = std::get<targets::GpuMachine>(machine.model).generation;
  const auto of_file = [&](const std::string &file) {
    std::vector<std::string> keys;
    for (const auto &parameter : parameters) {
      EXPECT_LE(parameter.min, parameter.value) << parameter.key;
      EXPECT_GE(parameter.max, parameter.value) << parameter.key;
      if (parameter.file == file)
        keys.push_back(parameter.key);
    }
    return keys;
  };
  const auto declared = [](const std::vector<targets::Calibrated> &calibrated) {
    std::vector<std::string> keys;
    for (const auto &constant : calibrated)
      keys.push_back(constant.key);
    return keys;
  };
  EXPECT_EQ(of_file(generation), declared(machine.calibrated));
  EXPECT_EQ(of_file(kEager), declared(runtime.calibrated));
  EXPECT_FALSE(runtime.calibrated.empty());
  EXPECT_TRUE(std::ranges::is_sorted(parameters, {}, &Parameter::file));
}

// The limit: figures that hold beyond the rows that they were fitted to need few of them.
TEST(ShippedConstants, AreFew) {
  for (const auto &entry : targets::list_machines())
    EXPECT_LE(targets::load_machine(entry.name).calibrated.size(), 8U) << entry.name;
  for (const auto &entry : targets::list_runtimes())
    EXPECT_LE(targets::load_runtime(entry.name).calibrated.size(), 5U) << entry.name;
}

// ---- closed forms -------------------------------------------------------------------------------

/// Predictions are the runtime's dispatch_us, times a factor.
void add_dispatch_case(Dataset &dataset, const std::string &model, const std::string &machine,
                       double factor, double truth) {
  add_case(dataset, {model, machine, kEager, "f16", 1}, factor * truth,
           [=](Bench &bench) { return factor * bench.runtime(kEager).dispatch_us; });
}
Parameter dispatch_at(double value) { return {kEager, "dispatch_us", 10, 40, value}; }

// |ln(20 / 25)| = 0.2231; at the truth nothing is left.
TEST(Fit, HasTheMeanLogarithmOfTheRatioForItsLoss) {
  Dataset dataset;
  add_dispatch_case(dataset, "a", "t4", 1, 25);
  add_dispatch_case(dataset, "b", "t4", 7, 25);
  const auto found = fit(one(dataset), {dispatch_at(20)});
  EXPECT_NEAR(found.loss_before, std::log(25.0 / 20), 1e-9);
  EXPECT_NEAR(found.parameters[0].value, 25, 0.1);
}

// Ten rows of one file say 20, one row of the other says 25: files weigh the same, so ln 1.25 counts half.
TEST(Fit, WeighsEveryFileTheSame) {
  std::vector<Dataset> datasets(2);
  for (int i = 0; i < 10; ++i)
    add_dispatch_case(datasets[0], "a", "t4", 1, 20);
  add_dispatch_case(datasets[1], "b", "t4", 1, 25);
  EXPECT_NEAR(fit(datasets, {dispatch_at(20)}).loss_before, std::log(1.25) / 2, 1e-9);
}

TEST(Fit, UsesTheRowsThatItIsTold) {
  Dataset dataset;
  add_dispatch_case(dataset, "a", "t4", 1, 15);
  add_dispatch_case(dataset, "b", "t4", 1, 30);
  const auto found =
      fit(one(dataset), {dispatch_at(20)}, [](const Case &row) { return row.labels.model == "b"; });
  EXPECT_NEAR(found.parameters[0].value, 30, 0.1);
}

// No row of volta: what it has in common with turing, it takes from turing. Otherwise it is anywhere.
TEST(Fit, PoolsConstantsThatMeanTheSame) {
  Dataset dataset;
  add_case(dataset, {"a", "t4", kEager, "f16", 1}, 2, [](Bench &bench) {
    return std::get<targets::GpuMachine>(bench.machine("t4").model).kernel_ramp_us;
  });
  const Parameter turing{"turing", "kernel_ramp_us", 0.2, 6, 5};
  const auto of_volta = [&](Parameter volta, double pooling) {
    FitOptions options;
    options.pooling = pooling;
    const auto found = fit(one(dataset), {turing, volta}, {}, options);
    EXPECT_NEAR(found.parameters[0].value, 2, 0.05);
    EXPECT_NEAR(found.loss, std::abs(std::log(found.parameters[0].value / 2)), 1e-9)
        << "the loss alone, without what pooling costs";
    return found.parameters[1].value;
  };
  EXPECT_NEAR(of_volta({"volta", "kernel_ramp_us", 0.2, 6, 4}, 0.05), 2, 0.1);
  EXPECT_GT(of_volta({"volta", "kernel_ramp_us", 0.2, 6, 4}, 0), 3);
  EXPECT_GT(of_volta({"volta", "kernel_ramp_us", 0.2, 7, 4}, 0.05), 3)
      << "other bounds, other meaning";
}

TEST(Fit, EndsAfterTheEvaluationsThatItMayTake) {
  Dataset dataset;
  add_dispatch_case(dataset, "a", "t4", 1, 25);
  FitOptions options;
  options.max_evaluations = 7;
  std::vector<double> losses;
  options.on_progress = [&](unsigned evaluation, double loss) {
    EXPECT_EQ(evaluation, losses.size() + 1);
    losses.push_back(loss);
  };
  EXPECT_LE(fit(one(dataset), {dispatch_at(20)}, {}, options).evaluations, 7U);
  EXPECT_FALSE(losses.empty());
  EXPECT_TRUE(std::ranges::is_sorted(losses, std::greater{})) << "reports the best so far";
}

TEST(Fit, SaysSoWhenThereIsNothingToFit) {
  Dataset dataset;
  add_dispatch_case(dataset, "a", "t4", 1, 25);
  EXPECT_THAT(error_of([&] { fit(one(dataset), {}); }),
              AllOf(HasSubstr("no constants to fit"), HasSubstr("calibrated: {key: [min, max]}")));
  EXPECT_THAT(error_of([&] { fit({}, {dispatch_at(20)}); }), HasSubstr("no rows to fit to"));
}

// At 25 of 10 to 40 a tenth of the range is 3: ln(28/25) = 0.1133 up, ln(25/22) = 0.1278 down.
TEST(Sensitivities, AreTheLossThatATenthOfTheRangeCosts) {
  Dataset dataset;
  add_dispatch_case(dataset, "a", "t4", 1, 25);
  const std::vector<Parameter> parameters{dispatch_at(25), {kEager, "sync_us", 0, 10, 4}};
  const auto result = sensitivities(one(dataset), parameters);
  ASSERT_EQ(result.size(), 2U);
  EXPECT_NEAR(result[0].up, std::log(28.0 / 25), 1e-9);
  EXPECT_NEAR(result[0].down, std::log(25.0 / 22), 1e-9);
  EXPECT_EQ(result[1].up, 0) << "nothing depends on it";
  EXPECT_EQ(result[1].down, 0);
}

TEST(Sensitivities, StopAtTheBounds) {
  Dataset dataset;
  add_dispatch_case(dataset, "a", "t4", 1, 40);
  const auto result = sensitivities(one(dataset), std::vector<Parameter>{dispatch_at(40)});
  EXPECT_EQ(result[0].up, 0);
  EXPECT_GT(result[0].down, 0);
}

// t4 was measured with 20, rtx-3090 with 30. Fitted without it, rtx-3090 is predicted with 20: 20/30 - 1 = -33 %, and
// t4 with 30: +50 %. `fitted` takes the values given, here 20.
TEST(LeaveOneOut, PredictsEachMachineWithWhatTheOthersSay) {
  Dataset dataset;
  add_dispatch_case(dataset, "a", "t4", 1, 20);
  add_dispatch_case(dataset, "b", "t4", 3, 20);
  add_dispatch_case(dataset, "a", "rtx-3090", 1, 30);
  const auto folds =
      leave_one_out(one(dataset), std::vector<Parameter>{dispatch_at(20)}, Label::machine);
  ASSERT_EQ(folds.size(), 2U);
  EXPECT_EQ(folds[0].key, "machine=rtx-3090");
  EXPECT_EQ(folds[0].left_out.rows, 1U);
  EXPECT_NEAR(folds[0].left_out.bias, 20.0 / 30 - 1, 0.005);
  EXPECT_EQ(folds[1].key, "machine=t4");
  EXPECT_EQ(folds[1].left_out.rows, 2U);
  EXPECT_NEAR(folds[1].left_out.bias, 0.5, 0.01);
  EXPECT_NEAR(folds[1].fitted.bias, 0, 1e-9);
}

TEST(LeaveOneOut, GoesByNetworkToo) {
  Dataset dataset;
  for (const auto &[model, truth] : {std::pair{"a", 20.0}, {"b", 20.0}, {"c", 20.0}, {"d", 30.0}})
    add_dispatch_case(dataset, model, "t4", 1, truth);
  const auto folds =
      leave_one_out(one(dataset), std::vector<Parameter>{dispatch_at(25)}, Label::model);
  ASSERT_EQ(folds.size(), 4U);
  EXPECT_EQ(folds[3].key, "model=d");
  EXPECT_NEAR(folds[3].left_out.bias, 20.0 / 30 - 1, 0.01);
}

// A single operator is no network: it is fitted to, and neither left out by its name nor predicted.
TEST(LeaveOneOut, LeavesNetworksOutAndNoOperators) {
  std::vector<Dataset> datasets(2);
  datasets[0].kind = "networks";
  datasets[1].kind = "operators";
  add_dispatch_case(datasets[0], "a", "t4", 1, 20);
  add_dispatch_case(datasets[0], "b", "rtx-3090", 1, 30);
  add_dispatch_case(datasets[1], "gemm", "t4", 1, 25);
  const std::vector<Parameter> parameters{dispatch_at(20)};
  const auto folds = leave_one_out(datasets, parameters, Label::model);
  ASSERT_EQ(folds.size(), 2U);
  EXPECT_EQ(folds[0].key, "model=a");
  // Without t4, its operator is left out of the fit too: rtx-3090's 30 is what remains.
  const auto machines = leave_one_out(datasets, parameters, Label::machine);
  ASSERT_EQ(machines.size(), 2U);
  EXPECT_EQ(machines[1].key, "machine=t4");
  EXPECT_EQ(machines[1].left_out.rows, 1U);
  EXPECT_NEAR(machines[1].left_out.bias, 0.5, 0.01);
  const std::vector<std::string> only{"machine=t4"};
  EXPECT_EQ(leave_one_out(datasets, parameters, Label::machine, {}, only).size(), 1U);
  EXPECT_TRUE(leave_one_out(datasets, parameters, Label::model, {}, only).empty());
}

TEST(LeaveOneOut, NeedsTwo) {
  Dataset dataset;
  add_dispatch_case(dataset, "a", "t4", 1, 20);
  add_dispatch_case(dataset, "b", "t4", 1, 20);
  const std::vector<Parameter> parameters{dispatch_at(20)};
  EXPECT_TRUE(leave_one_out(one(dataset), parameters, Label::machine).empty());
  EXPECT_EQ(leave_one_out(one(dataset), parameters, Label::model).size(), 2U);
}

TEST(ParametersOf, PassOverRowsOfUnknownMachinesAndFitNamesThem) {
  Dataset dataset;
  add_dispatch_case(dataset, "a", "t4", 1, 20);
  add_case(dataset, {"a", "t44", kEager, "f16", 1}, 20, [](Bench &bench) -> double {
    try {
      bench.machine("t44");
    } catch (const Error &error) {
      throw Error("rows.csv:9", error.what());
    }
    return 1;
  });
  Bench bench;
  EXPECT_FALSE(parameters_of(one(dataset), bench).empty());
  EXPECT_THAT(error_of([&] { fit(one(dataset), {dispatch_at(20)}); }),
              AllOf(HasSubstr("rows.csv:9"), HasSubstr("'t44'")));
}

// ---- the bench ----------------------------------------------------------------------------------

TEST(BenchTest, PutsConstantsInPlaceOfThoseOfAGenerationAndOfARuntime) {
  const auto shipped = targets::load_machine("rtx-3090");
  const auto &generation = std::get<targets::GpuMachine>(shipped.model).generation;
  Bench bench({{generation, "dram_efficiency", 0.75}, {kEager, "dispatch_us", 33}});
  const auto efficiency = [&](const char *name) {
    return std::get<targets::GpuMachine>(bench.machine(name).model).dram_efficiency;
  };
  EXPECT_DOUBLE_EQ(efficiency("rtx-3090"), 0.75);
  EXPECT_DOUBLE_EQ(efficiency("a10"), 0.75) << "its sibling";
  EXPECT_NE(efficiency("t4"), 0.75) << "another generation";
  EXPECT_DOUBLE_EQ(bench.runtime(kEager).dispatch_us, 33);
  EXPECT_NE(bench.runtime("cuda-graph").dispatch_us, 33);
  bench.set_constants({});
  EXPECT_DOUBLE_EQ(efficiency("rtx-3090"),
                   std::get<targets::GpuMachine>(shipped.model).dram_efficiency);
}

TEST(BenchTest, GivesALanguageModelItsSizeAsSequenceLength) {
  Bench bench;
  EXPECT_EQ(bench.network("bert_base", 2, 64)
                .value(bench.network("bert_base", 2, 64).inputs()[0])
                .type.dims,
            (ir::Dims{2, 64}));
  EXPECT_EQ(bench.network("resnet18", 2, 160)
                .value(bench.network("resnet18", 2, 160).inputs()[0])
                .type.dims,
            (ir::Dims{2, 3, 160, 160}));
}

} // namespace
