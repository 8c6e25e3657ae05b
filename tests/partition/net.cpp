#include "net.hpp"

#include "support/error.hpp"

#include <algorithm>

namespace fusesim::test {

using ir::Dims;
using ir::DType;
using ir::OpKind;
using Value = Net::Value;

Value Net::conv(const std::string &name, Value x, std::int64_t channels, std::int64_t k) {
  const auto w = weight(name + ".weight", {channels, builder_.type(x).dims[1], k, k});
  ir::ConvAttrs same;
  same.padding = {k / 2, k / 2};
  return op(OpKind::conv2d, name, {x, w}, same);
}

Value Net::depthwise(const std::string &name, Value x, std::int64_t k) {
  const auto channels = builder_.type(x).dims[1];
  ir::ConvAttrs attributes;
  attributes.padding = {k / 2, k / 2};
  attributes.groups = channels;
  return op(OpKind::conv2d, name, {x, weight(name + ".weight", {channels, 1, k, k})}, attributes);
}

Value Net::bn(const std::string &name, Value x) {
  std::vector<Value> inputs{x};
  for (const char *part : {".weight", ".bias", ".running_mean", ".running_var"})
    inputs.push_back(weight(name + part, {builder_.type(x).dims[1]}));
  return op(OpKind::batch_norm, name, inputs);
}

Value Net::ln(const std::string &name, Value x) {
  const Dims dims{builder_.type(x).dims.back()};
  return op(OpKind::layer_norm, name,
            {x, weight(name + ".weight", dims), weight(name + ".bias", dims)}, ir::NormAttrs{});
}

Value Net::linear(const std::string &name, Value x, std::int64_t features) {
  return op(OpKind::linear, name,
            {x, weight(name + ".weight", {features, builder_.type(x).dims.back()})});
}

Value Net::pool(const std::string &name, Value x) {
  ir::PoolAttrs global;
  global.output_size = {1, 1};
  return op(OpKind::adaptive_avg_pool2d, name, {x}, global);
}

Value Net::softmax(const std::string &name, Value x) {
  const auto rank = static_cast<std::int64_t>(builder_.type(x).dims.size());
  return op(OpKind::softmax, name, {x}, ir::AxisAttrs{.dims = {rank - 1}});
}

Value Net::permute(const std::string &name, Value x, Dims order) {
  Dims dims;
  for (const auto axis : order)
    dims.push_back(builder_.type(x).dims[static_cast<std::size_t>(axis)]);
  return view(name, x, dims, OpKind::permute);
}

Value Net::view(const std::string &name, Value x, Dims dims, OpKind kind) {
  return builder_.add_typed(kind, name, {x}, {{builder_.type(x).dtype, std::move(dims)}}).front();
}

Value Net::concat(const std::string &name, std::vector<Value> parts, std::int64_t axis) {
  return op(OpKind::concat, name, std::move(parts), ir::AxisAttrs{.dims = {axis}});
}

Value Net::copy(const std::string &name, Value x) {
  return view(name, x, Dims(builder_.type(x).dims), OpKind::copy);
}

Value Net::roll(const std::string &name, Value x) {
  return view(name, x, Dims(builder_.type(x).dims), OpKind::roll);
}

Value Net::fill(const std::string &name, Dims dims) {
  return builder_.add_typed(OpKind::fill, name, {}, {{DType::f32, std::move(dims)}}).front();
}

ir::Graph Net::build(std::initializer_list<Value> outputs) && {
  for (const Value output : outputs)
    builder_.output(output);
  return std::move(builder_).build();
}

std::vector<std::string> boxes(const ir::Graph &graph, const partition::Partition &partition) {
  std::vector<std::string> names;
  for (const auto &subgraph : partition.subgraphs) {
    std::string box;
    for (const auto node : subgraph.nodes)
      box.append(box.empty() ? "" : " ").append(graph.node(node).name);
    names.push_back(std::move(box));
  }
  return names;
}

std::vector<std::string> boxes(const ir::Graph &graph, std::string_view strategy) {
  return boxes(graph, partition::run_strategy(strategy, graph));
}

std::size_t working_boxes(const ir::Graph &graph, std::string_view strategy) {
  const auto subgraphs = partition::run_strategy(strategy, graph).subgraphs;
  return static_cast<std::size_t>(
      std::ranges::count_if(subgraphs, [&](const auto &s) { return has_work(graph, s); }));
}

const partition::Subgraph &box_of(const ir::Graph &graph, const partition::Partition &partition,
                                  std::string_view name) {
  return partition.subgraphs.at(partition.subgraph_of.at(node_named(graph, name)));
}

ir::NodeId node_named(const ir::Graph &graph, std::string_view name) {
  for (ir::NodeId n = 0; n < graph.nodes().size(); ++n)
    if (graph.node(n).name == name)
      return n;
  throw Error(name, "no such operator in the test's graph");
}

} // namespace fusesim::test
