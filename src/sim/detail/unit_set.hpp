#pragma once

#include <cstdint>
#include <vector>

namespace fusesim::sim::detail {

/// Units first … last of a class. `tag` says for which stage they last worked (0: none yet).
struct UnitRange {
  std::uint32_t first = 0, last = 0;
  std::uint64_t tag = 0;
  std::uint32_t size() const { return last - first + 1; }
};

/// Idle units as sorted ranges: a wave over thousands of units is one range.
class UnitSet {
public:
  explicit UnitSet(std::uint32_t count);

  /// Units handed back count only after the next settle(), so that all that end at one instant do
  /// so together.
  void give_back(const std::vector<UnitRange> &units, std::uint64_t tag);
  void settle();

  std::uint32_t size() const { return size_; }
  /// The n units with the lowest numbers. Requires n ≤ size().
  std::vector<UnitRange> take(std::uint32_t n);
  bool any_worked_for(std::uint64_t tag) const;

private:
  std::vector<UnitRange> ranges_, returned_, merged_;
  std::uint32_t size_ = 0;
};

} // namespace fusesim::sim::detail
