#include "sim/detail/unit_set.hpp"

#include <algorithm>

namespace fusesim::sim::detail {

UnitSet::UnitSet(std::uint32_t count) : ranges_{{0, count - 1, 0}}, size_(count) {}

void UnitSet::give_back(const std::vector<UnitRange> &units, std::uint64_t tag) {
  for (const UnitRange &range : units)
    returned_.push_back({range.first, range.last, tag});
}

void UnitSet::settle() {
  if (returned_.empty())
    return;
  for (const UnitRange &range : returned_)
    size_ += range.size();
  ranges_.insert(ranges_.end(), returned_.begin(), returned_.end());
  returned_.clear();
  std::sort(ranges_.begin(), ranges_.end(),
            [](const UnitRange &a, const UnitRange &b) { return a.first < b.first; });
  merged_.clear();
  for (const UnitRange &range : ranges_) {
    if (!merged_.empty() && merged_.back().tag == range.tag &&
        merged_.back().last + 1 == range.first)
      merged_.back().last = range.last;
    else
      merged_.push_back(range);
  }
  ranges_.swap(merged_);
}

std::vector<UnitRange> UnitSet::take(std::uint32_t n) {
  std::vector<UnitRange> taken;
  size_ -= n;
  std::size_t whole = 0;
  for (; n > 0 && ranges_[whole].size() <= n; ++whole) {
    n -= ranges_[whole].size();
    taken.push_back(ranges_[whole]);
  }
  ranges_.erase(ranges_.begin(), ranges_.begin() + static_cast<std::ptrdiff_t>(whole));
  if (n > 0) {
    UnitRange &rest = ranges_.front();
    taken.push_back({rest.first, rest.first + n - 1, rest.tag});
    rest.first += n;
  }
  return taken;
}

bool UnitSet::any_worked_for(std::uint64_t tag) const {
  return std::any_of(ranges_.begin(), ranges_.end(),
                     [&](const UnitRange &range) { return range.tag == tag; });
}

} // namespace fusesim::sim::detail
