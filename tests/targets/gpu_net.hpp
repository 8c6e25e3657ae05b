#pragma once

#include "partition/strategy.hpp"
#include "targets/gpu/device.hpp"
#include "targets/gpu/lowering.hpp"
#include "targets/gpu_testing.hpp"

#include <gtest/gtest.h>

#include <map>

/// Small networks for the lowering of GPUs, and what became of them.
namespace fusesim::targets::test {

/// Bytes of every tensor that a program touches, by direction.
struct Touched {
  std::map<ir::ValueId, Bytes> read, written, front;
};
inline Touched touched_by(const sim::Program &program) {
  Touched touched;
  for (const auto &launch : program.launches)
    for (const auto &stage : launch.stages)
      for (const auto &group : stage.groups)
        for (const auto &access : group.accesses) {
          const bool reads = access.kind == sim::TensorAccess::Kind::read;
          (reads ? touched.read : touched.written)[access.tensor] += access.bytes;
          if (reads)
            touched.front[access.tensor] += access.front_bytes;
        }
  return touched;
}

/// Task groups besides the ramp that every kernel begins with.
inline std::vector<sim::TaskGroup> groups_of(const sim::Program &program) {
  std::vector<sim::TaskGroup> groups;
  for (const auto &launch : program.launches)
    for (const auto &stage : launch.stages)
      for (const auto &group : stage.groups)
        if (group.name != "ramp")
          groups.push_back(group);
  return groups;
}

inline Lowered unfused(const ir::Graph &graph, const Runtime &runtime,
                       const GpuMachine &machine = toy_gpu()) {
  return lower_gpu(graph, partition::run_strategy("unfused", graph), machine, runtime);
}
inline Lowered fused(const ir::Graph &graph, const Runtime &runtime) {
  return lower_gpu(graph, one_subgraph(graph), toy_gpu(), runtime);
}

inline std::vector<std::string> names(const Lowered &lowered) {
  std::vector<std::string> result;
  for (const auto &group : groups_of(lowered.program))
    result.push_back(group.name);
  return result;
}

/// Work of a whole group on an engine.
inline double work(const sim::TaskGroup &group, gpu::SmEngine engine) {
  double sum = 0;
  for (const auto &one : group.work)
    sum += one.engine == gpu::id_of(engine) ? one.amount : 0;
  return sum * static_cast<double>(group.count);
}

inline Bytes moved(const sim::TaskGroup &group, sim::TensorAccess::Kind kind) {
  Bytes sum = 0;
  for (const auto &access : group.accesses)
    sum += access.kind == kind ? access.bytes : 0;
  return sum;
}
inline constexpr auto kRead = sim::TensorAccess::Kind::read,
                      kWrite = sim::TensorAccess::Kind::write;

inline ir::ValueId value(const ir::Graph &graph, const std::string &name) {
  for (ir::ValueId id = 0; id < graph.values().size(); ++id)
    if (graph.value(id).name == name)
      return id;
  ADD_FAILURE() << "no value " << name;
  return 0;
}
inline ir::ValueId result_of(const ir::Graph &graph, const std::string &node) {
  for (const auto &candidate : graph.nodes())
    if (candidate.name == node)
      return candidate.outputs.at(0);
  ADD_FAILURE() << "no node " << node;
  return 0;
}

inline ir::ConvAttrs conv_attrs(std::int64_t stride, std::int64_t padding,
                                std::int64_t groups = 1) {
  return {{stride, stride}, {padding, padding}, {1, 1}, {0, 0}, groups};
}

struct Net {
  ir::GraphBuilder builder{"net"};
  ir::DType dtype = ir::DType::f16;

  ir::ValueId input(const std::string &name, ir::Dims dims) {
    return builder.input(name, {dtype, std::move(dims)});
  }
  ir::ValueId weight(const std::string &name, ir::Dims dims) {
    return builder.weight(name, {dtype, std::move(dims)});
  }
  ir::ValueId conv(const std::string &name, ir::ValueId x, std::int64_t out, std::int64_t kernel,
                   std::int64_t groups = 1) {
    const auto in = builder.type(x).dims[1];
    return builder.add(ir::OpKind::conv2d, name,
                       {x, weight(name + ".w", {out, in / groups, kernel, kernel})},
                       conv_attrs(1, kernel / 2, groups));
  }
  ir::ValueId batch_norm(const std::string &name, ir::ValueId x) {
    const auto channels = builder.type(x).dims[1];
    return builder.add(ir::OpKind::batch_norm, name,
                       {x, weight(name + ".weight", {channels}), weight(name + ".bias", {channels}),
                        weight(name + ".mean", {channels}), weight(name + ".var", {channels})});
  }
  ir::ValueId layer_norm(const std::string &name, ir::ValueId x) {
    const auto width = builder.type(x).dims.back();
    return builder.add(ir::OpKind::layer_norm, name,
                       {x, weight(name + ".weight", {width}), weight(name + ".bias", {width})},
                       ir::NormAttrs{});
  }
  ir::ValueId linear(const std::string &name, ir::ValueId x, std::int64_t out) {
    return builder.add(ir::OpKind::linear, name,
                       {x, weight(name + ".w", {out, builder.type(x).dims.back()})});
  }
  ir::Graph done(std::initializer_list<ir::ValueId> results) {
    for (const auto result : results)
      builder.output(result);
    return std::move(builder).build();
  }
};

} // namespace fusesim::targets::test
