#include "report/table.hpp"

#include "report/text.hpp"
#include "support/error.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace fusesim::report {

namespace {

// One visible column, laid out as text.
struct TextColumn {
  std::string title;
  std::vector<std::string> cells;
  std::size_t width = 0;
  bool right = false;
};

constexpr std::string_view kGap = "  ";
constexpr std::string_view kBold = "\x1b[1m", kDim = "\x1b[2m", kReset = "\x1b[0m";

TextColumn lay_out(const Table &table, std::size_t index, const TextStyle &style) {
  const Column &column = table.columns()[index];
  TextColumn text{.title = column.title, .cells = {}, .width = display_width(column.title)};
  bool any_number = false, any_text = false;
  for (const auto &row : table.rows()) {
    const Cell &cell = row[index];
    const bool number = is_number(cell);
    any_number |= number;
    any_text |= !number && !std::holds_alternative<std::monostate>(cell);
    const std::string shown = for_people(cell, column.unit);
    text.cells.push_back(number ? shown : cut_end(shown, style.max_cell));
    text.width = std::max(text.width, display_width(text.cells.back()));
  }
  text.right = any_number && !any_text;
  return text;
}

std::string padded(const std::string &text, std::size_t width, bool right) {
  return right ? pad_left(text, width) : pad_right(text, width);
}

std::string line(const std::vector<TextColumn> &columns,
                 const std::function<std::string(const TextColumn &)> &cell_of) {
  std::string text;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (i > 0)
      text += kGap;
    text += padded(cell_of(columns[i]), columns[i].width, columns[i].right);
  }
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

// Cuts the widest columns of texts, evenly, until all fit or none has more than a stump left.
void fit(std::vector<TextColumn> &columns, std::size_t width) {
  constexpr std::size_t kStump = 12;
  std::size_t total = columns.empty() ? 0 : (columns.size() - 1) * kGap.size();
  for (const TextColumn &column : columns)
    total += column.width;
  std::vector<bool> shrunk(columns.size(), false);
  while (total > width) {
    std::size_t widest = columns.size();
    for (std::size_t i = 0; i < columns.size(); ++i)
      if (!columns[i].right &&
          (widest == columns.size() || columns[i].width > columns[widest].width))
        widest = i;
    if (widest == columns.size() ||
        columns[widest].width <= std::max(kStump, display_width(columns[widest].title)))
      break;
    --columns[widest].width;
    --total;
    shrunk[widest] = true;
  }
  for (std::size_t i = 0; i < columns.size(); ++i)
    if (shrunk[i])
      for (std::string &cell : columns[i].cells)
        cell = cut_end(cell, columns[i].width);
}

bool constant(const TextColumn &column) {
  return column.cells.size() > 1 &&
         std::all_of(column.cells.begin(), column.cells.end(),
                     [&](const std::string &cell) { return cell == column.cells[0]; });
}

// Takes columns with one value out of the table and returns them as "title value · title value".
std::string hoist(std::vector<TextColumn> &columns, std::size_t leading) {
  std::string caption;
  std::vector<TextColumn> kept;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (i < leading && constant(columns[i]))
      caption += (caption.empty() ? "" : " · ") + columns[i].title + " " + columns[i].cells[0];
    else
      kept.push_back(std::move(columns[i]));
  }
  columns = std::move(kept);
  return caption;
}

// A repeated cell is blanked only while everything left of it repeats as well.
void blank_groups(std::vector<TextColumn> &columns, std::size_t group_columns) {
  const std::vector<TextColumn> full = columns;
  for (std::size_t row = 1; !full.empty() && row < full[0].cells.size(); ++row)
    for (std::size_t i = 0; i < std::min(group_columns, columns.size()); ++i) {
      if (full[i].cells[row] != full[i].cells[row - 1])
        break;
      columns[i].cells[row].clear();
    }
}

} // namespace

void Table::add_row(std::vector<Cell> cells) {
  if (cells.size() != columns_.size())
    throw InternalError("a table row of " + std::to_string(cells.size()) + " cells under " +
                        std::to_string(columns_.size()) + " columns");
  rows_.push_back(std::move(cells));
}

std::string to_text(const Table &table, const TextStyle &style) {
  std::vector<TextColumn> columns;
  for (std::size_t i = 0; i < table.columns().size(); ++i)
    if (!table.columns()[i].title.empty())
      columns.push_back(lay_out(table, i, style));

  std::string text;
  const std::size_t shown = columns.size();
  if (const std::string caption = hoist(columns, style.hoist_columns); !caption.empty())
    text += fmt::format(
        "{}\n\n", fmt::join(wrap(caption, style.width > 0 ? style.width : caption.size()), "\n"));
  // What was hoisted stood among the leading columns, so there are fewer left to group by.
  const std::size_t hoisted = shown - columns.size();
  blank_groups(columns, style.group_columns - std::min(style.group_columns, hoisted));

  if (style.width > 0)
    fit(columns, style.width);

  const std::string header = line(columns, [](const TextColumn &c) { return c.title; });
  std::string rule;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    rule += i > 0 ? kGap : "";
    for (std::size_t k = 0; k < columns[i].width; ++k)
      rule += "─";
  }
  if (style.colour)
    text.append(kBold).append(header).append(kReset).append("\n").append(kDim).append(rule).append(
        kReset);
  else
    text.append(header).append("\n").append(rule);
  text += "\n";
  for (std::size_t row = 0; row < table.rows().size(); ++row)
    text += line(columns, [row](const TextColumn &c) { return c.cells[row]; }) + "\n";
  return text;
}

std::string to_text_block(const Table &one_row, const TextStyle &style) {
  if (one_row.rows().size() != 1)
    throw InternalError("a headline of " + std::to_string(one_row.rows().size()) + " rows");
  std::size_t width = 0;
  for (const Column &column : one_row.columns())
    width = std::max(width, display_width(column.title));
  std::string text;
  for (std::size_t i = 0; i < one_row.columns().size(); ++i) {
    const Column &column = one_row.columns()[i];
    if (column.title.empty())
      continue;
    const std::string title = padded(column.title, width, false);
    text += style.colour ? std::string(kDim).append(title).append(kReset) : title;
    text.append(kGap).append(for_people(one_row.rows()[0][i], column.unit)).append("\n");
  }
  return text;
}

} // namespace fusesim::report
