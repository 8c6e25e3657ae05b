// In place of the page where it is not built.
#include "report/document/page_template.hpp"

namespace fusesim::report {

std::string_view page_template() { return {}; }

} // namespace fusesim::report
