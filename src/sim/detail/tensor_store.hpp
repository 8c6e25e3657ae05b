#pragma once

#include "sim/detail/interfaces.hpp"
#include "sim/detail/run_state.hpp"
#include "sim/detail/tensor_cache.hpp"

namespace fusesim::sim::detail {

/// A cache of the machine. Its contents change when a group starts; its bytes travel with the
/// group's tasks.
class TensorStore : public sc_core::sc_module, public TensorStoreIf {
public:
  TensorStore(const sc_core::sc_module_name &name, RunState &run, CacheId cache);

  Bytes access(const TensorAccess &access, LaunchId launch) override;
  void drop(TensorId tensor) override;

private:
  RunState &run_;
  TensorCache contents_;
};

} // namespace fusesim::sim::detail
