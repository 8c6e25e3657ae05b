#pragma once

#include "support/csv.hpp"

#include <cstdint>

namespace fusesim::validate {

/// Fields of one row by their columns' names. Every Error names file, line and column.
class Fields {
public:
  Fields(const CsvTable &table, const CsvTable::Row &row) : table_(table), row_(row) {}

  bool has(std::string_view column) const; ///< the column exists and is not empty here
  const std::string &text(std::string_view column) const;
  std::string text_or(std::string_view column, std::string_view otherwise) const;
  double positive(std::string_view column) const;
  std::int64_t count(std::string_view column) const; ///< whole, 1 or more; "16.0" is 16
  std::int64_t count_or(std::string_view column, std::int64_t otherwise) const;
  std::int64_t size(std::string_view column) const; ///< whole, 0 or more

  const CsvTable &table() const { return table_; }
  const CsvTable::Row &row() const { return row_; }
  std::string place() const { return table_.place_of(row_); }
  [[noreturn]] void fail(std::string_view column, std::string_view what,
                         std::string_view hint = {}) const;

private:
  double number(std::string_view column) const;
  std::int64_t whole(std::string_view column, std::int64_t least) const;

  const CsvTable &table_;
  const CsvTable::Row &row_;
};

} // namespace fusesim::validate
