#pragma once

namespace fusesim::cli {

/// SIGINT and SIGTERM: one line on stderr and exit code 128 + signal, at once; or, while a
/// DeferInterrupts lives, as an exception from the running simulation or from
/// throw_if_interrupted(). A second signal ends the process at once. SIGPIPE is ignored: a reader
/// that left shows as a write error.
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

/// True once a signal came while one of them lived.
bool is_interrupted();
/// Throws sim::Interrupted when a signal came.
void throw_if_interrupted();

} // namespace fusesim::cli
