#include "cli/sweep_rows.hpp"

#include "cli/signals.hpp"
#include "report/formats.hpp"
#include "report/output_file.hpp"

#include <optional>

namespace fusesim::cli {

namespace {

constexpr std::size_t kRowsAtOnce = 1000;

report::Cell cell_of(const sweep::ResultCell &cell) {
  return std::visit([](const auto &value) { return report::Cell(value); }, cell);
}

/// Rows as text, a few at a time.
class RowWriter {
public:
  RowWriter(const std::vector<std::string> &columns, Format format,
            std::function<void(std::string_view)> write)
      : format_(format), write_(std::move(write)) {
    for (const auto &column : columns)
      columns_.push_back({column, column, report::Unit::none});
    table_.emplace(columns_);
    if (format_ == Format::json)
      write_("[");
    else
      write_(report::to_csv(*table_)); // the header
  }

  void add(const std::vector<sweep::ResultCell> &cells) {
    std::vector<report::Cell> row;
    for (const auto &cell : cells)
      row.push_back(cell_of(cell));
    table_->add_row(std::move(row));
    if (table_->rows().size() == kRowsAtOnce)
      flush();
  }

  void finish() {
    flush();
    if (format_ == Format::json)
      write_(any_ ? "\n]\n" : "]\n");
  }

private:
  void flush() {
    std::string text;
    if (format_ == Format::json) {
      for (const auto &row : report::to_json(*table_)) {
        text += any_ ? ",\n  " : "\n  ";
        text += row.dump(-1, ' ', false, report::Json::error_handler_t::replace);
        any_ = true;
      }
    } else {
      text = report::to_csv(*table_);
      text.erase(0, text.find("\r\n") + 2); // the header again
    }
    write_(text);
    table_.emplace(columns_);
  }

  Format format_;
  std::function<void(std::string_view)> write_;
  std::vector<report::Column> columns_;
  std::optional<report::Table> table_;
  bool any_ = false;
};

void write_rows(const sweep::ResultsReader &results, Format format,
                const std::function<void(std::string_view)> &write) {
  RowWriter writer(results.columns(), format, write);
  results.for_each_row([&](const auto &cells) { writer.add(cells); });
  writer.finish();
}

} // namespace

void deliver_rows(const sweep::ResultsReader &results, const OutputOptions &output) {
  if (output.file.empty()) {
    write_rows(results, output.format, write_stdout);
    return;
  }
  const DeferInterrupts defer;
  report::OutputFile file(output.file);
  write_rows(results, output.format, [&file](std::string_view text) {
    throw_if_interrupted();
    file.write(text);
  });
  file.commit();
}

} // namespace fusesim::cli
