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

} // namespace

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const CodePoint c = decode(text);
    text.remove_prefix(c.bytes);
    if (!within(kZeroWidth, c.value))
      width += within(kDoubleWidth, c.value) ? 2 : 1;
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

} // namespace fusesim::report
