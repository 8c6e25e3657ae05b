#pragma once

#include "sweep/sqlite.hpp"

#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace fusesim::sweep {

using ResultCell = std::variant<std::monostate, std::int64_t, double, std::string>;

/// A file of results, to read; a sweep may still be writing to it.
class ResultsReader {
public:
  /// Throws Error: no such file, no results.
  explicit ResultsReader(const std::filesystem::path &file);

  std::string meta(std::string_view key) const; ///< empty when there is none
  const std::filesystem::path &file() const { return database_.file(); }
  const Database &database() const { return database_; }

  /// Of the table of results, in order.
  const std::vector<std::string> &columns() const { return columns_; }
  /// Calls `row` with the cells of each row, by configuration.
  void for_each_row(const std::function<void(const std::vector<ResultCell> &)> &row) const;

private:
  Database database_;
  std::vector<std::string> columns_;
};

} // namespace fusesim::sweep
