#pragma once

#include "report/formats.hpp"

#include <string>

namespace fusesim::report {

/// One HTML file that shows `document` (see document.hpp) without anything else: style, script and
/// data are inside, and its content policy forbids it the network. Throws Error when fusesim was
/// built without the page (FUSESIM_REPORT_PAGE=OFF).
std::string report_page(const Json &document);

/// JSON that may stand inside of a <script> element: no text of it can end the element, open a
/// comment, or break a line of script.
std::string script_safe(const Json &json);

} // namespace fusesim::report
