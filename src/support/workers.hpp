#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace fusesim {

/// Pieces of work in forked processes, for what one process can do only once at a time (SystemC). Workers share what this
/// process has built before; a piece's answer comes back as bytes.
struct WorkerJobs {
  std::size_t count = 0;  ///< pieces of work, numbered from 0
  unsigned jobs = 1;      ///< processes
  std::string_view where; ///< heads errors: the command
  /// In a worker. An exception that it throws ends that worker.
  std::function<std::string(std::size_t)> work;
  /// Here, once per piece that was answered, in any order.
  std::function<void(std::size_t, std::string)> take;
  /// Here, about ten times a second and after every answer, with the number of pieces answered. May throw: then the workers
  /// are ended.
  std::function<void(std::size_t)> on_progress = {};
};

/// Gives every worker the next piece as soon as it is done with one. A worker that dies leaves its piece without an answer;
/// the others do the rest. Throws Error when the system gives no more processes.
void run_in_workers(const WorkerJobs &jobs);

} // namespace fusesim
