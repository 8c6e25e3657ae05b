// Rank 0 holds the list of what is left and hands it out; a "site" is a rank with its worker
// processes, rank 0's own included. Without a cluster there is one site.
//
//   left to do ──> site 0: WorkerProcesses  ──┐
//              ──> site 1: serve_sweep        ├──> outcomes ──> ResultsFile
//              ──> site 2: serve_sweep      ──┘
#include "sweep/run_sweep.hpp"

#include "support/error.hpp"
#include "sweep/messages.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <thread>

namespace fusesim::sweep {

namespace {

using Clock = std::chrono::steady_clock;
using Kind = Message::Kind;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// A site has work for so long ahead: its messages travel and rank 0 is busy meanwhile.
constexpr double kLeadSeconds = 0.25;
constexpr double kMostLead = 1024; // configurations per worker
constexpr double kCommitSeconds = 1, kProgressSeconds = 0.1;
constexpr int kWaitMs = 100, kWaitInClusterMs = 2; // for local results; MPI has nothing to wait on
constexpr double kAliveSeconds = 1;
// Before its first word, a rank starts, reads the sweep and builds networks.
constexpr int kSilenceAtStart = 10;
// After a request to stop, what is under way may end.
constexpr double kPatienceSeconds = 20;

/// "3, 5–9, 12": the numbers in order, long lists cut.
std::string ranges_text(const std::set<std::uint64_t> &numbers) {
  constexpr std::size_t kMostRanges = 20;
  std::string text;
  std::size_t ranges = 0;
  for (auto it = numbers.begin(); it != numbers.end();) {
    const auto first = *it;
    auto last = first;
    while (++it != numbers.end() && *it == last + 1)
      ++last;
    if (++ranges > kMostRanges)
      return text + ", …";
    text += text.empty() ? "" : ", ";
    text += first == last ? fmt::format("{}", first) : fmt::format("{}-{}", first, last);
  }
  return text;
}

struct Site {
  int rank = 0;
  unsigned workers = 0; ///< 0: has not said hello
  std::string host;
  std::set<std::uint64_t> outstanding;
  Clock::time_point heard = Clock::now();
  bool lost = false;
};

class Coordinator {
public:
  Coordinator(const Space &space, WorkerProcesses &workers, const SweepOptions &options,
              const SweepEvents &events, Cluster *cluster)
      : space_(space), workers_(workers), options_(options), events_(events), cluster_(cluster),
        results_(options.results, space, options.version, options.shard, options.open) {
    sites_.resize(cluster ? static_cast<std::size_t>(cluster->size()) : 1);
    for (std::size_t i = 0; i < sites_.size(); ++i)
      sites_[i].rank = static_cast<int>(i);
    sites_.front().workers = workers.count();
    list_work();
  }

  SweepStatus run();
  bool any_lost() const {
    return std::any_of(sites_.begin(), sites_.end(), [](const Site &site) { return site.lost; });
  }

private:
  void list_work();
  bool finished() const;
  void hand_out();
  std::size_t lead_of(const Site &site) const;
  std::vector<std::uint64_t> take_work(std::size_t count);
  void record(Site &site, std::span<const Outcome> outcomes);
  void receive();
  void welcome(Site &site, const Hello &hello);
  void look_for_lost();
  void begin_stop();
  void commit_and_tell(bool at_once);
  void tell_of_the_unfinished() const;

  const Space &space_;
  WorkerProcesses &workers_;
  const SweepOptions &options_;
  const SweepEvents &events_;
  Cluster *cluster_;
  ResultsFile results_;
  std::vector<Site> sites_;
  std::vector<bool> done_;
  std::vector<std::uint64_t> todo_; ///< in order, from next_
  std::size_t next_ = 0;
  std::vector<std::uint64_t> returned_; ///< by lost ranks
  SweepStatus status_;
  double mean_seconds_ = 0;
  Clock::time_point committed_ = Clock::now(), told_ = Clock::now(), stopped_at_{};
  std::uint64_t told_added_ = 0;
};

void Coordinator::list_work() {
  done_ = results_.done(options_.retry_failed);
  for (std::uint64_t i = 0; i < space_.size(); ++i) {
    if (!options_.shard.holds(i))
      continue;
    ++status_.total;
    done_[i] ? void(++status_.done) : todo_.push_back(i);
  }
  status_.failed = results_.failures();
  status_.best = results_.best();
}

bool Coordinator::finished() const {
  const bool none_left = status_.stopped || (next_ == todo_.size() && returned_.empty());
  return none_left && std::all_of(sites_.begin(), sites_.end(), [](const Site &site) {
           return site.lost || site.outstanding.empty();
         });
}

std::size_t Coordinator::lead_of(const Site &site) const {
  const double each =
      mean_seconds_ > 0 ? std::clamp(kLeadSeconds / mean_seconds_, 2.0, kMostLead) : 2.0;
  return static_cast<std::size_t>(each) * site.workers;
}

std::vector<std::uint64_t> Coordinator::take_work(std::size_t count) {
  std::vector<std::uint64_t> taken;
  while (taken.size() < count && !returned_.empty()) {
    taken.push_back(returned_.back());
    returned_.pop_back();
  }
  while (taken.size() < count && next_ < todo_.size())
    taken.push_back(todo_[next_++]);
  return taken;
}

// Guided self-scheduling (Polychronopoulos & Kuck 1987): towards the end shares shrink, so that all
// sites end together.
void Coordinator::hand_out() {
  if (status_.stopped)
    return;
  unsigned all_workers = 0;
  for (const auto &site : sites_)
    all_workers += site.lost ? 0 : site.workers;
  for (auto &site : sites_) {
    const std::size_t left = todo_.size() - next_ + returned_.size();
    const std::size_t lead = lead_of(site);
    if (left == 0 || site.lost || site.workers == 0 || site.outstanding.size() > lead / 2)
      continue;
    const std::size_t share = std::max<std::size_t>(
        site.workers, left * site.workers / (std::size_t{2} * std::max(1U, all_workers)));
    const auto numbers = take_work(std::min({left, share, lead - site.outstanding.size()}));
    site.outstanding.insert(numbers.begin(), numbers.end());
    if (site.rank == 0)
      workers_.give(numbers);
    else
      cluster_->send(site.rank, encoded(Kind::work, encoded_numbers(numbers)));
  }
}

void Coordinator::record(Site &site, std::span<const Outcome> outcomes) {
  constexpr double kWeight = 0.02; // of the latest simulation in the mean
  for (const auto &outcome : outcomes) {
    site.outstanding.erase(outcome.configuration);
    if (done_.at(outcome.configuration))
      continue; // a rank that was taken for lost has found its voice again
    results_.add(outcome);
    done_[outcome.configuration] = true;
    ++status_.done;
    ++status_.added;
    status_.failed += outcome.failed() ? 1 : 0;
    mean_seconds_ = mean_seconds_ > 0 ? (1 - kWeight) * mean_seconds_ + kWeight * outcome.seconds
                                      : outcome.seconds;
    const ResultsFile::Best one{outcome.latency_us, outcome.configuration};
    if (!outcome.failed() && (!status_.best || one < *status_.best))
      status_.best = one;
  }
}

void Coordinator::welcome(Site &site, const Hello &hello) {
  site.host = hello.host;
  if (hello.version != options_.version || hello.identity != fingerprint_of(space_.identity_text()))
    throw Error(fmt::format("rank {} on {}", site.rank, site.host),
                "reads another sweep or is another fusesim",
                "every machine needs the same files and the same version");
  site.workers = hello.workers;
}

void Coordinator::receive() {
  if (cluster_ == nullptr)
    return;
  while (const auto received = cluster_->receive()) {
    auto &site = sites_.at(static_cast<std::size_t>(received->first));
    const auto message = decoded(received->second);
    site.heard = Clock::now();
    switch (message.kind) {
    case Kind::hello:
      welcome(site, hello_in(message));
      break;
    case Kind::outcomes:
      record(site, unpacked(message.body));
      break;
    case Kind::given_back:
      for (const auto number : numbers_in(message))
        site.outstanding.erase(number);
      break;
    case Kind::declines:
      throw Error(fmt::format("rank {}", site.rank), message.body);
    default:
      break;
    }
  }
}

void Coordinator::look_for_lost() {
  for (auto &site : sites_) {
    const auto patience = options_.silence * (site.workers == 0 ? kSilenceAtStart : 1);
    if (site.rank == 0 || site.lost || Clock::now() - site.heard < patience)
      continue;
    site.lost = true;
    const auto where = site.host.empty() ? "" : fmt::format(" on {}", site.host);
    events_.warning(
        site.outstanding.empty()
            ? fmt::format("rank {}{} is lost; it had no configurations", site.rank, where)
            : fmt::format("rank {}{} is lost with configurations {}; {}", site.rank, where,
                          ranges_text(site.outstanding),
                          status_.stopped ? "--resume simulates them" : "others simulate them"));
    returned_.insert(returned_.end(), site.outstanding.begin(), site.outstanding.end());
    site.outstanding.clear();
  }
}

void Coordinator::begin_stop() {
  status_.stopped = true;
  stopped_at_ = Clock::now();
  results_.commit(); // whoever asked may not wait for what is under way
  for (const auto number : workers_.take_back())
    sites_.front().outstanding.erase(number);
  for (const auto &site : sites_)
    if (site.rank != 0 && site.workers > 0 && !site.lost)
      cluster_->send(site.rank, encoded(Kind::give_back));
  tell_of_the_unfinished();
  events_.stopping(status_);
}

// Of a cluster that is being shut down, what was where: perhaps one of the ranks was the reason.
void Coordinator::tell_of_the_unfinished() const {
  for (const auto &site : sites_)
    if (cluster_ != nullptr && !site.outstanding.empty())
      events_.warning(fmt::format("rank {} ({}) had configurations {} under way", site.rank,
                                  site.rank == 0 ? cluster_->host() : site.host,
                                  ranges_text(site.outstanding)));
}

void Coordinator::commit_and_tell(bool at_once) {
  if (at_once || seconds_since(committed_) >= kCommitSeconds) {
    results_.commit();
    committed_ = Clock::now();
  }
  const double elapsed = seconds_since(told_);
  if (!at_once && elapsed < kProgressSeconds)
    return;
  constexpr double kMemorySeconds = 2; // of the rate
  const double now = static_cast<double>(status_.added - told_added_) / std::max(elapsed, 1e-9);
  const double weight = status_.per_second > 0 ? 1 - std::exp(-elapsed / kMemorySeconds) : 1;
  status_.per_second += weight * (now - status_.per_second);
  status_.eta_seconds = status_.per_second > 0
                            ? static_cast<double>(status_.total - status_.done) / status_.per_second
                            : 0;
  told_ = Clock::now();
  told_added_ = status_.added;
  events_.progress(status_);
}

SweepStatus Coordinator::run() {
  try {
    while (!finished()) {
      if (!status_.stopped && events_.stop_requested())
        begin_stop();
      if (status_.stopped && seconds_since(stopped_at_) > kPatienceSeconds)
        break;
      hand_out();
      record(sites_.front(), workers_.collect(cluster_ ? kWaitInClusterMs : kWaitMs));
      receive();
      look_for_lost();
      commit_and_tell(false);
    }
  } catch (...) {
    try {
      results_.commit();
    } catch (const Error &) {
      // The first error counts. After a full disk the last second's rows are rolled back, and due again.
    }
    throw;
  }
  commit_and_tell(true);
  status_.stopped = status_.done < status_.total;
  return status_;
}

} // namespace

void dismiss_ranks(Cluster &cluster, bool ranks_lost) {
  for (int rank = 1; rank < cluster.size(); ++rank)
    cluster.send(rank, encoded(ranks_lost ? Kind::abandon : Kind::leave));
}

SweepStatus run_sweep(const Space &space, WorkerProcesses &workers, const SweepOptions &options,
                      const SweepEvents &events, Cluster *cluster) {
  SweepStatus status;
  try {
    Coordinator coordinator(space, workers, options, events, cluster);
    status = coordinator.run();
    status.ranks_lost = coordinator.any_lost();
  } catch (...) {
    if (cluster != nullptr)
      dismiss_ranks(*cluster);
    throw;
  }
  if (cluster != nullptr)
    dismiss_ranks(*cluster, status.ranks_lost);
  return status;
}

void serve_sweep(const Space &space, WorkerProcesses &workers, const std::string &version,
                 Cluster &cluster) {
  cluster.send(
      0, encoded(Kind::hello, encoded(Hello{cluster.host(), fingerprint_of(space.identity_text()),
                                            version, workers.count()})));
  auto spoken = Clock::now();
  const auto say = [&](Kind kind, std::string_view body = {}) {
    cluster.send(0, encoded(kind, body));
    spoken = Clock::now();
  };
  while (true) {
    while (const auto received = cluster.receive()) {
      const auto message = decoded(received->second);
      if (message.kind == Kind::leave)
        return;
      if (message.kind == Kind::abandon)
        cluster.abandon(0);
      if (message.kind == Kind::work)
        workers.give(numbers_in(message));
      if (message.kind == Kind::give_back)
        say(Kind::given_back, encoded_numbers(workers.take_back()));
    }
    const auto outcomes = workers.collect(kWaitInClusterMs);
    if (!outcomes.empty())
      say(Kind::outcomes, packed(outcomes));
    else if (seconds_since(spoken) > kAliveSeconds)
      say(Kind::alive);
  }
}

void decline_sweep(Cluster &cluster, const std::string &reason) {
  cluster.send(0, encoded(Kind::declines, reason));
  while (true) {
    const auto received = cluster.receive();
    if (received && decoded(received->second).kind == Kind::leave)
      return;
    std::this_thread::sleep_for(std::chrono::milliseconds(kWaitInClusterMs));
  }
}

} // namespace fusesim::sweep
