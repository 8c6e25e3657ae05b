#include "targets/tile/mapper.hpp"

#include "targets/tile/tiling.hpp"
#include "targets/tile/vector_stage.hpp"

#include <algorithm>

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

std::vector<Figures> in_each_dataflow(const Figures &figures) {
  if (!figures.any_dataflow)
    return {figures};
  std::vector<Figures> all;
  for (const auto dataflow :
       {Dataflow::output_stationary, Dataflow::weight_stationary, Dataflow::input_stationary}) {
    all.push_back(figures);
    all.back().array.dataflow = dataflow;
  }
  return all;
}

} // namespace

Mapper::Mapper(const Figures &figures, MappingMemo *memo)
    : figures_(figures), dataflows_(in_each_dataflow(figures)),
      own_memo_(memo == nullptr ? std::make_unique<MappingMemo>() : nullptr),
      found_(&(memo == nullptr ? *own_memo_ : *memo).of(figures)) {}

/// Those that some dataflow's granules suggest, with the least traffic.
std::vector<L3Blocking> Mapper::blockings(const Contraction &contraction, Bytes l3_free) const {
  auto ways = l3_blockings(contraction, dataflows_.front(), l3_free);
  for (std::size_t d = 1; d < dataflows_.size(); ++d)
    for (const auto &way : l3_blockings(contraction, dataflows_[d], l3_free)) {
      if (!ways.empty() && way.dram_bytes() < ways.front().dram_bytes())
        ways.clear();
      if ((ways.empty() || way.dram_bytes() == ways.front().dram_bytes()) &&
          std::ranges::find(ways, way) == ways.end())
        ways.push_back(way);
    }
  return ways;
}

const Mapping *Mapper::tiled(const Contraction &c, L3Blocking blocking) {
  blocking.l3_bytes = 0;
  auto [entry, is_new] = found_->tilings.try_emplace({c, blocking});
  if (is_new)
    entry->second = best_tiling(c, blocking, dataflows_);
  return entry->second ? &*entry->second : nullptr;
}

/// The nest is chosen as if all of L3 were free, and timed with what is.
std::optional<Mapping> Mapper::as_nest(const Contraction &contraction, Bytes l3_free) {
  auto [entry, is_new] = found_->nests.try_emplace({contraction, figures_.l3_bytes});
  if (is_new)
    entry->second =
        best_nest(nest_problem(contraction), figures_, room_of(figures_), figures_.l3_bytes);
  if (!entry->second)
    return std::nullopt;
  return as_given(contraction, entry->second->tiling, l3_free);
}

Mapping Mapper::as_given(const Contraction &contraction, const NestTiling &nest,
                         Bytes l3_free) const {
  Mapping mapping;
  mapping.dataflow = figures_.array.dataflow;
  mapping.nest = nest;
  mapping.work =
      nest_work(nest_problem(contraction), nest, figures_, l3_free + figures_.l3_landing_bytes);
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
    for (const auto &blocking : blockings(problem, l3_free))
      if (const auto *mapping = tiled(problem, blocking); mapping && better(*mapping, best)) {
        best = *mapping;
        best->work.l3_bytes = best->blocking.l3_bytes = blocking.l3_bytes;
      }
  }
  if (grouped)
    if (const auto mapping = on_vector_engine(contraction, figures_, l3_free);
        better(mapping, best))
      best = mapping;
  return best;
}

} // namespace fusesim::targets::tile
