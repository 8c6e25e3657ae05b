#include "targets/gpu/work_order.hpp"

#include "ir/op.hpp"

#include <algorithm>

namespace fusesim::targets::gpu {

namespace {

using ir::NodeId;
using ir::ValueId;

class WorkOrderer {
public:
  WorkOrderer(const ir::Graph &graph, const Storage &storage, const partition::Subgraph &subgraph)
      : graph_(graph), storage_(storage), members_(subgraph.nodes), is_placed_(members_.size()) {}

  WorkOrder run() {
    for (const auto id : members_)
      if (is_constant(id))
        order_.constants.push_back(id);
    for (const auto id : members_)
      if (has_work(id) && !feeds_work_here(id))
        place_behind_producers(id);
    if (order_.nodes.empty()) // nothing but constants: then they are the work
      order_.nodes.swap(order_.constants);
    return std::move(order_);
  }

private:
  std::size_t index_of(NodeId id) const {
    const auto place = std::lower_bound(members_.begin(), members_.end(), id);
    return static_cast<std::size_t>(place - members_.begin());
  }
  bool is_inside(NodeId id) const {
    return std::binary_search(members_.begin(), members_.end(), id);
  }

  bool is_constant(NodeId id) const {
    const auto &node = graph_.node(id);
    return node.kind == ir::OpKind::fill &&
           std::all_of(node.outputs.begin(), node.outputs.end(), [&](ValueId output) {
             const auto &readers = graph_.value(output).consumers;
             return !readers.empty() && !storage_.is_result(output) &&
                    std::all_of(readers.begin(), readers.end(),
                                [&](NodeId reader) { return is_inside(reader); }) &&
                    std::ranges::all_of(storage_.readers(output),
                                        [&](NodeId reader) { return is_inside(reader); });
           });
  }

  bool has_work(NodeId id) const {
    const auto &node = graph_.node(id);
    return !ir::is_free(node.kind) && !node.outputs.empty() && !is_constant(id) &&
           storage_.parts(node.outputs[0]).empty();
  }

  bool feeds_work_here(NodeId id) const {
    const auto &outputs = graph_.node(id).outputs;
    return std::any_of(outputs.begin(), outputs.end(), [&](ValueId output) {
      return std::ranges::any_of(storage_.readers(output), [&](NodeId reader) {
        return is_inside(reader) && has_work(reader);
      });
    });
  }

  void place_behind_producers(NodeId last) {
    struct Open {
      NodeId node;
      std::size_t next_input = 0;
    };
    std::vector<Open> open{{last, 0}};
    while (!open.empty()) {
      auto &[node, next] = open.back();
      const auto &inputs = graph_.node(node).inputs;
      if (next < inputs.size()) {
        const auto producer = graph_.value(storage_.root(inputs[next++])).producer;
        if (producer != ir::kNoNode && is_inside(producer) && has_work(producer) &&
            is_placed_[index_of(producer)] == 0)
          open.push_back({producer, 0});
        continue;
      }
      auto &placed = is_placed_[index_of(node)];
      if (placed == 0)
        order_.nodes.push_back(node);
      placed = 1;
      open.pop_back();
    }
  }

  const ir::Graph &graph_;
  const Storage &storage_;
  const std::vector<NodeId> &members_;
  std::vector<char> is_placed_; ///< by position in members_
  WorkOrder order_;
};

} // namespace

WorkOrder work_order_of(const ir::Graph &graph, const Storage &storage,
                        const partition::Subgraph &subgraph) {
  return WorkOrderer(graph, storage, subgraph).run();
}

} // namespace fusesim::targets::gpu
