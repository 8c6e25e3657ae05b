#include "ir/detail/rebuild.hpp"
#include "ir/passes.hpp"
#include "support/error.hpp"

#include <fmt/format.h>

#include <map>

namespace fusesim::ir {

namespace {

enum class Rule : std::uint8_t {
  lower,   ///< operands and result in the lower type
  full,    ///< operands and result in f32
  widest,  ///< result in the widest type of the floating-point operands
  operand, ///< result in the type of the first operand, whatever its weights have
};

Rule rule_of(OpKind kind) {
  switch (kind) {
  case OpKind::softmax:
  case OpKind::log_softmax:
  case OpKind::layer_norm:
  case OpKind::group_norm:
  case OpKind::sum:
  case OpKind::cumsum:
  case OpKind::pow:
  case OpKind::exp:
  case OpKind::log:
  case OpKind::reciprocal:
  case OpKind::rsqrt:
  case OpKind::softplus:
  case OpKind::vector_norm:
    return Rule::full;
  case OpKind::batch_norm:
  case OpKind::instance_norm:
  case OpKind::rms_norm:
    return Rule::operand;
  default:
    return class_of(kind) == OpClass::contraction ? Rule::lower : Rule::widest;
  }
}

class Autocaster {
public:
  explicit Autocaster(DType lower) : lower_(lower) {}

  std::vector<ValueId> add(GraphBuilder &builder, const Graph &graph, const Node &node,
                           const ValueMap &map) {
    auto inputs = mapped(map, node.inputs);
    const auto rule = rule_of(node.kind);
    DType result = DType::f32;
    if (rule == Rule::lower || rule == Rule::full) {
      result = rule == Rule::lower ? lower_ : DType::f32;
      // Parameters of a normalisation are f32 already; only operands that are not `result` are cast.
      for (auto &input : inputs)
        if (is_floating(builder.type(input).dtype))
          input = as(builder, input, result, node.name);
    } else if (!inputs.empty()) {
      result = rule == Rule::operand ? builder.type(inputs[0]).dtype : widest(builder, inputs);
    }
    auto types = graph.output_types(node);
    for (auto &type : types)
      if (is_floating(type.dtype))
        type.dtype = result;
    return builder.add_typed(node.kind, node.name, std::move(inputs), std::move(types),
                             node.attributes, node.foreign_name);
  }

private:
  DType widest(const GraphBuilder &builder, const std::vector<ValueId> &inputs) const {
    bool any = false, all_lower = true;
    for (const auto input : inputs) {
      const auto dtype = builder.type(input).dtype;
      any = any || is_floating(dtype);
      all_lower = all_lower && (!is_floating(dtype) || dtype == lower_);
    }
    return any && all_lower ? lower_ : DType::f32;
  }

  ValueId as(GraphBuilder &builder, ValueId value, DType dtype, const std::string &reader) {
    auto type = builder.type(value);
    if (type.dtype == dtype)
      return value;
    const auto known = casts_.find({value, dtype});
    if (known != casts_.end())
      return known->second;
    type.dtype = dtype;
    const auto cast = builder.add_typed(OpKind::cast, reader + ".cast", {value}, {type}).at(0);
    casts_[{value, dtype}] = cast;
    return cast;
  }

  DType lower_;
  std::map<std::pair<ValueId, DType>, ValueId> casts_;
};

} // namespace

Graph with_autocast(const Graph &graph, DType lower) {
  if (lower != DType::f16 && lower != DType::bf16)
    throw Error(graph.name(), fmt::format("autocast knows no type {}", name_of(lower)),
                "use f16 or bf16");
  Autocaster autocaster(lower);
  GraphBuilder builder(graph.name());
  ValueMap map(graph.values().size());
  for (ValueId id = 0; id < graph.values().size(); ++id)
    if (graph.value(id).producer == kNoNode)
      map[id] = add_source(builder, graph.value(id), graph.value(id).type);
  for (const auto &node : graph.nodes()) {
    const auto outputs = autocaster.add(builder, graph, node, map);
    for (std::size_t i = 0; i < outputs.size(); ++i)
      map[node.outputs[i]] = outputs[i];
  }
  for (const auto id : graph.outputs())
    builder.output(map[id]);
  return std::move(builder).build();
}

} // namespace fusesim::ir
