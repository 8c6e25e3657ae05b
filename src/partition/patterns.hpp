#pragma once

#include "ir/op.hpp"
#include "partition/flow.hpp"
#include "partition/partition.hpp"

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace fusesim::partition {

/// Set of up to 128 labels, usable in constant tables.
class LabelSet {
public:
  constexpr LabelSet() = default;
  template <typename Enum>
  requires std::is_enum_v<Enum>
  constexpr LabelSet(std::initializer_list<Enum> members) {
    for (const Enum member : members)
      words_[word(static_cast<Label>(member))] |= bit(static_cast<Label>(member));
  }
  constexpr bool contains(Label label) const { return (words_[word(label)] & bit(label)) != 0; }
  constexpr LabelSet operator|(const LabelSet &other) const {
    LabelSet both = *this;
    both.words_[0] |= other.words_[0];
    both.words_[1] |= other.words_[1];
    return both;
  }

private:
  static constexpr std::size_t word(Label label) { return label / 64; }
  static constexpr std::uint64_t bit(Label label) { return std::uint64_t{1} << (label % 64); }
  std::uint64_t words_[2] = {0, 0};
};

/// What a consumer must look like, beyond its kind, for a row to apply.
enum RowFlags : std::uint8_t {
  kNone = 0,
  kJoins = 1,       ///< the consumer may have other producers; their results are read from memory
  kMainOperand = 2, ///< the chain must arrive through operand 0 and no other (weights and the like
                    ///< are not chained)
  kKeepsSize =
      4, ///< the result has as many elements as the chain's last one: same loop, nothing recomputed
  kReconverges =
      8, ///< also inside a region: the producer may have several readers that all come together
};

/// What a chain is so far; rows ask for it and change it.
enum class Stage : std::uint8_t {
  any,       ///< in PairRow::needs: no condition; in PairRow::next: as before
  plain,     ///< where chains begin that are none of the below; after a contraction, always
  constant,  ///< one value everywhere, no memory read
  loop,      ///< one loop over elements: pointwise operators and data movement alone
  norm,      ///< begins with a row norm
  rows,      ///< a loop, then statistics of its rows
  squeezed,  ///< squeeze-and-excitation, up to the first convolution
  excited,   ///< … up to the second
  gathering, ///< a concat whose producers write into its result
};

/// Set of stages; Stage::any makes the full one.
class StageSet {
public:
  constexpr StageSet() = default;
  constexpr StageSet(Stage stage) // NOLINT(google-explicit-constructor): one stage is a set
      : bits_(stage == Stage::any ? std::uint16_t{UINT16_MAX} : bit(stage)) {}
  constexpr StageSet operator|(StageSet other) const {
    StageSet both;
    both.bits_ = bits_ | other.bits_;
    return both;
  }
  constexpr bool contains(Stage stage) const { return (bits_ & bit(stage)) != 0; }
  constexpr bool empty() const { return bits_ == 0; }

private:
  static constexpr std::uint16_t bit(Stage stage) {
    return static_cast<std::uint16_t>(1U << static_cast<unsigned>(stage));
  }
  std::uint16_t bits_ = 0;
};
constexpr StageSet operator|(Stage a, Stage b) { return StageSet(a) | StageSet(b); }

/// One row of a vocabulary: a pair of operators that may run as one.
struct PairRow {
  std::string_view name;
  LabelSet producers, consumers;
  std::uint8_t flags = kNone;
  StageSet needs = Stage::any;
  Stage next = Stage::any;
  /// Not empty: the row is for a consumer that another subgraph has, in one of these stages, and
  /// makes the chain part of that one.
  StageSet merges = {};

  constexpr bool has(RowFlags flag) const { return (flags & flag) != 0; }
  constexpr bool is_for(Label producer, Label consumer) const {
    return producers.contains(producer) && consumers.contains(consumer);
  }
};

/// A pair met in a graph: may `consumer` join the chain that ends in `producer`?
struct Pair {
  Label producer, consumer;
  Stage stage = Stage::plain;         ///< of the chain so far
  bool same_size = true;              ///< the two results have as many elements
  bool main = true;                   ///< as in Flow::Operand
  bool joins = false;                 ///< the consumer has other producers
  std::optional<Stage> taken_by = {}; ///< stage of the subgraph that has the consumer already
};

/// The first row that admits a pair, or why none does.
struct Match {
  const PairRow *row = nullptr;
  Refusal refusal = Refusal::not_in_vocabulary;
};

/// What a chain is at its first operator.
struct Start {
  LabelSet heads;
  Stage stage;
};

struct Vocabulary {
  std::string_view name, description;
  std::span<const PairRow> rows;
  std::span<const Start> starts = {};

  Match match(const Pair &pair) const;
  Stage start_of(Label head) const;
};

/// What fused engines of today run as one; what every strategy uses. At most one contraction per
/// chain, except inside a squeeze-and-excitation block.
const Vocabulary &modern_vocabulary();

} // namespace fusesim::partition
