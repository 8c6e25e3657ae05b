#include "targets/tile/tiling.hpp"

#include <algorithm>
#include <cmath>

namespace fusesim::targets::tile {

namespace {

constexpr Bytes kAccumulatorSize = 4;

/// The loop counts that every formula below shares. A tile runs `products` products of share_m ×
/// share_n × depth.
struct Loops {
  std::uint64_t tasks, items, blocks, chunks, products;
  std::uint64_t depth;      ///< of one product: a tile's share of a chunk of k
  std::uint64_t nm, nn, nk; ///< L2 tiles of one product
  std::uint64_t visits() const { return products * nm * nn * nk; }
};

Loops loops_of(const Contraction &c, const Mapping &m) {
  Loops l{};
  l.tasks = m.split_batch * m.split_m * m.split_n * m.split_k;
  l.items = ceil_div(c.batch, m.split_batch);
  l.blocks = ceil_div(c.m, m.blocking.block_m) * ceil_div(c.n, m.blocking.block_n);
  l.chunks = ceil_div(c.k, m.blocking.chunk_k);
  l.products = l.items * l.blocks * l.chunks;
  l.depth = m.share_k;
  l.nm = ceil_div(m.share_m, m.tile_m);
  l.nn = ceil_div(m.share_n, m.tile_n);
  l.nk = ceil_div(l.depth, m.tile_k);
  return l;
}

TiledProduct product_of(const Contraction &c, const Mapping &m, const Loops &l) {
  // A PE of more than one MAC per cycle takes several steps of k at once.
  const auto steps = [&](std::uint64_t k) {
    return c.macs_per_pe > 1
               ? static_cast<std::uint64_t>(std::ceil(static_cast<double>(k) / c.macs_per_pe))
               : k;
  };
  return {m.share_m, m.share_n, steps(l.depth), m.tile_m, m.tile_n, steps(m.tile_k)};
}

/// Cycles of all products of a tile, back to back. Below one MAC per cycle every step takes
/// several.
std::uint64_t array_cycles(const Contraction &c, const Figures &f, const TiledProduct &product,
                           const Loops &l) {
  const auto beats = l.products * (systolic_cycles(f.array, product) + 1) - 1;
  return c.macs_per_pe < 1
             ? static_cast<std::uint64_t>(std::ceil(static_cast<double>(beats) / c.macs_per_pe))
             : beats;
}

/// Partial sums that wait outside of the array.
Bytes accumulator_bytes(const Mapping &m, bool accumulators) {
  return accumulators ? kAccumulatorSize * m.tile_m * m.tile_n : 0;
}

/// Bytes that the L2 tiles of a tile occupy, double-buffered unless there is but one visit, and
/// partial sums where they have no store of their own.
Bytes l2_bytes(const Contraction &c, const Figures &f, const Mapping &m, const Loops &l,
               bool accumulators) {
  const Bytes buffers = l.visits() > 1 ? 2 : 1;
  const Bytes operands =
      buffers * (c.a_tile_bytes(m.tile_m, m.tile_k) + c.b_tile_bytes(m.tile_k, m.tile_n));
  const Bytes fold = std::min(m.tile_m, f.array.rows) * std::min(m.tile_n, f.array.cols) * c.c_size;
  return operands + 2 * fold + (f.accumulator_bytes > 0 ? 0 : accumulator_bytes(m, accumulators));
}

/// L3 → L2 bytes of A and of B for one product of a share.
struct Fetched {
  Bytes a = 0, b = 0;
};
Fetched fetched_bytes(const Contraction &c, const Mapping &m, const Loops &l) {
  const auto rest = m.share_m % m.tile_m;
  const Bytes a_once = (m.share_m / m.tile_m) * c.a_tile_bytes(m.tile_m, l.depth) +
                       (rest > 0 ? c.a_tile_bytes(rest, l.depth) : 0);
  const Bytes b_once = c.b_tile_bytes(l.depth, m.share_n);
  // The outer operand's panel stays while it spans all of k; the inner one only when it is a single
  // tile.
  const bool whole_k = l.nk == 1;
  const bool a_stays = whole_k && (m.rows_outer || l.nm == 1);
  const bool b_stays = whole_k && (!m.rows_outer || l.nn == 1);
  return {a_once * (a_stays ? 1 : l.nn), b_once * (b_stays ? 1 : l.nm)};
}

/// Accumulators have a port of their own below the array, and TPUs add in the array's result buffers.
bool sums_pass_streamer(const Figures &f) {
  return f.accumulator_bytes == 0 && f.handover == TileMachine::Handover::piece;
}

/// L2 → array bytes of one product: what the folds take in, and partial sums that leave the array
/// and come back.
Bytes streamed_bytes(const Contraction &c, const Figures &f, const Mapping &m, const Loops &l,
                     const TiledProduct &product) {
  // Vector registers have as many lanes as the array has rows, used or not.
  const bool whole_registers = f.handover == TileMachine::Handover::scratchpad;
  const auto depth = whole_registers ? ceil_div(l.depth, f.array.rows) * f.array.rows : l.depth;
  const Bytes a = m.share_m * depth * c.a_size, b = depth * m.share_n * c.b_size;
  // The shadow registers of double-buffered arrays are filled over a path of their own.
  const Bytes at_rest = f.array.double_buffered ? 0 : 1;
  const auto folds_k = ceil_div(product.k, f.array.rows); // of several k per PE and step, if it can
  const auto folds_m = ceil_div(m.share_m, f.array.rows);
  const auto folds_n = ceil_div(m.share_n, f.array.cols);
  const bool sums_pass = sums_pass_streamer(f) && needs_accumulators(f.array, product);
  const auto sums = [&](std::uint64_t visits) {
    return sums_pass ? 2 * (visits - 1) * kAccumulatorSize * m.share_m * m.share_n : 0;
  };
  switch (f.array.dataflow) {
  case Dataflow::output_stationary:
    return a * folds_n + b * folds_m + sums(l.nk);
  case Dataflow::weight_stationary:
    return a * folds_n + at_rest * b * l.nm + sums(folds_k);
  case Dataflow::input_stationary:
    return at_rest * a * l.nn + b * ceil_div(m.share_m, f.array.cols) + sums(folds_k);
  }
  return 0;
}

/// Bytes that tiles send across the middle of the mesh, besides what DRAM sends. A share that several tiles use is forwarded along the mesh, so it crosses once
/// however many of them are on the far side; A goes along rows and B along columns, which are
/// different cuts, so the larger counts. What only one tile uses is placed in its own slice by the
/// compiler, except that an operand left in L3 by an earlier stage lies as that stage's split left
/// it.
Bytes crossing_bytes(const Contraction &c, const Mapping &m, const StageWork &work,
                     const Fetched &per_task) {
  const auto cross = [&](Bytes bytes, std::uint64_t sharers, Place place) {
    if (sharers > 1)
      return bytes * work.tasks / sharers;
    return place == Place::l3 ? bytes * work.tasks / 2 : 0;
  };
  return std::max(cross(per_task.a, m.split_n, c.a), cross(per_task.b, m.split_m, c.b));
}

/// Partial sums of one share that a tile gets from those it shares C with, and sends: each adds up
/// its part of the elements.
std::uint64_t exchanged_sums(const Mapping &m) {
  return m.share_m * m.share_n * (m.split_k - 1) / m.split_k;
}

/// Bytes that a tile gets from other tiles' slices, sums of a split k included.
Bytes remote_bytes(const Contraction &c, const Mapping &m, const Fetched &per_task,
                   Bytes exchanged) {
  const auto remote = [](Bytes bytes, std::uint64_t sharers, Place place) {
    return sharers > 1 ? bytes - bytes / sharers : place == Place::l3 ? bytes / 2 : Bytes{0};
  };
  return remote(per_task.a, m.split_n, c.a) + remote(per_task.b, m.split_m, c.b) +
         kAccumulatorSize * exchanged;
}

/// What the array starts with and ends with: one fold, and along the dim that runs through time one
/// granule. Movers and streamers hand over pieces, not whole L2 tiles.
TiledProduct piece_of(const Array &array, const TiledProduct &p) {
  const auto m = std::min(p.m, array.granule_m()), n = std::min(p.n, array.granule_n()),
             k = std::min(p.k, array.granule_k());
  return {m, n, k, m, n, k};
}

void set_latencies(const Contraction &c, const Figures &f, const Mapping &m,
                   const TiledProduct &product, StageWork &work) {
  const auto time = [](Bytes bytes, double rate) { return static_cast<double>(bytes) / rate; };
  const auto piece = piece_of(f.array, product);
  const auto depth = piece.k * ceil_div(m.tile_k, product.tile_k); // of k, where a PE takes several
  const Bytes a = c.a_tile_bytes(piece.m, depth), b = c.b_tile_bytes(depth, piece.n);
  const Bytes from_dram = (c.a != Place::l3 ? a : 0) + (c.b != Place::l3 ? b : 0);
  work.fill_s = f.noc_latency_s(work.tasks) + time(a + b, f.block_mover_bytes_per_s);
  if (from_dram > 0)
    work.fill_s += f.dram_latency_s + time(from_dram, f.dram_bytes_per_s);
  const auto results = piece.m * piece.n;
  work.drain_s = f.noc_latency_s(work.tasks) +
                 static_cast<double>(results * c.drain_ops) / f.vector_ops_per_s +
                 time(results * c.c_size, f.block_mover_bytes_per_s);
  if (c.c == Place::dram)
    work.drain_s += time(results * c.c_size, f.dram_bytes_per_s);
  work.dma_fill_s = f.dram_latency_s;
  work.dma_drain_s = static_cast<double>(systolic_cycles(f.array, piece)) /
                     std::min(1.0, c.macs_per_pe) / f.array_hz;
}

/// Software fills half of the scratchpads before the arrays start on it, and empties as much when
/// they have done.
void hand_over_scratchpads(const Figures &f, StageWork &work) {
  const Bytes half = f.tiles * f.l2_bytes / 2;
  const auto dram = [&](Bytes bytes) {
    return static_cast<double>(std::min(bytes, half)) / f.dram_bytes_per_s;
  };
  work.fill_s = f.noc_latency_s(work.tasks) + f.dram_latency_s + dram(work.dram_read_bytes);
  work.drain_s = f.noc_latency_s(work.tasks) + dram(work.dram_write_bytes);
  work.dma_drain_s = 0;
}

/// A tile's exchange of one share's partial sums.
double sum_seconds(const Figures &f, const Mapping &m) {
  const auto sums = static_cast<double>(exchanged_sums(m));
  return std::max(2 * static_cast<double>(kAccumulatorSize) * sums / f.block_mover_bytes_per_s,
                  sums / f.vector_ops_per_s);
}

} // namespace

double least_seconds(const Contraction &c, const Figures &f, const Mapping &m) {
  const auto l = loops_of(c, m);
  const auto product = product_of(c, m, l);
  const auto streamed = l.products * streamed_bytes(c, f, m, l, product);
  return std::max(static_cast<double>(array_cycles(c, f, product, l)) / f.array_hz,
                  static_cast<double>(streamed) / f.streamer_bytes_per_s);
}

bool cost_tiling(const Contraction &c, const Figures &f, Mapping &m) {
  const auto l = loops_of(c, m);
  const auto product = product_of(c, m, l);
  const bool accumulators = needs_accumulators(f.array, product);
  StageWork work;
  work.tasks = l.tasks;
  work.l2_bytes = l2_bytes(c, f, m, l, accumulators);
  const bool sums_fit =
      f.accumulator_bytes == 0 || accumulator_bytes(m, accumulators) <= f.accumulator_bytes;
  if (work.l2_bytes > f.l2_bytes || !sums_fit)
    return false;
  work.array_cycles = array_cycles(c, f, product, l);

  const auto elements = ceil_div(m.share_m * m.share_n, m.split_k);
  const auto results = l.items * l.blocks * elements;
  const auto chunk_sums = l.items * l.blocks * (l.chunks - 1) * elements; // C visits L3 per chunk
  const auto exchanged = l.products * exchanged_sums(m);
  const Bytes drain_in = ceil_div(c.drain_dram_read + c.drain_l3_read, l.tasks);
  const Bytes drain_out = ceil_div(c.drain_dram_write + c.drain_l3_write, l.tasks);
  auto fetched = fetched_bytes(c, m, l);
  fetched.a *= l.products;
  fetched.b *= l.products;
  work.vector_ops = results * c.drain_ops + chunk_sums + exchanged;
  work.block_mover_bytes = fetched.a + fetched.b + results * c.c_size + drain_in + drain_out +
                           2 * kAccumulatorSize * (chunk_sums + exchanged);
  work.streamer_bytes = l.products * streamed_bytes(c, f, m, l, product) + drain_in;
  if (f.handover == TileMachine::Handover::scratchpad) // results take the operands' way back
    work.streamer_bytes += results * c.c_size;
  work.dram_read_bytes = m.blocking.dram_bytes() + c.drain_dram_read;
  work.dram_write_bytes = (c.c == Place::dram ? c.c_bytes : 0) + c.drain_dram_write;
  work.l3_bytes = m.blocking.l3_bytes;
  work.noc_bytes = crossing_bytes(c, m, work, fetched) + l.tasks * kAccumulatorSize * exchanged / 2;
  work.link_bytes = remote_bytes(c, m, fetched, exchanged);
  set_latencies(c, f, m, product, work);
  if (f.handover == TileMachine::Handover::scratchpad)
    hand_over_scratchpads(f, work);
  const double last_sum_s = sum_seconds(f, m); // nothing is left to overlap with
  work.drain_s += last_sum_s;
  work.dma_drain_s += last_sum_s;
  m.work = work;
  m.seconds = seconds_of(work, f);
  return true;
}

} // namespace fusesim::targets::tile
