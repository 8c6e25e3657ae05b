#pragma once

#include "ir/op.hpp"
#include "partition/flow.hpp"
#include "partition/partition.hpp"

#include <cstdint>
#include <initializer_list>
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
  kGridWide =
      8, ///< the consumer needs the producer's whole result: one launch, but a grid-wide barrier
};

/// Where a chain stands inside a pattern of several pairs (squeeze-and-excitation).
enum class Stage : std::uint8_t {
  any,   ///< in PairRow::needs: no condition; in PairRow::next: as before
  plain, ///< outside of any such pattern: where chains begin
  squeezed,
  excited,
};

/// One row of a vocabulary: a pair of operators that may run as one.
struct PairRow {
  std::string_view name;
  LabelSet producers, consumers;
  std::uint8_t flags = kNone;
  Stage needs = Stage::any, next = Stage::any;

  constexpr bool has(RowFlags flag) const { return (flags & flag) != 0; }
  constexpr bool is_for(Label producer, Label consumer) const {
    return producers.contains(producer) && consumers.contains(consumer);
  }
};

/// A pair met in a graph: may `consumer` join the chain that ends in `producer`?
struct Pair {
  Label producer, consumer;
  Stage stage = Stage::plain; ///< of the chain so far
  bool same_size = true;      ///< the two results have as many elements
  bool main = true;           ///< as in Flow::Operand
  bool joins = false;         ///< the consumer has other producers
};

/// The first row that admits a pair, or why none does.
struct Match {
  const PairRow *row = nullptr;
  Refusal refusal = Refusal::not_in_vocabulary;
};

struct Vocabulary {
  std::string_view name, description;
  std::span<const PairRow> rows;

  Match match(const Pair &pair) const;
};

/// What fused engines of today run as one kernel; what every strategy uses. At most one contraction
/// per chain, except inside a squeeze-and-excitation block.
const Vocabulary &modern_vocabulary();

/// Nodes of a subgraph that cannot start before all of the subgraph's work so far has ended (rows
/// with kGridWide): where one fused launch needs a barrier over the whole grid. Ascending.
std::vector<ir::NodeId> grid_barriers(const ir::Graph &graph, const Subgraph &subgraph);

} // namespace fusesim::partition
