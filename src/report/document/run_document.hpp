#pragma once

#include "report/document/document.hpp"
#include "report/run_report.hpp"
#include "targets/roofline.hpp"

namespace fusesim::report {

/// A run's figures as run_json() gives them; each subgraph also has its attribution (by cause, in
/// order) and its arithmetic intensity. Keys "roofline" as well.
Json run_document(const RunReport &report, const targets::Roofline &roofline);

/// The same with everything inside of the run: operators, edges with why they were not fused,
/// kernels, the mapping of tile machines, the timeline if there is one.
Json detailed_run_document(const targets::Experiment &experiment, const RunReport &report,
                           const targets::Roofline &roofline);

} // namespace fusesim::report
