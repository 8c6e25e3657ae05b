// The two attention patterns of the published decomposition, found among operators alone: methods
// and attributes between them do not exist here.
//
//   x ─┬─> linear (Q)      three linears, no more and no fewer, whose first argument is one node
//      ├─> linear (K)
//      └─> linear (V)
//
//   matmul ──> mul ──> softmax ──> matmul      each the only consumer of the one before, and with
//                                              no other producer
#include "partition/seed_type.hpp"

#include <algorithm>
#include <array>

namespace fusesim::partition::seed {
namespace {

using ir::kNoNode;
using ir::NodeId;

constexpr std::size_t kProjections = 3; // Q, K, V
constexpr std::array kAttentionChain{Type::matmul, Type::mul, Type::softmax, Type::matmul};

Type type_of(const Flow &flow, NodeId node) { return static_cast<Type>(flow.label[node]); }

bool is_linear(const Flow &flow, NodeId node) {
  const Type type = type_of(flow, node);
  return flow.is_operator(node) && (type == Type::linear || type == Type::linear_function);
}

void take(std::span<const NodeId> members, Grouping &grouping) {
  const GroupId group = grouping.add(
      {.head = members.front(), .last = members.back(), .pattern = {}, .may_grow = false});
  for (const NodeId member : members)
    grouping.group_of[member] = group;
}

void merge_projections(std::span<const Node> nodes, const Flow &flow, Grouping &grouping) {
  std::vector<std::vector<NodeId>> linears_of(nodes.size());
  for (NodeId n = 0; n < nodes.size(); ++n)
    if (is_linear(flow, n) && !nodes[n].inputs.empty())
      linears_of[nodes[n].inputs.front()].push_back(n);
  for (const auto &siblings : linears_of)
    if (siblings.size() == kProjections)
      take(siblings, grouping);
}

/// The operators from `first` on, when they are an attention chain; else fewer.
std::vector<NodeId> attention_chain(const Flow &flow, NodeId first) {
  std::vector<NodeId> chain;
  NodeId next = first;
  for (const Type type : kAttentionChain) {
    const bool follows = chain.empty() || (next != kNoNode && flow.operands_of(next).size() == 1);
    if (!follows || type_of(flow, next) != type)
      break;
    chain.push_back(next);
    next = flow.sole_consumer[next];
  }
  return chain;
}

} // namespace

void group_attention(std::span<const Node> nodes, const Flow &flow, Grouping &grouping) {
  merge_projections(nodes, flow, grouping);
  for (NodeId n = 0; n < nodes.size(); ++n) {
    if (!flow.is_operator(n) || grouping.group_of[n] != kNoGroup)
      continue;
    const auto chain = attention_chain(flow, n);
    if (chain.size() == kAttentionChain.size())
      take(chain, grouping);
  }
}

} // namespace fusesim::partition::seed
