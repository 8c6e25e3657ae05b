#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

/// A layer as loops over seven dims, and a mapping given as such a nest:
///
///   L3[WIO] P7 Q14 - L2[WI] N1 K16X - L1[O] K4 S7 R7 Q2 P4 C3X - L0[W] Q4 P4
///   DRAM             scratchpad       accumulators              registers of the array
///
/// outermost loop first. A loop is a dim, a count and, with X, spatial: over the array's rows (C) or
/// columns (K). The brackets name the tensors that rest at a level: weights, inputs, outputs. This
/// is the notation of Timeloop's and DOSA's Gemmini mappings (Hong et al., MICRO 2023).
namespace fusesim::targets::tile {

enum class Dim : std::uint8_t {
  n, ///< images
  c, ///< input channels; k of a matrix product
  k, ///< output channels; columns of a matrix product
  p, ///< output pixels of a line, contiguous in memory; rows of a matrix product
  q, ///< output lines
  r, ///< kernel, along p
  s, ///< kernel, along q
};
inline constexpr std::size_t kDims = 7;
char letter_of(Dim dim);

/// One number per dim.
struct Extents {
  std::array<std::uint64_t, kDims> of{1, 1, 1, 1, 1, 1, 1};

  std::uint64_t &operator[](Dim dim) { return of[static_cast<std::size_t>(dim)]; }
  std::uint64_t operator[](Dim dim) const { return of[static_cast<std::size_t>(dim)]; }
  auto operator<=>(const Extents &) const = default; // NOLINT(modernize-use-nullptr): not its code
};

struct Loop {
  Dim dim = Dim::n;
  std::uint64_t count = 1;
  bool spatial = false;
  auto operator<=>(const Loop &) const = default; // NOLINT(modernize-use-nullptr)
};

struct LoopNest {
  enum Level : std::uint8_t { dram, scratchpad, accumulators, registers };
  std::array<std::vector<Loop>, 4> levels; ///< by Level, each outermost first

  /// Iterations of all loops inside `level` and of its own, by dim.
  Extents from(Level level) const;
};

/// Throws Error (placed at `where`) naming the word that is wrong and what is expected.
LoopNest parse_loop_nest(std::string_view text, std::string_view where);

/// Throws Error unless the loops of each dim multiply to its extent and spatial ones fit the array.
void check_loop_nest(const LoopNest &nest, const Extents &extents, std::uint64_t array_rows,
                     std::uint64_t array_cols, std::string_view where);

} // namespace fusesim::targets::tile
