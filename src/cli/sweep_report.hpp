#pragma once

#include "cli/app.hpp"

namespace fusesim::cli {

/// Declares `sweep report` below `sweep`, and returns it.
CLI::App *add_sweep_report(CLI::App &sweep, Action &action);

} // namespace fusesim::cli
