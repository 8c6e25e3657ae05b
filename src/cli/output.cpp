#include "cli/output.hpp"

#include "cli/signals.hpp"
#include "report/output_file.hpp"
#include "report/text.hpp"
#include "support/error.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

#include <sys/ioctl.h>
#include <unistd.h>

namespace fusesim::cli {

namespace {

const std::map<std::string, Format> kFormats{
    {"table", Format::table}, {"csv", Format::csv}, {"json", Format::json}};

bool colour_wanted() {
  const char *no_color = std::getenv("NO_COLOR"); // no-color.org: any non-empty value
  const char *terminal = std::getenv("TERM");
  return ::isatty(STDOUT_FILENO) == 1 && (no_color == nullptr || *no_color == '\0') &&
         terminal != nullptr && std::string_view(terminal) != "dumb";
}

} // namespace

void add_output_options(CLI::App &command, OutputOptions &options) {
  command
      .add_option_function<std::string>(
          "--format", [&options](const std::string &name) { options.format = kFormats.at(name); },
          "table for people (default); csv or json with the same figures unrounded")
      ->check(CLI::IsMember({"table", "csv", "json"}).description(""))
      ->type_name("table|csv|json");
  command
      .add_option("-o,--output", options.file,
                  "write the result there instead of stdout; whole or not at all")
      ->type_name("FILE");
}

report::TextStyle text_style(const OutputOptions &options) {
  report::TextStyle style;
  style.colour = options.file.empty() && colour_wanted();
  return style;
}

std::size_t terminal_width() {
  winsize size{};
  return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

void write_stdout(std::string_view text) {
  const int error = report::write_all(STDOUT_FILENO, text);
  if (error == EPIPE)
    throw ReaderLeft();
  if (error != 0)
    throw Error("stdout", "cannot write: " + std::generic_category().message(error));
}

void deliver(const OutputOptions &options, std::string_view text) {
  if (options.file.empty()) {
    write_stdout(text);
    return;
  }
  const DeferInterrupts defer; // no half-written temporary file stays behind
  report::OutputFile file(options.file);
  file.write(text);
  throw_if_interrupted();
  file.commit();
}

void warn(std::span<const std::string> warnings) {
  for (const std::string &warning : warnings)
    fmt::print(stderr, "fusesim: warning: {}\n", report::printable(warning));
}

Progress::Progress(std::size_t steps) : steps_(steps), shown_(::isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  if (shown_ && done_ > 0)
    fmt::print(stderr, "\r\x1b[K");
}

void Progress::step(std::string_view what) {
  ++done_;
  if (!shown_)
    return;
  fmt::print(stderr, "\r\x1b[K[{}/{}] {}", done_, steps_, report::printable(what));
  std::fflush(stderr);
}

} // namespace fusesim::cli
