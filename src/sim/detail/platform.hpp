#pragma once

#include "sim/detail/dispatcher.hpp"
#include "sim/detail/fluid_links.hpp"
#include "sim/detail/host.hpp"
#include "sim/detail/stream.hpp"
#include "sim/detail/tensor_store.hpp"
#include "sim/detail/unit_pool.hpp"

#include <memory>
#include <vector>

namespace fusesim::sim::detail {

/// The machine as SystemC modules, elaborated and bound as the topology says. Lives inside a
/// SimScope.
class Platform {
public:
  explicit Platform(RunState &run);

private:
  HostThread host_;
  Dispatcher dispatcher_;
  FluidLinks links_;
  std::vector<std::unique_ptr<Stream>> streams_;
  std::vector<std::unique_ptr<UnitPool>> pools_;
  std::vector<std::unique_ptr<TensorStore>> stores_;
};

} // namespace fusesim::sim::detail
