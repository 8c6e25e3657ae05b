// Figures against the published tables (data/seed) and hand calculation.
#include "claims/laboratory.hpp"

#include "claims_testing.hpp"
#include "support/csv.hpp"
#include "test_paths.hpp"

#include <fmt/format.h>

namespace fusesim::claims {
namespace {

using test::error_of;
using test::load;
using testing::HasSubstr;

Experiment counted(const std::string &model, const std::string &strategy = "greedy") {
  Experiment experiment;
  experiment.model = fmt::format("{}/data/fx/{}.json.gz", FUSESIM_SOURCE_DIR, model);
  experiment.accounting = "seed";
  experiment.strategy = strategy;
  return experiment;
}

Experiment simulated(const std::string &model, const std::string &runtime,
                     const std::string &strategy) {
  Experiment experiment;
  experiment.model = model;
  experiment.target = "a100-sxm-40gb";
  experiment.runtime = runtime;
  experiment.strategy = strategy;
  return experiment;
}

TEST(Laboratory, CountsThePublishedTables) {
  const auto table = read_csv(FUSESIM_SOURCE_DIR "/data/seed/fusion_table.csv");
  Laboratory laboratory(load);
  for (const auto &row : table.rows) {
    const auto field = [&](const char *name) { return std::stod(row.fields[*table.column(name)]); };
    const auto &run = laboratory.run(counted(row.fields[*table.column("model")]));
    EXPECT_EQ(run.figure("operators"), field("ops"));
    EXPECT_EQ(run.figure("subgraphs"), field("subgraphs"));
    EXPECT_EQ(run.figure("launches"), field("subgraphs"));
    EXPECT_EQ(run.figure("single_operator"), field("single_op_subgraphs"));
    EXPECT_NEAR(run.figure("coverage") * 100, field("fusion_coverage_pct"), 1e-4);
    EXPECT_NEAR(run.figure("fusion_efficiency"), field("fusion_efficiency"), 1e-4);
    EXPECT_EQ(run.figure("largest"), field("max_fusion_size"));
    EXPECT_EQ(run.figure("external_bytes"), field("external_bytes"));
    EXPECT_EQ(run.figure("weight_bytes"), field("weight_bytes"));
    EXPECT_EQ(run.figure("internal_bytes"), field("internal_bytes"));
    EXPECT_NEAR(run.figure("memory_reduction") * 100, field("memory_reduction_pct"), 1e-4);
    EXPECT_EQ(run.figure("flops"), field("flops"));
    EXPECT_NEAR(run.figure("mean_intensity"), field("mean_ai"), 1e-4);
    EXPECT_EQ(run.figure("parameters"), field("params"));
    EXPECT_EQ(run.figure("fx_nodes"), field("fx_nodes"));
  }
}

// ResNet-18's torch.fx graph: 20 convolutions, 20 batch norms, 17 ReLUs, 2 poolings, a linear; 8 additions and a flatten.
TEST(Laboratory, CountsNodesOfTorchFx) {
  Laboratory laboratory(load);
  const auto &run = laboratory.run(counted("resnet18"));
  EXPECT_EQ(run.figure("fx_modules"), 60);
  EXPECT_EQ(run.figure("fx_functions"), 9);
  EXPECT_EQ(run.figure("fx_methods"), 0);
}

// data/seed: 9 subgraphs of three, 11 of Conv2d and BatchNorm2d, 8 of add and ReLU, 4 alone.
TEST(Laboratory, ChoosesSubgraphsByPatternAndFigures) {
  Laboratory laboratory(load);
  auto experiment = counted("resnet18");
  const auto subgraphs = [&](const std::string &pattern, const std::string &where) {
    experiment.pattern = pattern;
    experiment.where = where;
    return laboratory.run(experiment).figure("subgraphs");
  };
  EXPECT_EQ(subgraphs("Conv2d_*", ""), 20);
  EXPECT_EQ(subgraphs("Conv2d_BatchNorm2d", ""), 11);
  EXPECT_EQ(subgraphs("", "operators == 3"), 9);
  EXPECT_EQ(subgraphs("", "contractions >= 1"), 21); // and the linear
  EXPECT_EQ(subgraphs("Conv2d_*", "operators == 2"), 11);
  EXPECT_EQ(subgraphs("nothing", ""), 0);
}

TEST(Laboratory, SimulatesAsTheMachinesSay) {
  Laboratory laboratory(load);
  const auto &run = laboratory.run(simulated("resnet18", "aot-fused", "unfused"));
  EXPECT_TRUE(run.simulated);
  EXPECT_EQ(run.dtype, "f32"); // of GPUs
  EXPECT_EQ(run.batch, 1);
  EXPECT_EQ(run.size, 224);
  EXPECT_EQ(run.figure("launches"),
            68); // operators with work: 20 + 20 + 17 + 8 + 2 poolings + linear
  double sum = 0;
  for (const double part : run.attribution_us)
    sum += part;
  EXPECT_NEAR(sum, run.figure("latency_us"), 1e-6);
  EXPECT_EQ(run.figure("launch_us"), 2.7); // configs/runtime/aot-fused.yaml
  EXPECT_EQ(run.figure("sm_count"), 108);
  EXPECT_EQ(run.figure("flops"), 3'628'146'688); // data/seed
}

TEST(Laboratory, SetsKeysOfMachinesAndRuntimes) {
  Laboratory laboratory(load);
  auto experiment = simulated("resnet18", "pytorch-eager", "unfused");
  experiment.set = {{"sm_count", "54", "here"}, {"launch_us", "7.5", "here"}};
  const auto &run = laboratory.run(experiment);
  EXPECT_EQ(run.figure("sm_count"), 54);
  EXPECT_EQ(run.figure("launch_us"), 7.5);
  EXPECT_EQ(laboratory.number_of(experiment, "launch_us"), 7.5);
  EXPECT_FALSE(laboratory.number_of(experiment, "tiles").has_value());
}

TEST(Laboratory, SaysWhatCannotBeRun) {
  Laboratory laboratory(load);
  const auto message = [&](const Experiment &experiment) {
    return error_of([&] { laboratory.run(experiment); });
  };
  auto experiment = simulated("resnet19", "aot-fused", "fused");
  EXPECT_THAT(message(experiment), HasSubstr("resnet19"));
  experiment = simulated("resnet18", "aot-fused", "fused");
  experiment.target = "a101";
  EXPECT_THAT(message(experiment), HasSubstr("unknown target 'a101'"));
  experiment = simulated("resnet18", "kpu-runtime", "fused");
  EXPECT_THAT(message(experiment), HasSubstr("drives tile machines"));
  experiment = simulated("resnet18", "aot-fused", "geedy");
  EXPECT_THAT(message(experiment), HasSubstr("unknown strategy 'geedy'; did you mean 'greedy'"));
  experiment = simulated("resnet18", "aot-fused", "fused");
  experiment.set = {{"sm_count", "0", "my.yaml:7"}};
  EXPECT_THAT(message(experiment), HasSubstr("my.yaml:7"));
  experiment = counted("resnet18");
  experiment.model = "resnet18";
  EXPECT_THAT(message(experiment), HasSubstr("torch.fx"));
}

} // namespace
} // namespace fusesim::claims
