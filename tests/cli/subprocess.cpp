#include "subprocess.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

namespace fusesim::test {

namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void fail(const char *what) {
  throw std::system_error(errno, std::generic_category(), what);
}

struct Pipe {
  int read_end = -1, write_end = -1;
  Pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
      fail("pipe");
    read_end = ends[0];
    write_end = ends[1];
  }
  ~Pipe() {
    close(read_end);
    close(write_end);
  }
  static void close(int &end) {
    if (end >= 0)
      ::close(std::exchange(end, -1));
  }
};

// In the child, between fork and exec.
[[noreturn]] void become_fusesim(const std::vector<std::string> &arguments,
                                 const RunOptions &options, int out, int err) {
  ::dup2(out, STDOUT_FILENO);
  ::dup2(err, STDERR_FILENO);
  if (!options.stdout_file.empty())
    ::dup2(::open(options.stdout_file.c_str(), O_WRONLY), STDOUT_FILENO);
  for (const auto &[name, value] : options.environment)
    ::setenv(name.c_str(), value.c_str(), 1);
  std::signal(SIGPIPE, SIG_DFL);
  if (!options.folder.empty() && ::chdir(options.folder.c_str()) != 0)
    ::_exit(127);
  std::vector<char *> argv;
  for (const std::string &argument : options.launcher)
    argv.push_back(const_cast<char *>(argument.c_str()));
  argv.push_back(const_cast<char *>(options.launcher.empty() ? "fusesim" : FUSESIM_EXECUTABLE));
  for (const std::string &argument : arguments)
    argv.push_back(const_cast<char *>(argument.c_str()));
  argv.push_back(nullptr);
  if (options.launcher.empty())
    ::execv(FUSESIM_EXECUTABLE, argv.data());
  else
    ::execvp(argv.front(), argv.data());
  ::_exit(127);
}

// Reads what is there; false at the end.
bool drain(int descriptor, std::string &into) {
  std::array<char, 65536> buffer{};
  const ssize_t count = ::read(descriptor, buffer.data(), buffer.size());
  if (count > 0)
    into.append(buffer.data(), static_cast<std::size_t>(count));
  return count > 0;
}

// Reads both streams until both have ended, sending the signal on the way.
void collect(pid_t child, const RunOptions &options, Pipe &out, Pipe &err, Outcome &outcome) {
  const auto start = Clock::now();
  bool signalled = !options.signal_after.has_value();
  while (out.read_end >= 0 || err.read_end >= 0) {
    std::array<pollfd, 2> streams{
        {{out.read_end, POLLIN, 0}, {err.read_end, POLLIN, 0}}}; // −1 is skipped
    ::poll(streams.data(), streams.size(), 10);
    if (streams[0].revents != 0 && !drain(out.read_end, outcome.out))
      Pipe::close(out.read_end);
    if (streams[1].revents != 0 && !drain(err.read_end, outcome.err))
      Pipe::close(err.read_end);
    const auto passed = Clock::now() - start;
    if (!signalled && passed >= *options.signal_after) {
      ::kill(child, options.signal);
      signalled = true;
    }
    if (passed > options.timeout) {
      ::kill(child, SIGKILL);
      throw std::runtime_error("fusesim was still running after " +
                               std::to_string(options.timeout.count()) + " s");
    }
  }
}

} // namespace

Outcome run(const std::vector<std::string> &arguments, const RunOptions &options) {
  Pipe out, err;
  const pid_t child = ::fork();
  if (child < 0)
    fail("fork");
  if (child == 0)
    become_fusesim(arguments, options, out.write_end, err.write_end);
  Pipe::close(out.write_end);
  Pipe::close(err.write_end);
  if (options.close_stdout_reader)
    Pipe::close(out.read_end);

  Outcome outcome;
  collect(child, options, out, err, outcome);
  int status = 0;
  ::waitpid(child, &status, 0);
  outcome.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return outcome;
}

TemporaryFolder::TemporaryFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "fusesim_cli_XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr)
    fail("mkdtemp");
  folder_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::string TemporaryFolder::write(const std::string &name, const std::string &text) const {
  std::ofstream(path(name), std::ios::binary) << text;
  return path(name);
}

std::vector<std::string> TemporaryFolder::files() const {
  std::vector<std::string> names;
  for (const auto &entry : std::filesystem::directory_iterator(folder_))
    names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

std::string read_file(const std::string &path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

std::size_t count_lines(const std::string &text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

} // namespace fusesim::test
