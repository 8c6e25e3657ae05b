#include "targets/gpu/storage.hpp"

#include "ir/op.hpp"

namespace fusesim::targets::gpu {

Storage::Storage(const ir::Graph &graph, const partition::Partition &partition)
    : root_(graph.values().size()), readers_(graph.values().size()),
      is_result_(graph.values().size()), parts_(graph.values().size()) {
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
  take_apart(graph, partition);
}

// Concats of concats: the inner one comes first, so its parts are known; results are passed on from
// the outer one.
void Storage::take_apart(const ir::Graph &graph, const partition::Partition &partition) {
  const auto in_place = partition::concats_in_place(graph, partition);
  std::vector<ir::ValueId> whole;
  for (ir::NodeId id = 0; id < graph.nodes().size(); ++id) {
    const auto &node = graph.node(id);
    if (!in_place[id])
      continue;
    auto &parts = parts_[node.outputs[0]];
    for (const auto input : node.inputs) {
      const auto root = root_[input];
      if (parts_[root].empty())
        parts.push_back(root);
      else
        parts.insert(parts.end(), parts_[root].begin(), parts_[root].end());
    }
    whole.push_back(node.outputs[0]);
  }
  for (const auto concatenated : whole)
    if (is_result_[concatenated])
      for (const auto part : parts_[concatenated])
        is_result_[part] = true;
}

} // namespace fusesim::targets::gpu
