#pragma once

#include "sweep/cluster.hpp"
#include "sweep/results_file.hpp"
#include "sweep/simulator.hpp"
#include "sweep/worker_processes.hpp"

#include <chrono>
#include <functional>

namespace fusesim::sweep {

struct SweepOptions {
  std::filesystem::path results;
  ResultsFile::Open open = ResultsFile::Open::create;
  bool retry_failed = false;
  Shard shard;
  std::string version; ///< of fusesim, for the results
  /// A rank that is silent for so long is lost.
  std::chrono::seconds silence{30};
};

/// How a sweep stands; counts are of this shard.
struct SweepStatus {
  std::uint64_t total = 0, done = 0, failed = 0; ///< with those of earlier runs of the same file
  std::uint64_t added = 0;                       ///< by this run
  double per_second = 0;                         ///< lately
  double eta_seconds = 0;                        ///< at that rate
  std::optional<ResultsFile::Best> best;
  bool stopped = false;    ///< asked to, before all was done
  bool ranks_lost = false; ///< of the cluster; it cannot be left in order
};

/// What a running sweep asks and tells its caller.
struct SweepEvents {
  std::function<bool()> stop_requested;
  std::function<void(const SweepStatus &)> progress;
  std::function<void(const std::string &)> warning; ///< a lost rank and its configurations
  /// Asked to stop; all results so far are committed. What ended one rank of a cluster may end this
  /// one at any moment now.
  std::function<void(const SweepStatus &)> stopping;
};

/// Simulates what the results file lacks, in `workers` and, in a cluster, in those of all other
/// ranks; rank 0 calls this, the others serve_sweep. Every result is committed within about a
/// second. Throws Error as ResultsFile does, and when another rank cannot take part; results until
/// then are committed.
SweepStatus run_sweep(const Space &space, WorkerProcesses &workers, const SweepOptions &options,
                      const SweepEvents &events, Cluster *cluster);

/// A rank's part: takes configurations from rank 0 and sends outcomes, until told to stop.
void serve_sweep(const Space &space, WorkerProcesses &workers, const std::string &version,
                 Cluster &cluster);
/// Ends serve_sweep and decline_sweep of all other ranks; run_sweep has done so when it returns. When
/// some are lost, the others end their processes without them.
void dismiss_ranks(Cluster &cluster, bool ranks_lost = false);
/// Instead of serve_sweep, when this rank cannot take part; rank 0 throws what it says.
void decline_sweep(Cluster &cluster, const std::string &reason);

} // namespace fusesim::sweep
