#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fusesim {

/// A CSV file (RFC 4180; \n or \r\n) whose first line names the columns.
struct CsvTable {
  struct Row {
    std::size_t line = 0;            ///< in the file, from 1; the first one of a row over several
    std::vector<std::string> fields; ///< as many as there are columns
  };
  std::string file;
  std::vector<std::string> columns;
  std::vector<Row> rows;

  std::optional<std::size_t> column(std::string_view name) const;
  std::string place_of(const Row &row) const; ///< "file:line"
};

/// Throws Error: unreadable, empty, a quote that is never closed, a column twice, a row with more or fewer fields than
/// there are columns.
CsvTable read_csv(const std::filesystem::path &file);

} // namespace fusesim
