// Launch microbenchmarks: empty kernels, started as the row says, on the simulated machine.
#include "validate/kinds.hpp"

#include "sim/run.hpp"
#include "support/error.hpp"
#include "targets/gpu/device.hpp"

#include <fmt/format.h>

#include <charconv>

namespace fusesim::validate {

namespace {

enum class Protocol : std::uint8_t {
  synchronised, ///< one launch, then the host waits for it
  back_to_back, ///< many launches, time per launch
  graph,        ///< one replay of a graph of empty kernels, time on the device
};

/// A quantity of data/measured/launch_overhead.csv that this tool can predict.
struct Known {
  std::string_view quantity;
  Protocol protocol;
  std::uint32_t kernels;
};
constexpr Known kKnown[] = {
    {"null kernel, sync each", Protocol::synchronised, 1},
    {"null kernel launch+cudaDeviceSynchronize wall", Protocol::synchronised, 1},
    {"null kernel, async back-to-back", Protocol::back_to_back, 1000},
    {"CUDA graph device run time, 100 nodes", Protocol::graph, 100},
    {"CUDA graph device run time, 1025 nodes", Protocol::graph, 1025},
};

class LaunchCase final : public Case {
public:
  std::string place;
  Known known{};

  Prediction predict(Bench &bench) const override try {
    const auto &machine = bench.machine(labels.machine);
    const auto *gpu = std::get_if<targets::GpuMachine>(&machine.model);
    if (gpu == nullptr)
      throw Error(machine.name, "is no GPU", "launches are measured on GPUs");
    const auto &runtime = bench.runtime(labels.runtime);
    sim::Program program;
    for (std::uint32_t i = 0; i < known.kernels; ++i) {
      auto &launch = program.launches.emplace_back();
      launch.name = fmt::format("null{}", i);
      launch.launch_s = runtime.launch_us * 1e-6;
      launch.min_duration_s = gpu->min_kernel_us * 1e-6;
    }
    const auto run =
        sim::run(targets::gpu::topology_of(targets::gpu::device_of(*gpu), runtime), program);
    const auto us = [](sim::Picoseconds time) { return static_cast<double>(time) * 1e-6; };
    Prediction prediction;
    switch (known.protocol) {
    case Protocol::synchronised:
      prediction.value = us(run.latency);
      break;
    case Protocol::
        back_to_back: // the host's loop, without the first launch's way and the last wait
      prediction.value =
          us(run.launches.back().start - run.launches.front().start) / (known.kernels - 1);
      break;
    case Protocol::graph:
      prediction.value =
          us(run.launches.back().end - run.launches.front().start) + runtime.graph_node_gap_us;
      break;
    }
    for (std::size_t i = 0; i < sim::kCauseCount; ++i)
      prediction.shares[i] =
          static_cast<double>(run.attribution[i]) / static_cast<double>(run.latency);
    return prediction;
  } catch (const Error &error) {
    throw Error(place, error.what());
  }
};

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

std::unique_ptr<Case> read_launch(const Fields &fields) {
  // Launch costs are those of a host with an A100, the machine that runtimes were measured on.
  const auto &gpu = fields.text("gpu");
  const bool is_config = gpu.starts_with("a100-"); // as tools/measure_gpu.py names it
  if (!is_config && !gpu.starts_with("A100") && !gpu.starts_with("Ampere"))
    return nullptr;
  for (const auto &known : kKnown) {
    if (known.quantity != fields.text("quantity"))
      continue;
    auto one = std::make_unique<LaunchCase>();
    one->place = fields.place();
    one->known = known;
    one->measured = newest(fields);
    const bool graph = known.protocol == Protocol::graph;
    one->labels = {std::string(known.quantity), is_config ? gpu : "a100-sxm-40gb",
                   graph ? "cuda-graph" : "pytorch-eager", "none", known.kernels};
    return one;
  }
  return nullptr;
}

} // namespace fusesim::validate
