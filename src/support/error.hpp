#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace fusesim {

/// The one exception type of every fusesim library: something outside the code was wrong (a file, an option, a
/// configuration, a network). `what()` is one line that names the place, what is wrong there, and what would be right.
class Error : public std::runtime_error {
public:
  /// @param where  file:line, node name or option; may be empty
  /// @param what   what is wrong
  /// @param hint   what would be right; may be empty
  Error(std::string_view where, std::string_view what, std::string_view hint = {});
};

/// A broken promise between two parts of fusesim itself. Reaching it is always a bug in fusesim, never bad input.
class InternalError : public std::logic_error {
public:
  explicit InternalError(std::string_view what);
};

} // namespace fusesim
