#include "targets/gpu/winograd.hpp"

namespace fusesim::targets::gpu {

namespace {

// Transforms share the multiplications' slots, and the 16 products of a tile their registers. "gpu_operators": DeepBench's
// largest 3×3 layers take 64 % of a V100's slots, matrix products of their size 85 %. Others' kernels are up to 2.1 times
// as fast as cuDNN's there (Yan, Wang & Chu, PPoPP 2020), 1.85 times on an RTX 3090 (Castro et al., Mathematics 2021).
constexpr double kSlotsPerMac = 1.3;

} // namespace

GemmShape one_kernel_shape(const Winograd &conv, const GemmShape &direct) {
  constexpr std::uint64_t kTile = 2;      // results per side
  constexpr std::uint64_t kPerResult = 4; // 4×4 multiplications for 2×2 results
  GemmShape shape = direct;
  shape.m =
      conv.images * ceil_div(conv.rows, kTile) * ceil_div(conv.columns, kTile) * kTile * kTile;
  shape.k = conv.channels * kPerResult;
  shape.slots_per_mac = kSlotsPerMac;
  return shape;
}

WinogradSteps steps_of(const Winograd &conv) {
  constexpr std::uint64_t kTile = 4, kProducts = 36;
  WinogradSteps steps;
  auto &product = steps.product;
  product.batch = kProducts;
  product.m = conv.images * ceil_div(conv.rows, kTile) * ceil_div(conv.columns, kTile);
  product.n = conv.filters;
  product.k = conv.channels;
  product.element_bytes = conv.element_bytes;
  product.engine = SmEngine::cuda;
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
