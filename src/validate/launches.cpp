#include "validate/launches.hpp"

#include "support/error.hpp"
#include "targets/gpu/device.hpp"

#include <fmt/format.h>

#include <charconv>

namespace fusesim::validate {

namespace {

/// A quantity of data/measured/launch_overhead.csv that this tool can predict.
struct Known {
  std::string_view quantity;
  LaunchProtocol protocol;
  std::uint32_t kernels;
};
constexpr Known kKnown[] = {
    {"null kernel, sync each", LaunchProtocol::synchronised, 1},
    {"null kernel launch+cudaDeviceSynchronize wall", LaunchProtocol::synchronised, 1},
    {"null kernel, async back-to-back", LaunchProtocol::back_to_back, 1000},
    {"CUDA graph device run time, 100 nodes", LaunchProtocol::graph, 100},
    {"CUDA graph device run time, 1025 nodes", LaunchProtocol::graph, 1025},
};

/// Rows whose time is an inference's, as "17839 total / 583 …". Others of the file are of training, of the host's part alone,
/// or repeat rows of gpu_end_to_end.csv.
struct KnownNetwork {
  std::string_view quantity, model, runtime, dtype;
  std::int64_t batch;
};
constexpr KnownNetwork kNetworks[] = {
    {"EfficientNet-b5 bs1 eager", "efficientnet_b5", "pytorch-eager", "f32", 1},
};

double us(sim::Picoseconds time) { return static_cast<double>(time) * 1e-6; }

/// Launch costs are those of a host with an A100, the machine that runtimes were measured on; empty: another.
std::string machine_of(const Fields &fields) {
  const auto &gpu = fields.text("gpu");
  if (gpu.starts_with("a100-")) // a shipped machine, as tools/measure_gpu.py names it
    return gpu;
  return gpu.starts_with("A100") || gpu.starts_with("Ampere") ? "a100-sxm-40gb" : "";
}

/// "61 -> 53" names an older and a newer driver: the newer counts.
double newest(const Fields &fields) {
  const auto &text = fields.text("value_us");
  const auto arrow = text.rfind("-> ");
  const auto number = arrow == std::string::npos ? text : text.substr(arrow + 3);
  double value = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (error != std::errc{} || end != number.data() + number.size() || value <= 0)
    fields.fail("value_us", fmt::format("is no number: '{}'", text));
  return value;
}

} // namespace

sim::RunResult run_empty_kernels(const targets::Machine &machine, const targets::Runtime &runtime,
                                 std::uint32_t kernels) {
  const auto *gpu = std::get_if<targets::GpuMachine>(&machine.model);
  if (gpu == nullptr)
    throw Error(machine.name, "is no GPU", "launches are measured on GPUs");
  sim::Program program;
  for (std::uint32_t i = 0; i < kernels; ++i) {
    auto &launch = program.launches.emplace_back();
    launch.name = fmt::format("null{}", i);
    launch.launch_s = runtime.launch_us * 1e-6;
    launch.min_duration_s = gpu->min_kernel_us * 1e-6;
  }
  return sim::run(targets::gpu::topology_of(targets::gpu::device_of(*gpu), runtime), program);
}

double device_us(const sim::RunResult &run, const targets::Runtime &runtime) {
  const double kernels = us(run.launches.back().end - run.launches.front().start);
  const bool is_graph = runtime.submission == targets::Runtime::Submission::graph_replay;
  return is_graph ? kernels + runtime.graph_node_gap_us : kernels;
}

double launch_interval_us(const sim::RunResult &run) {
  const auto steps = run.launches.size() - 1;
  return steps == 0 ? 0
                    : us(run.launches.back().start - run.launches.front().start) /
                          static_cast<double>(steps);
}

std::optional<LaunchRow> launch_row(const Fields &fields) {
  const auto machine = machine_of(fields);
  if (machine.empty())
    return std::nullopt;
  for (const auto &known : kKnown)
    if (known.quantity == fields.text("quantity"))
      return LaunchRow{known.protocol, known.kernels, machine,
                       known.protocol == LaunchProtocol::graph ? "cuda-graph" : "pytorch-eager",
                       newest(fields)};
  return std::nullopt;
}

std::optional<NetworkTotal> network_total(const Fields &fields) {
  const auto machine = machine_of(fields);
  for (const auto &known : kNetworks) {
    if (machine.empty() || known.quantity != fields.text("quantity"))
      continue;
    const auto &text = fields.text("value_us");
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || value <= 0 || !std::string_view(end).starts_with(" total"))
      fields.fail("value_us", fmt::format("is no total: '{}'", text), "as: 17839 total");
    return NetworkTotal{std::string(known.model), machine,     std::string(known.runtime),
                        std::string(known.dtype), known.batch, value};
  }
  return std::nullopt;
}

} // namespace fusesim::validate
