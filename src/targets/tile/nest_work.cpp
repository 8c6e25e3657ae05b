#include "targets/tile/nest_work.hpp"

#include <algorithm>
#include <cmath>

namespace fusesim::targets::tile {

namespace {

constexpr Bytes kPartialSumSize = 4; // int32 for int8 products, f32 for all others

enum class Operand : std::uint8_t { weights, inputs, outputs };

bool indexes(Operand operand, Dim dim) {
  switch (operand) {
  case Operand::weights:
    return dim == Dim::k || dim == Dim::c || dim == Dim::r || dim == Dim::s;
  case Operand::inputs:
    return dim == Dim::n || dim == Dim::c || dim == Dim::p || dim == Dim::q;
  case Operand::outputs:
    return dim == Dim::n || dim == Dim::k || dim == Dim::p || dim == Dim::q;
  }
  return false;
}

bool is_reduction(Dim dim) { return dim == Dim::c || dim == Dim::r || dim == Dim::s; }

/// Results wait for their sum on chip.
bool accumulated(Operand operand, Dim dim) {
  return operand == Operand::outputs && is_reduction(dim);
}

/// Rows of contiguous elements: a part `run` of `whole`.
struct Rows {
  double count = 0, run = 0, whole = 0;
};

/// How an operand's part for `x` lies in memory: channels are innermost.
Rows rows_of(const NestProblem &p, Operand operand, const Extents &x) {
  const auto number = [](std::uint64_t value) { return static_cast<double>(value); };
  const auto reach = [](std::uint64_t outputs, std::uint64_t stride, std::uint64_t kernel,
                        std::uint64_t dilation, std::uint64_t limit) {
    return std::min((outputs - 1) * stride + (kernel - 1) * dilation + 1, limit);
  };
  const auto &w = p.window;
  switch (operand) {
  case Operand::weights:
    return {number(x[Dim::r] * x[Dim::s] * x[Dim::c]), number(x[Dim::k] * p.operands.b_size),
            number(p.extents[Dim::k] * p.operands.b_size)};
  case Operand::inputs:
    return {number(x[Dim::n] * reach(x[Dim::p], w.stride_w, x[Dim::r], w.dilation_w, w.in_w) *
                   reach(x[Dim::q], w.stride_h, x[Dim::s], w.dilation_h, w.in_h)),
            number(x[Dim::c] * p.operands.a_size), number(p.extents[Dim::c] * p.operands.a_size)};
  case Operand::outputs:
    return {number(x[Dim::n] * x[Dim::p] * x[Dim::q]), number(x[Dim::k] * p.operands.c_size),
            number(p.extents[Dim::k] * p.operands.c_size)};
  }
  return {};
}

double bytes_of(const Rows &rows) { return rows.count * rows.run; }

/// Bytes of the lines that the rows lie in.
double line_bytes_of(const Rows &rows, double line) {
  if (rows.run >= rows.whole) // rows follow one another without a gap
    return std::max(bytes_of(rows), std::min(line, bytes_of(rows)));
  return rows.count * std::ceil(rows.run / line) * line;
}

double pages_of(const Rows &rows, double page) {
  return std::min(rows.count * std::ceil(rows.run / page),
                  std::ceil(rows.count * rows.whole / page));
}

class NestCost {
public:
  NestCost(const NestProblem &problem, const NestTiling &tiling, const Figures &figures,
           Bytes l3_bytes)
      : p_(problem), t_(tiling), f_(figures), l3_(static_cast<double>(l3_bytes)) {
    for (const auto &loop : t_.outer) {
      tiles_ *= static_cast<double>(loop.count);
      if (is_reduction(loop.dim))
        reductions_ *= static_cast<double>(loop.count);
    }
    tiles_ *= static_cast<double>(p_.operands.batch);
  }

  StageWork run() const {
    const auto &o = p_.operands;
    const double array_s = pass_cycles() / f_.array_hz;
    const double spilled = partial_sum_bytes();
    const double dram_in = dram_bytes(Operand::weights, o.b, o.b_bytes) +
                           dram_bytes(Operand::inputs, o.a, o.a_bytes) + spilled +
                           static_cast<double>(o.drain_dram_read) / tiles_;
    const double dram_out = dram_bytes(Operand::outputs, o.c, o.c_bytes) + spilled +
                            static_cast<double>(o.drain_dram_write) / tiles_;
    const double store_s = store_seconds(dram_out + spilled, 2 * spilled);
    const double load_s = load_seconds() + dram_in / f_.dram_bytes_per_s;
    const double steady_s = std::max(array_s + store_s, load_s);
    const double seconds = f_.dram_latency_s + load_s + (tiles_ - 1) * steady_s + array_s + store_s;

    StageWork work;
    work.array_cycles = whole((tiles_ * array_s + (tiles_ - 1) * store_s) * f_.array_hz);
    work.block_mover_bytes = whole(tiles_ * load_s * f_.block_mover_bytes_per_s);
    work.vector_ops =
        whole(tiles_ / reductions_ * output_elements() * static_cast<double>(o.drain_ops));
    work.dram_read_bytes = whole(tiles_ * dram_in);
    work.dram_write_bytes = whole(tiles_ * dram_out);
    work.l2_bytes = std::min<Bytes>(f_.l2_bytes, 2 * footprint_of(p_, t_).operands);
    spread_latency(seconds, store_s, work);
    return work;
  }

  double array_seconds() const { return tiles_ * pass_cycles() / f_.array_hz; }

private:
  static std::uint64_t whole(double value) {
    return static_cast<std::uint64_t>(std::llround(value));
  }

  double number(Dim dim) const { return static_cast<double>(t_.tile[dim]); }
  double output_elements() const {
    return number(Dim::n) * number(Dim::p) * number(Dim::q) * number(Dim::k);
  }

  /// Of one tile.
  double pass_cycles() const {
    const auto height = f_.array.rows;
    const auto rest = t_.tile[Dim::p] % height;
    double line = static_cast<double>(t_.tile[Dim::p] - rest);
    if (rest > 0) {
      const auto rows = static_cast<double>(rest);
      line += std::clamp(f_.short_pass_cycles + f_.short_pass_cycles_per_row * rows, rows,
                         std::max(rows, static_cast<double>(height)));
    }
    const double pass = std::max(line * number(Dim::q) * number(Dim::n),
                                 static_cast<double>(f_.array.double_buffered ? height : 0));
    const double skew =
        f_.array.double_buffered ? 0 : static_cast<double>(2 * f_.array.rows + f_.array.cols - 2);
    const auto passes = ceil_div(t_.tile[Dim::c], t_.rows_used) *
                        ceil_div(t_.tile[Dim::k], t_.cols_used) * t_.tile[Dim::r] * t_.tile[Dim::s];
    return static_cast<double>(passes) * (pass + skew) / p_.operands.macs_per_pe;
  }

  /// Operands of one tile through the block mover.
  double load_seconds() const {
    double seconds = static_cast<double>(p_.operands.drain_dram_read + p_.operands.drain_l3_read) /
                     tiles_ / f_.block_mover_bytes_per_s;
    for (const auto operand : {Operand::weights, Operand::inputs}) {
      const auto rows = rows_of(p_, operand, t_.tile);
      seconds += bytes_of(rows) / f_.block_mover_bytes_per_s;
      if (f_.page_bytes > 0)
        seconds += pages_of(rows, static_cast<double>(f_.page_bytes)) * f_.page_walk_s;
    }
    return seconds;
  }

  /// Results of one tile, averaged over tiles that keep their sums on chip.
  double store_seconds(double dram_bytes, double spilled) const {
    const double elements = output_elements() / reductions_;
    const double bytes =
        elements * static_cast<double>(p_.operands.c_size) + spilled +
        static_cast<double>(p_.operands.drain_dram_write + p_.operands.drain_l3_write) / tiles_;
    return std::max(bytes / f_.block_mover_bytes_per_s + dram_bytes / f_.dram_bytes_per_s,
                    elements * static_cast<double>(p_.operands.drain_ops) / f_.vector_ops_per_s);
  }

  /// Partial sums that leave per tile, and come back, since a loop over outputs runs inside of one
  /// over what they sum up.
  double partial_sum_bytes() const {
    double visits = 1;
    bool outputs_inside = false;
    for (auto loop = t_.outer.rbegin(); loop != t_.outer.rend(); ++loop) {
      if (loop->count == 1)
        continue;
      if (!is_reduction(loop->dim))
        outputs_inside = true;
      else if (outputs_inside)
        visits *= static_cast<double>(loop->count);
    }
    return (visits - 1) / reductions_ * output_elements() * static_cast<double>(kPartialSumSize);
  }

  /// Bytes that all iterations of `inside` touch.
  double touched(const Extents &inside) const {
    Extents x;
    for (std::size_t d = 0; d < kDims; ++d)
      x.of[d] = t_.tile.of[d] * inside.of[d];
    double bytes = 0;
    for (const auto operand : {Operand::weights, Operand::inputs, Operand::outputs})
      bytes += line_bytes_of(rows_of(p_, operand, x), static_cast<double>(f_.line_bytes));
    return bytes;
  }

  /// DRAM bytes of one tile, on average.
  double dram_bytes(Operand operand, Place place, Bytes whole_bytes) const {
    if (place == Place::l3)
      return 0;
    if (place == Place::pinned)
      return static_cast<double>(whole_bytes) / tiles_;
    const auto line = static_cast<double>(f_.line_bytes);
    const auto rows = rows_of(p_, operand, t_.tile);
    const auto channels = operand == Operand::inputs ? Dim::c : Dim::k;
    double lines = line_bytes_of(rows, line);
    Extents inside;
    for (auto loop = t_.outer.rbegin(); loop != t_.outer.rend(); ++loop) {
      if (loop->count == 1)
        continue;
      const bool found_again = touched(inside) <= l3_;
      const auto count = static_cast<double>(loop->count);
      if (loop->dim == channels && found_again && rows.run < line) // the next tile's part of a line
        lines *= std::max(1.0, count * rows.run / line);
      else if (indexes(operand, loop->dim) || (!found_again && !accumulated(operand, loop->dim)))
        lines *= count;
      inside[loop->dim] *= loop->count;
    }
    // Lines between strided windows lie within lines, pages and bursts that are fetched.
    return std::max(lines * static_cast<double>(p_.operands.batch),
                    static_cast<double>(whole_bytes)) /
           tiles_;
  }

  /// What does not overlap, at both ends.
  void spread_latency(double seconds, double store_s, StageWork &work) const {
    const double rest = std::max(0.0, seconds - overlapped_seconds(work, f_));
    work.drain_s = work.dma_drain_s = std::min(store_s, rest);
    work.fill_s = work.dma_fill_s = rest - work.drain_s;
  }

  const NestProblem &p_;
  const NestTiling &t_;
  const Figures &f_;
  double l3_;
  double tiles_ = 1, reductions_ = 1;
};

} // namespace

NestProblem nest_problem(const Contraction &c) {
  NestProblem p;
  p.operands = c;
  auto &x = p.extents;
  x[Dim::k] = c.n;
  if (!c.window) {
    p.window.in_w = c.m;
    x[Dim::p] = c.m;
    x[Dim::c] = c.k;
    return p;
  }
  p.window = *c.window;
  const auto image = p.window.out_h * p.window.out_w;
  x[Dim::c] = ceil_div(c.k, p.window.taps());
  x[Dim::r] = p.window.kernel_w;
  x[Dim::s] = p.window.kernel_h;
  if (c.m % image == 0) {
    x[Dim::n] = c.m / image;
    x[Dim::p] = p.window.out_w;
    x[Dim::q] = p.window.out_h;
  } else { // a block of rows that is no whole image
    x[Dim::p] = std::min(c.m, p.window.out_w);
    x[Dim::q] = ceil_div(c.m, p.window.out_w);
  }
  return p;
}

NestTiling tiling_of(const LoopNest &nest) {
  NestTiling tiling;
  tiling.tile = nest.from(LoopNest::scratchpad);
  tiling.outer = nest.levels[LoopNest::dram];
  for (const auto &level : nest.levels)
    for (const auto &loop : level)
      if (loop.spatial)
        (loop.dim == Dim::c ? tiling.rows_used : tiling.cols_used) *= loop.count;
  return tiling;
}

StageWork nest_work(const NestProblem &problem, const NestTiling &tiling, const Figures &figures,
                    Bytes l3_bytes) {
  return NestCost(problem, tiling, figures, l3_bytes).run();
}

double array_seconds(const NestProblem &problem, const NestTiling &tiling, const Figures &figures) {
  return NestCost(problem, tiling, figures, 0).array_seconds();
}

NestFootprint footprint_of(const NestProblem &p, const NestTiling &t) {
  const auto bytes = [&](Operand operand) {
    return static_cast<Bytes>(bytes_of(rows_of(p, operand, t.tile)));
  };
  return {bytes(Operand::weights) + bytes(Operand::inputs),
          bytes(Operand::outputs) / p.operands.c_size * kPartialSumSize};
}

} // namespace fusesim::targets::tile
