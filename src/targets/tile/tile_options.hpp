#pragma once

#include <string>

namespace fusesim::targets {

namespace tile {
class MappingMemo;
} // namespace tile

/// What an experiment may say to the mapper of a tile machine.
struct TileOptions {
  std::string mapping_file; ///< mappings given instead of found (given_mappings.hpp); empty: none
  tile::MappingMemo *memo = nullptr; ///< of mappings that earlier experiments found; may be none
};

} // namespace fusesim::targets
