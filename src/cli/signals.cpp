#include "cli/signals.hpp"

#include "sim/run.hpp"

#include <atomic>
#include <csignal>

#include <unistd.h>

namespace fusesim::cli {

namespace {

// A signal handler has nobody to hand it state: these are the executable's only globals.
std::atomic<int> deferring{0};
std::atomic<bool> interrupted{false};
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);

// Only async-signal-safe calls here.
void on_signal(int signal) {
  if (deferring.load() > 0 && !interrupted.exchange(true)) {
    sim::request_interrupt();
    return;
  }
  constexpr char kMessage[] = "fusesim: interrupted\n";
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, kMessage, sizeof kMessage - 1);
  ::_exit(128 + signal);
}

} // namespace

void install_signal_handlers() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  ::sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

DeferInterrupts::DeferInterrupts() { ++deferring; }
DeferInterrupts::~DeferInterrupts() { --deferring; }

bool is_interrupted() { return interrupted.load(); }

void throw_if_interrupted() {
  if (is_interrupted())
    throw sim::Interrupted();
}

} // namespace fusesim::cli
