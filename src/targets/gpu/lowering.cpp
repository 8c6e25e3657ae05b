// From subgraphs to launches.
//
//   subgraph ──segments_of──> segments ──KernelBuilder──> task groups ──> stages of one launch
//   (runtime has a grid
//                                                                         barrier) or a launch each
//
// Segments that wait for none before them (producers of one concat) are kernels of their own.
//
// In memory live the tensors that pass between segments; everything else stays in registers and
// shared memory. A tensor dies with its last reader: its memory is reused, so what L2 still holds
// of it never needs to be written back. Weights, inputs and results never die.
#include "targets/gpu/lowering.hpp"

#include "ir/op.hpp"
#include "targets/gpu/kernels_of.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace fusesim::targets {

namespace {

using namespace gpu;

constexpr double kMicro = 1e-6;

class GpuLowering {
public:
  GpuLowering(const ir::Graph &graph, const partition::Partition &partition,
              const GpuMachine &machine, const Runtime &runtime)
      : graph_(graph), partition_(partition), runtime_(runtime), storage_(graph, partition),
        device_(device_of(machine)), kernels_(graph, storage_, device_, runtime) {}

  Lowered run();

private:
  void add_call();
  void lower(const partition::Subgraph &subgraph);
  void add_views(const partition::Subgraph &subgraph);
  void add_launches(const partition::Subgraph &subgraph, const std::vector<Segment> &segments);
  sim::Launch new_launch(const partition::Subgraph &subgraph, const Segment &segment,
                         KernelShape first) const;
  double dispatch_s(const Segment &segment) const;
  bool is_weight(ir::ValueId value) const;
  double weights() const;
  std::size_t views_in(const partition::Subgraph &subgraph) const;
  void note_cut(const partition::Subgraph &subgraph, const Segment &segment);
  void add_deaths();

  const ir::Graph &graph_;
  const partition::Partition &partition_;
  const Runtime &runtime_;
  Storage storage_;
  Device device_;
  KernelBuilder kernels_;
  Lowered lowered_;
};

Lowered GpuLowering::run() {
  lowered_.topology = topology_of(device_, runtime_);
  lowered_.dram = kDram;
  lowered_.notes.resize(partition_.subgraphs.size());
  add_call();
  for (const auto &subgraph : partition_.subgraphs)
    lower(subgraph);
  lowered_.program.tensor_count = kernels_.tensor_count();
  add_deaths();
  return std::move(lowered_);
}

void GpuLowering::lower(const partition::Subgraph &subgraph) {
  SegmentOptions options;
  options.folds_batch_norm = runtime_.folds_batch_norm;
  options.fuses_into_products = runtime_.fuses_into_products;
  if (subgraph.nodes.size() > 1)
    options.attention_fits = [&](std::uint64_t keys, std::uint64_t head_dim, Bytes element_bytes) {
      return keys <= runtime_.fused_attention_tokens &&
             attention_fits(device_, head_dim, element_bytes);
    };
  const auto segments = segments_of(graph_, storage_, subgraph, options);
  if (segments.empty())
    add_views(subgraph);
  else
    add_launches(subgraph, segments);
}

/// Loaded, or what autocast makes of what is loaded.
bool GpuLowering::is_weight(ir::ValueId value) const {
  const auto producer = graph_.value(value).producer;
  return graph_.is_weight(value) ||
         (producer != ir::kNoNode && graph_.node(producer).kind == ir::OpKind::cast &&
          graph_.is_weight(graph_.node(producer).inputs[0]));
}

double GpuLowering::weights() const {
  double count = 0;
  for (ir::ValueId id = 0; id < graph_.values().size(); ++id)
    count += graph_.is_weight(id) ? 1 : 0;
  return count;
}

std::size_t GpuLowering::views_in(const partition::Subgraph &subgraph) const {
  std::size_t views = 0;
  for (const auto id : subgraph.nodes) {
    const auto kind = ir::class_of(graph_.node(id).kind);
    views += kind == ir::OpClass::view || kind == ir::OpClass::identity ? 1 : 0;
  }
  return views;
}

// What the host does before the first launch: entering compiled code, checking guards.
void GpuLowering::add_call() {
  const double call_s = (runtime_.call_us + runtime_.weight_us * weights()) * kMicro;
  if (call_s <= 0 || partition_.subgraphs.empty())
    return;
  if (runtime_.submission == Runtime::Submission::graph_replay) {
    lowered_.topology.host.graph_launch_s += call_s;
    return;
  }
  sim::Launch launch;
  launch.name = "call";
  launch.kind = sim::Launch::Kind::host_only;
  launch.dispatch_s = call_s;
  lowered_.program.launches.push_back(std::move(launch));
}

// A framework that runs operator by operator pays for making a view; compiled code has none left.
void GpuLowering::add_views(const partition::Subgraph &subgraph) {
  const auto views = static_cast<double>(views_in(subgraph));
  if (runtime_.submission != Runtime::Submission::eager || views * runtime_.view_dispatch_us <= 0)
    return;
  sim::Launch launch;
  launch.name = graph_.node(subgraph.nodes.front()).name;
  launch.tag = subgraph.id;
  launch.kind = sim::Launch::Kind::host_only;
  launch.dispatch_s = views * runtime_.view_dispatch_us * kMicro;
  lowered_.program.launches.push_back(std::move(launch));
}

sim::Launch GpuLowering::new_launch(const partition::Subgraph &subgraph, const Segment &segment,
                                    KernelShape first) const {
  sim::Launch launch;
  launch.name = graph_.node(segment.anchor).name;
  launch.tag = subgraph.id;
  launch.launch_s = runtime_.launch_us * kMicro;
  launch.min_duration_s = device_.machine.min_kernel_us * kMicro;
  const bool has_long_code = first == KernelShape::gemm || first == KernelShape::attention;
  const double ramp_us =
      has_long_code ? device_.machine.kernel_ramp_us : device_.machine.stream_ramp_us;
  if (ramp_us > 0) {
    auto &ramp = launch.stages.emplace_back().groups.emplace_back();
    ramp.name = "ramp";
    ramp.unit_class = kSm;
    ramp.count = 1;
    ramp.fill_s = ramp_us * kMicro;
  }
  return launch;
}

/// Framework cost on the host of the first kernel of a segment.
double GpuLowering::dispatch_s(const Segment &segment) const {
  const bool has_weights = std::ranges::any_of(segment.nodes, [&](ir::NodeId id) {
    const auto kind = ir::class_of(graph_.node(id).kind);
    const auto &inputs = graph_.node(id).inputs;
    return (kind == ir::OpClass::contraction || kind == ir::OpClass::normalisation) &&
           std::ranges::any_of(inputs, [&](ir::ValueId input) { return is_weight(input); });
  });
  // Where compiled code calls a library's kernels, only those pay for the call.
  const bool is_called = runtime_.strategy == "unfused" || segment.shape == KernelShape::gemm;
  return (runtime_.dispatch_us + (has_weights && is_called ? runtime_.module_dispatch_us : 0)) *
         kMicro;
}

// A segment that waits for another of its subgraph is a second kernel of one call, or a stage behind a barrier; where
// products stand alone, every kernel is a call of its own.
void GpuLowering::add_launches(const partition::Subgraph &subgraph,
                               const std::vector<Segment> &segments) {
  auto &launches = lowered_.program.launches;
  const bool barriers = runtime_.grid_barrier_us > 0 && runtime_.fuses_into_products;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const bool is_second = i > 0 && segments[i].waits;
    if (is_second && runtime_.fuses_into_products)
      note_cut(subgraph, segments[i]);
    const auto kernels = kernels_.build(segments[i]);
    const bool joins = is_second && barriers && kernels.size() == 1;
    const bool is_call = !is_second || !runtime_.fuses_into_products;
    for (std::size_t k = 0; k < kernels.size(); ++k) {
      if (!joins) {
        launches.push_back(new_launch(subgraph, segments[i], kernels[k].shape));
        launches.back().dispatch_s = is_call && k == 0 ? dispatch_s(segments[i]) : 0;
      }
      sim::Stage stage;
      stage.barrier_s = joins ? runtime_.grid_barrier_us * kMicro : 0;
      stage.groups.push_back(kernels[k].group);
      launches.back().stages.push_back(std::move(stage));
    }
  }
}

void GpuLowering::note_cut(const partition::Subgraph &subgraph, const Segment &segment) {
  const auto &name = graph_.node(segment.anchor).name;
  lowered_.notes[subgraph.id].push_back(
      runtime_.grid_barrier_us > 0
          ? fmt::format("grid barrier before {}: it needs all of what comes before it", name)
          : fmt::format("second kernel for {}: it needs all of what comes before it", name));
}

void GpuLowering::add_deaths() {
  auto &launches = lowered_.program.launches;
  const std::size_t tensors = lowered_.program.tensor_count;
  std::vector<sim::LaunchId> last_use(tensors, 0);
  std::vector<bool> is_used(tensors);
  for (sim::LaunchId id = 0; id < launches.size(); ++id)
    for (const auto &stage : launches[id].stages)
      for (const auto &group : stage.groups)
        for (const auto &access : group.accesses) {
          last_use[access.tensor] = id;
          is_used[access.tensor] = true;
        }
  for (ir::ValueId id = 0; id < last_use.size(); ++id)
    if (is_used[id] &&
        (id >= graph_.values().size() || // a kernel's own
         (graph_.value(id).role == ir::ValueRole::intermediate && !storage_.is_result(id))))
      launches[last_use[id]].dies.push_back(id);
}

} // namespace

Lowered lower_gpu(const ir::Graph &graph, const partition::Partition &partition,
                  const GpuMachine &machine, const Runtime &runtime) {
  return GpuLowering(graph, partition, machine, runtime).run();
}

} // namespace fusesim::targets
