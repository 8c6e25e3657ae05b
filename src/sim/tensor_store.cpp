#include "sim/detail/tensor_store.hpp"

namespace fusesim::sim::detail {

TensorStore::TensorStore(const sc_core::sc_module_name &name, RunState &run, CacheId cache)
    : sc_module(name), run_(run),
      contents_(run.topology.caches[cache].capacity_bytes, run.program.tensor_count) {}

Bytes TensorStore::access(const TensorAccess &access, LaunchId launch) {
  const Bytes size = run_.plan.tensor_bytes[access.tensor];
  if (access.kind == TensorAccess::Kind::read)
    return contents_.read(access.tensor, access.bytes, size);
  // A tensor that outlives the program must reach memory sooner or later. Its write-back is charged
  // when it is written, so that what is still dirty at the end of a program is never free.
  const auto policy = run_.plan.dies_after(access.tensor, launch)
                          ? TensorCache::WritePolicy::keep_dirty
                          : TensorCache::WritePolicy::write_through;
  return contents_.write(access.tensor, access.bytes, size, policy);
}

void TensorStore::drop(TensorId tensor) { contents_.drop(tensor); }

} // namespace fusesim::sim::detail
