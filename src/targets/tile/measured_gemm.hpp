#pragma once

#include "targets/tile/measured_layer.hpp"

namespace fusesim::targets::tile {

/// One row of data/measured/tpu_v4_gemm.csv: C[m×n] = A[m×k]·B[k×n] on f32 arrays.
struct MeasuredGemm {
  std::int64_t m = 1, n = 1, k = 1;
};
/// Throws Error (placed at `where`) for a cell that is no whole number above 0.
MeasuredGemm read_gemm(const Cells &cells, std::string_view where);

/// Its time on a machine, alone, mapped by the machine's own mapper and simulated.
double simulated_us(const MeasuredGemm &gemm, const Machine &machine, const Runtime &runtime);

} // namespace fusesim::targets::tile
