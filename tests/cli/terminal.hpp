#pragma once

#include "subprocess.hpp"

namespace fusesim::test {

/// Runs fusesim with stdout and stderr on a terminal of so many columns, TERM=xterm, no NO_COLOR unless
/// `environment` sets it. `out` holds both, lines ended by "\n".
Outcome run_on_terminal(const std::vector<std::string> &arguments, unsigned short columns,
                        const std::vector<std::pair<std::string, std::string>> &environment = {});

/// `text` without colours (ANSI "\x1b[…m").
std::string without_colours(const std::string &text);

} // namespace fusesim::test
