#pragma once

#include "targets/tile/stage.hpp"

namespace fusesim::targets::tile {

/// Lines [begin, end) of a map.
struct LineRange {
  std::uint64_t begin = 0, end = 0;
  std::uint64_t size() const { return end - begin; }
};

/// One band of a chain that runs band after band: every stage makes the lines that this band's
/// results need.
///
///   results      ────  lines of this band
///   conv 3×3    ──────  … and what its kernel reaches into: the halo, made again by the next band
///   conv 3×3   ────────
struct Band {
  std::vector<LineRange> stages;  ///< output lines, by stage
  std::vector<LineRange> tensors; ///< lines that anybody in the band touches, by tensor
};

/// True when every stage works on lines: convolutions, pooling windows and what is elementwise.
bool can_run_in_bands(const Chain &chain);

/// Results cut into `count` bands as even as lines allow, fewer where there are fewer lines.
std::vector<Band> bands_of(const Chain &chain, std::uint64_t count);

/// Input lines under output lines.
LineRange lines_under(const StageLines &lines, const LineRange &outputs);

} // namespace fusesim::targets::tile
