#include "cli/report_option.hpp"

#include "cli/signals.hpp"
#include "report/document/page.hpp"
#include "report/output_file.hpp"

#include <CLI/CLI.hpp>

namespace fusesim::cli {

void add_report_option(CLI::App &command, std::string &file, const std::string &shows) {
  command
      .add_option("--report", file,
                  "also write one HTML file there that shows " + shows +
                      ";\nit opens from disk and needs nothing else")
      ->type_name("FILE.html")
      ->check(CLI::Validator(
          [](const std::string &name) {
            return name == "-" ? "a page is a file; name one, such as out.html" : std::string();
          },
          ""));
}

void check_report_file(const std::string &file) {
  if (!file.empty())
    report::OutputFile probe(file); // makes its temporary file, and takes it away again
}

void write_report(const std::string &file, const report::Json &document) {
  const DeferInterrupts defer; // no half-written temporary file stays behind
  report::OutputFile out(file);
  out.write(report::report_page(document));
  throw_if_interrupted();
  out.commit();
}

} // namespace fusesim::cli
