#include "targets/tile/vector_stage.hpp"

#include <algorithm>

namespace fusesim::targets::tile {

namespace {

constexpr Bytes kBurst = 64;    // one DRAM burst: no tile takes less
constexpr Bytes kL2Buffers = 4; // in and out, each double-buffered

StageWork on_tiles(const VectorProblem &p, const Figures &f, Bytes l3_free, std::uint64_t tiles) {
  const Bytes chunk_limit = std::max<Bytes>(1, f.l2_bytes / kL2Buffers);
  const std::uint64_t l2_passes = p.row_bytes > chunk_limit ? 2 : 1;
  const std::uint64_t dram_passes = p.row_bytes > l3_free + f.l3_landing_bytes ? 2 : 1;
  const Bytes read = (p.dram_read + p.l3_read) * l2_passes;
  const Bytes written = p.dram_write + p.l3_write;
  const Bytes streamed = p.streamed_bytes > 0 ? p.streamed_bytes * l2_passes : read;

  StageWork work;
  work.dram_read_bytes = p.dram_read * dram_passes;
  work.dram_write_bytes = p.dram_write;
  work.tasks = std::clamp<std::uint64_t>(ceil_div(std::max(read, written), kBurst), 1, tiles);
  work.vector_ops = ceil_div(p.ops, work.tasks);
  work.block_mover_bytes = ceil_div(read + written, work.tasks);
  work.streamer_bytes = p.ops > 0 ? ceil_div(streamed + written, work.tasks) : 0;
  work.noc_bytes = p.l3_read / 2; // half of the slices lie across the middle

  // The engine starts with the first burst, or the first row where it needs rows.
  const Bytes piece = std::max(kBurst, std::min(p.row_bytes, chunk_limit));
  const Bytes piece_in = std::min(ceil_div(read, work.tasks), piece);
  const Bytes piece_out = std::min(ceil_div(written, work.tasks), piece);
  const Bytes chunk_in = std::min(ceil_div(read, work.tasks), chunk_limit);
  const Bytes chunk_out = std::min(ceil_div(written, work.tasks), chunk_limit);
  work.l2_bytes = std::min(f.l2_bytes, 2 * (chunk_in + chunk_out));
  const auto time = [](Bytes bytes, double rate) { return static_cast<double>(bytes) / rate; };
  work.fill_s = f.noc_latency_s(work.tasks) + time(piece_in, f.block_mover_bytes_per_s);
  work.drain_s = f.noc_latency_s(work.tasks) + time(piece_out, f.block_mover_bytes_per_s);
  if (p.dram_read > 0)
    work.fill_s += f.dram_latency_s + time(piece_in, f.dram_bytes_per_s);
  if (p.dram_write > 0)
    work.drain_s += time(piece_out, f.dram_bytes_per_s);
  work.dma_fill_s = f.dram_latency_s;
  work.dma_drain_s = time(piece_out, f.block_mover_bytes_per_s);
  return work;
}

} // namespace

StageWork vector_stage(const VectorProblem &problem, const Figures &figures, Bytes l3_free) {
  auto best = on_tiles(problem, figures, l3_free, figures.tiles);
  // Where something else limits, fewer tiles lie closer together.
  for (auto tiles = best.tasks / 2; tiles > 0; tiles /= 2) {
    const auto fewer = on_tiles(problem, figures, l3_free, tiles);
    if (seconds_of(fewer, figures) < seconds_of(best, figures))
      best = fewer;
  }
  return best;
}

} // namespace fusesim::targets::tile
