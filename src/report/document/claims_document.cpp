#include "report/document/claims_document.hpp"

namespace fusesim::report {

Json claims_document(Json claims, const std::map<std::string, std::string> &descriptions,
                     const std::string &title, const std::string &tool_version) {
  Json json = document_of({.kind = "claims", .title = title, .tool_version = tool_version});
  json["descriptions"] = descriptions;
  json["claims"] = std::move(claims);
  return json;
}

} // namespace fusesim::report
