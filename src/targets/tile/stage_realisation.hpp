#pragma once

#include "targets/tile/residency.hpp"

#include <optional>

namespace fusesim::targets::tile {

/// The chain's stages one after the other, each on its whole tensors, those of `in_l3` kept in L3.
/// Empty when that does not fit.
std::optional<ChainPlan> realise_whole(const Chain &chain, const std::vector<bool> &in_l3,
                                       Mapper &mapper);

/// All stages on a block of rows, then on the next: everything made inside stays in L3.
/// `keep_weights`: what every block reads whole stays, too; otherwise each block fetches it again.
/// Empty when that does not fit.
std::optional<ChainPlan> realise_in_blocks(const Chain &chain, std::uint64_t blocks,
                                           bool keep_weights, Mapper &mapper);

/// All stages on a band of lines, then on the next, halos made again: see line_bands.hpp. Otherwise
/// as in blocks.
std::optional<ChainPlan> realise_in_bands(const Chain &chain, std::uint64_t bands,
                                          bool keep_weights, Mapper &mapper);

} // namespace fusesim::targets::tile
