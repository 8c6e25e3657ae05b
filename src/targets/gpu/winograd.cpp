#include "targets/gpu/winograd.hpp"

#include <algorithm>

namespace fusesim::targets::gpu {

namespace {

// Whole groups of images, which the grids of the products in the same traces show.
constexpr std::uint64_t kImagesTogether = 16;

} // namespace

GemmShape one_kernel_shape(const Winograd &conv, const GemmShape &direct) {
  constexpr std::uint64_t kPerResult = 4; // 4×4 multiplications for 2×2 results
  GemmShape shape = direct;
  shape.m = conv.images * ceil_div(conv.rows, kWinogradRows) *
            ceil_div(conv.columns, kWinogradColumns) * kWinogradRows * kWinogradColumns;
  shape.k = conv.channels * kPerResult;
  shape.winograd = WinogradRole::whole;
  return shape;
}

Bytes transformed_filter_bytes(Bytes filter_bytes) { return filter_bytes / 9 * 16; }

double transform_seconds(const Device &device, Bytes bytes, std::uint64_t scattered) {
  const double port = device.rate_of(SmEngine::port) * device.machine.sm_count;
  return device.machine.stream_ramp_us * 1e-6 + device.dram_latency_s + device.l2_latency_s +
         std::max(static_cast<double>(bytes) / device.dram_bytes_per_s,
                  static_cast<double>(scattered * kLineBytes) / port);
}

WinogradSteps steps_of(const Winograd &conv) {
  constexpr std::uint64_t kTile = 4, kProducts = 36;
  WinogradSteps steps;
  auto &product = steps.product;
  product.batch = kProducts;
  product.m = ceil_div(conv.images, kImagesTogether) * kImagesTogether *
              ceil_div(conv.rows, kTile) * ceil_div(conv.columns, kTile);
  product.n = conv.filters;
  product.k = conv.channels;
  product.element_bytes = conv.element_bytes;
  product.engine = SmEngine::cuda;
  product.winograd = WinogradRole::products;
  const auto bytes = [&](std::uint64_t a, std::uint64_t b) {
    return checked_mul(checked_mul(checked_mul(a, b, "Winograd"), kProducts, "Winograd"),
                       conv.element_bytes, "Winograd");
  };
  steps.input_bytes = product.a_bytes = bytes(product.m, product.k);
  steps.filter_bytes = product.b_bytes = bytes(product.n, product.k);
  steps.result_bytes = product.c_bytes = bytes(product.m, product.n);
  return steps;
}

} // namespace fusesim::targets::gpu
