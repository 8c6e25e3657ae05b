#pragma once

#include <string>
#include <string_view>

namespace fusesim::report {

/// Columns that UTF-8 text takes on a terminal: combining marks 0, East Asian wide characters and
/// emoji 2, every other character 1. A byte that is no UTF-8 counts 1.
std::size_t display_width(std::string_view text);

/// `text` with control characters written as escapes, so that a name out of a file can break
/// neither a table nor a terminal: "a\nb" gives `a\nb`, ESC gives `\x1b`.
std::string printable(std::string_view text);

} // namespace fusesim::report
