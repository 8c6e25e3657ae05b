#include "sweep/simulator.hpp"

#include "ir/zoo.hpp"
#include "sweep_testing.hpp"

#include <gtest/gtest.h>

#include <numeric>

namespace fusesim::sweep::test {
namespace {

ir::Graph load_zoo(const ModelRequest &request) {
  ir::ZooOptions options;
  options.batch = request.batch.value_or(1);
  options.image_size = request.image_size;
  return ir::build_zoo_model(request.name, options);
}

class SimulatorTest : public testing::Test {
protected:
  Folder folder_;
};

// What a sweep says of a configuration is what a config file with the same values gives.
TEST_F(SimulatorTest, AgreesWithAConfigFileOfTheSameValues) {
  const auto space = space_of(folder_, "strategies: [unfused, fused]\nbatch: [1, 4]\n"
                                       "fields: {sm_count: [20, 40], launch_us: [1, 9]}\n");
  Simulator simulator(space, load_zoo);
  for (std::uint64_t i = 0; i < space.size(); ++i) {
    const auto outcome = simulator.run(i);
    ASSERT_EQ(outcome.error, "");
    const auto configuration = space.at(i);
    const auto machine = targets::load_machine(
        folder_
            .write("machine.yaml",
                   "base: t4\nsm_count: " + configuration.machine_fields[0].value + "\n")
            .string());
    const auto runtime = targets::load_runtime(
        folder_
            .write("runtime.yaml", "base: pytorch-eager\nlaunch_us: " +
                                       configuration.runtime_fields[0].value + "\n")
            .string());
    const auto alone =
        targets::run_experiment(load_zoo(configuration.model), machine, runtime,
                                {.strategy = configuration.strategy, .dtype = configuration.dtype});
    EXPECT_EQ(outcome.latency_us, static_cast<double>(alone.run.latency) / 1e6);
    EXPECT_EQ(outcome.launches, alone.launches());
    EXPECT_EQ(outcome.dram_bytes, alone.dram_bytes());
  }
}

TEST_F(SimulatorTest, AttributionSumsToTheLatency) {
  const auto space = space_of(folder_, "fields: {launch_us: [0, 5, 20]}\n");
  Simulator simulator(space, load_zoo);
  for (std::uint64_t i = 0; i < space.size(); ++i) {
    const auto outcome = simulator.run(i);
    const double sum =
        std::accumulate(outcome.attribution_us.begin(), outcome.attribution_us.end(), 0.0);
    EXPECT_NEAR(sum, outcome.latency_us, 1e-6 * outcome.latency_us);
  }
}

TEST_F(SimulatorTest, CountsTheWorkOfTheNetwork) {
  const auto space = space_of(folder_, "");
  // ResNet-18 at 224x224: 1.814 GMAC (data/torchvision_macs.csv), two FLOPs each.
  EXPECT_NEAR(static_cast<double>(Simulator(space, load_zoo).run(0).flops), 2 * 1.814e9, 0.01e9);
}

TEST_F(SimulatorTest, BuildsEachNetworkOnce) {
  const auto space = space_of(folder_, "strategies: [unfused, fused]\nbatch: [1, 2]\n"
                                       "fields: {l2_mib: [2, 4, 8]}\n");
  int built = 0;
  Simulator simulator(space, [&](const ModelRequest &request) {
    ++built;
    return load_zoo(request);
  });
  simulator.prepare_ahead();
  for (std::uint64_t i = 0; i < space.size(); ++i)
    simulator.run(i);
  EXPECT_EQ(built, 2); // batches
}

TEST_F(SimulatorTest, KeepsErrorsWithTheirConfigurations) {
  // DRAM faster than L2 is refused by the machine's own check; the others run.
  const auto space = space_of(folder_, "fields: {dram_bandwidth_gbps: [300, 90000]}\n");
  Simulator simulator(space, load_zoo);
  EXPECT_EQ(simulator.run(0).error, "");
  EXPECT_THAT(simulator.run(1).error, testing::HasSubstr("l2_bandwidth_gbps"));
}

TEST_F(SimulatorTest, HashesWhatTheSimulationIsGiven) {
  const auto space = space_of(folder_, "fields: {l2_mib: [2, 4, 8]}\n");
  const auto other = space_of(folder_, "fields: {l2_mib: [8, 2]}\n");
  Simulator a(space, load_zoo), b(other, load_zoo);
  EXPECT_EQ(a.run(0).hash, b.run(1).hash); // 2 MiB
  EXPECT_EQ(a.run(2).hash, b.run(0).hash);
  EXPECT_NE(a.run(0).hash, a.run(1).hash);
}

TEST_F(SimulatorTest, CalculatesObjectives) {
  const auto space = space_of(
      folder_,
      "batch: 4\nobjectives: [{name: rate, value: batch / latency_us * 1e6, goal: maximise}]\n");
  const auto outcome = Simulator(space, load_zoo).run(0);
  ASSERT_EQ(outcome.objectives.size(), 1U);
  EXPECT_DOUBLE_EQ(outcome.objectives[0], 4 / outcome.latency_us * 1e6);
}

TEST_F(SimulatorTest, RefusesObjectivesThatCannotBeColumns) {
  const auto error = [&](const std::string &objectives) {
    return error_of([&] {
      const auto space = space_of(folder_, "objectives: [" + objectives + "]\n");
      Simulator(space, load_zoo);
    });
  };
  EXPECT_THAT(error("latancy_us"), testing::HasSubstr("did you mean 'latency_us'"));
  EXPECT_THAT(error("{name: launches, value: 2 * launches}"),
              testing::HasSubstr("has the name of another column"));
  EXPECT_THAT(error("latency_us, latency_us"), testing::HasSubstr("is given twice"));
}

TEST(Outcome, TravelsUnchanged) {
  Outcome outcome;
  outcome.configuration = 1234567890123;
  outcome.hash = "h";
  outcome.latency_us = 0.1 + 0.2;
  outcome.launches = 3;
  outcome.dram_bytes = ~Bytes{0};
  outcome.flops = 5;
  outcome.attribution_us = {1, 2, 3, 4, 5, 6, 7};
  outcome.objectives = {1.5, -2};
  Outcome failure;
  failure.configuration = 7;
  failure.error = "s.yaml:3: no";
  const auto back = unpacked(packed(std::vector{outcome, failure}));
  ASSERT_EQ(back.size(), 2U);
  EXPECT_EQ(back[0].configuration, outcome.configuration);
  EXPECT_EQ(back[0].latency_us, outcome.latency_us);
  EXPECT_EQ(back[0].dram_bytes, outcome.dram_bytes);
  EXPECT_EQ(back[0].attribution_us, outcome.attribution_us);
  EXPECT_EQ(back[0].objectives, outcome.objectives);
  EXPECT_EQ(back[1].error, failure.error);
  EXPECT_TRUE(back[1].failed());
}

TEST(Outcome, HasFingerprintsThatAnybodyCanRepeat) {
  // Python: uuid.uuid5(uuid.UUID('7c0c2d3a-9b0e-4d57-8a54-2f6f0f2f9d11'), 'resnet50')
  EXPECT_EQ(fingerprint_of("resnet50"), "670accb8-f4cd-5253-bd16-66455f1b0bb9");
}

} // namespace
} // namespace fusesim::sweep::test
