#pragma once

#include "sweep/outcome.hpp"

#include <deque>
#include <functional>
#include <map>
#include <vector>

#include <sys/types.h>

namespace fusesim::sweep {

/// Simulates configurations in forked processes (SystemC has one simulation per process), which
/// share what this process has built before. A process that dies is replaced; the configuration it
/// died of is tried once more, and is a failure when that process dies too.
class WorkerProcesses {
public:
  using Work = std::function<Outcome(std::uint64_t)>;

  /// Forks at once. Throws Error when the system gives no more processes.
  WorkerProcesses(unsigned count, Work work);
  ~WorkerProcesses(); ///< ends all of them, whatever they do
  WorkerProcesses(const WorkerProcesses &) = delete;
  WorkerProcesses &operator=(const WorkerProcesses &) = delete;

  unsigned count() const { return static_cast<unsigned>(processes_.size()); }
  void give(std::span<const std::uint64_t> configurations);
  /// Takes back what no process has been given yet.
  std::vector<std::uint64_t> take_back();
  std::size_t outstanding() const; ///< given and neither collected nor taken back

  /// Waits at most so long for results, and returns those that are there; may return early, with
  /// none, when a signal comes.
  std::vector<Outcome> collect(int timeout_ms);

private:
  struct Process {
    pid_t pid = -1;
    int socket = -1;
    std::deque<std::uint64_t> given; ///< in the order in which they will be answered
  };

  void start(Process &process);
  [[noreturn]] void serve(int socket) const;
  void receive(Process &process, std::vector<Outcome> &outcomes);
  void bury(Process &process, std::vector<Outcome> &outcomes);
  void feed();
  std::size_t lead() const;

  Work work_;
  std::vector<Process> processes_;
  std::deque<std::uint64_t> queue_;
  std::map<std::uint64_t, unsigned> deaths_; ///< of processes, by the configuration under way
  double mean_seconds_ = 0;                  ///< of one simulation, lately
};

} // namespace fusesim::sweep
