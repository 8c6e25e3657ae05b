#include "targets/tile/tile_program.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace fusesim::targets::tile {

namespace {

/// "Q14 C4 over tiles of N1 C16 K64 P14 Q4 R3 S3", outermost loop first.
std::string nest_text(const NestTiling &nest) {
  std::string text;
  for (const auto &loop : nest.outer)
    if (loop.count > 1)
      text += fmt::format("{}{} ", letter_of(loop.dim), loop.count);
  text += text.empty() ? "one tile of" : "over tiles of";
  for (std::size_t d = 0; d < kDims; ++d)
    text += fmt::format(" {}{}", letter_of(static_cast<Dim>(d)), nest.tile.of[d]);
  return text;
}

std::string mapping_text(const Mapping &m) {
  if (m.on_vector_engine)
    return "multiplied on the vector engines";
  if (m.nest)
    return nest_text(*m.nest);
  std::string text = fmt::format("tiles as {}×{}", m.split_m, m.split_n);
  if (m.split_k > 1)
    text += fmt::format("×{} (k)", m.split_k);
  if (m.split_batch > 1)
    text = fmt::format("{}, {} products at once", text, m.split_batch);
  text += fmt::format(" of {}×{}×{}, L2 tiles {}×{}×{} {} first", m.share_m, m.share_n, m.share_k,
                      m.tile_m, m.tile_n, m.tile_k, m.rows_outer ? "columns" : "rows");
  if (m.packing > 1)
    text += fmt::format(", {} groups side by side", m.packing);
  return text;
}

std::string bound_of(const StageWork &work, const Figures &f) {
  struct Engine {
    const char *name;
    double seconds;
  };
  const auto time = [](auto amount, double rate) {
    return rate > 0 ? static_cast<double>(amount) / rate : 0;
  };
  const std::array engines{
      Engine{"DRAM", time(work.dram_bytes(), f.dram_bytes_per_s)},
      Engine{"array", time(work.array_cycles, f.array_hz)},
      Engine{"vector engine", time(work.vector_ops, f.vector_ops_per_s)},
      Engine{"block mover", time(work.block_mover_bytes, f.block_mover_bytes_per_s)},
      Engine{"streamer", time(work.streamer_bytes, f.streamer_bytes_per_s)},
      Engine{"NoC", std::max(time(work.crossing_bytes(), f.noc_bytes_per_s),
                             time(work.busiest_link_bytes(f), f.noc_link_bytes_per_s))}};
  const auto slowest =
      std::max_element(engines.begin(), engines.end(),
                       [](const Engine &x, const Engine &y) { return x.seconds < y.seconds; });
  return 2 * slowest->seconds < seconds_of(work, f) ? "latency" : slowest->name;
}

double macs_of(const Contraction &c) {
  return static_cast<double>(c.batch) * static_cast<double>(c.m) * static_cast<double>(c.n) *
         static_cast<double>(c.k);
}

} // namespace

std::vector<ExplainedStage> explain(const ProgramStep &step, const Figures &figures) {
  std::vector<ExplainedStage> stages(step.chain.stages.size());
  for (std::size_t s = 0; s < stages.size(); ++s) {
    stages[s].subgraph = step.subgraph;
    stages[s].name = step.chain.stages[s].name;
    stages[s].compulsory_bytes = step.compulsory_bytes;
    stages[s].passes = step.plan.row_blocks;
    stages[s].l2_capacity = figures.l2_bytes;
    stages[s].l3_capacity = figures.l3_bytes;
  }
  for (const auto &planned : step.plan.stages) {
    auto &stage = stages[planned.stage];
    const auto &work = planned.work;
    if (planned.block == 0) {
      stage.mapping = planned.mapping ? mapping_text(*planned.mapping) : "vector engines";
      if (planned.mapping && !planned.mapping->on_vector_engine)
        stage.dataflow = name_of(planned.mapping->dataflow);
      if (step.chain.stages[planned.stage].given)
        stage.mapping = "as given: " + stage.mapping;
      stage.tiles = work.tasks;
      stage.bound_by = bound_of(work, figures);
    }
    stage.l2_bytes = std::max(stage.l2_bytes, work.l2_bytes);
    stage.l3_bytes = std::max(stage.l3_bytes, work.l3_bytes + figures.l3_landing_bytes);
    stage.dram_bytes += work.dram_bytes();
    stage.prefetched_bytes += planned.prefetched_bytes;
    stage.fetched_ahead_bytes += planned.fetched_ahead_bytes;
    stage.seconds += seconds_of(work, figures);
  }
  for (std::size_t s = 0; s < stages.size(); ++s)
    if (const auto &c = step.chain.stages[s].contraction; c && stages[s].seconds > 0)
      stages[s].array_utilisation =
          macs_of(*c) /
          (static_cast<double>(figures.tiles * figures.array.rows * figures.array.cols) *
           c->macs_per_pe * figures.array_hz * stages[s].seconds);
  return stages;
}

} // namespace fusesim::targets::tile
