#pragma once

#include <string_view>

namespace fusesim::report {

/// The page without its title and document, made from src/report/page by the build; empty when
/// built without.
std::string_view page_template();

} // namespace fusesim::report
