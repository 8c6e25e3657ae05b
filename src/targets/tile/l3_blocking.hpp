#pragma once

#include "targets/tile/contraction.hpp"
#include "targets/tile/figures.hpp"

#include <vector>

namespace fusesim::targets::tile {

/// One way to run a contraction through L3: C in blocks of mb × nb, one after the other. What a
/// block needs more than once rests in L3; what it needs once streams through the landing buffers.
///
///   resting           occupies       DRAM reads of A        DRAM reads of B
///   B (k × nb)        k·nb           once per column block  once
///   A (mb × k)        patch of mb    once                   once per row block
///   C (mb × nb)       4·mb·nb        once per column block  once per row block
///
/// Where C rests, k comes in chunks that stand beside it, and C goes to the arrays and back once
/// per chunk.
struct L3Blocking {
  std::uint64_t block_m = 1, block_n = 1;
  std::uint64_t chunk_k = 1;                ///< depth between two visits of C; k unless C rests
  std::uint64_t concurrent = 1;             ///< products of the batch that can be in flight at once
  Bytes l3_bytes = 0;                       ///< occupied by what rests
  Bytes a_dram_bytes = 0, b_dram_bytes = 0; ///< read from DRAM
  Bytes dram_bytes() const { return a_dram_bytes + b_dram_bytes; }
  auto
  operator<=>(const L3Blocking &) const = default; // NOLINT(modernize-use-nullptr): not its code
};

/// Every way with the least DRAM traffic that `free` bytes of L3 allow; empty when not even one
/// element of C fits. More room never means more traffic. DRAM comes before time here: it is what
/// tile programs are compiled to save, and where everything fits all ways tie and time decides.
std::vector<L3Blocking> l3_blockings(const Contraction &contraction, const Figures &figures,
                                     Bytes free);

} // namespace fusesim::targets::tile
