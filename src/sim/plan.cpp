#include "sim/detail/plan.hpp"

#include <algorithm>

namespace fusesim::sim::detail {

Plan::Plan(const Topology &topology, const Program &program)
    : after(program.launches.size()), tensor_bytes(program.tensor_count),
      kernels_in_stream(topology.streams), death_(program.tensor_count) {
  for (LaunchId id = 0; id < program.launches.size(); ++id) {
    const Launch &launch = program.launches[id];
    for (const LaunchId earlier : launch.after) {
      if (program.launches[earlier].kind == Launch::Kind::kernel)
        after[id].push_back(earlier);
      else
        after[id].insert(after[id].end(), after[earlier].begin(), after[earlier].end());
    }
    std::sort(after[id].begin(), after[id].end());
    after[id].erase(std::unique(after[id].begin(), after[id].end()), after[id].end());
    for (const TensorId tensor : launch.dies)
      death_[tensor] = id + 1;
    if (launch.kind == Launch::Kind::kernel) {
      ++kernels;
      ++kernels_in_stream[launch.stream];
    }
  }
  take_sizes(program);
}

void Plan::take_sizes(const Program &program) {
  for (const Launch &launch : program.launches)
    for (const Stage &stage : launch.stages)
      for (const TaskGroup &group : stage.groups)
        for (const TensorAccess &access : group.accesses)
          tensor_bytes[access.tensor] = std::max(tensor_bytes[access.tensor], access.bytes);
}

} // namespace fusesim::sim::detail
