#pragma once

#include "targets/gpu/gemm.hpp"

#include <optional>
#include <vector>

namespace fusesim::targets::gpu {

/// A 3×3 convolution of stride 1 computed by minimal filtering (Lavin & Gray, "Fast Algorithms for Convolutional Neural
/// Networks", CVPR 2016): tiles of the image and the filters are transformed, multiplied channel by channel, and
/// transformed back, with 2.25 or 4 times fewer multiplications.
struct Winograd {
  std::uint64_t images = 1, rows = 1, columns = 1; ///< of the result
  std::uint64_t channels = 1, filters = 1;
  std::uint64_t element_bytes = 4;
};

/// F(2×2, 3×3) in one kernel: 16 multiplications for 4 results, so 4 per result and channel instead of 9. `direct` is
/// the convolution as an implicit GEMM. Images are padded to whole regions of kWinogradRows × kWinogradColumns results.
/// Filters come transformed, 16 elements for 9.
GemmShape one_kernel_shape(const Winograd &conv, const GemmShape &direct);

Bytes transformed_filter_bytes(Bytes filter_bytes);

/// F(4×4, 3×3) in steps: transformed tensors go through memory, between them 36 products over the channels, one for
/// each element of a 6×6 tile. Images are padded to a multiple of sixteen.
struct WinogradSteps {
  GemmShape product;
  Bytes input_bytes = 0, filter_bytes = 0, result_bytes = 0; ///< of the transformed tensors
};
WinogradSteps steps_of(const Winograd &conv);

/// Estimate of one kernel that transforms: `bytes` read and written, `scattered` accesses of the port.
double transform_seconds(const Device &device, Bytes bytes, std::uint64_t scattered);

} // namespace fusesim::targets::gpu
