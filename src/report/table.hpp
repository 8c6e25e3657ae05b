#pragma once

#include "report/figure.hpp"

namespace fusesim::report {

/// Rows of typed cells under described columns.
class Table {
public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  /// Throws InternalError when the number of cells is not the number of columns.
  void add_row(std::vector<Cell> cells);

  std::span<const Column> columns() const { return columns_; }
  std::span<const std::vector<Cell>> rows() const { return rows_; }

private:
  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

template <class T> Table tabulate(std::span<const Figure<T>> figures, std::span<const T> items) {
  std::vector<Column> columns;
  for (const auto &figure : figures)
    columns.push_back(figure.column);
  Table table(std::move(columns));
  for (const T &item : items) {
    std::vector<Cell> row;
    for (const auto &figure : figures)
      row.push_back(figure.value(item));
    table.add_row(std::move(row));
  }
  return table;
}

struct TextStyle {
  bool colour = false;       ///< ANSI bold header; only for terminals
  std::size_t max_cell = 60; ///< longer texts are cut with "…"; numbers never
  /// Columns of the terminal: the widest columns of texts are cut until a table fits; 0: no limit.
  std::size_t width = 0;
  /// Of this many leading columns, one with the same value in all of several rows moves to a
  /// caption.
  std::size_t hoist_columns = 0;
  /// Blank a cell that repeats the row above, in this many leading columns, so that groups show.
  std::size_t group_columns = 0;
};

/// Aligned text: header, rule, rows; texts left, numbers right; columns without a title are left
/// out.
std::string to_text(const Table &table, const TextStyle &style = {});

/// "title  value" lines of one row, values aligned: the headline of a report.
std::string to_text_block(const Table &one_row, const TextStyle &style = {});

} // namespace fusesim::report
