#pragma once

#include "targets/tile/contraction.hpp"
#include "targets/tile/nest_work.hpp"
#include "targets/tile/vector_stage.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace fusesim::targets::tile {

using TensorIndex = std::uint32_t; ///< into Chain::tensors
inline constexpr TensorIndex kNoTensor = ~TensorIndex{0};

/// A tensor that stages of one subgraph read or write.
struct ChainTensor {
  std::string name;
  Bytes bytes = 0;
  bool from_outside = false; ///< is in DRAM before its first stage
  /// Another tensor of the chain as one stage sees it, for when that one is not kept for longer
  /// but the stage uses it twice.
  bool is_slice = false;
  bool to_outside = false;                       ///< must be in DRAM when it ends
  bool split = false;                            ///< falls apart into row blocks
  std::uint32_t first_stage = 0, last_stage = 0; ///< written or read first, read last
  bool resident = false;                         ///< a weight that is in L3 before and after
  std::uint64_t lines = 0;                       ///< of the map; 0: it is none
  std::uint32_t reads = 0; ///< how often: an operand used twice in a stage counts twice
};

enum class Role : std::uint8_t { a, b, other };

struct Access {
  TensorIndex tensor = 0;
  TensorIndex slice = kNoTensor; ///< as this stage alone sees it
  Bytes bytes = 0;
  Role role = Role::other;
  bool split = false;    ///< a row block reads its part only
  bool windowed = false; ///< through the stage's window
  bool is_weight = false;
};

/// How a stage's output lines lie over its windowed input's.
struct StageLines {
  std::uint64_t out = 1, in = 1, kernel = 1, stride = 1, dilation = 1, padding = 0;
};

/// One step of a subgraph on the machine: a contraction with what rides on its drain, or a run of
/// vector work.
struct Stage {
  std::string name;
  std::optional<Contraction> contraction; ///< bytes and places are filled in from the accesses
  std::uint64_t vector_ops = 0;           ///< vector stages
  Bytes row_bytes = 0;                    ///< vector stages: see VectorProblem
  std::optional<NestTiling> given;        ///< runs so, instead of as the mapper finds best
  std::optional<StageLines> lines;        ///< maps only
  bool splits_batch = false; ///< row blocks cut the contraction's batch (and its B), not its m
  std::vector<Access> reads, writes; ///< the first write is the contraction's own result
};

/// A subgraph as its stages, in order of execution.
struct Chain {
  std::vector<Stage> stages;
  std::vector<ChainTensor> tensors;
  /// In how many row blocks the whole chain can be run one block after the other with equal
  /// results; 1: only whole.
  std::uint64_t row_units = 1;
  bool keeps_lines = true; ///< views inside leave a map's lines where they are
};

} // namespace fusesim::targets::tile
