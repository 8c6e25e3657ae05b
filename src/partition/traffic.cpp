// Bytes of a subgraph. Tensors are resolved through views and identities to their *root*, the
// tensor that owns the storage; what is read of a root are *regions*: the whole, or a slice.
//
//   root ── view ── permute ──> reader 1      one region: the whole root
//     └──── slice a ──────────> reader 2      another: its own bytes
//     └──── slice b ──────────> reader 3      another; all together never more than the root holds
#include "partition/partition.hpp"

#include "ir/cost.hpp"

#include <algorithm>
#include <tuple>

namespace fusesim::partition {
namespace {

using ir::kNoNode;
using ir::NodeId;
using ir::ValueId;

struct Read {
  ValueId root = 0, region = 0;
  Bytes bytes = 0;
};

bool is_view(ir::OpKind kind) { return ir::is_free(kind) && kind != ir::OpKind::bookkeeping; }

/// The value highest up that `id` shows every element of: itself for a slice, else whatever its
/// view is a view of.
ValueId region_of(const ir::Graph &graph, ValueId id) {
  for (;;) {
    const ir::Value &value = graph.value(id);
    if (value.producer == kNoNode || !is_view(graph.node(value.producer).kind))
      return id;
    const ValueId source = graph.node(value.producer).inputs[0];
    if (graph.value(source).type.bytes() > value.type.bytes())
      return id;
    id = source;
  }
}

/// What `node` reads, sorted by root and region.
void append_reads(const ir::Graph &graph, const ir::Node &node, std::vector<Read> &reads) {
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    const ValueId region = region_of(graph, node.inputs[i]);
    reads.push_back({ir::storage_root(graph, region), region, ir::operand_bytes(graph, node, i)});
  }
}

/// Calls visit(root, bytes) for each root in `reads`. A region read twice is fetched once; gathers
/// fetch what each of them delivers, up to the whole region; regions add up to no more than their
/// root.
template <typename Visit>
void for_each_root(const ir::Graph &graph, std::vector<Read> &reads, Visit visit) {
  std::ranges::sort(reads, {}, [](const Read &r) { return std::tuple(r.root, r.region); });
  for (std::size_t i = 0; i < reads.size();) {
    const ValueId root = reads[i].root;
    Bytes of_root = 0;
    while (i < reads.size() && reads[i].root == root) {
      const ValueId region = reads[i].region;
      Bytes of_region = 0;
      for (; i < reads.size() && reads[i].region == region; ++i)
        of_region += reads[i].bytes;
      of_root += std::min(of_region, ir::read_bytes(graph, region));
    }
    visit(root, std::min(of_root, graph.value(root).type.bytes()));
  }
}

class TrafficCounter {
public:
  TrafficCounter(const ir::Graph &graph, const Partition &partition, const Subgraph &subgraph)
      : graph_(graph), partition_(partition), subgraph_(subgraph) {}

  Traffic run(const std::function<bool(ValueId)> &needless) {
    count_results();
    std::vector<Read> all, own;
    for (const NodeId id : subgraph_.nodes) {
      const ir::Node &node = graph_.node(id);
      if (ir::is_free(node.kind))
        continue;
      own.clear();
      append_reads(graph_, node, own);
      all.insert(all.end(), own.begin(), own.end());
      for_each_root(graph_, own, [&](ValueId root, Bytes bytes) {
        if (std::ranges::binary_search(kept_, root))
          traffic_.internal += bytes;
      });
    }
    for_each_root(graph_, all, [&](ValueId root, Bytes bytes) {
      if (!needless || !needless(root))
        count_fetch(root, bytes);
    });
    return traffic_;
  }

private:
  bool is_inside(NodeId node) const { return partition_.subgraph_of[node] == subgraph_.id; }

  /// Every tensor with storage that is produced here is either kept inside or written for others.
  void count_results() {
    for (const NodeId id : subgraph_.nodes) {
      if (ir::is_free(graph_.node(id).kind))
        continue;
      for (const ValueId result : graph_.node(id).outputs) {
        const Bytes bytes = graph_.value(result).type.bytes();
        switch (use_of(result)) {
        case Use::outside:
          traffic_.output += bytes;
          break;
        case Use::inside:
          traffic_.internal += bytes;
          kept_.push_back(result);
          break;
        case Use::none:
          break;
        }
      }
    }
    std::ranges::sort(kept_);
  }

  enum class Use { none, inside, outside };

  /// Who uses a tensor, through any views: nobody, only this subgraph, or others (or it is a result
  /// of the network).
  Use use_of(ValueId result) const {
    Use use = Use::none;
    std::vector<ValueId> open{result};
    while (!open.empty()) {
      const ValueId id = open.back();
      open.pop_back();
      if (graph_.is_output(id))
        return Use::outside;
      for (const NodeId reader : graph_.value(id).consumers) {
        const ir::Node &node = graph_.node(reader);
        if (!ir::is_free(node.kind)) {
          if (!is_inside(reader))
            return Use::outside;
          use = Use::inside;
        } else if (is_view(node.kind) && node.inputs[0] == id) {
          open.insert(open.end(), node.outputs.begin(), node.outputs.end());
        }
      }
    }
    return use;
  }

  void count_fetch(ValueId root, Bytes bytes) {
    const NodeId producer = graph_.value(root).producer;
    const bool comes_from_outside =
        producer == kNoNode || (!is_inside(producer) &&
                                !ir::is_free(graph_.node(producer).kind)); // bookkeeping: no tensor
    if (graph_.is_weight(root))
      traffic_.weight += bytes;
    else if (comes_from_outside)
      traffic_.input += bytes;
  }

  const ir::Graph &graph_;
  const Partition &partition_;
  const Subgraph &subgraph_;
  std::vector<ValueId> kept_; ///< tensors that never leave, ascending
  Traffic traffic_;
};

} // namespace

Traffic traffic_of(const ir::Graph &graph, const Partition &partition, const Subgraph &subgraph,
                   const std::function<bool(ValueId)> &needless) {
  return TrafficCounter(graph, partition, subgraph).run(needless);
}

} // namespace fusesim::partition
