#pragma once

#include <cstddef>
#include <span>

namespace fusesim::validate {

/// How far predictions are from measurements; error = predicted / measured − 1.
struct Summary {
  std::size_t rows = 0;
  double mape = 0;        ///< mean of |error|, a fraction
  double median_ape = 0;  ///< median of |error|
  double bias = 0;        ///< mean of error: above 0 is too slow
  double kendall_tau = 0; ///< τ-b: does what is measured slower come out slower; 1 = always
};

struct Pair {
  double predicted = 0, measured = 0; ///< same unit, both above 0
};

/// Zeros for no pairs.
Summary summarise(std::span<const Pair> pairs);

/// Kendall's τ-b (ties corrected) by comparing all pairs of pairs; 0 when either side is constant or fewer than two.
double kendall_tau(std::span<const Pair> pairs);

/// Of an even number, the mean of the middle two; 0 for none.
double median(std::span<const double> values);

} // namespace fusesim::validate
