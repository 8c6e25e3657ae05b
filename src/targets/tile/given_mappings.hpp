#pragma once

#include "targets/tile/figures.hpp"
#include "targets/tile/loop_nest.hpp"
#include "targets/tile/stage.hpp"

#include <filesystem>
#include <map>
#include <set>
#include <string>

namespace fusesim::targets::tile {

/// Mappings that somebody gives instead of the mapper's own, one line per operator (a stage's name in
/// `simulate --explain`), in the notation of loop_nest.hpp:
///
///   layer1.0.conv1: "L3[WIO] P56 Q56 - L2[WI] K4 - L1[O] C4 C16X - L0[W] K16X"
class GivenMappings {
public:
  GivenMappings() = default;
  /// Throws Error "file:line": broken YAML, no nest, an operator twice.
  explicit GivenMappings(const std::filesystem::path &file);

  /// Puts the nests of the chain's stages into them; a chain with one runs whole, not in blocks or bands. Throws Error at
  /// the nest: a machine that runs no nests, another layer's extents, a tile that its array or scratchpad cannot hold.
  void take(Chain &chain, const Figures &figures);
  /// Throws Error: an operator that no chain had. `known`: those that there were.
  void check_all_taken(const std::set<std::string> &known) const;

private:
  struct Given {
    LoopNest nest;
    std::string place;
    bool taken = false;
  };
  std::map<std::string, Given> by_operator_;
};

} // namespace fusesim::targets::tile
