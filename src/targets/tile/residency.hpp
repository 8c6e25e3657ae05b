#pragma once

#include "targets/tile/mapper.hpp"
#include "targets/tile/stage.hpp"

#include <string>
#include <vector>

namespace fusesim::targets::tile {

/// One stage as it will run: for a chain run in row blocks there is one per stage and block.
struct PlannedStage {
  std::uint32_t stage = 0; ///< index into Chain::stages
  std::uint64_t block = 0;
  std::optional<Mapping> mapping; ///< contractions
  StageWork work;
  Bytes weight_bytes = 0;        ///< that it fetches from DRAM while it runs
  Bytes prefetched_bytes = 0;    ///< of its weights, that earlier stages fetched for it
  Bytes fetched_ahead_bytes = 0; ///< of later stages' weights, that it fetches
};

struct ChainPlan {
  std::vector<PlannedStage> stages;
  std::vector<bool> in_l3; ///< by TensorIndex: kept there between its first and last stage
  std::uint64_t row_blocks = 1;
  bool in_bands = false; ///< the blocks are bands of lines with halos
  Bytes dram_bytes = 0;
  double seconds = 0;      ///< of all stages
  Bytes l3_peak_bytes = 0; ///< landing buffers included
};

/// Decides which of a chain's tensors stay in L3 between its stages. Tried are every choice of them
/// (from the most bytes saved downwards where there are many) and, where some do not fit whole,
/// running the chain in row blocks, with the weights of all stages kept or fetched again per block.
/// Chosen is the plan with the least DRAM traffic, among equals the fastest. Keeping nothing is
/// always one of the choices, so a chain never moves more than its operators one by one. What still
/// spills runs in bands of lines instead if that is faster and moves no more.
///
/// Throws Error naming the stage when not even that fits the machine.
ChainPlan plan_chain(const Chain &chain, Mapper &mapper);

/// What people should know of the plan: tensors spilled, row blocks, operands fetched more than
/// once.
std::vector<std::string> remarks(const Chain &chain, const ChainPlan &plan, const Figures &figures);

} // namespace fusesim::targets::tile
