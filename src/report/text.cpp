#include "report/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace fusesim::report {

namespace {

struct CodePoint {
  char32_t value = 0;
  std::size_t bytes = 1;
};

// Decodes the character at the front of `text`; a malformed sequence is one byte on its own.
CodePoint decode(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  std::size_t bytes = 1;
  char32_t value = lead;
  if (lead >= 0xF0 && lead < 0xF8)
    bytes = 4, value = lead & 0x07u;
  else if (lead >= 0xE0 && lead < 0xF0)
    bytes = 3, value = lead & 0x0Fu;
  else if (lead >= 0xC0 && lead < 0xE0)
    bytes = 2, value = lead & 0x1Fu;
  if (bytes > text.size())
    return {lead, 1};
  for (std::size_t i = 1; i < bytes; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xC0) != 0x80)
      return {lead, 1};
    value = (value << 6) | (next & 0x3Fu);
  }
  return {value, bytes};
}

struct Range {
  char32_t first, last;
};

// Unicode 15: general categories Mn/Me and format characters that names and units really contain.
constexpr std::array kZeroWidth{Range{0x0300, 0x036F}, Range{0x0483, 0x0489}, Range{0x1AB0, 0x1AFF},
                                Range{0x1DC0, 0x1DFF}, Range{0x200B, 0x200F}, Range{0x20D0, 0x20FF},
                                Range{0xFE00, 0xFE0F}, Range{0xFE20, 0xFE2F}};
// Unicode 15 East Asian Width W and F, and the emoji blocks.
constexpr std::array kDoubleWidth{
    Range{0x1100, 0x115F},   Range{0x2E80, 0x303E},   Range{0x3041, 0xA4CF},  Range{0xAC00, 0xD7A3},
    Range{0xF900, 0xFAFF},   Range{0xFE30, 0xFE6F},   Range{0xFF00, 0xFF60},  Range{0xFFE0, 0xFFE6},
    Range{0x1F300, 0x1F64F}, Range{0x1F900, 0x1FAFF}, Range{0x20000, 0x3FFFD}};

template <std::size_t N> bool within(const std::array<Range, N> &ranges, char32_t c) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [c](const Range &range) { return c >= range.first && c <= range.last; });
}

std::size_t width_of(char32_t c) {
  if (within(kZeroWidth, c))
    return 0;
  return within(kDoubleWidth, c) ? 2 : 1;
}

struct Substitute {
  char32_t drawn;
  char ascii;
};
constexpr std::array kSubstitutes{
    Substitute{U'─', '-'}, Substitute{U'│', '|'}, Substitute{U'┌', '+'}, Substitute{U'┐', '+'},
    Substitute{U'└', '+'}, Substitute{U'┘', '+'}, Substitute{U'├', '+'}, Substitute{U'┤', '+'},
    Substitute{U'┬', '+'}, Substitute{U'┴', '+'}, Substitute{U'┼', '+'}, Substitute{U'┄', '.'},
    Substitute{U'▶', '>'}, Substitute{U'→', '>'}, Substitute{U'█', '#'}, Substitute{U'·', '|'},
    Substitute{U'…', '~'}, Substitute{U'–', '-'}, Substitute{U'×', 'x'}, Substitute{U'µ', 'u'}};

// The longest beginning of at most `width` columns, in bytes.
std::size_t beginning(std::string_view text, std::size_t width) {
  std::size_t bytes = 0, columns = 0;
  while (bytes < text.size()) {
    const CodePoint c = decode(text.substr(bytes));
    columns += width_of(c.value);
    if (columns > width)
      break;
    bytes += c.bytes;
  }
  return bytes;
}

} // namespace

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const CodePoint c = decode(text);
    text.remove_prefix(c.bytes);
    width += width_of(c.value);
  }
  return width;
}

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n')
      out += "\\n";
    else if (c == '\t')
      out += "\\t";
    else if (byte < 0x20 || byte == 0x7F)
      out += fmt::format("\\x{:02x}", byte);
    else
      out += c;
  }
  return out;
}

std::string to_ascii(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const CodePoint c = decode(text);
    const auto known = std::ranges::find(kSubstitutes, c.value, &Substitute::drawn);
    if (c.bytes == 1 && c.value < 0x80)
      out += text[0];
    else if (known != kSubstitutes.end())
      out += known->ascii;
    else
      out.append(width_of(c.value), '?');
    text.remove_prefix(c.bytes);
  }
  return out;
}

std::string cut_end(std::string_view text, std::size_t width) {
  if (display_width(text) <= width)
    return std::string(text);
  return width == 0 ? std::string() : std::string(text.substr(0, beginning(text, width - 1))) + "…";
}

std::string cut_front(std::string_view text, std::size_t width) {
  if (display_width(text) <= width)
    return std::string(text);
  if (width == 0)
    return {};
  while (display_width(text) > width - 1)
    text.remove_prefix(decode(text).bytes);
  return "…" + std::string(text);
}

std::string pad_left(std::string_view text, std::size_t width) {
  return std::string(width - std::min(width, display_width(text)), ' ').append(text);
}

std::string pad_right(std::string_view text, std::size_t width) {
  return std::string(text).append(width - std::min(width, display_width(text)), ' ');
}

std::vector<std::string> wrap(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    if (lines.empty() || display_width(lines.back()) + 1 + display_width(word) > width)
      lines.emplace_back(word);
    else
      lines.back().append(" ").append(word);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

} // namespace fusesim::report
