#include "targets/gpu/storage.hpp"

#include "ir/op.hpp"

namespace fusesim::targets::gpu {

Storage::Storage(const ir::Graph &graph)
    : root_(graph.values().size()), readers_(graph.values().size()),
      is_result_(graph.values().size()) {
  for (ir::ValueId id = 0; id < root_.size(); ++id)
    root_[id] = id;
  for (ir::NodeId id = 0; id < graph.nodes().size(); ++id) { // topological, so inputs are resolved
    const auto &node = graph.node(id);
    const auto kind = ir::class_of(node.kind);
    if (kind == ir::OpClass::view || kind == ir::OpClass::identity) {
      for (const auto output : node.outputs)
        root_[output] = root_[node.inputs[0]];
    } else if (!ir::is_free(node.kind)) {
      for (const auto input : node.inputs)
        if (auto &readers = readers_[root_[input]]; readers.empty() || readers.back() != id)
          readers.push_back(id);
    }
  }
  for (const auto output : graph.outputs())
    is_result_[root_[output]] = true;
}

} // namespace fusesim::targets::gpu
