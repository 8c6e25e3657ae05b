#include "targets/tile/stage_work.hpp"

#include <algorithm>

namespace fusesim::targets::tile {

namespace {

/// Of a rate; none where 0 stands for no limit.
double seconds(Bytes bytes, double bytes_per_s) {
  return bytes_per_s > 0 ? static_cast<double>(bytes) / bytes_per_s : 0;
}

} // namespace

Bytes StageWork::busiest_link_bytes(const Figures &figures) const {
  return std::max(link_bytes,
                  ceil_div(std::max(dram_bytes(), crossing_bytes()), figures.noc_cut_links));
}

double tile_seconds(const StageWork &work, const Figures &figures) {
  const auto time = [](auto amount, double rate) { return static_cast<double>(amount) / rate; };
  const Bytes link = std::max(work.link_bytes, ceil_div(work.noc_bytes, figures.noc_cut_links));
  return std::max({time(work.array_cycles, figures.array_hz),
                   time(work.vector_ops, figures.vector_ops_per_s),
                   time(work.block_mover_bytes, figures.block_mover_bytes_per_s),
                   time(work.streamer_bytes, figures.streamer_bytes_per_s),
                   seconds(work.noc_bytes, figures.noc_bytes_per_s),
                   seconds(link, figures.noc_link_bytes_per_s)});
}

double share_seconds(const StageWork &work, const Figures &figures) {
  return std::max({tile_seconds(work, figures),
                   seconds(work.crossing_bytes(), figures.noc_bytes_per_s),
                   seconds(work.busiest_link_bytes(figures), figures.noc_link_bytes_per_s)});
}

double overlapped_seconds(const StageWork &work, const Figures &figures) {
  return std::max(share_seconds(work, figures),
                  static_cast<double>(work.dram_bytes()) / figures.dram_bytes_per_s);
}

double seconds_of(const StageWork &work, const Figures &figures) {
  const double tiles = work.fill_s + share_seconds(work, figures) + work.drain_s;
  if (work.dram_bytes() == 0)
    return tiles;
  const double dma = work.dma_fill_s +
                     static_cast<double>(work.dram_bytes()) / figures.dram_bytes_per_s +
                     work.dma_drain_s;
  return std::max(tiles, dma);
}

} // namespace fusesim::targets::tile
