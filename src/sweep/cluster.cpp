#include "sweep/cluster.hpp"

#include "support/error.hpp"
#include "support/module.hpp"

#include <cstdlib>

namespace fusesim::sweep {

namespace {

#ifdef FUSESIM_HAS_MPI
constexpr bool kBuilt = true;
#else
constexpr bool kBuilt = false;
#endif

} // namespace

bool started_in_cluster() {
  // Open MPI's mpirun; launchers that speak PMIx or PMI (srun --mpi=pmix).
  for (const char *name : {"OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK"})
    if (std::getenv(name) != nullptr)
      return true;
  return false;
}

std::unique_ptr<Cluster> join_cluster() {
  if (!kBuilt)
    throw Error("MPI", "this fusesim was built without MPI",
                "install libboost-mpi-dev and build with -DFUSESIM_MPI=ON, or run without mpirun");
  void *const function = load_module({"MPI", "libfusesim_mpi.so", "fusesim_join_mpi", "fusesim_mpi",
                                      "Boost.MPI and Open MPI must be installed"});
  return reinterpret_cast<JoinFunction *>(function)();
}

} // namespace fusesim::sweep
