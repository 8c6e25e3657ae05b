#include "report/inspect_report.hpp"

#include "ir/cost.hpp"

#include <fmt/format.h>

#include <set>

namespace fusesim::report {

namespace {

std::string_view name_of(ir::ValueRole role) {
  switch (role) {
  case ir::ValueRole::input:
    return "input";
  case ir::ValueRole::parameter:
    return "parameter";
  case ir::ValueRole::buffer:
    return "buffer";
  case ir::ValueRole::constant:
    return "constant";
  case ir::ValueRole::intermediate:
    return "intermediate";
  }
  return "?";
}

std::vector<TensorCell> tensors(const ir::Graph &graph, std::span<const ir::ValueId> ids,
                                bool with_role) {
  std::vector<TensorCell> cells;
  for (const ir::ValueId id : ids) {
    const ir::Value &value = graph.value(id);
    cells.push_back({value.name, with_role ? std::string(name_of(value.role)) : std::string(),
                     std::string(ir::name_of(value.type.dtype)), value.type.dims});
  }
  return cells;
}

Bytes weight_bytes(const ir::Graph &graph, const ir::Node &node) {
  Bytes bytes = 0;
  for (const ir::ValueId id : std::set(node.inputs.begin(), node.inputs.end()))
    if (graph.is_weight(id))
      bytes += graph.value(id).type.bytes();
  return bytes;
}

OperatorReport describe(const ir::Graph &graph, const ir::Node &node) {
  const ir::Work work = ir::work_of(graph, node);
  OperatorReport report;
  report.name = node.name;
  report.kind = ir::name_of(node.kind);
  if (node.kind == ir::OpKind::opaque)
    report.foreign_name = node.foreign_name;
  report.op_class = ir::name_of(ir::class_of(node.kind));
  report.inputs = tensors(graph, node.inputs, true);
  report.outputs = tensors(graph, node.outputs, true);
  report.macs = work.macs;
  report.flops = 2 * work.macs;
  report.vector_ops = work.vector_ops;
  report.weight_bytes = weight_bytes(graph, node);
  return report;
}

std::span<const Figure<InspectReport>> head_figures() {
  using R = InspectReport;
  static const std::vector<Figure<R>> kFigures{
      {{"model", "model"}, [](const R &r) { return r.model; }},
      {{"parameters", "parameters", Unit::count}, [](const R &r) { return r.parameters; }},
      {{"macs", "multiply-adds", Unit::macs}, [](const R &r) { return r.macs; }},
      {{"flops", "work", Unit::flops}, [](const R &r) { return r.flops; }},
      {{"vector_ops", "vector work", Unit::operations}, [](const R &r) { return r.vector_ops; }},
      {{"nodes", "operators", Unit::count}, [](const R &r) { return r.nodes; }},
      {{"weight_bytes", "weights", Unit::bytes}, [](const R &r) { return r.weight_bytes; }},
      {{"inputs", "inputs"}, [](const R &r) { return r.inputs; }},
      {{"outputs", "outputs"}, [](const R &r) { return r.outputs; }},
  };
  return kFigures;
}

std::span<const Figure<OperatorReport>> operator_figures() {
  using O = OperatorReport;
  static const std::vector<Figure<O>> kFigures{
      {{"name", "name"}, [](const O &o) { return o.name; }},
      {{"kind", ""}, [](const O &o) { return o.kind; }},
      {{"", "operator"},
       [](const O &o) {
         return o.foreign_name.empty() ? o.kind : fmt::format("{}({})", o.kind, o.foreign_name);
       }},
      {{"class", "class"}, [](const O &o) { return o.op_class; }},
      {{"inputs", "inputs"}, [](const O &o) { return o.inputs; }},
      {{"outputs", "outputs"}, [](const O &o) { return o.outputs; }},
      {{"macs", "multiply-adds", Unit::macs}, [](const O &o) { return o.macs; }},
      {{"flops", "", Unit::flops}, [](const O &o) { return o.flops; }},
      {{"vector_ops", "vector work", Unit::operations}, [](const O &o) { return o.vector_ops; }},
      {{"weight_bytes", "weights", Unit::bytes}, [](const O &o) { return o.weight_bytes; }},
  };
  return kFigures;
}

Table operator_table(const InspectReport &report) {
  return tabulate<OperatorReport>(operator_figures(), report.operators);
}

} // namespace

InspectReport inspect(const ir::Graph &graph, std::string model,
                      std::vector<std::string> warnings) {
  const ir::GraphTotals totals = ir::totals_of(graph);
  InspectReport report;
  report.model = std::move(model);
  report.parameters = totals.parameters;
  report.macs = totals.macs;
  report.flops = totals.flops;
  report.vector_ops = totals.vector_ops;
  report.nodes = graph.nodes().size();
  for (ir::ValueId id = 0; id < graph.values().size(); ++id)
    if (graph.is_weight(id))
      report.weight_bytes += graph.value(id).type.bytes();
  report.inputs = tensors(graph, graph.inputs(), false);
  report.outputs = tensors(graph, graph.outputs(), false);
  for (const ir::Node &node : graph.nodes())
    report.operators.push_back(describe(graph, node));
  report.warnings = std::move(warnings);
  return report;
}

std::string inspect_text(const InspectReport &report, const TextStyle &style) {
  TextStyle narrow = style;
  narrow.max_cell = 48;
  return to_text_block(tabulate<InspectReport>(head_figures(), {&report, 1}), style) + "\n" +
         to_text(operator_table(report), narrow);
}

std::string inspect_csv(const InspectReport &report) { return to_csv(operator_table(report)); }

Json inspect_json(const InspectReport &report) {
  Json json = to_json_object(tabulate<InspectReport>(head_figures(), {&report, 1}));
  json["operators"] = to_json(operator_table(report));
  json["warnings"] = report.warnings;
  return json;
}

} // namespace fusesim::report
