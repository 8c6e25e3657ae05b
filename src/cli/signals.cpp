#include "cli/signals.hpp"

#include "sim/run.hpp"

#include <atomic>
#include <csignal>
#include <cstring>
#include <utility>

#include <unistd.h>

namespace fusesim::cli {

namespace {

// A signal handler has nobody to hand it state: these are the executable's only globals.
std::atomic<int> deferring{0};
std::atomic<int> interrupted{0}; // the first signal that was deferred
std::atomic<const char *> last_words{nullptr};
static_assert(std::atomic<int>::is_always_lock_free &&
              std::atomic<const char *>::is_always_lock_free);

// Only async-signal-safe calls from here …
void say(const char *text) {
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text, std::strlen(text));
}

void on_signal(int signal) {
  if (int none = 0; deferring.load() > 0 && interrupted.compare_exchange_strong(none, signal)) {
    sim::request_interrupt();
    return;
  }
  say("fusesim: interrupted\n");
  if (const char *text = last_words.load(); text != nullptr)
    say(text);
  ::_exit(128 + signal);
}
// … to here.

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

LastWords::LastWords(std::string line) : text_(std::move(line) + "\n") {
  last_words = text_.c_str();
}
LastWords::~LastWords() { last_words = nullptr; }

bool is_interrupted() { return interrupted.load() != 0; }

int interrupted_exit_code() { return 128 + interrupted.load(); }

void throw_if_interrupted() {
  if (is_interrupted())
    throw sim::Interrupted();
}

} // namespace fusesim::cli
