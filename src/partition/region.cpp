// Regions: a value that forks into pointwise operators whose results all come together again.
//
//   linear ─┬─> mul ──────────────────────────────────────┬─> mul ─>      GELU by tanh, as GPT-2
//           ├─> pow ─> mul ─┬─> add ─> mul ─> tanh ─> add ─┘               computes it
//           └───────────────┘
//
// It is one loop over the same elements, so it grows a chain like a single operator. Operators are
// looked at in graph order, each once all of the region's that feed it have been. `waiting` holds
// those that are read but not yet looked at; when the next one is the only one left, every path
// leads through it: it is the end of the region (in a compiler's words, the immediate
// post-dominator of the fork).
//
// For the proof in greedy.cpp the whole region is one step: what leaves it leaves from its end, and
// what enters it, at a join, reaches its end.
//
// All paths must show the elements in one order, else the end would read at two places at a time.
// Regions are small and the search gives up early, so that all searches together are linear.
#include "partition/grouping.hpp"

#include <algorithm>

namespace fusesim::partition {
namespace {

using ir::NodeId;

// Operators of a region, and readers of the fork. The longest that published models spell out,
// GELU by tanh, has 7.
constexpr std::size_t kLargestRegion = 32;

class Region {
public:
  Region(const Flow &flow, const Vocabulary &vocabulary, const Grouping &grouping, NodeId fork,
         Stage stage)
      : flow_(flow), vocabulary_(vocabulary), grouping_(grouping), fork_(fork), stage_(stage) {}

  std::vector<NodeId> run() {
    const auto readers = flow_.readers_of(fork_);
    if (readers.size() < 2 || readers.size() > kLargestRegion)
      return {};
    waiting_.assign(readers.begin(), readers.end());
    for (;;) {
      const NodeId next = waiting_.front();
      waiting_.erase(waiting_.begin());
      if (members_.size() == kLargestRegion || !may_enter(next))
        return {};
      members_.push_back(next);
      if (waiting_.empty())
        return std::move(members_);
      if (!follow(next))
        return {};
    }
  }

private:
  bool is_here(NodeId node) const {
    return node == fork_ || std::ranges::binary_search(members_, node);
  }

  bool may_enter(NodeId node) const {
    if (grouping_.group_of[node] != kNoGroup)
      return false;
    const auto operands = flow_.operands_of(node);
    return std::ranges::all_of(operands, [&](const Flow::Operand &operand) {
      return !is_here(operand.producer) || is_step(operand, node, operands.size() > 1);
    });
  }

  bool is_step(const Flow::Operand &operand, NodeId node, bool joins) const {
    const bool one_order =
        operand.producer == fork_ ? operand.order == order_of_fork() : operand.order == ir::kNoNode;
    const Match match =
        vocabulary_.match({.producer = flow_.label[operand.producer],
                           .consumer = flow_.label[node],
                           .stage = stage_,
                           .same_size = flow_.elements[fork_] == flow_.elements[node],
                           .main = operand.main,
                           .joins = joins});
    return one_order && match.row != nullptr && match.row->has(kReconverges);
  }

  /// The order in which the first reader sees the fork's elements.
  NodeId order_of_fork() const {
    const auto operands = flow_.operands_of(flow_.readers_of(fork_).front());
    const NodeId order = std::ranges::find(operands, fork_, &Flow::Operand::producer)->order;
    return order == Flow::kSeveral ? ir::kNoNode : order;
  }

  /// Lets the readers of `node` wait; false when it has none (its result leaves the network) or too
  /// many.
  bool follow(NodeId node) {
    const auto readers = flow_.readers_of(node);
    if (readers.empty() || readers.size() > kLargestRegion)
      return false;
    for (const NodeId reader : readers) {
      const auto place = std::ranges::lower_bound(waiting_, reader);
      if (place == waiting_.end() || *place != reader)
        waiting_.insert(place, reader);
    }
    return waiting_.size() <= kLargestRegion;
  }

  const Flow &flow_;
  const Vocabulary &vocabulary_;
  const Grouping &grouping_;
  const NodeId fork_;
  const Stage stage_;
  std::vector<NodeId> members_, waiting_; ///< ascending
};

} // namespace

std::vector<NodeId> reconvergent_region(const Flow &flow, const Vocabulary &vocabulary,
                                        const Grouping &grouping, NodeId fork, Stage stage) {
  return Region(flow, vocabulary, grouping, fork, stage).run();
}

} // namespace fusesim::partition
