#pragma once

#include "report/table.hpp"

#include <exception>
#include <span>
#include <string>
#include <string_view>

namespace CLI {
class App;
}

namespace fusesim::cli {

enum class Format { table, csv, json };

/// Where a result goes and in which form: the options that every command has.
struct OutputOptions {
  Format format = Format::table;
  std::string file; ///< empty: stdout
};
void add_output_options(CLI::App &command, OutputOptions &options);

/// How to print tables here: bold headers when stdout is a terminal and NO_COLOR is not set.
report::TextStyle text_style(const OutputOptions &options);

/// Columns of the terminal that stdout is; 0 when it is none.
std::size_t terminal_width();

/// Writes a whole result to the file or stdout. Throws Error naming the place and the system's
/// reason.
void deliver(const OutputOptions &options, std::string_view text);

/// The reader of our stdout closed it: nothing is wrong, there is only nobody left to tell.
class ReaderLeft : public std::exception {};

/// Throws Error when stdout cannot take all of `text`, ReaderLeft when its reader is gone.
void write_stdout(std::string_view text);

/// "fusesim: warning: …" on stderr, one line each.
void warn(std::span<const std::string> warnings);

/// "[2/8] resnet50 on kpu-t64" on stderr, replaced by the next; nothing when stderr is no terminal.
class Progress {
public:
  explicit Progress(std::size_t steps);
  ~Progress();
  Progress(const Progress &) = delete;
  Progress &operator=(const Progress &) = delete;
  void step(std::string_view what);

private:
  std::size_t steps_, done_ = 0;
  bool shown_;
};

} // namespace fusesim::cli
