#include "targets/tile/mapper.hpp"

#include "targets/tile/tiling.hpp"
#include "targets/tile/vector_stage.hpp"

namespace fusesim::targets::tile {

namespace {

/// Less DRAM traffic, then less time.
bool better(const Mapping &x, const std::optional<Mapping> &best) {
  if (!best || x.work.dram_bytes() != best->work.dram_bytes())
    return !best || x.work.dram_bytes() < best->work.dram_bytes();
  return x.seconds < best->seconds;
}

/// A grouped convolution multiplied and added on the vector engine, one MAC per lane and cycle.
/// Inputs pass the streamer once per tap and group output.
Mapping on_vector_engine(const Contraction &c, const Figures &f, Bytes l3_free) {
  VectorProblem problem;
  problem.ops = c.batch * c.m * c.n * (c.k + c.drain_ops);
  const auto add = [](Place place, Bytes bytes, Bytes &dram, Bytes &l3) {
    (place == Place::l3 ? l3 : dram) += bytes;
  };
  add(c.a, c.a_bytes, problem.dram_read, problem.l3_read);
  add(c.b, c.b_bytes, problem.dram_read, problem.l3_read);
  add(c.c, c.c_bytes, problem.dram_write, problem.l3_write);
  problem.dram_read += c.drain_dram_read;
  problem.l3_read += c.drain_l3_read;
  problem.dram_write += c.drain_dram_write;
  problem.l3_write += c.drain_l3_write;
  problem.streamed_bytes =
      c.batch * c.m * c.k * c.a_size + c.b_bytes + c.drain_dram_read + c.drain_l3_read;
  Mapping mapping;
  mapping.on_vector_engine = true;
  mapping.work = vector_stage(problem, f, l3_free);
  mapping.seconds = seconds_of(mapping.work, f);
  return mapping;
}

} // namespace

const Mapping *Mapper::tiled(const Contraction &c, const L3Blocking &b) {
  const Key key{c, b.block_m, b.block_n, b.chunk_k, b.concurrent, b.a_dram_bytes, b.b_dram_bytes};
  auto [entry, is_new] = memo_.try_emplace(key);
  if (is_new)
    entry->second = best_tiling(c, b, figures_);
  return entry->second ? &*entry->second : nullptr;
}

/// The nest is chosen as if all of L3 were free, and timed with what is.
std::optional<Mapping> Mapper::as_nest(const Contraction &contraction, Bytes l3_free) {
  const auto problem = nest_problem(contraction);
  auto [entry, is_new] = nests_.try_emplace(contraction);
  if (is_new)
    entry->second = best_nest(problem, figures_, room_of(figures_), figures_.l3_bytes);
  if (!entry->second)
    return std::nullopt;
  Mapping mapping;
  mapping.nest = entry->second->tiling;
  mapping.work = nest_work(problem, *mapping.nest, figures_, l3_free + figures_.l3_landing_bytes);
  mapping.seconds = seconds_of(mapping.work, figures_);
  return mapping;
}

std::optional<Mapping> Mapper::map(const Contraction &contraction, Bytes l3_free) {
  if (figures_.handover == TileMachine::Handover::tile)
    return as_nest(contraction, l3_free);
  std::optional<Mapping> best;
  const bool grouped = contraction.window.has_value() && contraction.batch > 1;
  // Packing beyond the array's columns fills nothing more.
  for (std::uint64_t packing = 1;
       packing == 1 || (grouped && packing <= contraction.batch &&
                        contraction.n * packing < 2 * figures_.array.cols);
       packing *= 2) {
    const auto problem = packing == 1 ? contraction : packed(contraction, packing);
    for (const auto &blocking : l3_blockings(problem, figures_, l3_free))
      if (const auto *mapping = tiled(problem, blocking); mapping && better(*mapping, best)) {
        best = *mapping;
        best->blocking = blocking;
        best->work.l3_bytes = blocking.l3_bytes;
      }
  }
  if (grouped)
    if (const auto mapping = on_vector_engine(contraction, figures_, l3_free);
        better(mapping, best))
      best = mapping;
  return best;
}

} // namespace fusesim::targets::tile
