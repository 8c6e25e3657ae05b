#pragma once

#include "cli/output.hpp"
#include "sweep/results_reader.hpp"

namespace fusesim::cli {

/// All rows of a file of results as CSV or JSON, to stdout or a file, in the order of
/// configurations. Few are held in memory at a time.
void deliver_rows(const sweep::ResultsReader &results, const OutputOptions &output);

} // namespace fusesim::cli
