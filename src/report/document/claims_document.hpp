#pragma once

#include "report/document/document.hpp"

#include <map>
#include <string>

namespace fusesim::report {

/// "claims": {"descriptions","claims"}: what each file of claims is about, by its name, and `claims`
/// as `fusesim claims --format json` gives them. `title` is the page's, such as how many claims were
/// supported and how many not.
Json claims_document(Json claims, const std::map<std::string, std::string> &descriptions,
                     const std::string &title, const std::string &tool_version);

} // namespace fusesim::report
