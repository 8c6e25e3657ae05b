// Real networks on the shipped tile machines.
#include "ir/passes.hpp"
#include "ir/zoo.hpp"
#include "support/error.hpp"
#include "targets/experiment.hpp"
#include "targets/tile/figures.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fusesim::targets {
namespace {

using testing::HasSubstr;

TileMachine tile_machine(const std::string &name) {
  return std::get<TileMachine>(load_machine(name).model);
}

/// Multiply-adds of the whole machine per second, times two, in tera.
double peak_tera(const TileMachine &m, double macs_per_pe) {
  return 2e-3 * m.tile_count * m.array_rows * m.array_cols * macs_per_pe * m.clock_ghz;
}

TEST(TileConfigs, HaveThePublishedPeaks) {
  // Jouppi et al., ISCA 2017 (92 TOP/s), CACM 2020 (123 TFLOP/s of a chip of two cores), ISCA 2023 (275 TFLOP/s).
  EXPECT_NEAR(peak_tera(tile_machine("tpu-v1"), tile_machine("tpu-v1").int8_macs_per_pe_per_clk),
              92, 0.5);
  EXPECT_NEAR(
      2 * peak_tera(tile_machine("tpu-v3"), tile_machine("tpu-v3").bf16_macs_per_pe_per_clk), 123,
      0.5);
  EXPECT_NEAR(peak_tera(tile_machine("tpu-v4"), tile_machine("tpu-v4").bf16_macs_per_pe_per_clk),
              275, 0.5);
  // Stillwater: INT8 operations per clock and tile × tiles × clock.
  const auto kpu = [](const std::string &name, double ops_per_clock) {
    const auto m = tile_machine(name);
    EXPECT_NEAR(peak_tera(m, m.int8_macs_per_pe_per_clk), ops_per_clock * m.clock_ghz * 1e-3,
                1e-3 * ops_per_clock * m.clock_ghz * 1e-3)
        << name;
  };
  kpu("kpu-t64", 64 * 2048);
  kpu("kpu-t256", 256 * 2048);
  kpu("kpu-t768", 691 * 512 + 77 * 8192);
}

TEST(TileConfigs, AllRunResNet50AndVitInEveryTypeThatTheyHave) {
  const auto resnet = ir::build_zoo_model("resnet50"), vit = ir::build_zoo_model("vit_b_16");
  int machines = 0;
  for (const auto &entry : list_machines()) {
    if (entry.kind != "tile")
      continue;
    ++machines;
    const auto machine = load_machine(entry.name);
    const auto runtime = load_runtime(machine.default_runtime);
    const auto &model = std::get<TileMachine>(machine.model);
    for (const auto *graph : {&resnet, &vit})
      for (const auto &[dtype, rate] : {std::pair{ir::DType::bf16, model.bf16_macs_per_pe_per_clk},
                                        std::pair{ir::DType::i8, model.int8_macs_per_pe_per_clk}}) {
        if (rate == 0)
          continue;
        const auto unfused =
            run_experiment(*graph, machine, runtime, {.strategy = "unfused", .dtype = dtype});
        const auto fused =
            run_experiment(*graph, machine, runtime, {.strategy = "", .dtype = dtype});
        EXPECT_LT(fused.latency_us(), unfused.latency_us()) << entry.name;
        EXPECT_LT(fused.dram_bytes(), unfused.dram_bytes()) << entry.name;
        EXPECT_LT(fused.launches(), unfused.launches()) << entry.name;
      }
  }
  EXPECT_EQ(machines, 11);
}

TEST(TileNetworks, ResNet50OnKpuT64MovesExactlyTheCompulsoryBytes) {
  // 14 MiB of placeable L3 hold one operand of every layer: nothing is read twice, by the partition's own accounting.
  const auto machine = load_machine("kpu-t64");
  const auto experiment = run_experiment(ir::build_zoo_model("resnet50"), machine,
                                         load_runtime(machine.default_runtime),
                                         {.strategy = "", .dtype = ir::DType::bf16});
  Bytes compulsory = 0;
  for (const auto &subgraph : experiment.partition.subgraphs)
    compulsory +=
        partition::traffic_of(experiment.graph, experiment.partition, subgraph).external();
  EXPECT_EQ(experiment.dram_bytes(), compulsory);
}

TEST(TileNetworks, AttentionScoresStayOnChip) {
  // ViT-B/16: 12 heads of 197×197 scores in bf16 are 931 KB per layer; fused they never see DRAM, in any of 12 layers,
  // though each of scores, scale and softmax writes them and each of scale, softmax and apply reads them unfused.
  const auto machine = load_machine("kpu-t64");
  const auto runtime = load_runtime(machine.default_runtime);
  const auto model = ir::build_zoo_model("vit_b_16");
  const auto unfused =
      run_experiment(model, machine, runtime, {.strategy = "unfused", .dtype = ir::DType::bf16});
  const auto fused =
      run_experiment(model, machine, runtime, {.strategy = "attention", .dtype = ir::DType::bf16});
  EXPECT_GE(unfused.dram_bytes() - fused.dram_bytes(), 12U * 6 * 12 * 197 * 197 * 2);
}

TEST(TileNetworks, TwiceTheTilesNeverSlowABatch) {
  for (const std::string model_name : {"resnet18", "mobilenet_v2", "efficientnet_b0"}) {
    const auto model = ir::build_zoo_model(model_name, {.batch = 64});
    for (const std::string name : {"kpu-t64", "kpu-t256", "kpu-t768", "kpu-edge"}) {
      auto machine = load_machine(name);
      const auto runtime = load_runtime(machine.default_runtime);
      const ExperimentOptions options{.strategy = "", .dtype = ir::DType::bf16};
      const auto before = run_experiment(model, machine, runtime, options);
      auto &tiles = std::get<TileMachine>(machine.model);
      tiles.tile_count *= 2;
      tiles.noc_rows *= 2;
      const auto after = run_experiment(model, machine, runtime, options);
      EXPECT_LE(after.latency_us(), before.latency_us()) << model_name << " on " << name;
    }
  }
}

TEST(TileNetworks, LargerScratchpadsNeverMoveMore) {
  const auto model = ir::build_zoo_model("resnet18", {.batch = 4});
  for (const std::string name : {"kpu-t64", "tpu-v4", "gemmini-16x16"}) {
    auto machine = load_machine(name);
    const auto runtime = load_runtime(machine.default_runtime);
    auto &tile = std::get<TileMachine>(machine.model);
    const auto dtype = name.starts_with("gemmini") ? ir::DType::i8 : ir::DType::bf16;
    const double whole = tile.l3_kib_per_tile;
    Bytes before = ~Bytes{0};
    for (const double part : {0.125, 0.25, 0.5, 1.0, 2.0, 8.0}) {
      tile.l3_kib_per_tile = whole * part;
      const auto moved =
          run_experiment(model, machine, runtime, {.strategy = "", .dtype = dtype}).dram_bytes();
      EXPECT_LE(moved, before) << name << " with " << part << " of its L3";
      before = moved;
    }
  }
}

TEST(TileNetworks, WeightsThatFitStayOnChipBetweenInferences) {
  // ResNet-50's 25.6 M parameters take 51 MB in bf16: KPU-T768 has 192 MiB of L3, KPU-T64 16 MiB.
  const auto model = ir::build_zoo_model("resnet50");
  const auto moved = [&](const std::string &machine, const std::string &runtime) {
    return run_experiment(model, load_machine(machine), load_runtime(runtime),
                          {.strategy = "", .dtype = ir::DType::bf16})
        .dram_bytes();
  };
  EXPECT_NEAR(
      static_cast<double>(moved("kpu-t768", "kpu-runtime") - moved("kpu-t768", "kpu-steady")),
      51.1e6, 0.3e6);
  EXPECT_LT(moved("kpu-t64", "kpu-steady"), moved("kpu-t64", "kpu-runtime"));
  EXPECT_GT(moved("kpu-t64", "kpu-steady"), moved("kpu-t64", "kpu-runtime") - 16'777'216);
}

TEST(TileNetworks, FloatsOnAMachineWithoutFloatArithmeticAreAnError) {
  const auto machine = load_machine("kpu-t64");
  try {
    run_experiment(ir::build_zoo_model("resnet18"), machine, load_runtime(machine.default_runtime));
    FAIL();
  } catch (const Error &error) {
    EXPECT_THAT(error.what(), HasSubstr("the machine has no f32 arithmetic"));
    EXPECT_THAT(error.what(), HasSubstr("use --dtype bf16|i8"));
  }
}

} // namespace
} // namespace fusesim::targets
