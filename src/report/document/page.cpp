#include "report/document/page.hpp"

#include "report/document/page_template.hpp"
#include "report/svg_plot.hpp"
#include "support/error.hpp"

namespace fusesim::report {

namespace {

/// Puts `value` in place of the one `marker` in `text`.
void fill(std::string &text, std::string_view marker, std::string_view value) {
  const auto place = text.find(marker);
  if (place == std::string::npos)
    throw InternalError("the page has no place for " + std::string(marker));
  text.replace(place, marker.size(), value);
}

std::string replaced(std::string_view text, std::string_view what, std::string_view with) {
  std::string result;
  result.reserve(text.size());
  for (auto at = text.find(what); at != std::string_view::npos; at = text.find(what)) {
    result.append(text.substr(0, at)).append(with);
    text.remove_prefix(at + what.size());
  }
  return result.append(text);
}

} // namespace

std::string script_safe(const Json &json) {
  // All of these occur in strings only, where an escape means the same.
  auto text = replaced(json.dump(-1, ' ', false, Json::error_handler_t::replace), "<", "\\u003c");
  return replaced(replaced(text, "\u2028", "\\u2028"), "\u2029", "\\u2029");
}

std::string report_page(const Json &document) {
  std::string page(page_template());
  if (page.empty())
    throw Error("--report", "this fusesim was built without its report page",
                "configure with -DFUSESIM_REPORT_PAGE=ON; it needs node and npm");
  fill(page, "<!--title-->", escape_markup(document.at("title").get<std::string>()));
  fill(page, "<!--document-->", script_safe(document));
  return page;
}

} // namespace fusesim::report
