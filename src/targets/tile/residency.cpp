#include "targets/tile/residency.hpp"

#include "support/error.hpp"
#include "targets/tile/line_bands.hpp"
#include "targets/tile/stage_realisation.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace fusesim::targets::tile {

namespace {

constexpr std::size_t kExhaustiveTensors = 6;  // 64 choices, microseconds each
constexpr std::uint64_t kMostBands = 64;       // beyond, halos and fills outweigh what is saved
constexpr std::uint64_t kMostRowBlocks = 4096; // planning takes a microsecond for each

bool is_better(const ChainPlan &x, const std::optional<ChainPlan> &best) {
  if (!best || x.dram_bytes != best->dram_bytes)
    return !best || x.dram_bytes < best->dram_bytes;
  return x.seconds < best->seconds;
}

void keep_better(std::optional<ChainPlan> &best, std::optional<ChainPlan> plan) {
  if (plan && is_better(*plan, best))
    best = std::move(plan);
}

/// Tensors that save DRAM bytes when they stay in L3, those that save most first.
std::vector<TensorIndex> worth_keeping(const Chain &chain) {
  std::vector<TensorIndex> tensors;
  const auto saved = [&](TensorIndex t) {
    const auto &tensor = chain.tensors[t];
    const std::uint64_t transfers =
        tensor.from_outside ? tensor.reads - 1 : tensor.reads + (tensor.to_outside ? 0 : 1);
    return tensor.bytes * transfers;
  };
  for (TensorIndex t = 0; t < chain.tensors.size(); ++t)
    if (!chain.tensors[t].resident &&
        chain.tensors[t].reads > (chain.tensors[t].from_outside ? 1U : 0U))
      tensors.push_back(t);
  std::stable_sort(tensors.begin(), tensors.end(),
                   [&](TensorIndex x, TensorIndex y) { return saved(x) > saved(y); });
  return tensors;
}

std::optional<ChainPlan> best_whole(const Chain &chain, Mapper &mapper) {
  const auto tensors = worth_keeping(chain);
  std::vector<bool> in_l3(chain.tensors.size());
  auto best = realise_whole(chain, in_l3, mapper);
  const auto exhaustive = std::min(tensors.size(), kExhaustiveTensors);
  for (std::uint32_t choice = 1; choice < (1U << exhaustive); ++choice) {
    for (std::size_t i = 0; i < exhaustive; ++i)
      in_l3[tensors[i]] = (choice >> i & 1U) != 0;
    keep_better(best, realise_whole(chain, in_l3, mapper));
  }
  for (auto i = exhaustive; i < tensors.size() && best; ++i) {
    in_l3 = best->in_l3;
    in_l3[tensors[i]] = true;
    keep_better(best, realise_whole(chain, in_l3, mapper));
  }
  return best;
}

bool keeps_all_made_inside(const Chain &chain, const ChainPlan &plan) {
  for (TensorIndex t = 0; t < chain.tensors.size(); ++t) {
    const auto &tensor = chain.tensors[t];
    if (!tensor.from_outside && tensor.reads > 0 && !plan.in_l3[t])
      return false;
  }
  return true;
}

/// Row blocks need every tensor made inside to fall apart with them.
bool can_run_in_blocks(const Chain &chain) {
  return chain.row_units > 1 &&
         std::all_of(chain.tensors.begin(), chain.tensors.end(),
                     [](const ChainTensor &t) { return t.from_outside || t.split; });
}

/// The fastest number of bands.
std::optional<ChainPlan> best_in_bands(const Chain &chain, Mapper &mapper) {
  std::optional<ChainPlan> best;
  for (std::uint64_t bands = 2; bands <= kMostBands; bands *= 2)
    for (const bool keep_weights : {true, false})
      if (auto plan = realise_in_bands(chain, bands, keep_weights, mapper);
          plan && (!best || plan->seconds < best->seconds))
        best = std::move(plan);
  return best;
}

/// Halos are computed and fetched again; spilled tensors go to DRAM and back.
bool beats_spilling(const ChainPlan &bands, const ChainPlan &spilling) {
  return bands.seconds < spilling.seconds && bands.dram_bytes <= spilling.dram_bytes;
}

/// Bytes from DRAM beyond each tensor once.
Bytes read_again(const Chain &chain, const ChainPlan &plan) {
  Bytes once = 0, read = 0;
  for (const auto &tensor : chain.tensors)
    once += tensor.from_outside && !tensor.is_slice ? tensor.bytes : 0;
  for (const auto &planned : plan.stages)
    read += planned.work.dram_read_bytes;
  return read - std::min(read, once);
}

/// In the decimal units of every table.
std::string human(Bytes bytes) {
  constexpr double kKilo = 1e3, kMega = 1e6;
  const auto value = static_cast<double>(bytes);
  return value < kMega ? fmt::format("{:.1f} kB", value / kKilo)
                       : fmt::format("{:.2f} MB", value / kMega);
}

} // namespace

ChainPlan plan_chain(const Chain &chain, Mapper &mapper) {
  auto best = best_whole(chain, mapper);
  if (!best)
    throw Error(chain.stages.front().name, "no tile of it fits the machine's scratchpads",
                "l2_kib_per_tile or l3_kib_per_tile is too small");
  if (keeps_all_made_inside(chain, *best))
    return *best;
  if (can_run_in_blocks(chain)) {
    bool holds_weights = false; // smaller blocks then leave no more to be saved
    const auto most = std::min(chain.row_units, kMostRowBlocks);
    for (std::uint64_t blocks = 2; blocks <= most && !holds_weights; blocks *= 2)
      for (const bool keep_weights : {true, false}) {
        auto plan = realise_in_blocks(chain, blocks, keep_weights, mapper);
        holds_weights = holds_weights || (keep_weights && plan);
        keep_better(best, std::move(plan));
      }
  }
  if (!keeps_all_made_inside(chain, *best) && can_run_in_bands(chain))
    if (auto bands = best_in_bands(chain, mapper); bands && beats_spilling(*bands, *best))
      return *bands;
  return *best;
}

std::vector<std::string> remarks(const Chain &chain, const ChainPlan &plan,
                                 const Figures &figures) {
  std::vector<std::string> lines;
  const auto room = human(figures.l3_placeable_bytes());
  if (plan.in_bands)
    lines.push_back(fmt::format("run in {} bands of lines so that intermediates stay in L3 ({} to "
                                "place them in), halos made again, {} fetched again",
                                plan.row_blocks, room, human(read_again(chain, plan))));
  else if (plan.row_blocks > 1)
    lines.push_back(fmt::format("run in {} row blocks so that intermediates stay in L3 ({} to "
                                "place them in)",
                                plan.row_blocks, room));
  for (TensorIndex t = 0; t < chain.tensors.size(); ++t) {
    const auto &tensor = chain.tensors[t];
    if (!tensor.from_outside && tensor.reads > 0 && !plan.in_l3[t])
      lines.push_back(fmt::format("'{}' of {} spilled to DRAM: does not fit beside what its stages "
                                  "hold, L3 places {}",
                                  tensor.name, human(tensor.bytes), room));
  }
  for (const auto &planned : plan.stages) {
    if (!planned.mapping || planned.mapping->on_vector_engine || planned.mapping->nest ||
        planned.block > 0)
      continue;
    const auto &blocking = planned.mapping->blocking;
    const auto &contraction = *chain.stages[planned.stage].contraction;
    const auto times_a = ceil_div(contraction.n, blocking.block_n);
    const auto times_b = ceil_div(contraction.m, blocking.block_m);
    const auto &name = chain.stages[planned.stage].name;
    if (blocking.a_dram_bytes > 0 && times_a > planned.mapping->packing)
      lines.push_back(fmt::format("'{}' fetches its input {} times", name, times_a));
    if (blocking.b_dram_bytes > 0 && times_b > 1 && plan.row_blocks == 1)
      lines.push_back(fmt::format("'{}' fetches its weights {} times", name, times_b));
  }
  return lines;
}

} // namespace fusesim::targets::tile
