// Worker w predicts the cases w, w + jobs, w + 2·jobs, … and writes a record of each to its pipe.
#include "validate/workers.hpp"

#include "support/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

namespace fusesim::validate {

namespace {

/// Ahead of the text of a failure; plain bytes, both ends are this program.
struct Record {
  std::uint64_t index = 0;
  Prediction prediction;
  std::uint64_t failure_size = 0;
};

bool write_all(int descriptor, const void *data, std::size_t size) {
  const auto *bytes = static_cast<const char *>(data);
  while (size > 0) {
    const auto written = ::write(descriptor, bytes, size);
    if (written < 0 && errno == EINTR)
      continue;
    if (written <= 0)
      return false;
    bytes += written;
    size -= static_cast<std::size_t>(written);
  }
  return true;
}

[[noreturn]] void work(const Dataset &dataset, Bench &bench, std::size_t first, std::size_t step,
                       int descriptor) {
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
  for (auto i = first; i < dataset.cases.size(); i += step) {
    Record record;
    record.index = i;
    std::string failure;
    try {
      record.prediction = dataset.cases[i]->predict(bench);
    } catch (const std::exception &error) {
      failure = error.what();
    }
    record.failure_size = failure.size();
    if (!write_all(descriptor, &record, sizeof record) ||
        !write_all(descriptor, failure.data(), failure.size()))
      ::_exit(1); // nobody reads any more
  }
  ::_exit(0);
}

/// The workers and what they have written so far.
class Workers {
public:
  Workers(const Dataset &dataset, Bench &bench, unsigned jobs) {
    for (unsigned w = 0; w < jobs; ++w) {
      int ends[2];
      if (::pipe(ends) != 0)
        throw Error("validate", fmt::format("cannot make a pipe ({})", std::strerror(errno)),
                    "use fewer --jobs");
      const auto child = ::fork();
      if (child == 0) {
        ::close(ends[0]);
        work(dataset, bench, w, jobs, ends[1]);
      }
      ::close(ends[1]);
      if (child < 0) {
        ::close(ends[0]);
        throw Error("validate", fmt::format("cannot start a worker ({})", std::strerror(errno)),
                    "use fewer --jobs");
      }
      workers_.push_back({child, ends[0], {}});
    }
  }

  ~Workers() {
    for (const auto &worker : workers_) {
      if (worker.descriptor >= 0)
        ::close(worker.descriptor);
      ::kill(worker.process, SIGTERM);
      ::waitpid(worker.process, nullptr, 0);
    }
  }
  Workers(const Workers &) = delete;
  Workers &operator=(const Workers &) = delete;

  /// Waits for news and hands every complete record to `take`; false when all workers are done.
  template <typename Take> bool read(Take take) {
    std::vector<pollfd> open;
    for (const auto &worker : workers_)
      if (worker.descriptor >= 0)
        open.push_back({worker.descriptor, POLLIN, 0});
    if (open.empty())
      return false;
    constexpr int kMilliseconds = 100;
    ::poll(open.data(), open.size(), kMilliseconds);
    for (const auto &ready : open)
      if (ready.revents != 0)
        read_from(ready.fd, take);
    return true;
  }

private:
  struct Worker {
    pid_t process;
    int descriptor; ///< -1: it has ended
    std::string buffer;
  };

  template <typename Take> void read_from(int descriptor, Take take) {
    const auto worker = std::ranges::find(workers_, descriptor, &Worker::descriptor);
    char bytes[1 << 16];
    const auto size = ::read(descriptor, bytes, sizeof bytes);
    if (size < 0 && errno == EINTR)
      return;
    if (size <= 0) {
      ::close(descriptor);
      worker->descriptor = -1;
      return;
    }
    auto &buffer = worker->buffer;
    buffer.append(bytes, static_cast<std::size_t>(size));
    while (buffer.size() >= sizeof(Record)) {
      Record record;
      std::memcpy(&record, buffer.data(), sizeof record);
      if (buffer.size() < sizeof record + record.failure_size)
        return;
      take(record, buffer.substr(sizeof record, record.failure_size));
      buffer.erase(0, sizeof record + record.failure_size);
    }
  }

  std::vector<Worker> workers_;
};

} // namespace

std::vector<Outcome> run_cases_in_workers(const Dataset &dataset, Bench &bench, unsigned jobs,
                                          const std::function<void(std::size_t)> &on_progress) {
  if (jobs <= 1)
    return run_cases(dataset, bench, on_progress);
  std::vector<Outcome> outcomes;
  for (const auto &one : dataset.cases)
    outcomes.push_back({one.get(), {}, "the process that worked on this row ended before it"});
  std::size_t done = 0;
  Workers workers(dataset, bench, jobs);
  const auto take = [&](const Record &record, std::string failure) {
    auto &outcome = outcomes.at(record.index);
    if (failure.empty())
      outcome.prediction = record.prediction;
    outcome.failure = std::move(failure);
    ++done;
  };
  while (workers.read(take))
    if (on_progress)
      on_progress(done);
  return outcomes;
}

} // namespace fusesim::validate
