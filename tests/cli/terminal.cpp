#include "terminal.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <stdexcept>
#include <system_error>

#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

namespace fusesim::test {

namespace {

// In the child, on its own terminal.
[[noreturn]] void
become_fusesim(const std::vector<std::string> &arguments,
               const std::vector<std::pair<std::string, std::string>> &environment) {
  ::setenv("TERM", "xterm", 1);
  ::unsetenv("NO_COLOR");
  for (const auto &[name, value] : environment)
    ::setenv(name.c_str(), value.c_str(), 1);
  std::vector<char *> argv{const_cast<char *>("fusesim")};
  for (const std::string &argument : arguments)
    argv.push_back(const_cast<char *>(argument.c_str()));
  argv.push_back(nullptr);
  ::execv(FUSESIM_EXECUTABLE, argv.data());
  ::_exit(127);
}

} // namespace

Outcome run_on_terminal(const std::vector<std::string> &arguments, unsigned short columns,
                        const std::vector<std::pair<std::string, std::string>> &environment) {
  const winsize size{.ws_row = 50, .ws_col = columns, .ws_xpixel = 0, .ws_ypixel = 0};
  int terminal = -1;
  const pid_t child = ::forkpty(&terminal, nullptr, nullptr, &size);
  if (child < 0)
    throw std::system_error(errno, std::generic_category(), "forkpty");
  if (child == 0)
    become_fusesim(arguments, environment);

  Outcome outcome;
  std::array<char, 4096> buffer{};
  for (;;) {
    const ssize_t count = ::read(terminal, buffer.data(), buffer.size());
    if (count <= 0) // EIO: the other side has closed
      break;
    for (ssize_t i = 0; i < count; ++i)
      if (buffer[static_cast<std::size_t>(i)] != '\r') // the terminal's own, before each "\n"
        outcome.out += buffer[static_cast<std::size_t>(i)];
  }
  ::close(terminal);
  int status = 0;
  ::waitpid(child, &status, 0);
  outcome.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return outcome;
}

std::string without_colours(const std::string &text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (text[i] == '\x1b')
      i = text.find('m', i);
    else
      plain += text[i];
  return plain;
}

} // namespace fusesim::test
