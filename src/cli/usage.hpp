#pragma once

#include <string>

namespace CLI {
class App;
class Error;
} // namespace CLI

namespace fusesim::cli {

/// One line for a command line that CLI11 refused: what is wrong, the nearest command or option,
/// where the help is.
std::string usage_message(const CLI::App &app, const CLI::Error &error);

} // namespace fusesim::cli
