#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// Runs the built fusesim the way a shell does.
namespace fusesim::test {

struct Outcome {
  int exit_code = -1; ///< 128 + signal when one ended it, as shells report it
  std::string out, err;
};

struct RunOptions {
  std::string stdout_file = {};     ///< instead of a pipe: "/dev/full"
  bool close_stdout_reader = false; ///< stdout is a pipe that nobody reads any more
  std::vector<std::pair<std::string, std::string>> environment = {}; ///< added to this process's
  std::optional<std::chrono::milliseconds> signal_after = {};        ///< from the start
  int signal = 0;
  std::vector<std::string> launcher = {}; ///< what starts fusesim: {"mpirun", "-np", "2"}
  std::string folder = {};                ///< to run in; empty: this process's
  std::chrono::seconds timeout{120};      ///< then killed, and an exception
};

Outcome run(const std::vector<std::string> &arguments, const RunOptions &options = {});

/// A folder of its own, removed with everything in it at the end.
class TemporaryFolder {
public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder &) = delete;
  TemporaryFolder &operator=(const TemporaryFolder &) = delete;

  std::string path(const std::string &name) const { return folder_ + "/" + name; }
  std::string write(const std::string &name, const std::string &text) const; ///< its path
  std::vector<std::string> files() const;                                    ///< names, sorted

private:
  std::string folder_;
};

std::string read_file(const std::string &path);
std::size_t count_lines(const std::string &text);

} // namespace fusesim::test
