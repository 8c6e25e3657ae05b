// One socket pair per process. SOCK_SEQPACKET keeps messages whole, so there is no framing:
//
//   parent ──[numbers of configurations]──> child
//   parent <──[one packed outcome]───────── child      one message for each, at once
//
// A child ends when its parent's end of the socket is closed, which the system does for a parent
// that was killed.
#include "sweep/worker_processes.hpp"

#include "support/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <system_error>

#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace fusesim::sweep {

namespace {

// A process has as much work ahead as keeps it busy while this one is elsewhere, and no more, so
// that all end at about the same time.
constexpr double kLeadSeconds = 0.03;
constexpr std::size_t kLeastLead = 2, kMostLead = 64;
constexpr unsigned kTries = 2;
constexpr std::size_t kLargestMessage = std::size_t{64} * 1024;

[[noreturn]] void fail(std::string_view what) {
  throw Error("worker process", fmt::format("{}: {}", what, std::generic_category().message(errno)),
              "try a smaller -j");
}

std::string cause_of_death(int status) {
  if (WIFSIGNALED(status))
    return fmt::format("signal {} ({})", WTERMSIG(status), strsignal(WTERMSIG(status)));
  return fmt::format("exit code {}", WEXITSTATUS(status));
}

Outcome attempt(const WorkerProcesses::Work &work, std::uint64_t configuration) {
  try {
    return work(configuration);
  } catch (const std::exception &error) {
    Outcome outcome;
    outcome.configuration = configuration;
    outcome.error = fmt::format("internal error (a bug in fusesim): {}", error.what());
    return outcome;
  }
}

} // namespace

WorkerProcesses::WorkerProcesses(unsigned count, Work work) : work_(std::move(work)) {
  processes_.resize(count);
  for (auto &process : processes_)
    start(process);
}

WorkerProcesses::~WorkerProcesses() {
  for (auto &process : processes_) {
    if (process.pid <= 0)
      continue;
    ::close(process.socket);
    ::kill(process.pid, SIGKILL);
    ::waitpid(process.pid, nullptr, 0);
  }
}

void WorkerProcesses::start(Process &process) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
    fail("no socket");
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) {
    ::close(ends[0]);
    ::close(ends[1]);
    fail("cannot be started");
  }
  if (pid == 0) {
    // The terminal's Ctrl-C is for the parent, which says what is to be done.
    std::signal(SIGINT, SIG_IGN);
    std::signal(SIGTERM, SIG_IGN);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent)
      ::_exit(0);
    ::close(ends[0]);
    for (const auto &other : processes_)
      if (other.socket >= 0)
        ::close(other.socket);
    serve(ends[1]);
  }
  ::close(ends[1]);
  process.pid = pid;
  process.socket = ends[0];
}

void WorkerProcesses::serve(int socket) const {
  std::vector<std::uint64_t> numbers(kLargestMessage / sizeof(std::uint64_t));
  while (true) {
    const auto size = ::recv(socket, numbers.data(), kLargestMessage, 0);
    if (size < 0 && errno == EINTR)
      continue;
    if (size <= 0)
      ::_exit(0);
    const auto count = static_cast<std::size_t>(size) / sizeof(std::uint64_t);
    for (std::size_t i = 0; i < count; ++i) {
      const auto outcome = attempt(work_, numbers[i]);
      const auto bytes = packed({&outcome, 1});
      if (::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0)
        ::_exit(0);
    }
  }
}

void WorkerProcesses::give(std::span<const std::uint64_t> configurations) {
  queue_.insert(queue_.end(), configurations.begin(), configurations.end());
  feed();
}

std::vector<std::uint64_t> WorkerProcesses::take_back() {
  std::vector<std::uint64_t> taken(queue_.begin(), queue_.end());
  queue_.clear();
  return taken;
}

std::size_t WorkerProcesses::outstanding() const {
  std::size_t count = queue_.size();
  for (const auto &process : processes_)
    count += process.given.size();
  return count;
}

std::size_t WorkerProcesses::lead() const {
  if (mean_seconds_ <= 0)
    return kLeastLead;
  return static_cast<std::size_t>(std::clamp(kLeadSeconds / mean_seconds_,
                                             static_cast<double>(kLeastLead),
                                             static_cast<double>(kMostLead)));
}

// Those with the least ahead first; all that is left is shared out evenly.
void WorkerProcesses::feed() {
  const auto most = lead();
  std::vector<Process *> by_need;
  for (auto &process : processes_)
    by_need.push_back(&process);
  std::sort(by_need.begin(), by_need.end(),
            [](const auto *a, const auto *b) { return a->given.size() < b->given.size(); });
  for (auto *process : by_need) {
    if (queue_.empty())
      return;
    if (process->given.size() > most / 2)
      continue;
    const auto share = std::max<std::size_t>(1, queue_.size() / processes_.size());
    const auto count = std::min({most - process->given.size(), share, queue_.size()});
    const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(count);
    const std::vector<std::uint64_t> numbers(queue_.begin(), end);
    queue_.erase(queue_.begin(), end);
    process->given.insert(process->given.end(), numbers.begin(), numbers.end());
    // A process that is gone shows when its results are received.
    ::send(process->socket, numbers.data(), numbers.size() * sizeof(std::uint64_t), MSG_NOSIGNAL);
  }
}

std::vector<Outcome> WorkerProcesses::collect(int timeout_ms) {
  std::vector<Outcome> outcomes;
  std::vector<pollfd> sockets;
  for (const auto &process : processes_)
    sockets.push_back({process.socket, POLLIN, 0});
  if (::poll(sockets.data(), sockets.size(), timeout_ms) <= 0)
    return outcomes;
  for (std::size_t i = 0; i < processes_.size(); ++i)
    if (sockets[i].revents != 0)
      receive(processes_[i], outcomes);
  feed();
  return outcomes;
}

void WorkerProcesses::receive(Process &process, std::vector<Outcome> &outcomes) {
  constexpr double kWeight = 0.05; // of the latest simulation in the mean
  std::array<char, kLargestMessage> buffer;
  while (true) {
    const auto size = ::recv(process.socket, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
      return;
    // Said once, ahead of what still waits to be read, when a process ends with work that it has not taken.
    if (size < 0 && errno == ECONNRESET)
      continue;
    if (size <= 0) {
      bury(process, outcomes);
      return;
    }
    for (auto &outcome : unpacked({buffer.data(), static_cast<std::size_t>(size)})) {
      std::erase(process.given, outcome.configuration);
      mean_seconds_ = mean_seconds_ > 0 ? (1 - kWeight) * mean_seconds_ + kWeight * outcome.seconds
                                        : outcome.seconds;
      outcomes.push_back(std::move(outcome));
    }
  }
}

void WorkerProcesses::bury(Process &process, std::vector<Outcome> &outcomes) {
  int status = 0;
  ::close(process.socket);
  ::waitpid(process.pid, &status, 0);
  process.pid = process.socket = -1;
  auto left = std::move(process.given);
  process.given.clear();
  if (!left.empty() && ++deaths_[left.front()] >= kTries) {
    Outcome outcome;
    outcome.configuration = left.front();
    outcome.error = fmt::format("the process that simulated it ended by {}, {} times",
                                cause_of_death(status), kTries);
    outcomes.push_back(std::move(outcome));
    left.pop_front();
  }
  queue_.insert(queue_.begin(), left.begin(), left.end());
  start(process);
}

} // namespace fusesim::sweep
