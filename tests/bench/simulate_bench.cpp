// In-process cost of one simulation, as a sweep pays it: the graph is built once, then retyped, partitioned, lowered
// and simulated. Goals (issue "the whole path"): ResNet-50 on A100 ≤ 5 ms, batch 256 ≤ 4 × batch 1, ViT-L/16 ≤ 10 ms,
// ResNet-50 on KPU-T64 ≤ 20 ms, on KPU-T768 ≤ 40 ms. The fastest event-driven peer needs 7.8 s for one ResNet-50.
#include "ir/zoo.hpp"
#include "targets/experiment.hpp"

#include <benchmark/benchmark.h>

namespace {

using namespace fusesim;

void simulate(benchmark::State &state, const char *model, const char *machine_name,
              const char *strategy, ir::DType dtype) {
  const ir::Graph graph = ir::build_zoo_model(model, {.batch = state.range(0)});
  const targets::Machine machine = targets::load_machine(machine_name);
  const targets::Runtime runtime = targets::load_runtime(machine.default_runtime);
  targets::ExperimentOptions options{.strategy = strategy, .dtype = dtype};
  double latency_us = 0;
  for (auto _ : state)
    latency_us = targets::run_experiment(graph, machine, runtime, options).latency_us();
  state.counters["simulated_us"] = latency_us;
}

void build_graph(benchmark::State &state, const char *model) {
  for (auto _ : state)
    benchmark::DoNotOptimize(ir::build_zoo_model(model, {}));
}

} // namespace

#define FUSESIM_BENCH(model, machine, strategy, dtype)                                             \
  BENCHMARK_CAPTURE(simulate, model on machine strategy, #model, machine, #strategy,               \
                    ir::DType::dtype)                                                              \
      ->Unit(benchmark::kMillisecond)                                                              \
      ->ArgName("batch")

FUSESIM_BENCH(resnet50, "a100-sxm-40gb", unfused, f16)->Arg(1)->Arg(256);
FUSESIM_BENCH(resnet50, "a100-sxm-40gb", attention, f16)->Arg(1)->Arg(256);
FUSESIM_BENCH(vit_l_16, "a100-sxm-40gb", unfused, f16)->Arg(1);
FUSESIM_BENCH(vit_l_16, "a100-sxm-40gb", attention, f16)->Arg(1);
FUSESIM_BENCH(resnet50, "kpu-t64", unfused, bf16)->Arg(1);
FUSESIM_BENCH(resnet50, "kpu-t64", attention, bf16)->Arg(1);
FUSESIM_BENCH(resnet50, "kpu-t768", unfused, bf16)->Arg(1);
FUSESIM_BENCH(resnet50, "kpu-t768", attention, bf16)->Arg(1);
FUSESIM_BENCH(resnet50, "gemmini-16x16", attention, i8)->Arg(1);
BENCHMARK_CAPTURE(build_graph, resnet50, "resnet50")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(build_graph, vit_l_16, "vit_l_16")->Unit(benchmark::kMillisecond);
