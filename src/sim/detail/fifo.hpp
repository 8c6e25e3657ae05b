#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace fusesim::sim::detail {

/// First in, first out in one vector. std::deque allocates over 500 bytes even when empty, and a
/// run makes thousands of short queues.
template <typename T> class Fifo {
public:
  bool empty() const { return head_ == items_.size(); }
  T &front() { return items_[head_]; }
  const T &front() const { return items_[head_]; }
  void push(T item) { items_.push_back(std::move(item)); }
  T pop() {
    T item = std::move(items_[head_]);
    if (++head_ == items_.size()) {
      items_.clear();
      head_ = 0;
    } else if (head_ >= 64 && head_ * 2 >= items_.size()) {
      items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(head_));
      head_ = 0;
    }
    return item;
  }

private:
  std::vector<T> items_;
  std::size_t head_ = 0;
};

} // namespace fusesim::sim::detail
