// What must hold for every network on every GPU, over random networks and random machines.
#include "ir/cost.hpp"
#include "ir/passes.hpp"
#include "partition/square_graph.hpp"
#include "partition/strategy.hpp"
#include "random_graph.hpp"
#include "targets/gpu/device.hpp"
#include "targets/gpu/lowering.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <ostream>

namespace fusesim::targets {
std::ostream &operator<<(std::ostream &stream, const GpuMachine &m) {
  return stream << m.sm_count << " SMs, " << m.boost_clock_ghz << " GHz, f32 " << m.fp32_tflops
                << ", f16 " << m.fp16_tensor_tflops << " TFLOP/s, DRAM " << m.dram_bandwidth_gbps
                << ", L2 " << m.l2_bandwidth_gbps << " GB/s, " << m.l2_mib << " MiB, shared "
                << m.shared_memory_kib_per_sm << " KiB, threads " << m.threads_per_sm << ", stages "
                << m.pipeline_stages << ", mma warps " << m.mma_warps;
}
std::ostream &operator<<(std::ostream &stream, const Runtime &r) {
  return stream << (r.submission == Runtime::Submission::eager ? "eager" : "graph") << ", barrier "
                << r.grid_barrier_us << " us";
}
} // namespace fusesim::targets

using namespace fusesim;
using namespace fusesim::targets;

namespace {

constexpr int kMostNodes = 30;

double between(double low, double high) {
  return low + (high - low) * *rc::gen::inRange(0, 1001) / 1000.0;
}

GpuMachine any_gpu() {
  GpuMachine m;
  m.generation = "random";
  m.sm_count = *rc::gen::inRange(1U, 150U);
  m.boost_clock_ghz = between(0.5, 2.5);
  const double per_clock = m.sm_count * m.boost_clock_ghz * 1e-3;
  m.fp32_tflops = *rc::gen::element(128.0, 256.0) * per_clock;
  m.fp16_tensor_tflops = *rc::gen::element(512.0, 1024.0, 2048.0, 4096.0) * per_clock;
  m.dram_bandwidth_gbps = between(50, 4000);
  m.l2_mib = between(0.25, 64);
  m.l2_bandwidth_gbps = m.dram_bandwidth_gbps * between(1, 6);
  m.shared_memory_kib_per_sm = between(64, 228);
  m.shared_memory_kib_per_cta = m.shared_memory_kib_per_sm - 1;
  m.shared_memory_reserved_kib_per_cta = *rc::gen::element(0.0, 1.0);
  m.threads_per_sm = *rc::gen::element(1024U, 1536U, 2048U);
  m.ctas_per_sm = *rc::gen::element(16U, 24U, 32U);
  m.dram_latency_us = between(0.2, 1);
  m.l2_latency_us = m.dram_latency_us * between(0.2, 1);
  m.pipeline_stages = *rc::gen::inRange(2U, 5U);
  m.mma_warps = *rc::gen::element(1U, 4U);
  m.kernel_ramp_us = between(0, 1);
  m.stream_ramp_us = between(0, 1);
  return m;
}

Runtime any_runtime() {
  Runtime runtime;
  runtime.submission =
      *rc::gen::element(Runtime::Submission::eager, Runtime::Submission::graph_replay);
  runtime.dispatch_us = between(0, 20);
  runtime.view_dispatch_us = between(0, 5);
  runtime.launch_us = between(0, 5);
  runtime.launch_latency_us = between(0, 5);
  runtime.kernel_gap_us = between(0, 2);
  runtime.graph_launch_us = between(0, 5);
  runtime.graph_node_gap_us = between(0, 1);
  runtime.sync_us = between(0, 5);
  runtime.grid_barrier_us = *rc::gen::element(0.0, 1.5);
  runtime.layout = *rc::gen::element(Runtime::Layout::contiguous, Runtime::Layout::channels_last);
  runtime.copies_permuted_operands = *rc::gen::arbitrary<bool>();
  runtime.keeps_strides = *rc::gen::arbitrary<bool>();
  runtime.aligns_products = *rc::gen::arbitrary<bool>();
  runtime.fuses_into_products = *rc::gen::arbitrary<bool>();
  runtime.fused_attention_tokens = *rc::gen::element(0U, 16U, 1'000'000U);
  return runtime;
}

/// No kernels hidden behind the host: what the machine does is what counts.
Runtime quick_runtime() {
  Runtime runtime;
  runtime.submission = Runtime::Submission::graph_replay;
  return runtime;
}

ir::Graph any_graph() {
  const auto dtype = *rc::gen::element(ir::DType::f16, ir::DType::f32);
  const auto graph = *rc::gen::oneOf(test::arbitrary_graph(kMostNodes), test::square_graph());
  return ir::decompose_attention(
      ir::with_float_dtype(graph, dtype),
      *rc::gen::element(ir::InProjection::packed, ir::InProjection::separate));
}

std::string any_strategy() {
  return *rc::gen::element<std::string>("unfused", "greedy", "attention");
}

struct Case {
  Lowered lowered;
  sim::RunResult run;
  Bytes dram_bytes() const { return run.link_bytes.at(gpu::kDram); }
};
Case simulate(const ir::Graph &graph, const std::string &strategy, const GpuMachine &machine,
              const Runtime &runtime, bool exact = false) {
  Case result;
  result.lowered = lower_gpu(graph, partition::run_strategy(strategy, graph), machine, runtime);
  result.run = sim::run(result.lowered.topology, result.lowered.program, {.exact = exact});
  return result;
}

/// What no implementation can avoid: every weight and input that is used is read, every result that
/// is computed is written.
Bytes compulsory_bytes(const ir::Graph &graph) {
  std::map<ir::ValueId, Bytes> bytes;
  for (const auto &node : graph.nodes()) {
    if (ir::is_free(node.kind))
      continue;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      const auto root = ir::storage_root(graph, node.inputs[i]);
      if (graph.value(root).producer == ir::kNoNode)
        bytes[root] = std::max(bytes[root], ir::operand_bytes(graph, node, i));
    }
  }
  for (const auto output : graph.outputs()) {
    const auto root = ir::storage_root(graph, output);
    if (graph.value(root).producer != ir::kNoNode &&
        ir::class_of(graph.node(graph.value(root).producer).kind) != ir::OpClass::bookkeeping)
      bytes[root] = graph.value(root).type.bytes();
  }
  Bytes total = 0;
  for (const auto &[root, size] : bytes)
    total += size;
  return total;
}

/// What minimal filtering leaves at best of a 3×3 convolution's multiplications: 36 for a tile of 4×4 results, where
/// it takes 144 directly (Lavin & Gray 2016).
double least_share_of_macs(const ir::Graph &graph, const ir::Node &node) {
  if (node.kind != ir::OpKind::conv2d || graph.value(node.inputs[0]).type.dtype != ir::DType::f32)
    return 1;
  const auto &weight = graph.value(node.inputs[1]).type.dims;
  return weight[2] == 3 && weight[3] == 3 ? 36.0 / 144 : 1;
}

/// Arithmetic at peak, nothing else: f32 on CUDA cores, f16 on tensor cores, at the efficiency of a
/// main loop.
double arithmetic_s(const ir::Graph &graph, const GpuMachine &m) {
  double seconds = 0;
  for (const auto &node : graph.nodes()) {
    const auto macs =
        least_share_of_macs(graph, node) * static_cast<double>(ir::work_of(graph, node).macs);
    if (macs == 0)
      continue;
    const bool tensor = graph.value(node.inputs[0]).type.dtype == ir::DType::f16;
    const double best = tensor ? std::max(m.fp16_tensor_tflops * m.tensor_efficiency, m.fp32_tflops)
                               : m.fp32_tflops;
    seconds += 2 * macs / (best * 1e12);
  }
  return seconds;
}

/// Everything after everything else: each task alone on the machine, each byte alone on its link,
/// no overlap anywhere.
double serial_s(const Case &c, const Runtime &runtime) {
  const auto &topology = c.lowered.topology;
  const auto &host = topology.host;
  double seconds = host.launch_latency_s + host.graph_launch_s + host.sync_s;
  for (const auto &launch : c.lowered.program.launches) {
    seconds += launch.dispatch_s + launch.launch_s + launch.min_duration_s + host.launch_latency_s +
               std::max(host.gap_s, host.graph_node_gap_s);
    for (const auto &stage : launch.stages) {
      seconds += stage.barrier_s;
      for (const auto &group : stage.groups) {
        double task = group.fill_s + group.min_steady_s + group.drain_s;
        for (const auto &work : group.work)
          if (work.amount > 0)
            task += work.amount /
                    topology.unit_classes[group.unit_class].engines[work.engine].rate_per_s;
        seconds += static_cast<double>(group.count) * task;
      }
    }
  }
  (void)runtime;
  for (std::size_t link = 0; link < topology.links.size(); ++link)
    seconds += static_cast<double>(c.run.link_bytes[link]) / topology.links[link].bytes_per_s;
  return seconds;
}

double seconds_of(const sim::RunResult &run) { return static_cast<double>(run.latency) * 1e-12; }

constexpr double kRounding = 1e-6; ///< of a time; the simulator counts picoseconds per task

RC_GTEST_PROP(GpuProperties, LatencyLiesBetweenRooflineAndFullySerial, ()) {
  const auto graph = any_graph();
  const auto machine = any_gpu();
  const auto runtime = any_runtime();
  RC_LOG() << machine << "\n" << runtime << "\n";
  const auto result = simulate(graph, any_strategy(), machine, runtime);
  const double seconds = seconds_of(result.run);
  const double dram =
      static_cast<double>(compulsory_bytes(graph)) / (machine.dram_bandwidth_gbps * 1e9);
  RC_ASSERT(seconds >= std::max(dram, arithmetic_s(graph, machine)) * (1 - kRounding));
  RC_ASSERT(seconds <= serial_s(result, runtime) * (1 + kRounding) + 1e-9);
}

RC_GTEST_PROP(GpuProperties, DramCarriesAtLeastWhatIsCompulsory, ()) {
  const auto graph = any_graph();
  const auto machine = any_gpu();
  const auto result = simulate(graph, any_strategy(), machine, any_runtime());
  RC_ASSERT(result.dram_bytes() >= compulsory_bytes(graph));
}

/// The most that a fused strategy's DRAM bytes exceed those of `unfused` by, as a ratio.
double dram_ratio(const GpuMachine &machine) {
  const auto graph = any_graph();
  const auto runtime = any_runtime();
  RC_LOG() << machine << "\n";
  const auto unfused = simulate(graph, "unfused", machine, runtime).dram_bytes();
  double ratio = 0;
  for (const auto *strategy : {"greedy", "attention"})
    ratio = std::max(ratio,
                     static_cast<double>(simulate(graph, strategy, machine, runtime).dram_bytes()) /
                         static_cast<double>(std::max<Bytes>(unfused, 1)));
  return ratio;
}

RC_GTEST_PROP(GpuProperties, FusingNeverAddsDramBytes, ()) {
  auto machine = any_gpu();
  machine.l2_residency_fraction = 0; // every access goes to DRAM
  RC_ASSERT(dram_ratio(machine) <= 1.0);
}

// With an L2 in between, strategies run independent branches in different orders, and what is the
// better order for a cache of whole tensors is a matter of luck. Seen over 10,000 of these
// networks: at most 12 % more.
RC_GTEST_PROP(GpuProperties, FusingHardlyEverAddsDramBytesBehindACache, ()) {
  RC_ASSERT(dram_ratio(any_gpu()) <= 1.5);
}

RC_GTEST_PROP(GpuProperties, TilesDoAllTheArithmeticOnceOrMore, ()) {
  const auto graph = any_graph();
  const auto lowered =
      lower_gpu(graph, partition::run_strategy(any_strategy(), graph), any_gpu(), any_runtime());
  double macs = 0, executed = 0;
  for (const auto &node : graph.nodes())
    macs += least_share_of_macs(graph, node) * static_cast<double>(ir::work_of(graph, node).macs);
  for (const auto &launch : lowered.program.launches)
    for (const auto &stage : launch.stages)
      for (const auto &group : stage.groups)
        for (const auto &work : group.work) {
          const double times = static_cast<double>(group.count) * work.amount;
          if (work.engine == gpu::id_of(gpu::SmEngine::cuda))
            executed += times; // lane operations: at least one per multiply-add
          else if (work.engine >= gpu::id_of(gpu::SmEngine::tf32))
            executed += times / 2;
        }
  RC_ASSERT(executed >= macs * (1 - kRounding));
}

RC_GTEST_PROP(GpuProperties, CohortsAreExactTaskByTask, ()) {
  const auto graph = any_graph();
  const auto machine = any_gpu();
  const auto runtime = any_runtime();
  const auto strategy = any_strategy();
  const auto cohort = simulate(graph, strategy, machine, runtime);
  std::uint64_t tasks = 0;
  for (const auto &launch : cohort.lowered.program.launches)
    for (const auto &stage : launch.stages)
      for (const auto &group : stage.groups)
        tasks += group.count;
  RC_PRE(tasks < 50'000U); // one event per task
  const auto exact = simulate(graph, strategy, machine, runtime, true);
  RC_ASSERT(cohort.run.latency == exact.run.latency);
  RC_ASSERT(cohort.run.attribution == exact.run.attribution);
  RC_ASSERT(cohort.run.link_bytes == exact.run.link_bytes);
}

// ---- a better machine is never slower
// -------------------------------------------------------------- Up to a tolerance: tiles are
// chosen by a closed-form estimate, and a better machine may be given a tile that the estimate
// likes and the simulation does not.

constexpr double kTileTolerance = 0.10;

/// One product of a size that fills a GPU or does not.
ir::Graph any_product() {
  const auto size = [] { return std::int64_t{1} << *rc::gen::inRange(0, 12); };
  const auto odd = [&] { return size() + *rc::gen::inRange(0, 40); };
  ir::GraphBuilder builder("product");
  const auto dtype = *rc::gen::element(ir::DType::f16, ir::DType::f32);
  const auto k = odd();
  const auto x = builder.input("x", {dtype, {odd(), k}});
  const auto w = builder.weight("w", {dtype, {odd(), k}});
  builder.output(builder.add(ir::OpKind::linear, "linear", {x, w}));
  return std::move(builder).build();
}

void check_not_slower(const GpuMachine &machine, const GpuMachine &better) {
  const auto graph = *rc::gen::arbitrary<bool>() ? any_graph() : any_product();
  const auto strategy = any_strategy();
  RC_LOG() << machine << "\n";
  const double before = seconds_of(simulate(graph, strategy, machine, quick_runtime()).run);
  const double after = seconds_of(simulate(graph, strategy, better, quick_runtime()).run);
  RC_ASSERT(after <= before * (1 + kTileTolerance));
}

RC_GTEST_PROP(GpuProperties, MoreDramBandwidthIsNeverSlower, ()) {
  const auto machine = any_gpu();
  auto better = machine;
  better.dram_bandwidth_gbps *= between(1, 4);
  better.l2_bandwidth_gbps = std::max(better.l2_bandwidth_gbps, better.dram_bandwidth_gbps);
  check_not_slower(machine, better);
}

RC_GTEST_PROP(GpuProperties, MoreClockIsNeverSlower, ()) {
  const auto machine = any_gpu();
  auto better = machine;
  const double factor = between(1, 3);
  better.boost_clock_ghz *= factor;
  better.fp32_tflops *= factor;
  better.fp16_tensor_tflops *= factor;
  better.l2_bandwidth_gbps *= factor;
  check_not_slower(machine, better);
}

RC_GTEST_PROP(GpuProperties, MoreSmsAreNeverSlower, ()) {
  const auto machine = any_gpu();
  auto better = machine;
  better.sm_count += *rc::gen::inRange(1U, 100U);
  const double factor = static_cast<double>(better.sm_count) / machine.sm_count;
  better.fp32_tflops *= factor;
  better.fp16_tensor_tflops *= factor;
  check_not_slower(machine, better);
}

RC_GTEST_PROP(GpuProperties, MoreL2IsNeverSlower, ()) {
  const auto machine = any_gpu();
  auto better = machine;
  better.l2_mib *= between(1, 8);
  check_not_slower(machine, better);
}

} // namespace
