#include "targets/tile/prefetch.hpp"

#include <algorithm>

namespace fusesim::targets::tile {

namespace {

constexpr std::size_t kFarthest = 8; // stages ahead: descriptors that a sequencer holds

/// How many DRAM bytes more than it moves a stage could move before the tiles' own work ends: DRAM and the mesh, over
/// whose links and bisection they come, must let them through. Negative: tiles wait.
double slack_bytes(const StageWork &work, const Figures &f) {
  const double steady = tile_seconds(work, f);
  const double dma = work.fill_s + steady + work.drain_s - work.dma_fill_s - work.dma_drain_s;
  double could = dma * f.dram_bytes_per_s;
  const auto own = static_cast<double>(work.noc_bytes);
  if (f.noc_bytes_per_s > 0) // half of them cross
    could = std::min(could, 2 * (steady * f.noc_bytes_per_s - own));
  if (f.noc_link_bytes_per_s > 0) {
    const double links = steady * f.noc_link_bytes_per_s * static_cast<double>(f.noc_cut_links);
    could = std::min({could, links, 2 * (links - own)});
  }
  return could - static_cast<double>(work.dram_bytes());
}

} // namespace

void prefetch_weights(std::span<PlannedStage *const> stages, const Figures &figures) {
  if (figures.handover != TileMachine::Handover::piece)
    return;
  for (std::size_t j = 1; j < stages.size(); ++j) {
    auto &stage = *stages[j];
    Bytes room = figures.l3_bytes;
    const auto limit_room = [&](const StageWork &work) {
      const Bytes held = work.l3_bytes + figures.l3_landing_bytes;
      room = std::min(room, figures.l3_bytes - std::min(held, figures.l3_bytes));
    };
    limit_room(stage.work); // until it is used up
    for (auto k = j; k-- > 0 && j - k <= kFarthest;) {
      auto &earlier = *stages[k];
      limit_room(earlier.work);
      const double wanted =
          std::min(-slack_bytes(stage.work, figures), static_cast<double>(stage.weight_bytes));
      const double offered =
          std::min(slack_bytes(earlier.work, figures), static_cast<double>(room));
      if (wanted < 1 || room == 0)
        break;
      if (offered < 1)
        continue;
      const auto moved = static_cast<Bytes>(std::min(wanted, offered));
      earlier.work.dram_read_bytes += moved;
      stage.work.dram_read_bytes -= moved;
      stage.weight_bytes -= moved;
      stage.prefetched_bytes += moved;
      earlier.fetched_ahead_bytes += moved;
      for (auto between = k; between <= j; ++between)
        stages[between]->work.l3_bytes += moved;
      room -= moved;
    }
  }
}

} // namespace fusesim::targets::tile
