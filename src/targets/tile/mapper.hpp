#pragma once

#include "targets/tile/mapping_memo.hpp"

#include <memory>
#include <optional>
#include <vector>

namespace fusesim::targets::tile {

/// Finds the fastest mapping by the machine's own cost (seconds_of) among those with the least DRAM
/// traffic. Exhaustive over the dataflows that the machine has, the splits and power-of-two L2 tiles; deterministic.
class Mapper {
public:
  /// `memo`: what was found before and is kept for later; without one, for as long as the mapper lives.
  explicit Mapper(const Figures &figures, MappingMemo *memo = nullptr);

  const Figures &figures() const { return figures_; }
  /// `l3_free`: bytes of L3 that the contraction may occupy. Empty when that is too little for any
  /// mapping.
  std::optional<Mapping> map(const Contraction &contraction, Bytes l3_free);
  /// Instead of a search, the nest as given.
  Mapping as_given(const Contraction &contraction, const NestTiling &nest, Bytes l3_free) const;

private:
  std::optional<Mapping> as_nest(const Contraction &contraction, Bytes l3_free);
  std::vector<L3Blocking> blockings(const Contraction &contraction, Bytes l3_free) const;
  const Mapping *tiled(const Contraction &contraction, L3Blocking blocking);

  Figures figures_;
  std::vector<Figures>
      dataflows_; ///< the machine's figures with its arrays in each of its dataflows
  std::unique_ptr<MappingMemo> own_memo_;
  MappingMemo::Machine *found_;
};

} // namespace fusesim::targets::tile
