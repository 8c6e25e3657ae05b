// Partitioning grows linearly with the network. Goals (issue "fusion tables"): 200,000 operators
// with the modern vocabulary in 2 s and 1 GB on one core, the network itself included; the same time
// per operator at 2,000, 20,000 and 200,000.
#include "mixed_network.hpp"
#include "partition/strategy.hpp"

#include <benchmark/benchmark.h>
#include <sys/resource.h>

namespace {

using namespace fusesim;

double peak_mib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024; // Linux counts KiB
}

void partition_network(benchmark::State &state, const char *strategy) {
  const ir::Graph graph = test::mixed_network(static_cast<std::size_t>(state.range(0)));
  std::size_t subgraphs = 0;
  for (auto _ : state)
    subgraphs = partition::run_strategy(strategy, graph).subgraphs.size();
  const auto operators = static_cast<double>(graph.nodes().size());
  state.SetComplexityN(static_cast<std::int64_t>(graph.nodes().size()));
  state.counters["operators"] = operators;
  state.counters["subgraphs"] = static_cast<double>(subgraphs);
  state.counters["per_operator"] = benchmark::Counter(
      operators, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
  state.counters["process_peak_mib"] = peak_mib();
}

void measure_traffic(benchmark::State &state) {
  const ir::Graph graph = test::mixed_network(static_cast<std::size_t>(state.range(0)));
  const auto partition = partition::run_strategy("attention", graph);
  Bytes external = 0;
  for (auto _ : state) {
    external = 0;
    for (const auto &subgraph : partition.subgraphs)
      external += traffic_of(graph, partition, subgraph).external();
  }
  state.SetComplexityN(static_cast<std::int64_t>(graph.nodes().size()));
  state.counters["external_mb"] = static_cast<double>(external) * 1e-6;
}

void sizes(benchmark::internal::Benchmark *benchmark) {
  benchmark->Arg(2'000)->Arg(20'000)->Arg(200'000);
  benchmark->Unit(benchmark::kMillisecond)->Complexity(benchmark::oN);
}

BENCHMARK_CAPTURE(partition_network, unfused, "unfused")->Apply(sizes);
BENCHMARK_CAPTURE(partition_network, greedy, "greedy")->Apply(sizes);
BENCHMARK_CAPTURE(partition_network, attention, "attention")->Apply(sizes);
BENCHMARK(measure_traffic)->Apply(sizes);

} // namespace
