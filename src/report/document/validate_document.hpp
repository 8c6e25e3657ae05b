#pragma once

#include "report/document/document.hpp"
#include "report/validate_report.hpp"

namespace fusesim::report {

/// "validate": {"quantity", "summary", "columns", "rows": [{"line","labels","measured","predicted",
/// "error","failure","shares","fields"}], "groups", "speed_ups", "left_out"}.
Json validate_document(const ValidateReport &report, const std::string &tool_version);

} // namespace fusesim::report
