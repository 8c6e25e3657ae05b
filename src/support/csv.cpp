#include "support/csv.hpp"

#include "support/error.hpp"

#include <csv.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <set>
#include <system_error>

namespace fusesim {

namespace {

/// libcsv hands over fields and ends of rows; lines are counted here because it knows none.
class Reader {
public:
  explicit Reader(const std::filesystem::path &file) {
    table_.file = file.string();
    if (csv_init(&parser_, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL) != 0)
      throw std::bad_alloc();
  }
  ~Reader() { csv_free(&parser_); }
  Reader(const Reader &) = delete;
  Reader &operator=(const Reader &) = delete;

  CsvTable read() {
    errno = 0;
    std::ifstream in(table_.file);
    if (!in || std::filesystem::is_directory(table_.file))
      throw Error(table_.file,
                  fmt::format("cannot be read ({})",
                              std::generic_category().message(errno != 0 ? errno : EISDIR)));
    std::string text;
    while (std::getline(in, text)) {
      ++line_;
      if (!in_quotes_)
        first_line_ = line_;
      in_quotes_ ^= std::ranges::count(text, '"') % 2 != 0;
      text += '\n';
      if (csv_parse(&parser_, text.data(), text.size(), on_field, on_row, this) != text.size())
        fail(csv_strerror(csv_error(&parser_)));
      if (!error_.empty()) // callbacks come from C and must not throw
        fail(error_);
    }
    if (csv_fini(&parser_, on_field, on_row, this) != 0)
      fail("a quote is never closed");
    if (table_.columns.empty())
      throw Error(table_.file, "is empty", "the first line names the columns");
    return std::move(table_);
  }

private:
  [[noreturn]] void fail(std::string_view what) const {
    throw Error(fmt::format("{}:{}", table_.file, std::max<std::size_t>(first_line_, 1)), what,
                "expected comma-separated values under a line of column names");
  }

  static void on_field(void *text, std::size_t size, void *self) {
    auto &reader = *static_cast<Reader *>(self);
    reader.fields_.emplace_back(text == nullptr ? "" : static_cast<const char *>(text), size);
  }
  static void on_row(int, void *self) { static_cast<Reader *>(self)->end_row(); }

  void end_row() {
    if (table_.columns.empty()) {
      table_.columns = std::move(fields_);
      if (std::set<std::string>(table_.columns.begin(), table_.columns.end()).size() !=
          table_.columns.size())
        error_ = "a column is named twice";
    } else if (fields_.size() != table_.columns.size() && error_.empty()) {
      error_ = fmt::format("{} fields under {} columns", fields_.size(), table_.columns.size());
    } else {
      table_.rows.push_back({first_line_, std::move(fields_)});
    }
    fields_.clear();
  }

  csv_parser parser_{};
  CsvTable table_;
  std::vector<std::string> fields_;
  std::string error_;
  std::size_t line_ = 0, first_line_ = 0; ///< under way; where its row began
  bool in_quotes_ = false;                ///< the next line goes on with a quoted field
};

} // namespace

std::optional<std::size_t> CsvTable::column(std::string_view name) const {
  const auto found = std::find(columns.begin(), columns.end(), name);
  if (found == columns.end())
    return std::nullopt;
  return static_cast<std::size_t>(found - columns.begin());
}

std::string CsvTable::place_of(const Row &row) const {
  return fmt::format("{}:{}", file, row.line);
}

CsvTable read_csv(const std::filesystem::path &file) { return Reader(file).read(); }

} // namespace fusesim
