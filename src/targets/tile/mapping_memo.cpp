#include "targets/tile/mapping_memo.hpp"

#include <algorithm>

namespace fusesim::targets::tile {

namespace {

constexpr std::size_t kMachines = 8;
constexpr std::size_t kLayers = 50'000; // about 30 MB of a machine

} // namespace

MappingMemo::Machine &MappingMemo::of(const Figures &figures) {
  // L3 enters a search through its blocking or its key.
  auto engines = figures;
  engines.l3_bytes = engines.l3_landing_bytes = 0;
  const auto known = std::ranges::find(recent_, engines, &std::pair<Figures, Machine>::first);
  if (known != recent_.end()) {
    recent_.splice(recent_.begin(), recent_, known);
  } else {
    recent_.emplace_front(engines, Machine{});
    if (recent_.size() > kMachines)
      recent_.pop_back();
  }
  auto &machine = recent_.front().second;
  if (machine.tilings.size() + machine.nests.size() > kLayers)
    machine = {};
  return machine;
}

} // namespace fusesim::targets::tile
