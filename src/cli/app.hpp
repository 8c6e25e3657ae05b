#pragma once

#include "cli/output.hpp"

#include <functional>
#include <memory>
#include <stdexcept>

namespace CLI {
class App;
}

namespace fusesim::cli {

/// What the parsed command line asks for; run after parsing. Throws what its libraries throw.
using Action = std::function<void()>;

// One command each. Declares the command's options and, when it is chosen, sets `action`.
void add_models(CLI::App &app, Action &action);
void add_targets(CLI::App &app, Action &action);
void add_inspect(CLI::App &app, Action &action);
void add_partition(CLI::App &app, Action &action);
void add_simulate(CLI::App &app, Action &action);
void add_compare(CLI::App &app, Action &action);
void add_sweep(CLI::App &app, Action &action);
void add_validate(CLI::App &app, Action &action);
void add_calibrate(CLI::App &app, Action &action);
void add_claims(CLI::App &app, Action &action);

/// Thrown after the answer was delivered: it is not the one that was asked for.
class NotAsExpected : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Exit codes of the executable.
enum ExitCode : int {
  kDone = 0,
  kWrongInput =
      1, ///< a file, name, shape or machine was wrong; memory ran out; nothing could be written
  kUsage = 2,         ///< the command line itself was wrong
  kNotAsExpected = 3, ///< the answer is not the one that was asked for
  kInternal = 70,     ///< a bug in fusesim (EX_SOFTWARE of sysexits.h)
  kBrokenPipe = 141,  ///< as the shell reports a reader that left
  // and 128 + signal after SIGINT (130) and SIGTERM (143)
};

/// Parses the command line, runs the command, reports errors as one line on stderr.
int run(int argc, char **argv);

} // namespace fusesim::cli
