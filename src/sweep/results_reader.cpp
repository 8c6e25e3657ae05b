#include "sweep/results_reader.hpp"

#include "sweep/outcome.hpp"
#include "sweep/results_file.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace fusesim::sweep {

namespace {

constexpr int kPatienceMs = 10'000; // for a commit that is under way

} // namespace

ResultsReader::ResultsReader(const std::filesystem::path &file)
    : database_(file, Database::Mode::read) {
  database_.wait_for_locks(kPatienceMs);
  check_is_results(database_);
  Statement columns(database_, "SELECT name FROM pragma_table_info('results')");
  while (columns.step())
    columns_.push_back(columns.text(0));
}

std::string ResultsReader::meta(std::string_view key) const {
  Statement select(database_, "SELECT value FROM sweep WHERE key = ?");
  select.bind(1, key);
  return select.step() ? select.text(0) : std::string();
}

void ResultsReader::for_each_row(
    const std::function<void(const std::vector<ResultCell> &)> &row) const {
  Statement select(database_, "SELECT * FROM results ORDER BY configuration");
  std::vector<ResultCell> cells(columns_.size());
  while (select.step()) {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const int column = static_cast<int>(i);
      switch (select.kind(column)) {
      case Statement::Kind::none:
        cells[i] = std::monostate();
        break;
      case Statement::Kind::text:
        cells[i] = select.text(column);
        break;
      case Statement::Kind::integer:
        cells[i] = select.integer(column);
        break;
      case Statement::Kind::number:
        cells[i] = select.number(column);
        break;
      }
    }
    row(cells);
  }
}

} // namespace fusesim::sweep
