#include "support/error.hpp"

namespace fusesim {

namespace {
std::string one_line(std::string_view where, std::string_view what, std::string_view hint) {
  std::string text;
  if (!where.empty())
    text.append(where).append(": ");
  text.append(what);
  if (!hint.empty())
    text.append("; ").append(hint);
  return text;
}
} // namespace

Error::Error(std::string_view where, std::string_view what, std::string_view hint)
    : std::runtime_error(one_line(where, what, hint)) {}

InternalError::InternalError(std::string_view what)
    : std::logic_error("internal error (a bug in fusesim): " + std::string(what)) {}

} // namespace fusesim
