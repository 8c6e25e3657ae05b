// A partition of an IR graph in `physical` figures.
#include "ir/cost.hpp"
#include "partition/explain.hpp"
#include "partition/grouping.hpp"
#include "partition/summary.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <numeric>

namespace fusesim::partition {
namespace {

using ir::NodeId;

Role role_of(ir::OpKind kind) {
  switch (ir::class_of(kind)) {
  case ir::OpClass::pooling:
    return Role::pooling;
  case ir::OpClass::data_movement:
    return Role::data_movement;
  case ir::OpClass::view:
    return Role::view;
  case ir::OpClass::identity:
    return Role::identity;
  case ir::OpClass::bookkeeping:
    return Role::bookkeeping;
  case ir::OpClass::contraction:
  case ir::OpClass::elementwise:
  case ir::OpClass::normalisation:
  case ir::OpClass::reduction:
  case ir::OpClass::opaque:
    return Role::compute;
  }
  return Role::compute;
}

std::string shape_of(const ir::Graph &graph, ir::ValueId value) {
  const ir::Dims &dims = graph.value(value).type.dims;
  return dims.empty() ? "scalar" : fmt::format("{}", fmt::join(dims, "x"));
}

LabelSet kinds_of(const Vocabulary &vocabulary) {
  LabelSet kinds;
  for (const PairRow &row : vocabulary.rows)
    kinds = kinds | row.producers | row.consumers;
  return kinds;
}

void add_operators(const ir::Graph &graph, const Partition &partition, PartitionSummary &summary) {
  const LabelSet kinds = kinds_of(modern_vocabulary());
  summary.operators.reserve(graph.nodes().size());
  for (NodeId n = 0; n < graph.nodes().size(); ++n) {
    const ir::Node &node = graph.node(n);
    const bool named_elsewhere = node.kind == ir::OpKind::opaque && !node.foreign_name.empty();
    summary.operators.push_back({
        .name = node.name,
        .kind = named_elsewhere ? node.foreign_name : std::string(ir::name_of(node.kind)),
        .shape = node.outputs.empty() ? std::string() : shape_of(graph, node.outputs[0]),
        .role = role_of(node.kind),
        .in_vocabulary = kinds.contains(static_cast<Label>(node.kind)),
        .counts = !ir::is_free(node.kind),
        .subgraph = partition.subgraph_of[n],
        .flops = 2 * ir::work_of(graph, node).macs,
    });
  }
}

/// External bytes of every node on its own.
std::vector<Bytes> bytes_alone(const ir::Graph &graph) {
  const Partition alone = unfused(graph);
  std::vector<Bytes> bytes(graph.nodes().size(), 0);
  for (const Subgraph &subgraph : alone.subgraphs)
    for (const NodeId n : subgraph.nodes)
      if (!ir::is_free(graph.node(n).kind))
        bytes[n] = traffic_of(graph, alone, subgraph).external();
  return bytes;
}

/// Kernels of a subgraph that a concat in place holds together: each part that is connected without
/// it writes its own share.
std::uint64_t parts_of(const ir::Graph &graph, const Partition &partition, const Subgraph &subgraph,
                       const std::vector<bool> &in_place) {
  std::vector<std::size_t> part_of(subgraph.nodes.size()); // by place: another place of its part
  std::iota(part_of.begin(), part_of.end(), std::size_t{0});
  const auto root = [&](std::size_t place) {
    while (part_of[place] != place)
      place = part_of[place] = part_of[part_of[place]];
    return place;
  };
  std::vector<bool> works(subgraph.nodes.size()), seen(subgraph.nodes.size());
  std::vector<NodeId> producers;
  for (std::size_t i = 0; i < subgraph.nodes.size(); ++i) {
    if (in_place[subgraph.nodes[i]])
      continue;
    works[i] = !ir::is_free(graph.node(subgraph.nodes[i]).kind);
    producers_of(graph, subgraph.nodes[i], producers);
    for (const NodeId producer : producers)
      if (partition.subgraph_of[producer] == subgraph.id)
        part_of[root(static_cast<std::size_t>(std::ranges::lower_bound(subgraph.nodes, producer) -
                                              subgraph.nodes.begin()))] = root(i);
  }
  std::uint64_t parts = 0;
  for (std::size_t i = 0; i < subgraph.nodes.size(); ++i)
    if (works[i] && !seen[root(i)]) {
      seen[root(i)] = true;
      ++parts;
    }
  return parts;
}

std::uint64_t launches_of(const ir::Graph &graph, const Partition &partition,
                          const Subgraph &subgraph, const std::vector<bool> &in_place) {
  if (std::ranges::any_of(subgraph.nodes, [&](NodeId n) { return in_place[n]; }))
    return parts_of(graph, partition, subgraph, in_place);
  return has_work(graph, subgraph) ? 1 : 0;
}

void add_subgraphs(const ir::Graph &graph, const Partition &partition, PartitionSummary &summary) {
  const std::vector<Bytes> alone = bytes_alone(graph);
  const std::vector<bool> in_place = concats_in_place(graph, partition);
  summary.subgraphs.reserve(partition.subgraphs.size());
  for (const Subgraph &subgraph : partition.subgraphs) {
    const Traffic traffic = traffic_of(graph, partition, subgraph);
    SubgraphSummary figures{
        .id = subgraph.id,
        .pattern = subgraph.pattern,
        .operators = {subgraph.nodes.begin(), subgraph.nodes.end()},
        .size = 0,
        .launches = launches_of(graph, partition, subgraph, in_place),
        .flops = 0,
        .input = traffic.input,
        .output = traffic.output,
        .weight = traffic.weight,
        .internal = traffic.internal,
        .unfused = 0,
    };
    for (const NodeId n : subgraph.nodes) {
      figures.size += summary.operators[n].counts;
      figures.flops += summary.operators[n].flops;
      figures.unfused += alone[n];
    }
    summary.subgraphs.push_back(std::move(figures));
  }
}

/// The widest of the tensors that one node hands to another.
ir::ValueId tensor_between(const ir::Graph &graph, NodeId producer, NodeId consumer) {
  std::optional<ir::ValueId> widest;
  for (const ir::ValueId input : graph.node(consumer).inputs) {
    const ir::Value &value = graph.value(input);
    if (value.producer == producer &&
        (!widest || value.type.bytes() > graph.value(*widest).type.bytes()))
      widest = input;
  }
  return *widest;
}

void add_edges(const ir::Graph &graph, const Partition &partition, PartitionSummary &summary) {
  const Explainer explain(graph, partition, modern_vocabulary());
  // refusals stand in the order in which the edges are met here
  auto refusal = partition.refusals.begin();
  std::vector<NodeId> producers;
  for (NodeId consumer = 0; consumer < graph.nodes().size(); ++consumer) {
    producers_of(graph, consumer, producers);
    for (const NodeId producer : producers) {
      const ir::ValueId tensor = tensor_between(graph, producer, consumer);
      EdgeSummary edge{.producer = producer,
                       .consumer = consumer,
                       .shape = shape_of(graph, tensor),
                       .bytes = graph.value(tensor).type.bytes(),
                       .refusal = {},
                       .detail = {}};
      if (refusal != partition.refusals.end() && refusal->producer == producer &&
          refusal->consumer == consumer) {
        edge.refusal = refusal->reason;
        edge.detail = explain.refused(*refusal++);
      } else {
        edge.detail = explain.fused(producer, consumer);
      }
      summary.edges.push_back(std::move(edge));
    }
  }
}

} // namespace

PartitionSummary summarise(const ir::Graph &graph, const Partition &partition) {
  PartitionSummary summary{.network = graph.name(),
                           .strategy = partition.strategy,
                           .vocabulary = std::string(modern_vocabulary().name),
                           .accounting = "physical",
                           .fx_nodes = {},
                           .operators = {},
                           .subgraphs = {},
                           .edges = {},
                           .inputs = {}};
  add_operators(graph, partition, summary);
  add_subgraphs(graph, partition, summary);
  add_edges(graph, partition, summary);
  for (const ir::ValueId input : graph.inputs())
    summary.inputs.push_back(
        {graph.value(input).name,
         shape_of(graph, input),
         {graph.value(input).consumers.begin(), graph.value(input).consumers.end()}});
  return summary;
}

} // namespace fusesim::partition
