#pragma once

#include <string>

namespace fusesim::cli {

/// SIGINT and SIGTERM: one line on stderr and exit code 128 + signal, at once; or, while a
/// DeferInterrupts lives, as an exception from the running simulation or from
/// throw_if_interrupted(). A second signal ends the process at once, with its LastWords. SIGPIPE is
/// ignored: a reader that left shows as a write error.
void install_signal_handlers();

/// While one lives, a signal asks the simulation to stop instead of ending the process, so that
/// half-written files are removed.
class DeferInterrupts {
public:
  DeferInterrupts();
  ~DeferInterrupts();
  DeferInterrupts(const DeferInterrupts &) = delete;
  DeferInterrupts &operator=(const DeferInterrupts &) = delete;
};

/// While it lives, a signal that ends the process at once says this line, too.
class LastWords {
public:
  explicit LastWords(std::string line);
  ~LastWords();
  LastWords(const LastWords &) = delete;
  LastWords &operator=(const LastWords &) = delete;

private:
  std::string text_;
};

/// True once a signal came while a DeferInterrupts lived.
bool is_interrupted();
/// 128 + that signal, as shells have it.
int interrupted_exit_code();
/// Throws sim::Interrupted when a signal came.
void throw_if_interrupted();

} // namespace fusesim::cli
