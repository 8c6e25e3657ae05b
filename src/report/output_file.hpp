#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace fusesim::report {

/// A file that is either written whole or not at all: text goes to a temporary file beside the
/// target, and commit() renames it over the target. What is no regular file (a pipe, /dev/stdout,
/// /dev/full) is written directly. Every failure, a full disk included, throws Error naming the
/// file and the system's reason.
class OutputFile {
public:
  /// Throws Error when the file cannot be made there.
  explicit OutputFile(std::filesystem::path target);
  ~OutputFile(); ///< without commit(): the target is left as it was
  OutputFile(const OutputFile &) = delete;
  OutputFile &operator=(const OutputFile &) = delete;

  void write(std::string_view text); ///< buffered
  void commit();                     ///< everything on disk under the target's name, or Error

private:
  void open_direct();
  void open_beside();
  void flush();
  [[noreturn]] void fail() const; ///< with errno as the reason

  std::filesystem::path target_, temporary_; ///< temporary_ empty: written directly
  int descriptor_ = -1;
  std::string buffer_;
};

/// Writes all of `text` to an open descriptor. Returns 0, or the errno of what went wrong.
int write_all(int descriptor, std::string_view text) noexcept;

} // namespace fusesim::report
