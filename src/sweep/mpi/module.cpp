// libfusesim_mpi.so: everything that knows MPI, loaded when mpirun has started the process.
#include "sweep/cluster.hpp"

#include <boost/config.hpp>
#include <boost/mpi.hpp>
#include <boost/optional.hpp>
#include <boost/serialization/string.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <list>
#include <thread>

namespace fusesim::sweep {

namespace {

namespace mpi = boost::mpi;

constexpr int kTag = 1;

class MpiCluster final : public Cluster {
public:
  MpiCluster() : environment_(mpi::threading::single, false) {}

  // Leaving waits for all others anyway: what is still on its way is taken first.
  ~MpiCluster() override { mpi::wait_all(begin(sending_), end(sending_)); }

  int rank() const override { return world_.rank(); }
  int size() const override { return world_.size(); }
  std::string host() const override { return mpi::environment::processor_name(); }

  void send(int to, std::string message) override {
    sending_.remove_if([](mpi::request &request) { return request.test().has_value(); });
    sending_.push_back(world_.isend(to, kTag, message));
  }

  std::optional<std::pair<int, std::string>> receive() override {
    const auto waiting = world_.iprobe(mpi::any_source, kTag);
    if (!waiting)
      return std::nullopt;
    std::pair<int, std::string> message{waiting->source(), {}};
    world_.recv(message.first, kTag, message.second);
    return message;
  }

  // MPI_Abort would end the others, too, in many words.
  [[noreturn]] void abandon(int exit_code) override {
    constexpr std::chrono::seconds kPatience(1); // those that are gone never take what is theirs
    const auto start = std::chrono::steady_clock::now();
    while (!mpi::test_all(begin(sending_), end(sending_)) &&
           std::chrono::steady_clock::now() - start < kPatience)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    std::fflush(nullptr);
    std::_Exit(exit_code);
  }

private:
  mpi::environment environment_;
  mpi::communicator world_;
  std::list<mpi::request> sending_;
};

} // namespace

} // namespace fusesim::sweep

extern "C" BOOST_SYMBOL_EXPORT std::unique_ptr<fusesim::sweep::Cluster> fusesim_join_mpi();
std::unique_ptr<fusesim::sweep::Cluster> fusesim_join_mpi() {
  return std::make_unique<fusesim::sweep::MpiCluster>();
}
