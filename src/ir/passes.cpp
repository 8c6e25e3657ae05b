#include "ir/passes.hpp"

#include "ir/detail/rebuild.hpp"
#include "support/error.hpp"

#include <fmt/format.h>

namespace fusesim::ir {

Graph with_float_dtype(const Graph &graph, DType dtype) {
  if (dtype == DType::i8)
    dtype = DType::qi8;
  if (!is_floating(dtype))
    throw Error(graph.name(), fmt::format("{} is no floating-point type", name_of(dtype)),
                "use f32, tf32, f16, bf16, f64 or i8");
  const auto retyped = [dtype](TensorType type) {
    if (is_floating(type.dtype))
      type.dtype = dtype;
    return type;
  };
  return rebuild(
      graph,
      [&](GraphBuilder &builder, ValueId id) {
        return add_source(builder, graph.value(id), retyped(graph.value(id).type));
      },
      [&](GraphBuilder &builder, const Node &node, const ValueMap &map) {
        auto types = graph.output_types(node);
        for (auto &type : types)
          type = retyped(std::move(type));
        return builder.add_typed(node.kind, node.name, mapped(map, node.inputs), std::move(types),
                                 node.attributes, node.foreign_name);
      });
}

} // namespace fusesim::ir
