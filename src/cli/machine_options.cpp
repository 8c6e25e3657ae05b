#include "cli/machine_options.hpp"

#include "partition/strategy.hpp"
#include "support/error.hpp"
#include "support/nearest.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace fusesim::cli {

Setup load_setup(const std::string &target, const std::string &runtime) {
  Setup setup{targets::load_machine(target), {}};
  setup.runtime = targets::load_runtime(runtime.empty() ? setup.machine.default_runtime : runtime);
  const std::string_view kind = setup.machine.is_gpu() ? "gpu" : "tile";
  if (setup.runtime.target != kind)
    throw Error("--runtime",
                fmt::format("'{}' drives {} machines, '{}' is a {} machine", setup.runtime.name,
                            setup.runtime.target, setup.machine.name, kind),
                fmt::format("use '{}'", setup.machine.default_runtime));
  return setup;
}

void check_strategy(const std::string &strategy) {
  std::vector<std::string> names;
  for (const auto &info : partition::strategies())
    names.emplace_back(info.name);
  if (!strategy.empty() && std::find(names.begin(), names.end(), strategy) == names.end())
    throw Error("--strategy", fmt::format("unknown strategy '{}'", strategy),
                nearest_names_hint(strategy, names));
}

std::string strategy_names() {
  std::string names;
  for (const auto &info : partition::strategies())
    names.append(names.empty() ? "" : "|").append(info.name);
  return names;
}

} // namespace fusesim::cli
