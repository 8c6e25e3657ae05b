#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The figures of a run that formulas of claims may use.
namespace fusesim::claims {

struct FigureInfo {
  std::string_view name; ///< `latency_us`
  std::string_view unit; ///< "us", "B", "FLOP", …: a name of units(); empty: a plain count
  std::string_view meaning;
  enum class Of : unsigned char {
    run,           ///< of simulated runs alone
    empty_kernels, ///< of them, those of empty kernels
    partition,     ///< of counted and simulated runs
    fx,            ///< of networks that were exported from torch.fx
  } of = Of::partition;
};

/// All of them, those of runs first. Besides these, a simulated run has every number of its machine's and its runtime's
/// files by its key (`fused.launch_us`), and `batch`.
std::span<const FigureInfo> figures();
const FigureInfo *find_figure(std::string_view name); ///< null when there is none

/// The unit of a name in a formula: of a figure ("fused.latency_us"), or of a key of machines and runtimes ("fused.clock_ghz",
/// "launch_us"); empty: a plain number, or no such name.
std::string_view unit_of_name(std::string_view name);

/// The figures of one subgraph that `where` may use.
struct SubgraphFigure {
  std::string_view name, meaning;
};
std::span<const SubgraphFigure> subgraph_figures();

/// How a claimed value is written and a simulated one shown beside it.
struct UnitInfo {
  std::string_view name; ///< as written after a number: "us", "%", "MB"
  double scale = 1;      ///< what one of it is in figures: ms → 1000 (microseconds), % → 0.01
};
std::span<const UnitInfo> units();
const UnitInfo *find_unit(std::string_view name); ///< null when there is none

/// A unit as people see it: "us" is "µs".
std::string_view shown_unit(std::string_view unit);

/// "13.2 x", "19.6 %": four significant digits of `value` in a unit of units(); "" is a plain number.
std::string in_unit(double value, std::string_view unit);

} // namespace fusesim::claims
