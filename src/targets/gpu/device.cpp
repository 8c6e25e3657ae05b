#include "targets/gpu/device.hpp"

#include "support/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace fusesim::targets::gpu {

namespace {

constexpr double kGiga = 1e9, kTera = 1e12, kMicro = 1e-6;

constexpr std::string_view kEngineNames[kSmEngineCount] = {
    "CUDA cores",       "L2 port",           "shared memory",  "tensor cores tf32",
    "tensor cores f16", "tensor cores bf16", "tensor cores i8"};

sim::Host host_of(const Runtime &runtime) {
  sim::Host host;
  host.mode = runtime.submission == Runtime::Submission::graph_replay
                  ? sim::Host::Mode::graph_replay
                  : sim::Host::Mode::eager;
  host.queue_depth = runtime.queue_depth;
  host.launch_latency_s = runtime.launch_latency_us * kMicro;
  host.gap_s = runtime.kernel_gap_us * kMicro;
  host.graph_launch_s = runtime.graph_launch_us * kMicro;
  host.graph_node_gap_s = runtime.graph_node_gap_us * kMicro;
  host.sync_s = runtime.sync_us * kMicro;
  return host;
}

} // namespace

Device device_of(const GpuMachine &m) {
  Device device{.machine = m};
  const double tensor_clock = m.tensor_clock_ghz > 0 ? m.tensor_clock_ghz : m.boost_clock_ghz;
  const double sustained = m.sustained_clock_ghz > 0 ? m.sustained_clock_ghz : tensor_clock;
  const double tensor = kTera / m.sm_count * m.tensor_efficiency * sustained / tensor_clock;
  // Power limits bite while multipliers work; what waits for operands runs at the boost clock, or above it on cards that
  // hold more.
  const double clock = std::max(m.boost_clock_ghz, sustained);
  const auto set = [&](SmEngine engine, double rate) {
    device.rate[static_cast<std::size_t>(engine)] = rate;
  };
  const double simt_share = m.sustained_simt_clock_ghz > 0
                                ? m.sustained_simt_clock_ghz / m.boost_clock_ghz
                                : sustained / tensor_clock;
  set(SmEngine::cuda, m.fp32_tflops * kTera / 2 / m.sm_count * m.cuda_core_efficiency * simt_share);
  set(SmEngine::port, m.sm_l2_bytes_per_clk * clock * kGiga);
  set(SmEngine::shared, m.shared_memory_bytes_per_clk * clock * kGiga);
  set(SmEngine::tf32, m.tf32_tensor_tflops * tensor);
  set(SmEngine::f16, m.fp16_tensor_tflops * tensor);
  set(SmEngine::bf16, m.bf16_tensor_tflops * tensor);
  set(SmEngine::i8, m.int8_tensor_tops * tensor);
  device.dram_bytes_per_s = m.dram_bandwidth_gbps * kGiga * m.dram_efficiency;
  device.l2_bytes_per_s = m.l2_bandwidth_gbps * kGiga;
  device.dram_latency_s = m.dram_latency_us * kMicro;
  device.l2_latency_s = m.l2_latency_us * kMicro;
  return device;
}

SmEngine contraction_engine(const Device &device, ir::DType dtype, std::string_view where) {
  using ir::DType;
  SmEngine engine = SmEngine::cuda;
  switch (dtype) {
  case DType::f32:
    return SmEngine::cuda;
  case DType::f16:
    engine = device.rate_of(SmEngine::f16) > 0 ? SmEngine::f16 : SmEngine::cuda;
    return engine;
  case DType::tf32:
    engine = SmEngine::tf32;
    break;
  case DType::bf16:
    engine = SmEngine::bf16;
    break;
  case DType::qi8:
  case DType::i8:
  case DType::u8:
    engine = SmEngine::i8;
    break;
  default:
    break;
  }
  if (engine != SmEngine::cuda && device.rate_of(engine) > 0)
    return engine;
  std::string known = "f32, f16";
  for (const auto &[other, name] :
       {std::pair{SmEngine::tf32, "tf32"}, {SmEngine::bf16, "bf16"}, {SmEngine::i8, "i8"}})
    if (device.rate_of(other) > 0)
      known += fmt::format(", {}", name);
  throw Error(where,
              fmt::format("this GPU ({}) has no matrix products of type {}",
                          device.machine.generation,
                          ir::name_of(dtype == DType::qi8 ? DType::i8 : dtype)),
              fmt::format("it has {}", known));
}

sim::Topology topology_of(const Device &device, const Runtime &runtime) {
  const auto &m = device.machine;
  sim::Topology topology;
  auto &sm = topology.unit_classes.emplace_back();
  sm.name = "SM";
  sm.count = m.sm_count;
  sm.scratch_bytes = static_cast<Bytes>(m.shared_memory_kib_per_sm * 1024);
  for (std::size_t i = 0; i < kSmEngineCount; ++i) {
    const auto engine = static_cast<SmEngine>(i);
    const bool moves_bytes = engine == SmEngine::port || engine == SmEngine::shared;
    sm.engines.push_back({std::string(kEngineNames[i]), device.rate[i],
                          moves_bytes ? sim::Cause::on_chip : sim::Cause::compute});
  }
  topology.links = {{"DRAM", device.dram_bytes_per_s, sim::Cause::dram},
                    {"L2", device.l2_bytes_per_s, sim::Cause::on_chip}};
  topology.caches = {{"L2", static_cast<Bytes>(device.l2_kept_bytes()), kL2Link, kDram}};
  topology.host = host_of(runtime);
  return topology;
}

} // namespace fusesim::targets::gpu
