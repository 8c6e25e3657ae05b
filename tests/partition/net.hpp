#pragma once

#include "ir/graph.hpp"
#include "partition/strategy.hpp"

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace fusesim::test {

/// Hand-written networks, one short line per operator; every name is the operator's in the graph.
class Net {
public:
  using Value = ir::ValueId;

  Value input(std::string name, ir::Dims dims) {
    return builder_.input(std::move(name), {ir::DType::f32, dims});
  }
  Value weight(std::string name, ir::Dims dims) {
    return builder_.weight(std::move(name), {ir::DType::f32, dims});
  }
  /// k×k convolution of stride 1 that keeps height and width; no bias.
  Value conv(const std::string &name, Value x, std::int64_t channels, std::int64_t k = 1);
  Value depthwise(const std::string &name, Value x, std::int64_t k); ///< as conv, per channel
  Value bn(const std::string &name, Value x);
  Value ln(const std::string &name, Value x);
  Value linear(const std::string &name, Value x, std::int64_t features); ///< no bias
  Value pool(const std::string &name, Value x);                          ///< global average
  Value softmax(const std::string &name, Value x);                       ///< over the last axis
  Value permute(const std::string &name, Value x, ir::Dims order);
  Value view(const std::string &name, Value x, ir::Dims dims, ir::OpKind kind = ir::OpKind::view);
  Value concat(const std::string &name, std::vector<Value> parts, std::int64_t axis = 1);
  Value copy(const std::string &name, Value x); ///< makes it contiguous
  Value roll(const std::string &name, Value x);
  Value fill(const std::string &name, ir::Dims dims);
  Value op(ir::OpKind kind, const std::string &name, std::vector<Value> inputs,
           ir::Attributes attributes = {}) {
    return builder_.add(kind, name, std::move(inputs), std::move(attributes));
  }
  ir::GraphBuilder &builder() { return builder_; }
  ir::Graph build(std::initializer_list<Value> outputs) &&;

private:
  ir::GraphBuilder builder_{"net"};
};

/// The subgraphs of a partition, each as its operators' names: {"conv bn relu", "pool"}.
std::vector<std::string> boxes(const ir::Graph &graph, const partition::Partition &partition);
std::vector<std::string> boxes(const ir::Graph &graph, std::string_view strategy);

/// Subgraphs that touch memory or compute.
std::size_t working_boxes(const ir::Graph &graph, std::string_view strategy);

/// The subgraph that holds an operator; the operator's id.
const partition::Subgraph &box_of(const ir::Graph &graph, const partition::Partition &partition,
                                  std::string_view name);
ir::NodeId node_named(const ir::Graph &graph, std::string_view name);

} // namespace fusesim::test
