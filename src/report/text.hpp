#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace fusesim::report {

/// Columns that UTF-8 text takes on a terminal: combining marks 0, East Asian wide characters and
/// emoji 2, every other character 1. A byte that is no UTF-8 counts 1.
std::size_t display_width(std::string_view text);

/// `text` with control characters written as escapes, so that a name out of a file can break
/// neither a table nor a terminal: "a\nb" gives `a\nb`, ESC gives `\x1b`.
std::string printable(std::string_view text);

/// `text` for terminals without UTF-8, just as wide: box-drawing characters as - | + >, bars as #,
/// × as x, µ as u; anything else beyond ASCII as question marks.
std::string to_ascii(std::string_view text);

/// The first or last columns of `text` that fit into `width`, "…" where it was cut. Names are cut in
/// front: their ends tell them apart.
std::string cut_end(std::string_view text, std::size_t width);
std::string cut_front(std::string_view text, std::size_t width);

/// `text` filled with blanks to `width` columns; as it is when it is wider.
std::string pad_left(std::string_view text, std::size_t width);
std::string pad_right(std::string_view text, std::size_t width);

/// Lines of at most `width` columns, broken at blanks; a longer word stands alone.
std::vector<std::string> wrap(std::string_view text, std::size_t width);

} // namespace fusesim::report
