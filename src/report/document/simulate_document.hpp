#pragma once

#include "report/document/document.hpp"
#include "report/run_report.hpp"
#include "targets/roofline.hpp"

namespace fusesim::report {

/// One way of running a network, with all of it.
struct DetailedRun {
  const targets::Experiment *experiment = nullptr;
  const RunReport *report = nullptr;
  targets::Roofline roofline;
};

/// "simulate": {"runs": [unfused, fused], "asked": 0 or 1}: what the user asked for, and the same
/// with or without fusion to hold it against.
Json simulate_document(const DetailedRun &unfused, const DetailedRun &fused, bool fused_asked,
                       const std::string &tool_version);

} // namespace fusesim::report
