#pragma once

#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace fusesim::test {

using CsvRow = std::map<std::string, std::string>;

/// Fields of one line; quoted ones may hold commas and doubled quotes (RFC 4180).
inline std::vector<std::string> csv_fields(const std::string &line) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const bool doubled = quoted && line.compare(i, 2, "\"\"") == 0;
    if (doubled)
      fields.back() += line[++i];
    else if (line[i] == '"')
      quoted = !quoted;
    else if (line[i] == ',' && !quoted)
      fields.emplace_back();
    else if (line[i] != '\r')
      fields.back() += line[i];
  }
  return fields;
}

inline std::vector<CsvRow> read_csv(const std::string &file) {
  std::ifstream stream(file);
  std::string line;
  if (!std::getline(stream, line))
    throw std::runtime_error("cannot read " + file);
  const auto header = csv_fields(line);
  std::vector<CsvRow> rows;
  while (std::getline(stream, line)) {
    const auto fields = csv_fields(line);
    if (fields.size() != header.size())
      throw std::runtime_error(file + ": a row has other columns than the header: " + line);
    auto &row = rows.emplace_back();
    for (std::size_t i = 0; i < fields.size(); ++i)
      row[header[i]] = fields[i];
  }
  return rows;
}

} // namespace fusesim::test
