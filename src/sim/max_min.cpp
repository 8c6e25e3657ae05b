#include "sim/detail/max_min.hpp"

#include <algorithm>
#include <limits>

namespace fusesim::sim::detail {

namespace {

/// Links within this of the level count as full: a lone flow whose speed is set by the link fills
/// it exactly, but its demand is rounded to a whole unit.
constexpr double kFull = 1 + 1e-9;

} // namespace

MaxMin::MaxMin(std::vector<double> capacities, std::vector<bool> preferred)
    : capacities_(std::move(capacities)), preferred_(std::move(preferred)),
      links_(capacities_.size()) {}

void MaxMin::share(std::span<FlowShare *const> flows) {
  filling_.assign(flows.begin(), flows.end());
  std::fill(links_.begin(), links_.end(), LinkLevel{});
  double level = 0;
  while (!filling_.empty()) {
    level = next_level(level);
    std::erase_if(filling_, [&](FlowShare *flow) { return freeze(*flow, level); });
    for (LinkLevel &link : links_) {
      link.used += level * static_cast<double>(link.freezing);
      link.freezing = 0;
    }
  }
}

double MaxMin::next_level(double previous) {
  for (LinkLevel &link : links_)
    link.demand = 0;
  double level = std::numeric_limits<double>::infinity();
  for (const FlowShare *flow : filling_) {
    level = std::min(level, flow->cap);
    for (const Demand &demand : flow->demands)
      links_[demand.link].demand += static_cast<Uint128>(flow->n) * demand.units_per_s;
  }
  for (std::size_t i = 0; i < links_.size(); ++i) {
    LinkLevel &link = links_[i];
    link.level = std::numeric_limits<double>::infinity();
    if (link.demand == 0)
      continue;
    link.level = (capacities_[i] - link.used) / static_cast<double>(link.demand);
    level = std::min(level, link.level);
  }
  return std::max(level, previous); // below only by rounding
}

bool MaxMin::freeze(FlowShare &flow, double level) {
  flow.limiting_link = -1;
  for (const Demand &demand : flow.demands)
    if (links_[demand.link].level <= level * kFull &&
        (flow.limiting_link < 0 || preferred_[demand.link]))
      flow.limiting_link = static_cast<int>(demand.link);
  if (flow.limiting_link < 0 && flow.cap > level)
    return false;
  flow.phi = level;
  for (const Demand &demand : flow.demands)
    links_[demand.link].freezing += static_cast<Uint128>(flow.n) * demand.units_per_s;
  return true;
}

} // namespace fusesim::sim::detail
