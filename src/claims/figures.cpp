#include "claims/figures.hpp"

#include "targets/config_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

namespace fusesim::claims {

namespace {

using Of = FigureInfo::Of;

constexpr FigureInfo kFigures[] = {
    {"latency_us", "us", "from the call to the end of its synchronisation", Of::run},
    {"dram_bytes", "B", "read from and written to DRAM", Of::run},
    {"host_dispatch_us", "us", "of the latency: the device waits for the host", Of::run},
    {"launch_gap_us", "us", "of the latency: between kernels", Of::run},
    {"compute_us", "us", "of the latency: arithmetic", Of::run},
    {"dram_us", "us", "of the latency: DRAM bandwidth", Of::run},
    {"on_chip_us", "us", "of the latency: on-chip bandwidth", Of::run},
    {"fill_drain_us", "us", "of the latency: pipelines that fill and drain", Of::run},
    {"tail_us", "us", "of the latency: the last wave", Of::run},
    {"device_us", "us",
     "of empty kernels: from the first one's start to the last one's end; of a graph, with the gap "
     "before the first",
     Of::empty_kernels},
    {"launch_interval_us", "us", "of empty kernels: from one's start to the next one's, on average",
     Of::empty_kernels},
    {"launches", "", "kernels (counted: subgraphs that do something)"},
    {"operators", "", "that the accounting counts"},
    {"subgraphs", "", "that do something"},
    {"single_operator", "", "subgraphs of one operator"},
    {"single_without_work", "",
     "subgraphs of one operator that is a view, bookkeeping, or an identity at inference"},
    {"largest", "", "operators of the largest subgraph"},
    {"fusion_efficiency", "x", "operators per launch"},
    {"coverage", "%", "share of subgraphs with more than one operator"},
    {"flops", "FLOP", "2 per multiply-accumulate"},
    {"macs", "MAC", "multiply-accumulates"},
    {"parameters", "", "trained weights of the network"},
    {"input_bytes", "B", "activations read by subgraphs"},
    {"output_bytes", "B", "activations written by subgraphs"},
    {"weight_bytes", "B", "weights read by subgraphs"},
    {"external_bytes", "B", "input, output and weights"},
    {"internal_bytes", "B", "passes over memory that fusing saves"},
    {"unfused_bytes", "B", "external bytes of the same operators one by one"},
    {"memory_reduction", "%", "internal bytes over internal and external bytes"},
    {"mean_reduction", "%", "mean over subgraphs of internal over internal and external bytes"},
    {"mean_intensity", "FLOP/B", "mean over subgraphs of FLOPs per external byte"},
    {"intensity", "FLOP/B", "all FLOPs per external byte"},
    {"compute_bound", "", "subgraphs above 50 FLOPs per byte"},
    {"balanced", "", "subgraphs above 10 FLOPs per byte"},
    {"memory_bound", "", "subgraphs above 1 FLOP per byte"},
    {"bandwidth_bound", "", "subgraphs of at most 1 FLOP per byte"},
    {"fx_nodes", "", "nodes of the torch.fx graph", Of::fx},
    {"fx_modules", "", "of them, calls of modules", Of::fx},
    {"fx_functions", "", "of them, calls of functions", Of::fx},
    {"fx_methods", "", "of them, calls of methods", Of::fx},
};

constexpr SubgraphFigure kSubgraphFigures[] = {
    {"operators", "that count"},
    {"contractions", "of them, those with multiply-accumulates"},
    {"launches", "kernels"},
    {"flops", "2 per multiply-accumulate"},
    {"input_bytes", "activations read"},
    {"output_bytes", "activations written"},
    {"weight_bytes", "weights read"},
    {"external_bytes", "input, output and weights"},
    {"internal_bytes", "passes over memory saved"},
    {"unfused_bytes", "external bytes of its operators one by one"},
    {"intensity", "FLOPs per external byte"},
};

constexpr UnitInfo kUnits[] = {
    {"ns", 1e-3},
    {"us", 1},
    {"µs", 1},
    {"ms", 1e3},
    {"s", 1e6},
    {"B", 1},
    {"kB", 1e3},
    {"MB", 1e6},
    {"GB", 1e9},
    {"KiB", 1024},
    {"MiB", 1 << 20},
    {"%", 0.01},
    {"x", 1},
    {"×", 1},
    {"FLOP", 1},
    {"MFLOP", 1e6},
    {"GFLOP", 1e9},
    {"MAC", 1},
    {"MMAC", 1e6},
    {"GMAC", 1e9},
    {"FLOP/B", 1},
    {"GB/s", 1e3},
    {"launches", 1},
    {"subgraphs", 1},
    {"operators", 1},
    {"nodes", 1},
    {"parameters", 1},
    {"networks", 1},
    {"Mparameters", 1e6},
};

} // namespace

std::span<const FigureInfo> figures() { return kFigures; }

const FigureInfo *find_figure(std::string_view name) {
  const auto found = std::ranges::find(kFigures, name, &FigureInfo::name);
  return found == std::end(kFigures) ? nullptr : found;
}

std::string_view unit_of_name(std::string_view name) {
  static const auto keys = [] {
    std::map<std::string, std::string, std::less<>> units;
    for (const auto *kind : {"gpu", "tile", "runtime"})
      for (const auto &key : targets::list_keys(kind))
        units.emplace(key.key, key.unit);
    return units;
  }();
  const auto figure = name.substr(name.find('.') + 1); // all of it without a dot
  if (const auto *info = find_figure(figure))
    return info->unit;
  const auto key = keys.find(figure);
  return key == keys.end() ? std::string_view() : std::string_view(key->second);
}

std::span<const SubgraphFigure> subgraph_figures() { return kSubgraphFigures; }

std::span<const UnitInfo> units() { return kUnits; }

const UnitInfo *find_unit(std::string_view name) {
  const auto found = std::ranges::find(kUnits, name, &UnitInfo::name);
  return found == std::end(kUnits) ? nullptr : found;
}

std::string_view shown_unit(std::string_view unit) { return unit == "us" ? "µs" : unit; }

std::string in_unit(double value, std::string_view unit) {
  const auto *info = find_unit(unit);
  const double shown = info != nullptr ? value / info->scale : value;
  constexpr double kPlain = 1e4; // whole numbers below 10^15 are shown in full
  const bool whole = shown == std::floor(shown) && std::abs(shown) < 1e15;
  const auto number = whole                       ? fmt::format("{:.0f}", shown)
                      : std::abs(shown) >= kPlain ? fmt::format("{:.0f}", shown)
                                                  : fmt::format("{:.4g}", shown);
  return unit.empty() ? number : fmt::format("{} {}", number, shown_unit(unit));
}

} // namespace fusesim::claims
