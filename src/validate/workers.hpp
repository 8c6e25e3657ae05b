#pragma once

#include "validate/run.hpp"

namespace fusesim::validate {

/// As run_cases, by `jobs` processes: SystemC has one simulation context per process. Falls back to this process for
/// one job. A worker that dies makes failed outcomes of the cases that it had left.
std::vector<Outcome> run_cases_in_workers(const Dataset &dataset, Bench &bench, unsigned jobs,
                                          const std::function<void(std::size_t)> &on_progress = {});

} // namespace fusesim::validate
