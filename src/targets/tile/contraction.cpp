#include "targets/tile/contraction.hpp"

#include <algorithm>

namespace fusesim::targets::tile {

std::uint64_t Window::patch_pixels(std::uint64_t rows) const {
  const std::uint64_t image = out_h * out_w;
  std::uint64_t pixels = rows / image * in_h * in_w;
  if (const auto rest = rows % image; rest > 0) {
    const auto reach = [](std::uint64_t outputs, std::uint64_t stride, std::uint64_t kernel,
                          std::uint64_t dilation, std::uint64_t limit) {
      return std::min(limit, (outputs - 1) * stride + (kernel - 1) * dilation + 1);
    };
    const auto lines = reach(ceil_div(rest, out_w), stride_h, kernel_h, dilation_h, in_h);
    const auto columns = rest >= out_w ? in_w : reach(rest, stride_w, kernel_w, dilation_w, in_w);
    pixels += lines * columns;
  }
  return std::min(pixels, rows * taps());
}

Bytes Contraction::a_tile_bytes(std::uint64_t rows, std::uint64_t depth) const {
  if (!window)
    return rows * depth * a_size;
  return ceil_div(window->patch_pixels(rows) * depth, window->taps()) * a_size;
}

Bytes Contraction::b_tile_bytes(std::uint64_t depth, std::uint64_t cols) const {
  return ceil_div(depth * cols, packing) * b_size;
}

Contraction packed(const Contraction &contraction, std::uint64_t packing) {
  Contraction result = contraction;
  result.batch = ceil_div(contraction.batch, packing);
  result.n *= packing;
  result.k *= packing;
  result.packing = packing;
  return result;
}

} // namespace fusesim::targets::tile
