#pragma once

#include "targets/tile/mapping.hpp"
#include "targets/tile/nest_search.hpp"

#include <list>
#include <map>
#include <optional>
#include <utility>

namespace fusesim::targets::tile {

/// Mappings found so far, by machine: equal layers are searched once, in one program and in all those that are given
/// the same memo (a sweep over batches, runtimes or L3 sizes meets the same layers on the same engines again and again).
/// Holds the last few machines and a bounded number of layers of each. One thread at a time.
class MappingMemo {
public:
  /// A contraction under one L3 blocking, whatever that occupies: what rests does not matter to the tiles.
  using TilingKey = std::pair<Contraction, L3Blocking>;
  using NestKey = std::pair<Contraction, Bytes>; ///< and L3, a nest's cache
  struct Machine {
    std::map<TilingKey, std::optional<Mapping>> tilings;
    std::map<NestKey, std::optional<FoundNest>> nests;
  };

  /// What was found on machines that differ in L3 at most. Stays until seven others were asked for.
  Machine &of(const Figures &figures);

private:
  std::list<std::pair<Figures, Machine>> recent_; ///< latest first
};

} // namespace fusesim::targets::tile
