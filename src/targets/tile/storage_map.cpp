#include "targets/tile/storage_map.hpp"

#include <algorithm>
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

/// Product of the leading dims that a permutation leaves where they are. It is told by its shapes: dims of a size that
/// comes again further behind may be either.
std::uint64_t dims_left_in_place(const ir::Dims &from, const ir::Dims &to) {
  std::uint64_t parts = 1;
  for (std::size_t d = 0; d < std::min(from.size(), to.size()) && from[d] == to[d]; ++d) {
    const auto behind = from.begin() + static_cast<std::ptrdiff_t>(d) + 1;
    if (from[d] > 1 && std::find(behind, from.end(), from[d]) != from.end())
      break;
    parts *= static_cast<std::uint64_t>(from[d]);
  }
  return parts;
}

/// See StorageMap::equal_parts, of one view.
std::uint64_t parts_of(const ir::Graph &graph, const ir::Node &node) {
  const auto &from = graph.value(node.inputs[0]).type, &to = graph.value(node.outputs[0]).type;
  if (node.kind == OpKind::permute)
    return dims_left_in_place(from.dims, to.dims);
  const bool keeps_order = ir::class_of(node.kind) != ir::OpClass::view ||
                           node.kind == OpKind::view || from == to; // a slice that is the whole
  return keeps_order ? 0 : 1;
}

} // namespace

StorageMap::StorageMap(const ir::Graph &graph, const partition::Partition &partition,
                       bool folds_batch_norm)
    : root_(graph.values().size()), source_(graph.values().size()),
      equal_parts_(graph.values().size()), works_(graph.nodes().size()),
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
    const auto parts = std::gcd(equal_parts_[input], parts_of(graph, node));
    for (const auto output : node.outputs) {
      root_[output] = root_[input];
      equal_parts_[output] = parts;
      if (graph.value(output).type.bytes() == graph.value(input).type.bytes())
        source_[output] = source_[input];
    }
  }
  for (const auto output : graph.outputs())
    is_result_[root_[output]] = true;
}

} // namespace fusesim::targets::tile
