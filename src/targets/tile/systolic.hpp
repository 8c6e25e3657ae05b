#pragma once

#include "support/units.hpp"

#include <cstdint>
#include <string_view>

/// The systolic array alone: how many cycles a matrix product takes when its operands are always
/// there.
///
///   C[m×n] += A[m×k] · B[k×n] on R × C processing elements; one of the three dims runs through
///   time, the other two are cut into folds of the array's size:
///
///                        rows hold   columns hold   time runs over   cycles of one fold
///   output stationary    m           n              k                K + R + C − 2
///   weight stationary    k           n              m                R (load B) + M + R + C − 2
///   input stationary     k           m              n                R (load A) + N + R + C − 2
///
/// Arrays with a second set of registers for the stationary operand (TPU, Gemmini) take it in while
/// the fold before streams: max(M, R) per fold, and R + R + C − 2 once.
///
/// R + C − 2 is the skew with which operands enter the far corner. Folds follow one another without
/// overlap and the cycle at which the last result appears is not counted: this is SCALE-Sim's
/// accounting (Samajdar et al., ISPASS 2020), whose cycles the closed forms equal on every layer in
/// data/peers/.
namespace fusesim::targets::tile {

enum class Dataflow : std::uint8_t { output_stationary, weight_stationary, input_stationary };

/// Throws Error with the known names.
Dataflow dataflow_from_name(std::string_view name);
std::string_view name_of(Dataflow dataflow);

struct Array {
  std::uint64_t rows = 1, cols = 1;
  Dataflow dataflow = Dataflow::output_stationary;
  /// The next stationary operand shifts in behind the present one: a fold takes as long as its
  /// stream or the shift, whichever is longer, and load and skew are paid once.
  bool double_buffered = false;

  /// Sizes in which tiles are best cut: the array's own in folded dims; along the dim that runs
  /// through time eight, so that cuts stay even without exploring every length.
  std::uint64_t granule_m() const;
  std::uint64_t granule_n() const;
  std::uint64_t granule_k() const;
  /// The least that is worth a pass of its own: as above, but along the dim that runs through time
  /// (and along k always, since partial sums leave after each pass) eight times the skew, of which
  /// a pass then loses at most an eighth.
  std::uint64_t pass_m() const;
  std::uint64_t pass_n() const;
  std::uint64_t pass_k() const;
  auto operator<=>(const Array &) const = default;
};

/// A product and the tiles in which it visits the array, k innermost.
struct TiledProduct {
  std::uint64_t m = 1, n = 1, k = 1;
  std::uint64_t tile_m = 1, tile_n = 1, tile_k = 1;
};

/// Cycles of a product that visits the array whole: the closed forms above, exactly.
std::uint64_t systolic_cycles(const Array &array, std::uint64_t m, std::uint64_t n,
                              std::uint64_t k);

/// Cycles of a product in tiles. Every visit pays the skew (and, where an operand is stationary,
/// its load) again, except that an output tile no larger than the array keeps accumulating in place
/// over k. Equal to the closed form when the tiles are the product.
std::uint64_t systolic_cycles(const Array &array, const TiledProduct &product);

/// True when partial sums leave the array between visits and wait in accumulators.
bool needs_accumulators(const Array &array, const TiledProduct &product);

} // namespace fusesim::targets::tile
