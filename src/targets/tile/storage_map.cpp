#include "targets/tile/storage_map.hpp"

#include <numeric>

namespace fusesim::targets::tile {

namespace {

using ir::OpKind;

bool folds_into_convolution(const ir::Graph &graph, const ir::Node &node) {
  if (node.kind != OpKind::batch_norm)
    return false;
  const auto &x = graph.value(node.inputs[0]);
  if (x.producer == ir::kNoNode || x.consumers.size() > 1 || graph.is_output(node.inputs[0]))
    return false;
  const auto kind = graph.node(x.producer).kind;
  return kind == OpKind::conv1d || kind == OpKind::conv2d || kind == OpKind::conv3d ||
         kind == OpKind::conv_transpose2d;
}

} // namespace

StorageMap::StorageMap(const ir::Graph &graph, const partition::Partition &partition,
                       bool folds_batch_norm)
    : root_(graph.values().size()), source_(graph.values().size()),
      in_order_(graph.values().size(), true), works_(graph.nodes().size()),
      is_result_(graph.values().size()), is_resident_(graph.values().size()),
      readers_(graph.values().size()) {
  const auto in_place = partition::concats_in_place(graph, partition);
  std::iota(root_.begin(), root_.end(), ir::ValueId{0});
  std::iota(source_.begin(), source_.end(), ir::ValueId{0});
  for (ir::NodeId id = 0; id < graph.nodes().size(); ++id) {
    const auto &node = graph.node(id);
    const bool folded = folds_batch_norm && folds_into_convolution(graph, node);
    works_[id] = !folded && !in_place[id] && !ir::is_free(node.kind);
    if (works_[id]) {
      for (const auto input : node.inputs)
        if (auto &readers = readers_[root_[input]]; readers.empty() || readers.back() != id)
          readers.push_back(id);
      continue;
    }
    if (in_place[id])
      for (const auto part : node.inputs)
        is_result_[root_[part]] = true;
    const auto op_class = ir::class_of(node.kind);
    if (!folded && op_class != ir::OpClass::view && op_class != ir::OpClass::identity)
      continue; // bookkeeping: its results are no tensors that anybody fetches
    const auto input = node.inputs[0];
    const bool keeps_order = op_class != ir::OpClass::view || node.kind == OpKind::view;
    for (const auto output : node.outputs) {
      root_[output] = root_[input];
      in_order_[output] = in_order_[input] && keeps_order;
      if (graph.value(output).type.bytes() == graph.value(input).type.bytes())
        source_[output] = source_[input];
    }
  }
  for (const auto output : graph.outputs())
    is_result_[root_[output]] = true;
}

} // namespace fusesim::targets::tile
