#pragma once

#include "support/units.hpp"

#include <cstdint>
#include <string>

namespace fusesim::targets {

/// How one stage of a subgraph runs on a tile machine, for people; row blocks and bands taken
/// together.
struct ExplainedStage {
  std::uint32_t subgraph = 0; ///< id
  std::string name;
  std::string dataflow;                ///< of the array: "output stationary"; empty: it rests
  std::string mapping;                 ///< "64 tiles as 8×8 of 392×64, L2 tiles 98×64×128"
  std::uint64_t passes = 1;            ///< row blocks or bands
  std::uint64_t tiles = 1;             ///< that work on it
  Bytes l2_bytes = 0, l2_capacity = 0; ///< of a tile, most at a time
  Bytes l3_bytes = 0, l3_capacity = 0; ///< of the machine, most at a time
  Bytes dram_bytes = 0;                ///< moved while it runs
  Bytes prefetched_bytes = 0;          ///< its weights that earlier stages brought in
  Bytes fetched_ahead_bytes = 0;       ///< later stages' weights, part of dram_bytes
  Bytes compulsory_bytes = 0;          ///< of its whole subgraph: operands and results once each
  double array_utilisation = 0;        ///< multiply-adds done over those possible in its time
  double seconds = 0;
  std::string bound_by; ///< "array", "vector engine", "block mover", "streamer", "NoC", "DRAM" or
                        ///< "latency"
};

} // namespace fusesim::targets
