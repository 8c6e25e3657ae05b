#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace fusesim::sweep {

/// Processes of one sweep on one or many machines, and messages between them. Lives from joining
/// (MPI_Init) to leaving (MPI_Finalize). Messages from one rank to another arrive in order.
class Cluster {
public:
  virtual ~Cluster() = default;
  virtual int rank() const = 0;
  virtual int size() const = 0;
  virtual std::string host() const = 0;
  /// Returns at once; the message is on its way.
  virtual void send(int to, std::string message) = 0;
  /// A message that has arrived and its sender; nothing when there is none. Never waits.
  virtual std::optional<std::pair<int, std::string>> receive() = 0;
  /// Ends this process without leaving in order, which would wait forever for processes that are
  /// gone. What it has sent still arrives.
  [[noreturn]] virtual void abandon(int exit_code) = 0;
};

/// Whether this process was started by mpirun or by a batch system's launcher.
bool started_in_cluster();
/// Loads the MPI module (libfusesim_mpi.so) and joins. Throws Error when it is not there.
std::unique_ptr<Cluster> join_cluster();

/// Signature of the one symbol that the module exports, as `fusesim_join_mpi`.
using JoinFunction = std::unique_ptr<Cluster>();

} // namespace fusesim::sweep
