#include "targets/tile/stage_realisation.hpp"

#include "targets/tile/line_bands.hpp"

#include <algorithm>

namespace fusesim::targets::tile {

namespace {

/// One pass over the chain: all rows, a block of them, or a band of lines.
struct Pass {
  std::uint64_t block = 0;
  std::uint64_t first = 0, units = 1, of_units = 1; ///< its part of the rows
  bool in_blocks = false;                           ///< there are other passes
  const Band *band = nullptr;                       ///< lines, in place of rows

  /// Parts of all passes add up to the whole.
  std::uint64_t part(std::uint64_t whole) const {
    const auto up_to = [&](std::uint64_t row) { // whole · row / of_units without overflow
      return whole / of_units * row + whole % of_units * row / of_units;
    };
    return up_to(first + units) - up_to(first);
  }
};

class Realisation {
public:
  Realisation(const Chain &chain, const std::vector<bool> &in_l3, Mapper &mapper)
      : chain_(chain), mapper_(mapper) {
    plan_.in_l3 = in_l3;
  }

  bool run(const Pass &pass) {
    for (std::uint32_t s = 0; s < chain_.stages.size(); ++s)
      if (!run_stage(s, pass))
        return false;
    return true;
  }

  ChainPlan take(std::uint64_t row_blocks) {
    plan_.row_blocks = row_blocks;
    return std::move(plan_);
  }

private:
  /// Of `whole` that is spread evenly over `lines`, what lies in `range`.
  static std::uint64_t share(std::uint64_t whole, const LineRange &range, std::uint64_t lines) {
    const auto up_to = [&](std::uint64_t line) {
      return whole / lines * line + whole % lines * line / lines;
    };
    return up_to(range.end) - up_to(range.begin);
  }

  /// Of work that stage `s` does for all its results.
  std::uint64_t stage_part(const Pass &pass, std::uint32_t s, std::uint64_t whole) const {
    return pass.band ? share(whole, pass.band->stages[s], chain_.stages[s].lines->out)
                     : pass.part(whole);
  }

  /// Of a tensor, all that the pass touches.
  Bytes tensor_part(const Pass &pass, TensorIndex t) const {
    const auto &tensor = chain_.tensors[t];
    if (!tensor.split)
      return tensor.bytes;
    return pass.band ? share(tensor.bytes, pass.band->tensors[t], tensor.lines)
                     : pass.part(tensor.bytes);
  }

  /// Of what stage `s` reads.
  Bytes read_part(const Pass &pass, std::uint32_t s, const Access &read, Bytes bytes) const {
    if (!read.split)
      return bytes;
    if (pass.band == nullptr)
      return pass.part(bytes);
    const auto &lines = *chain_.stages[s].lines;
    const auto &made = pass.band->stages[s];
    return read.windowed ? share(bytes, lines_under(lines, made), lines.in)
                         : share(bytes, made, lines.out);
  }

  /// Of what stage `s` writes.
  Bytes write_part(const Pass &pass, std::uint32_t s, const Access &write) const {
    if (!write.split)
      return write.bytes;
    return stage_part(pass, s, write.bytes);
  }

  /// What stays in L3 across stage `s`: tensors between their first and last stage; in a run in
  /// blocks, what is not split stays throughout.
  Bytes kept_bytes(std::uint32_t s, const Pass &pass) const {
    Bytes kept = 0;
    for (TensorIndex t = 0; t < chain_.tensors.size(); ++t) {
      const auto &tensor = chain_.tensors[t];
      const bool throughout = pass.in_blocks && !tensor.split;
      if (plan_.in_l3[t] && (throughout || (tensor.first_stage <= s && s <= tensor.last_stage)))
        kept += tensor_part(pass, t);
    }
    return kept;
  }

  /// The kept tensor that a read finds its bytes in; kNoTensor: DRAM.
  TensorIndex kept_for(const Access &access) const {
    if (plan_.in_l3[access.tensor])
      return access.tensor;
    return access.slice != kNoTensor && plan_.in_l3[access.slice] ? access.slice : kNoTensor;
  }

  /// A kept tensor that is in DRAM comes from there the first time that anything reads it.
  Place place_of_read(std::uint32_t s, const Pass &pass, const Access &access) const {
    if (chain_.tensors[access.tensor].resident)
      return Place::l3;
    const auto kept = kept_for(access);
    if (kept == kNoTensor)
      return Place::dram;
    const auto &tensor = chain_.tensors[kept];
    const auto &reads = chain_.stages[s].reads;
    const auto first_here = std::find_if(
        reads.begin(), reads.end(), [&](const Access &read) { return kept_for(read) == kept; });
    const bool first_time = tensor.from_outside && tensor.first_stage == s &&
                            &*first_here == &access && (tensor.split || pass.block == 0);
    return first_time ? Place::pinned : Place::l3;
  }

  /// Who brings a tensor in brings all of it, for those who read other parts later.
  Bytes bytes_of_read(std::uint32_t s, const Pass &pass, const Access &read, Place place) const {
    return place == Place::pinned ? tensor_part(pass, kept_for(read))
                                  : read_part(pass, s, read, read.bytes);
  }

  /// L3 writes cost the tiles nothing more when the bytes go on to DRAM: DMA takes them from there.
  Place place_of_write(const Access &access) const {
    const auto &tensor = chain_.tensors[access.tensor];
    const bool to_dram = tensor.to_outside || !plan_.in_l3[access.tensor];
    return to_dram ? Place::dram : Place::l3;
  }

  /// Weights that the stage fetches, once.
  Bytes weight_bytes(std::uint32_t s, const Pass &pass) const {
    Bytes bytes = 0;
    for (const auto &read : chain_.stages[s].reads)
      if (read.is_weight && read.role == Role::b && place_of_read(s, pass, read) != Place::l3)
        bytes += read.bytes;
    return bytes;
  }

  bool run_stage(std::uint32_t s, const Pass &pass) {
    const auto &figures = mapper_.figures();
    const auto kept = kept_bytes(s, pass);
    if (kept > figures.l3_placeable_bytes())
      return false;
    const auto free = figures.l3_placeable_bytes() - kept;
    PlannedStage planned;
    planned.stage = s;
    planned.block = pass.block;
    planned.weight_bytes = weight_bytes(s, pass);
    if (chain_.stages[s].contraction) {
      const auto &given = chain_.stages[s].given;
      planned.mapping = given ? mapper_.as_given(contraction(s, pass), *given, free)
                              : mapper_.map(contraction(s, pass), free);
      if (!planned.mapping)
        return false;
      planned.work = planned.mapping->work;
    } else {
      planned.work = vector_stage(vector_problem(s, pass), figures, free);
    }
    planned.work.l3_bytes += kept;
    plan_.dram_bytes += planned.work.dram_bytes();
    plan_.seconds += seconds_of(planned.work, figures);
    plan_.l3_peak_bytes =
        std::max(plan_.l3_peak_bytes, planned.work.l3_bytes + figures.l3_landing_bytes);
    plan_.stages.push_back(planned);
    return true;
  }

  Contraction contraction(std::uint32_t s, const Pass &pass) const {
    const auto &stage = chain_.stages[s];
    auto c = *stage.contraction;
    (stage.splits_batch ? c.batch : c.m) = stage_part(pass, s, stage.splits_batch ? c.batch : c.m);
    for (const auto &read : stage.reads) {
      const auto place = place_of_read(s, pass, read);
      const auto bytes = bytes_of_read(s, pass, read, place);
      if (read.role == Role::a) {
        c.a = place;
        c.a_bytes = bytes;
      } else if (read.role == Role::b) {
        c.b = place;
        c.b_bytes = bytes;
      } else {
        (place == Place::l3 ? c.drain_l3_read : c.drain_dram_read) += bytes;
      }
    }
    for (std::size_t w = 0; w < stage.writes.size(); ++w) {
      const auto place = place_of_write(stage.writes[w]);
      const auto bytes = write_part(pass, s, stage.writes[w]);
      if (w == 0) {
        c.c = place;
        c.c_bytes = bytes;
        c.c_size = std::max<Bytes>(1, bytes / (c.batch * c.m * c.n));
      } else {
        (place == Place::l3 ? c.drain_l3_write : c.drain_dram_write) += bytes;
      }
    }
    return c;
  }

  VectorProblem vector_problem(std::uint32_t s, const Pass &pass) const {
    const auto &stage = chain_.stages[s];
    VectorProblem problem;
    problem.ops = stage_part(pass, s, stage.vector_ops);
    problem.row_bytes = stage.row_bytes;
    for (const auto &read : stage.reads) {
      const auto place = place_of_read(s, pass, read);
      (place == Place::l3 ? problem.l3_read : problem.dram_read) +=
          bytes_of_read(s, pass, read, place);
    }
    for (const auto &write : stage.writes)
      (place_of_write(write) == Place::l3 ? problem.l3_write : problem.dram_write) +=
          write_part(pass, s, write);
    return problem;
  }

  const Chain &chain_;
  Mapper &mapper_;
  ChainPlan plan_;
};

} // namespace

std::optional<ChainPlan> realise_whole(const Chain &chain, const std::vector<bool> &in_l3,
                                       Mapper &mapper) {
  Realisation realisation(chain, in_l3, mapper);
  if (!realisation.run({}))
    return std::nullopt;
  return realisation.take(1);
}

namespace {

/// What stays between stages when the chain runs in parts: all that is made inside and read again,
/// and, if they are kept, weights.
std::vector<bool> kept_in_parts(const Chain &chain, bool keep_weights) {
  std::vector<bool> in_l3(chain.tensors.size());
  for (TensorIndex t = 0; t < chain.tensors.size(); ++t) {
    const auto &tensor = chain.tensors[t];
    const bool read_again = tensor.reads > (tensor.from_outside ? 1U : 0U);
    in_l3[t] = !tensor.resident && !tensor.is_slice &&
               (read_again || (keep_weights && tensor.from_outside && !tensor.split));
  }
  return in_l3;
}

} // namespace

std::optional<ChainPlan> realise_in_bands(const Chain &chain, std::uint64_t count,
                                          bool keep_weights, Mapper &mapper) {
  const auto bands = bands_of(chain, count);
  Realisation realisation(chain, kept_in_parts(chain, keep_weights), mapper);
  for (std::uint64_t b = 0; b < bands.size(); ++b)
    if (!realisation.run({b, 0, 1, 1, true, &bands[b]}))
      return std::nullopt;
  auto plan = realisation.take(bands.size());
  plan.in_bands = true;
  return plan;
}

std::optional<ChainPlan> realise_in_blocks(const Chain &chain, std::uint64_t blocks,
                                           bool keep_weights, Mapper &mapper) {
  Realisation realisation(chain, kept_in_parts(chain, keep_weights), mapper);
  const auto units = ceil_div(chain.row_units, blocks);
  const auto passes = ceil_div(chain.row_units, units);
  for (std::uint64_t block = 0; block < passes; ++block) {
    const auto rest = chain.row_units - block * units;
    if (!realisation.run(
            {block, block * units, std::min(units, rest), chain.row_units, true, nullptr}))
      return std::nullopt;
  }
  return realisation.take(passes);
}

} // namespace fusesim::targets::tile
