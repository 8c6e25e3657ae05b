#include "cli/sweep_report.hpp"

#include <CLI/CLI.hpp>

namespace fusesim::cli {

CLI::App *add_sweep_report(CLI::App &sweep, Action &action) {
  auto *command = sweep.add_subcommand("report", "x");
  (void)action;
  return command;
}

} // namespace fusesim::cli
