#pragma once

#include "support/units.hpp"

#include <compare>
#include <cstdint>
#include <optional>

namespace fusesim::targets::tile {

/// Where an operand is when a stage starts, or goes when it ends.
enum class Place : std::uint8_t {
  dram,   ///< comes from DRAM, as often as the mapper's blocking asks for
  pinned, ///< comes from DRAM once, into L3 room that somebody else has set aside; stays there
  l3,     ///< is in L3 already (an output: stays there); costs no DRAM bytes
};

/// Sliding window of a convolution, to count the real input bytes that a range of output pixels
/// reads.
struct Window {
  std::uint64_t in_h = 1, in_w = 1, out_h = 1, out_w = 1;
  std::uint64_t kernel_h = 1, kernel_w = 1, stride_h = 1, stride_w = 1, dilation_h = 1,
                dilation_w = 1;

  std::uint64_t taps() const { return kernel_h * kernel_w; }
  /// Input pixels, of one channel, under the windows of `rows` consecutive output pixels: whole
  /// output lines where there is at least one, halo included; never more than one pixel per window
  /// and tap.
  std::uint64_t patch_pixels(std::uint64_t rows) const;
  auto operator<=>(const Window &) const = default; // NOLINT(modernize-use-nullptr): not its code
};

/// A contraction as the mapper sees it: `batch` products C[m×n] = A[m×k]·B[k×n], with the bytes
/// that their tensors really have (a convolution's input is not its im2col), and what rides on the
/// drain.
struct Contraction {
  std::uint64_t batch = 1, m = 1, n = 1, k = 1;
  double macs_per_pe = 1;                      ///< per cycle, in this dtype
  Bytes a_size = 1, b_size = 1, c_size = 1;    ///< of an element
  Bytes a_bytes = 0, b_bytes = 0, c_bytes = 0; ///< of the whole tensors
  Place a = Place::dram, b = Place::dram, c = Place::dram;
  std::optional<Window> window; ///< convolutions in two dims: k = channels × taps
  std::uint64_t drain_ops = 1;  ///< vector operations per element of C on the drain
  Bytes drain_dram_read = 0,
        drain_l3_read = 0; ///< further operands of the drain (a residual, parameters)
  Bytes drain_dram_write = 0, drain_l3_write = 0; ///< further results of the drain
  /// How many of the `batch` products are laid side by side in one, block-diagonal; chosen by the
  /// mapper.
  std::uint64_t packing = 1;

  Bytes a_tile_bytes(std::uint64_t rows, std::uint64_t depth) const; ///< as stored, halo included
  Bytes b_tile_bytes(std::uint64_t depth,
                     std::uint64_t cols) const; ///< as stored, without the zeros of packing
  auto operator<=>(const Contraction &) const = default; // NOLINT(modernize-use-nullptr)
};

/// The same work with `packing` products of the batch laid block-diagonally into one: rows of A
/// hold the channels of several groups, B gets zeros off its diagonal. Fills the columns of an
/// array that one group leaves idle.
Contraction packed(const Contraction &contraction, std::uint64_t packing);

} // namespace fusesim::targets::tile
