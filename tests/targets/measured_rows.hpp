#pragma once

#include "test_paths.hpp"

#include <boost/tokenizer.hpp>

#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace fusesim::test {

using MeasuredRow = std::map<std::string, std::string, std::less<>>;

/// Rows of a CSV below the source tree, by column.
inline std::vector<MeasuredRow> measured_rows(const std::string &file) {
  using Tokens = boost::tokenizer<boost::escaped_list_separator<char>>;
  std::ifstream in(std::string(FUSESIM_SOURCE_DIR) + "/" + file);
  if (!in)
    throw std::runtime_error("cannot read " + file);
  const auto cells_of = [](const std::string &line) {
    const Tokens tokens(line);
    return std::vector<std::string>(tokens.begin(), tokens.end());
  };
  std::string line;
  std::getline(in, line);
  const auto header = cells_of(line);
  std::vector<MeasuredRow> rows;
  while (std::getline(in, line)) {
    const auto cells = cells_of(line);
    auto &row = rows.emplace_back();
    for (std::size_t i = 0; i < header.size(); ++i)
      row[header[i]] = cells.at(i);
  }
  return rows;
}

} // namespace fusesim::test
