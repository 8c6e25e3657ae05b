#include "report/output_file.hpp"

#include "support/error.hpp"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace fusesim::report {

namespace {

constexpr std::size_t kBufferBytes = std::size_t{256} * 1024;

// Where a chain of symbolic links ends, so that the rename replaces the file and not the link.
std::filesystem::path resolved(const std::filesystem::path &path) {
  std::error_code ignored;
  auto real = std::filesystem::weakly_canonical(path, ignored);
  return ignored || real.empty() ? path : real;
}

// The permissions a new file gets, or those of the file that it replaces. umask can only be read by
// setting it.
mode_t mode_for(const std::filesystem::path &target) {
  struct stat info {};
  if (::stat(target.c_str(), &info) == 0)
    return info.st_mode & 07777;
  const mode_t mask = ::umask(0);
  ::umask(mask);
  return 0666 & ~mask;
}

} // namespace

int write_all(int descriptor, std::string_view text) noexcept {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0) {
      if (errno == EINTR)
        continue;
      return errno;
    }
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

OutputFile::OutputFile(std::filesystem::path target) : target_(std::move(target)) {
  std::error_code ignored;
  const auto status = std::filesystem::status(target_, ignored);
  if (std::filesystem::is_directory(status)) {
    errno = EISDIR;
    fail();
  }
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status))
    open_direct();
  else
    open_beside();
  buffer_.reserve(kBufferBytes);
}

OutputFile::~OutputFile() {
  if (descriptor_ >= 0)
    ::close(descriptor_);
  if (!temporary_.empty())
    ::unlink(temporary_.c_str());
}

void OutputFile::open_direct() {
  descriptor_ = ::open(target_.c_str(), O_WRONLY | O_CLOEXEC);
  if (descriptor_ < 0)
    fail();
}

void OutputFile::open_beside() {
  const std::filesystem::path real = resolved(target_);
  // An existing file that may not be written stays protected, although a rename could replace it.
  if (::access(real.c_str(), F_OK) == 0 && ::access(real.c_str(), W_OK) != 0)
    fail();
  std::string name = real.string() + ".XXXXXX";
  descriptor_ = ::mkostemp(name.data(), O_CLOEXEC);
  if (descriptor_ < 0)
    fail();
  temporary_ = name;
  ::fchmod(descriptor_, mode_for(real));
}

void OutputFile::write(std::string_view text) {
  buffer_ += text;
  if (buffer_.size() >= kBufferBytes)
    flush();
}

void OutputFile::commit() {
  flush();
  const int closed = ::close(descriptor_);
  descriptor_ = -1;
  if (closed != 0)
    fail();
  if (temporary_.empty())
    return;
  if (::rename(temporary_.c_str(), resolved(target_).c_str()) != 0)
    fail();
  temporary_.clear();
}

void OutputFile::flush() {
  if (const int error = write_all(descriptor_, buffer_); error != 0) {
    errno = error;
    fail();
  }
  buffer_.clear();
}

void OutputFile::fail() const {
  const std::string reason = std::generic_category().message(errno);
  throw Error(target_.string(), "cannot write: " + reason);
}

} // namespace fusesim::report
