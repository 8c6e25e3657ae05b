// An exported torch.fx graph in the terms of the published counting rules.
#include "partition/seed.hpp"

#include "ir/fx/fx_import.hpp"
#include "support/error.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace fusesim::partition::seed {
namespace {

/// Every element of a single tensor counts as a float; a tuple counts nothing.
Bytes output_bytes(const ir::FxNode &node) {
  constexpr Bytes kFloat = 4;
  const auto *tensor = node.result.tensor();
  return tensor ? checked_mul(kFloat, tensor->type.elements(), node.name) : 0;
}

std::string shape_of(const ir::FxNode &node) {
  const auto *tensor = node.result.tensor();
  if (!tensor)
    return {};
  const ir::Dims &dims = tensor->type.dims;
  return dims.empty() ? "scalar" : fmt::format("{}", fmt::join(dims, "x"));
}

/// Trained parameters of the leaf module, without running statistics.
Bytes weight_bytes(const ir::FxProgram &program, const ir::FxNode &node) {
  Bytes bytes = 0;
  if (node.op == ir::FxOp::call_module)
    for (const auto &[_, index] : program.modules[node.index].weights)
      if (const auto &weight = program.weights[index]; weight.role == ir::ValueRole::parameter)
        bytes = checked_add(bytes, weight.type.bytes(), node.name);
  return bytes;
}

std::int64_t groups_of(const ir::FxModule &module, std::int64_t out_channels) {
  for (const auto &[name, setting] : module.config)
    if (const auto *groups = std::get_if<std::int64_t>(&setting.value);
        groups && name == "groups") {
      if (*groups < 1 || *groups > out_channels)
        throw Error(fmt::format("module '{}'", module.path),
                    fmt::format("{} channels in {} groups", out_channels, *groups));
      return *groups;
    }
  return 1;
}

/// Only the modules Conv2d and Linear multiply; functions and every other module count nothing.
Macs macs_of(const ir::FxProgram &program, const ir::FxNode &node) {
  if (node.op != ir::FxOp::call_module)
    return 0;
  const auto &module = program.modules[node.index];
  const auto weight =
      std::ranges::find(module.weights, "weight", [](const auto &entry) { return entry.first; });
  const auto *result = node.result.tensor();
  if (weight == module.weights.end() || !result)
    return 0;
  const auto &out = result->type.dims, &w = program.weights[weight->second].type.dims;
  if (module.type == "Conv2d" && w.size() == 4 && out.size() == 4)
    return conv2d_macs({.batch = out[0],
                        .in_channels = w[1] * groups_of(module, w[0]),
                        .out_channels = w[0],
                        .out_height = out[2],
                        .out_width = out[3],
                        .kernel_height = w[2],
                        .kernel_width = w[3],
                        .groups = groups_of(module, w[0])});
  if (module.type == "Linear" && w.size() == 2 && !out.empty())
    return linear_macs(out[0], w[1], w[0]);
  return 0;
}

} // namespace

std::vector<Node> nodes_of(const ir::FxProgram &program) {
  std::vector<ir::NodeId> number(program.nodes.size(), ir::kNoNode); // without bodies
  std::vector<Node> nodes;
  for (ir::NodeId id = 0; id < program.nodes.size(); ++id) {
    const auto &fx = program.nodes[id];
    if (fx.is_inner)
      continue;
    Node node{.name = fx.name,
              .type = type_name(program, fx),
              .is_operator = fx.op == ir::FxOp::call_module || fx.op == ir::FxOp::call_function,
              .inputs = {},
              .macs = macs_of(program, fx),
              .output_bytes = output_bytes(fx),
              .weight_bytes = weight_bytes(program, fx),
              .shape = shape_of(fx)};
    for (const auto input : fx.inputs)
      node.inputs.push_back(number[input]);
    number[id] = static_cast<ir::NodeId>(nodes.size());
    nodes.push_back(std::move(node));
  }
  return nodes;
}

} // namespace fusesim::partition::seed
