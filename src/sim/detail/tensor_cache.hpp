#pragma once

#include "sim/program.hpp"

#include <cstdint>
#include <vector>

namespace fusesim::sim::detail {

/// How much of which tensor a cache holds: least recently used tensor out first, and whole. No time
/// in here.
///
/// An access that touches `touched` of a tensor's `size` bytes finds the share resident/size of
/// them: which part is resident is not known, so every part is as likely. What is larger than the cache leaves less of
/// itself than fits there (reuse.hpp): whoever goes through it again evicts the end before coming to it.
class TensorCache {
public:
  TensorCache(Bytes capacity, std::uint32_t tensor_count)
      : capacity_(capacity), entries_(tensor_count) {}

  /// Both return the bytes that go over the back link: misses, bytes that do not fit, dirty bytes
  /// evicted.
  Bytes read(TensorId tensor, Bytes touched, Bytes size);
  enum class WritePolicy : std::uint8_t { keep_dirty, write_through };
  Bytes write(TensorId tensor, Bytes touched, Bytes size, WritePolicy policy);

  /// Forgets the tensor without writing anything back.
  void drop(TensorId tensor);

  Bytes resident(TensorId tensor) const { return entries_[tensor].resident; }
  Bytes dirty(TensorId tensor) const { return entries_[tensor].dirty; }
  Bytes used() const { return used_; }

private:
  static constexpr TensorId kNone = ~TensorId{0};
  struct Entry {
    Bytes resident = 0, dirty = 0;
    TensorId older = kNone, newer = kNone; ///< only while listed
    bool listed = false;
  };

  /// Makes `tensor` the most recently used with up to `wanted` bytes; returns dirty bytes evicted
  /// for it.
  Bytes place(TensorId tensor, Bytes wanted);
  Bytes evict_oldest();
  /// What goes of a tensor too large for the cache; returns the dirty bytes of it.
  Bytes lose(TensorId tensor, Bytes size);
  void link_newest(TensorId tensor);
  void unlink(TensorId tensor);

  Bytes capacity_;
  Bytes used_ = 0;
  std::vector<Entry> entries_;
  TensorId oldest_ = kNone, newest_ = kNone;
};

} // namespace fusesim::sim::detail
