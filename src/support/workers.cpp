// Every worker draws the number of its next piece from one counter in shared memory, and writes a record of each answer to
// its own pipe.
#include "support/workers.hpp"

#include "support/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <new>
#include <vector>

#include <poll.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace fusesim {

namespace {

/// Ahead of the bytes of an answer; plain bytes, both ends are this program.
struct Record {
  std::uint64_t index = 0, size = 0;
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

/// A counter that processes forked from here share.
class SharedCounter {
public:
  using Counter = std::atomic<std::size_t>;
  static_assert(Counter::is_always_lock_free);

  explicit SharedCounter(std::string_view where)
      : memory_(::mmap(nullptr, sizeof(Counter), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                       -1, 0)) {
    if (memory_ == MAP_FAILED)
      throw Error(where, fmt::format("cannot share memory ({})", std::strerror(errno)));
    counter_ = new (memory_) Counter(0);
  }
  ~SharedCounter() { ::munmap(memory_, sizeof(Counter)); }
  SharedCounter(const SharedCounter &) = delete;
  SharedCounter &operator=(const SharedCounter &) = delete;

  std::size_t next() const { return counter_->fetch_add(1); }

private:
  void *memory_;
  Counter *counter_ = nullptr;
};

[[noreturn]] void serve(const WorkerJobs &jobs, const SharedCounter &counter, int descriptor) {
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
  try {
    for (auto index = counter.next(); index < jobs.count; index = counter.next()) {
      const auto answer = jobs.work(index);
      const Record record{index, answer.size()};
      if (!write_all(descriptor, &record, sizeof record) ||
          !write_all(descriptor, answer.data(), answer.size()))
        ::_exit(1); // nobody reads any more
    }
  } catch (...) { // the piece stays without an answer
    ::_exit(1);
  }
  ::_exit(0);
}

/// The workers and what they have written so far.
class Workers {
public:
  Workers(const WorkerJobs &jobs, const SharedCounter &counter) {
    const auto count = std::min<std::size_t>(jobs.jobs, std::max<std::size_t>(jobs.count, 1));
    for (std::size_t i = 0; i < count; ++i)
      start(jobs, counter);
  }

  ~Workers() { end(); }
  Workers(const Workers &) = delete;
  Workers &operator=(const Workers &) = delete;

  /// Waits for news and hands every complete answer to `take`; false when all workers are done.
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

  void start(const WorkerJobs &jobs, const SharedCounter &counter) {
    int ends[2];
    if (::pipe(ends) != 0)
      fail(jobs.where, "make a pipe");
    const auto child = ::fork();
    if (child == 0) {
      ::close(ends[0]);
      serve(jobs, counter, ends[1]);
    }
    const int error = errno;
    ::close(ends[1]);
    if (child < 0) {
      ::close(ends[0]);
      errno = error;
      fail(jobs.where, "start a worker");
    }
    workers_.push_back({child, ends[0], {}});
  }

  [[noreturn]] void fail(std::string_view where, std::string_view what) {
    const int error = errno;
    end();
    throw Error(where, fmt::format("cannot {} ({})", what, std::strerror(error)),
                "use fewer --jobs");
  }

  void end() {
    for (const auto &worker : workers_) {
      if (worker.descriptor >= 0)
        ::close(worker.descriptor);
      ::kill(worker.process, SIGTERM);
      ::waitpid(worker.process, nullptr, 0);
    }
    workers_.clear();
  }

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
      if (buffer.size() < sizeof record + record.size)
        return;
      take(record.index, buffer.substr(sizeof record, record.size));
      buffer.erase(0, sizeof record + record.size);
    }
  }

  std::vector<Worker> workers_;
};

} // namespace

void run_in_workers(const WorkerJobs &jobs) {
  std::size_t done = 0;
  const SharedCounter counter(jobs.where);
  Workers workers(jobs, counter);
  const auto take = [&](std::size_t index, std::string answer) {
    jobs.take(index, std::move(answer));
    ++done;
  };
  while (workers.read(take))
    if (jobs.on_progress)
      jobs.on_progress(done);
}

} // namespace fusesim
