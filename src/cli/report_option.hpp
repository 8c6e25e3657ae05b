#pragma once

#include "report/formats.hpp"

#include <functional>
#include <string>

namespace CLI {
class App;
}

namespace fusesim::cli {

/// Declares `--report FILE`; `shows` says what its page has, for the help.
void add_report_option(CLI::App &command, std::string &file, const std::string &shows);

/// Throws Error when a page cannot be written there: before what takes long, not after.
void check_report_file(const std::string &file);

/// Writes the page of `document` there, whole or not at all.
void write_report(const std::string &file, const report::Json &document);

} // namespace fusesim::cli
