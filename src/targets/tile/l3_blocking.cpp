#include "targets/tile/l3_blocking.hpp"

#include <algorithm>
#include <span>

namespace fusesim::targets::tile {

namespace {

constexpr Bytes kAccumulatorSize = 4; // int32 for int8 products, f32 for all others

/// Block sizes to try along a dim, descending: the whole, then ever more even cuts in whole
/// granules. The list does not depend on the room there is, so more room only adds possibilities.
std::vector<std::uint64_t> block_sizes(std::uint64_t extent, std::uint64_t granule) {
  std::vector<std::uint64_t> sizes{extent};
  const auto add = [&](std::uint64_t size) {
    if (size < sizes.back())
      sizes.push_back(size);
  };
  const auto granules = ceil_div(extent, granule);
  for (std::uint64_t cuts = 2; cuts <= granules; cuts += std::max<std::uint64_t>(1, cuts / 8))
    add(ceil_div(granules, cuts) * granule);
  add(granule);
  return sizes;
}

/// Bytes of A that all row blocks read together: its own when there is one block, more by the halos
/// otherwise.
Bytes a_bytes_in_blocks(const Contraction &c, std::uint64_t block_m) {
  if (block_m >= c.m || !c.window)
    return c.a_bytes;
  const Bytes product = (c.m / block_m) * c.a_tile_bytes(block_m, c.k) +
                        (c.m % block_m > 0 ? c.a_tile_bytes(c.m % block_m, c.k) : 0);
  return std::max(c.a_bytes, c.batch * product);
}

L3Blocking with_traffic(const Contraction &c, L3Blocking blocking, Bytes free) {
  const auto row_blocks = ceil_div(c.m, blocking.block_m);
  const auto column_blocks = ceil_div(c.n, blocking.block_n);
  if (c.a == Place::dram)
    blocking.a_dram_bytes = a_bytes_in_blocks(c, blocking.block_m) * column_blocks;
  else if (c.a == Place::pinned)
    blocking.a_dram_bytes = c.a_bytes;
  if (c.b == Place::dram)
    blocking.b_dram_bytes = c.b_bytes * row_blocks;
  else if (c.b == Place::pinned)
    blocking.b_dram_bytes = c.b_bytes;
  blocking.concurrent =
      blocking.l3_bytes == 0 ? c.batch : std::min(c.batch, free / blocking.l3_bytes);
  blocking.l3_bytes *= blocking.concurrent;
  return blocking;
}

/// Where the bytes of a resting operand fit, its blocking.
void add_if_fits(const Contraction &c, Bytes free, std::uint64_t block_m, std::uint64_t block_n,
                 std::uint64_t chunk_k, Bytes resting, std::vector<L3Blocking> &ways) {
  if (resting <= free)
    ways.push_back(with_traffic(c, {block_m, block_n, chunk_k, 1, resting, 0, 0}, free));
}

void add_resting_a_or_b(const Contraction &c, const Figures &f, Bytes free,
                        std::vector<L3Blocking> &ways) {
  for (const auto block_n : block_sizes(c.n, f.array.pass_n()))
    add_if_fits(c, free, c.m, block_n, c.k, c.b_tile_bytes(c.k, block_n), ways);
  for (const auto block_m : block_sizes(c.m, f.array.pass_m()))
    add_if_fits(c, free, block_m, c.n, c.k, c.a_tile_bytes(block_m, c.k), ways);
}

/// C rests; chunks of A and B stand next to it, double-buffered.
void add_resting_c(const Contraction &c, Bytes free, std::span<const std::uint64_t> rows,
                   std::span<const std::uint64_t> columns, std::uint64_t chunk,
                   std::vector<L3Blocking> &ways) {
  for (const auto block_n : columns)
    for (const auto block_m : rows)
      add_if_fits(c, free, block_m, block_n, chunk,
                  kAccumulatorSize * block_m * block_n +
                      2 * (c.a_tile_bytes(block_m, chunk) + c.b_tile_bytes(chunk, block_n)),
                  ways);
}

/// Deeper chunks where there is room: the same traffic, fewer visits of C.
void add_deeper_chunks(const Contraction &c, Bytes free, std::vector<L3Blocking> &ways) {
  const auto shallow = ways;
  for (const auto &way : shallow)
    for (auto chunk = way.chunk_k; chunk < c.k;) {
      chunk = std::min(2 * chunk, c.k);
      add_resting_c(c, free, {&way.block_m, 1}, {&way.block_n, 1}, chunk, ways);
    }
}

/// Where not even the least pass fits: less of everything until it does.
void add_smallest(const Contraction &c, const Figures &f, Bytes free, std::uint64_t chunk,
                  std::vector<L3Blocking> &ways) {
  auto block_m = std::min(c.m, f.array.pass_m()), block_n = std::min(c.n, f.array.pass_n());
  while (ways.empty() && block_m * block_n * chunk > 1) {
    auto &largest = chunk >= std::max(block_m, block_n) ? chunk
                    : block_m >= block_n                ? block_m
                                                        : block_n;
    largest = ceil_div(largest, 2);
    add_resting_c(c, free, {&block_m, 1}, {&block_n, 1}, chunk, ways);
  }
}

void keep_least_traffic(std::vector<L3Blocking> &ways) {
  if (ways.empty())
    return;
  const auto by_traffic = [](const L3Blocking &x, const L3Blocking &y) {
    return x.dram_bytes() < y.dram_bytes();
  };
  const Bytes least = std::min_element(ways.begin(), ways.end(), by_traffic)->dram_bytes();
  std::erase_if(ways, [&](const L3Blocking &way) { return way.dram_bytes() > least; });
}

} // namespace

std::vector<L3Blocking> l3_blockings(const Contraction &c, const Figures &f, Bytes free) {
  if (c.a != Place::dram || c.b != Place::dram) // one rests already, the other streams past it
    return {with_traffic(c, {c.m, c.n, c.k, 1, 0, 0, 0}, free)};
  std::vector<L3Blocking> ways;
  add_resting_a_or_b(c, f, free, ways);
  keep_least_traffic(ways);
  if (ways.empty() || ways.front().dram_bytes() > c.a_bytes + c.b_bytes) {
    const auto chunk = std::min(c.k, f.array.pass_k());
    add_resting_c(c, free, block_sizes(c.m, f.array.pass_m()), block_sizes(c.n, f.array.pass_n()),
                  chunk, ways);
    add_smallest(c, f, free, chunk, ways);
    keep_least_traffic(ways);
    add_deeper_chunks(c, free, ways);
  }
  return ways;
}

} // namespace fusesim::targets::tile
