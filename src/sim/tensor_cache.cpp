#include "sim/detail/tensor_cache.hpp"

#include "sim/reuse.hpp"

#include <algorithm>
#include <cmath>

namespace fusesim::sim::detail {

namespace {

/// a × b / c without overflow in between, rounded down.
Bytes scaled(Bytes a, Bytes b, Bytes c) {
  __extension__ using Wide = unsigned __int128;
  return c == 0 ? 0 : static_cast<Bytes>(static_cast<Wide>(a) * b / c);
}

} // namespace

Bytes TensorCache::read(TensorId tensor, Bytes touched, Bytes size) {
  const Bytes resident = entries_[tensor].resident;
  const Bytes misses = touched - scaled(std::min(resident, size), touched, size);
  const Bytes evicted = place(tensor, std::min(resident + misses, capacity_));
  return misses + evicted + lose(tensor, size);
}

Bytes TensorCache::write(TensorId tensor, Bytes touched, Bytes size, WritePolicy policy) {
  const Bytes resident = entries_[tensor].resident;
  const Bytes fresh = touched - scaled(std::min(resident, size), touched, size);
  const Bytes kept = std::min(resident + fresh, capacity_);
  const Bytes overflow = resident + fresh - kept;
  const Bytes evicted = place(tensor, kept);
  if (policy == WritePolicy::write_through)
    return touched + evicted + lose(tensor, size);
  Entry &entry = entries_[tensor];
  entry.dirty = std::min(kept, entry.dirty + (touched - overflow));
  return overflow + evicted + lose(tensor, size);
}

Bytes TensorCache::lose(TensorId tensor, Bytes size) {
  Entry &entry = entries_[tensor];
  const auto kept = static_cast<Bytes>(
      std::llround(reused_share(size, capacity_) * static_cast<double>(entry.resident)));
  used_ -= entry.resident - kept;
  entry.resident = kept;
  const Bytes written_back = entry.dirty - std::min(entry.dirty, kept);
  entry.dirty -= written_back;
  return written_back;
}

void TensorCache::drop(TensorId tensor) {
  Entry &entry = entries_[tensor];
  used_ -= entry.resident;
  entry.resident = entry.dirty = 0;
  unlink(tensor);
}

Bytes TensorCache::place(TensorId tensor, Bytes wanted) {
  Entry &entry = entries_[tensor];
  unlink(tensor); // so that it cannot be evicted for its own sake
  used_ -= entry.resident;
  Bytes written_back = 0;
  while (used_ + wanted > capacity_)
    written_back += evict_oldest();
  entry.resident = wanted;
  used_ += wanted;
  if (wanted > 0)
    link_newest(tensor);
  return written_back;
}

Bytes TensorCache::evict_oldest() {
  const TensorId victim = oldest_;
  const Bytes dirty = entries_[victim].dirty;
  drop(victim);
  return dirty;
}

void TensorCache::link_newest(TensorId tensor) {
  Entry &entry = entries_[tensor];
  entry.older = newest_;
  entry.newer = kNone;
  entry.listed = true;
  (newest_ == kNone ? oldest_ : entries_[newest_].newer) = tensor;
  newest_ = tensor;
}

void TensorCache::unlink(TensorId tensor) {
  Entry &entry = entries_[tensor];
  if (!entry.listed)
    return;
  (entry.older == kNone ? oldest_ : entries_[entry.older].newer) = entry.newer;
  (entry.newer == kNone ? newest_ : entries_[entry.newer].older) = entry.older;
  entry.listed = false;
}

} // namespace fusesim::sim::detail
